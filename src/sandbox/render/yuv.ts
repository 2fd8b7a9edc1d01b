import { clamp, type Picture } from './picture.ts'

/**
 * Returns a picture as planes of Y, Cb and Cr, 4:2:0, 8 bits (BT.709, limited range). A still pattern of half a step hides the steps
 * of a gradient; because it is still it costs nothing after the first frame.
 */
export function toYuv({ width, height, light }: Picture): Buffer {
  const planes = Buffer.alloc((width * height * 3) / 2)
  const blue = width * height
  const red = blue + blue / 4
  const half = width / 2
  const sums = new Float32Array(half * 2)
  for (let row = 0, at = 0; row < height; row++) {
    if (row % 2 === 0) sums.fill(0)
    for (let column = 0; column < width; column++, at += 3) {
      const r = displayed(light[at]!)
      const g = displayed(light[at + 1]!)
      const b = displayed(light[at + 2]!)
      const y = 0.2126 * r + 0.7152 * g + 0.0722 * b
      planes[row * width + column] = clamp(16 + 219 * y + dither(column, row), 16, 235)
      const pair = column & ~1
      sums[pair] = sums[pair]! + (b - y) / 1.8556
      sums[pair + 1] = sums[pair + 1]! + (r - y) / 1.5748
    }
    if (row % 2 === 0) continue
    const to = ((row - 1) / 2) * half
    for (let column = 0; column < half; column++) {
      planes[blue + to + column] = 128 + 56 * sums[column * 2]! + dither(column, row)
      planes[red + to + column] = 128 + 56 * sums[column * 2 + 1]! + dither(column + 37, row)
    }
  }
  return planes
}

/** Linear light as a screen's value: a gamma of 2, and what is brighter than white rolls off instead of being cut. */
function displayed(light: number): number {
  const value = Math.sqrt(Math.max(0, light))
  const knee = 0.8
  return value <= knee ? value : knee + (1 - knee) * Math.tanh((value - knee) / (1 - knee))
}

/** Interleaved gradient noise, 0 to 1 (Jimenez, "Next Generation Post Processing in Call of Duty", 2014). */
function dither(column: number, row: number): number {
  const value = 52.9829189 * ((0.06711056 * column + 0.00583715 * row) % 1)
  return value - Math.floor(value)
}
