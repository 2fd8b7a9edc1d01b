import { fractal, drifting, living, noise, wave } from '../noise.ts'
import { layerOf, layOver } from '../layer.ts'
import { type Color, cover, dim, gradient, hex, paint, shine, smooth, type Stops, unitOf } from '../picture.ts'
import type { Scene } from './scene.ts'
import { boatAt, type Boat } from './river-boat.ts'

/** A paper boat on a river at dusk. */
export const river: Scene = size => {
  const unit = unitOf(size)
  const half = size.height / unit / 2
  const horizon = -half * 0.1
  const sun = size.width > size.height ? 0.2 : 0.09
  const above = layerOf(size, (x, y, out) => aboveAt(x, horizon - y, sun, (horizon - y) / (half + horizon), out))

  return (picture, phase) => {
    const boat: Boat = {
      x: -sun * 0.8 + 0.004 * wave(phase, 1),
      y: horizon + (half - horizon) * 0.56 + 0.0035 * wave(phase, 2, 0.2),
      tilt: 0.035 * wave(phase, 1, 0.1) + 0.014 * wave(phase, 2, 0.4),
      scale: 0.15
    }
    paint(picture, (x, y, out) => {
      if (y < horizon) layOver(above, x, y, out)
      else {
        waterAt(x, y, out)
        boatAt(boat, x, y, out)
      }
    })

    function waterAt(x: number, y: number, out: Color): void {
      const depth = y - horizon
      const near = depth / (half - horizon)
      const far = 1 / (depth + 0.045)
      const row = far * 0.62
      const swell =
        drifting(phase, (moved, copy) =>
          noise(x * 3.2 * far * 0.16 + copy * 31 + moved * 0.8, row * 3.2 - moved * 1.3, 2 + copy)
        ) - 0.5
      const chop = living(x * 2.2 * far * 0.5, row * 9, phase, 4) - 0.5
      const fine = living(x * 6 * far * 0.5 + 40, row * 23, phase, 6) - 0.5
      const slope = swell * 0.9 + chop * 0.75 + fine * 0.5
      const ring = rings(boat, x, y, phase)
      const tilt = (slope * 0.1 + ring * 0.05) * (0.12 + near)
      layOver(above, x + tilt * 0.35, horizon - depth * 0.92 + tilt * 0.9 - 0.002, out)
      dim(out, 0.86 - 0.34 * near)
      cover(out, deep, 0.1 + 0.4 * near * near)
      // the sun's path: slopes that turn its light to the eye
      const path = Math.exp(-(((x - sun) / (0.035 + near * 0.12)) ** 2))
      shine(out, glitter, path * smooth(0.1, 0.55, slope + ring * 0.5) * (0.85 - 0.45 * near) + path * 0.1 * (1 - near))
      shine(out, rim, Math.max(0, ring) * 0.22 + smooth(0.3, 0.8, slope) * 0.06)
      boatAt({ ...boat, mirror: 0.9, shift: tilt * 0.5 }, x, y, out)
    }
  }
}

const deep = hex('#1b1c40')
const glitter = hex('#ffc48a')
const rim = hex('#e9a6a8')

/** Rings that spread from the boat and die away. */
function rings({ x: bx, y: by, scale }: Boat, x: number, y: number, phase: number): number {
  const dx = (x - bx) / scale
  const dy = ((y - by) / scale) * 3.4
  const distance = Math.sqrt(dx * dx + dy * dy)
  if (distance > 3.4) return 0
  return (
    Math.sin(2 * Math.PI * (distance * 2.4 - phase * 3)) *
    smooth(0.5, 1, distance) *
    Math.exp(-distance * 1.1) *
    smooth(3.4, 2, distance)
  )
}

const skyStops: Stops = [
  [0, hex('#ffcf9a')],
  [0.12, hex('#f8a184')],
  [0.34, hex('#c9708a')],
  [0.62, hex('#6d4a86')],
  [1, hex('#27295c')]
]
const sunColor = hex('#fff0c8')
const sunGlow = hex('#ff9a5c')
const cloudLit = hex('#ffb08c')
const cloudDark = hex('#7a4b80')

/** Sky and hills at `h` over the horizon, `height` from 0 to 1 at the top; covers all. */
function aboveAt(x: number, h: number, sun: number, height: number, out: Color): number {
  gradient(out, skyStops, height)
  const distance = Math.hypot(x - sun, h - 0.062)
  shine(out, sunGlow, 0.5 * Math.exp(-distance * 5.5) + 0.25 * Math.exp(-distance * 18))
  cover(out, sunColor, smooth(0.0405, 0.0385, distance))
  // long thin clouds
  const band = fractal(x * 2.2 + 7, h * 13 + 0.5 * noise(x * 3, 4), 4, 3)
  const thick = smooth(0.46, 0.66, band) * smooth(0.05, 0.14, h) * smooth(0.62, 0.3, height)
  const under = smooth(0.52, 0.62, fractal(x * 2.2 + 7, (h - 0.012) * 13 + 0.5 * noise(x * 3, 4), 4, 3))
  cover(out, cloudLit, thick * 0.55)
  cover(out, cloudDark, thick * under * 0.42)
  for (const { ridge, color, lit } of hills) {
    const inside = ridge(x) - h
    const edge = smooth(-0.0012, 0.0012, inside)
    if (edge === 0) continue
    const hill: Color = [...color]
    // mist in the valleys, warm where the sun is
    cover(hill, lit, 0.75 * smooth(0.06, 0, h) + 0.35 * Math.exp(-Math.abs(x - sun) * 5))
    cover(out, hill, edge)
  }
  return 1
}

const hills = [
  { color: hex('#9b6288'), lit: hex('#f0a08a'), ridge: (x: number) => 0.035 + 0.085 * fractal(x * 2.3 + 3, 1, 5, 6) },
  { color: hex('#6b4a7c'), lit: hex('#d08488'), ridge: (x: number) => -0.012 + 0.105 * fractal(x * 2.9 + 30, 5, 5, 7) },
  { color: hex('#3b3064'), lit: hex('#8d5a80'), ridge: (x: number) => bank(x) }
]

/** The near bank, with trees, open towards the middle. */
function bank(x: number): number {
  const rise = 0.004 + 0.05 * smooth(0.1, 0.62, Math.abs(x - 0.04))
  const trees = smooth(0.3, 0.8, noise(x * 6 + 3.4, 9)) * (0.01 + 0.05 * fractal(x * 55, 3, 3, 9))
  return rise * (0.6 + 0.6 * noise(x * 5, 6)) + trees
}
