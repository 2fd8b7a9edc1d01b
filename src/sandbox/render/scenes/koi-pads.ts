import { noise } from '../noise.ts'
import { type Color, cover, hex, smooth } from '../picture.ts'

/** Where a part of the width and of the height is; in an upright picture they change places. */
export type Place = (x: number, y: number) => [x: number, y: number]

interface Pad {
  x: number
  y: number
  radius: number
  notch: number
  flower: boolean
}

export function padsFor(place: Place): Pad[] {
  const spots: [number, number, number, number, boolean][] = [
    [0.43, -0.36, 0.13, 2.4, false],
    [0.31, -0.47, 0.085, 0.9, false],
    [0.5, -0.06, 0.08, 3.3, false],
    [-0.46, 0.42, 0.12, -0.7, true],
    [-0.31, 0.5, 0.075, -1.9, false],
    [-0.52, 0.13, 0.06, 0.3, false]
  ]
  return spots.map(([px, py, radius, notch, flower]) => {
    const [x, y] = place(px, py)
    return { x, y, radius, notch, flower }
  })
}

/** The lily pads and their shadow; returns what they cover. */
export function padsAt(pads: readonly Pad[], x: number, y: number, out: Color): number {
  let covered = 0
  const over = (color: Color, amount: number) => {
    cover(out, color, covered === 0 && amount > 0 ? 1 : amount / Math.max(amount + covered * (1 - amount), 1e-6))
    covered += amount * (1 - covered)
  }
  for (const { x: px, y: py, radius } of pads)
    over(black, 0.4 * smooth(radius * 1.12, radius * 0.8, Math.hypot(x - px - 0.014, y - py - 0.024)))
  for (const { x: px, y: py, radius, notch, flower } of pads) {
    const [dx, dy] = [x - px, y - py]
    const distance = Math.hypot(dx, dy) / radius
    const angle = Math.atan2(dy, dx)
    const from = Math.abs(Math.atan2(Math.sin(angle - notch), Math.cos(angle - notch)))
    const rim = 1 + 0.02 * Math.sin(angle * 5 + px * 40)
    const whole = smooth(rim + 0.008, rim - 0.008, distance) * smooth(0.1, 0.16, from + 0.04 * (1 - distance))
    if (whole > 0) {
      const color: Color = [...leafDark]
      const vein = Math.abs(Math.sin(angle * 8 + 0.5 * Math.sin(distance * 5)))
      cover(color, leaf, 0.85 * smooth(1.15, 0.1, distance) + 0.25 * (noise(x * 22, y * 22, 4) - 0.5))
      cover(
        color,
        leafLight,
        0.38 * smooth(0.12, 0.0, vein) * smooth(1, 0.2, distance) +
          0.35 * smooth(0.75, -0.9, (dx + dy) / radius) +
          0.4 * smooth(0.93, 1, distance)
      )
      over(color, whole)
    }
    if (flower) flowerAt(dx / radius - 0.15, dy / radius + 0.1, over)
  }
  return covered
}

/** A water lily: three rings of petals. */
function flowerAt(x: number, y: number, over: (color: Color, amount: number) => void): void {
  const distance = Math.hypot(x, y)
  if (distance > 0.8) return
  const angle = Math.atan2(y, x)
  over(black, 0.3 * smooth(0.72, 0.4, Math.hypot(x - 0.05, y - 0.08)))
  for (const [reach, count, turn] of [
    [0.66, 8, 0],
    [0.5, 8, 0.39],
    [0.32, 6, 0.2]
  ] as const) {
    const part = (((angle + turn) / (2 * Math.PI)) * count + 100) % 1
    const across = Math.abs(part - 0.5) * 2
    const tip = reach * (1 - 0.62 * across ** 2.4)
    const color: Color = [...petal]
    cover(color, petalDeep, 0.75 * smooth(0.1, reach, distance) * 0.5 + 0.5 * smooth(0.55, 1, across))
    over(color, smooth(tip + 0.012, tip - 0.012, distance))
  }
  over(stamen, smooth(0.13, 0.1, distance + 0.02 * Math.sin(angle * 12)))
}

const leafDark = hex('#1d5a34')
const leaf = hex('#4f9a4a')
const leafLight = hex('#8cc66a')
const petal = hex('#ffd9e4')
const petalDeep = hex('#e57a9e')
const stamen = hex('#ffd35c')
const black: Color = [0, 0, 0]
