import { type Color, type Picture, type Size, clamp, pictureOf, unitOf } from './picture.ts'

/** What stands still before a moving background: its light times its cover, and how much it covers, 0 to 1. */
export interface Layer extends Picture {
  covers: Float32Array
}

/** Paints a layer once: `at` leaves the colour in `out` and returns how much of what is behind it covers. */
export function layerOf(size: Size, at: (x: number, y: number, out: Color) => number): Layer {
  const { width, height, light } = pictureOf(size)
  const covers = new Float32Array(width * height)
  const unit = unitOf(size)
  const out: Color = [0, 0, 0]
  for (let row = 0, pixel = 0; row < height; row++)
    for (let column = 0; column < width; column++, pixel++) {
      const covered = at((column + 0.5 - width / 2) / unit, (row + 0.5 - height / 2) / unit, out)
      covers[pixel] = covered
      for (let i = 0; i < 3; i++) light[pixel * 3 + i] = out[i]! * covered
    }
  return { width, height, light, covers }
}

/** Lays a layer over `out` as it is at x, y, between its pixels. */
export function layOver(layer: Layer, x: number, y: number, out: Color): void {
  const { width, height, light, covers } = layer
  const unit = unitOf(layer)
  const across = clamp(x * unit + width / 2 - 0.5, 0, width - 1.001)
  const down = clamp(y * unit + height / 2 - 0.5, 0, height - 1.001)
  const column = Math.floor(across)
  const row = Math.floor(down)
  const at = row * width + column
  const [right, below] = [across - column, down - row]
  const mix = (values: Float32Array, step: number, from: number) =>
    (values[from]! * (1 - right) + values[from + step]! * right) * (1 - below) +
    (values[from + width * step]! * (1 - right) + values[from + width * step + step]! * right) * below
  const covered = mix(covers, 1, at)
  if (covered === 0) return
  for (let i = 0; i < 3; i++) out[i] = out[i]! * (1 - covered) + mix(light, 3, at * 3 + i)
}
