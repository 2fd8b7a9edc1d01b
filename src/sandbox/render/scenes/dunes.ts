import { fractal, drifting, noise } from '../noise.ts'
import {
  type Color,
  cover,
  dim,
  gradient,
  hex,
  paint,
  pictureOf,
  set,
  shine,
  smooth,
  type Stops,
  unitOf
} from '../picture.ts'
import type { Scene } from './scene.ts'

/** Desert dunes, over which the shadows of clouds move. */
export const dunes: Scene = size => {
  const unit = unitOf(size)
  const half = size.height / unit / 2
  const horizon = -half * 0.2
  const stretch = (half - horizon) / 0.45
  const lit = pictureOf(size)
  const shaded = pictureOf(size)
  // how far each pixel of the ground is; 0 in the sky
  const distances = new Float32Array(size.width * size.height)
  const inSun: Color = [0, 0, 0]
  let pixel = 0
  paint(lit, (x, y, out) => {
    skyAt(x, (horizon - y) / (half + horizon), horizon - y, out)
    set(inSun, out)
    ridges.forEach((ridge, index) => {
      const inside = (y - horizon) / stretch + crestOf(ridge, x)
      const edge = smooth(-0.0011, 0.0011, inside)
      if (edge === 0) return
      const [shade, sun] = sandAt(ridge, x, inside)
      cover(out, shade, edge)
      cover(inSun, sun, edge)
      if (inside > 0) distances[pixel] = 1 / (0.12 + index * 0.13 + inside * 0.5)
    })
    shaded.light.set(out, pixel * 3)
    set(out, inSun)
    pixel++
  })

  return (picture, phase) => {
    paint(picture, (x, y, out) => {
      const at = Math.floor((y + half) * unit) * size.width + Math.floor((x + size.width / unit / 2) * unit)
      const distance = distances[at]!
      const sun = distance === 0 ? 1 : sunAt(x * distance, distance, phase)
      for (let i = 0; i < 3; i++) {
        const dark = shaded.light[at * 3 + i]!
        out[i] = dark + (lit.light[at * 3 + i]! - dark) * sun
      }
    })
  }
}

interface Ridge {
  /** how far under the horizon its foot is */
  base: number
  /** 1 far away, 0 near */
  haze: number
  dunes: readonly { peak: number; tall: number; left: number; right: number; swing: number }[]
}

const ridges: readonly Ridge[] = [
  {
    base: -0.004,
    haze: 1,
    dunes: [
      { peak: -0.5, tall: 0.035, left: 0.5, right: 0.3, swing: 0.3 },
      { peak: 0.22, tall: 0.05, left: 0.55, right: 0.36, swing: 0.3 }
    ]
  },
  {
    base: 0.012,
    haze: 0.74,
    dunes: [
      { peak: -0.2, tall: 0.085, left: 0.6, right: 0.34, swing: 0.5 },
      { peak: 0.55, tall: 0.06, left: 0.4, right: 0.3, swing: 0.4 }
    ]
  },
  {
    base: 0.055,
    haze: 0.46,
    dunes: [
      { peak: 0.24, tall: 0.16, left: 0.62, right: 0.5, swing: 0.55 },
      { peak: -0.62, tall: 0.09, left: 0.4, right: 0.36, swing: 0.4 }
    ]
  },
  { base: 0.15, haze: 0.2, dunes: [{ peak: -0.27, tall: 0.19, left: 0.6, right: 0.62, swing: 0.7 }] },
  { base: 0.3, haze: 0, dunes: [{ peak: 0.4, tall: 0.2, left: 1.15, right: 0.6, swing: 0.7 }] }
]

/** The height of a ridge's outline over the horizon: slopes that grow steeper up to a sharp crest. */
function crestOf({ base, dunes: all }: Ridge, x: number): number {
  let top = 0
  for (const { peak, tall, left, right } of all) {
    const away = x < peak ? (peak - x) / left : (x - peak) / right
    if (away < 1) top = Math.max(top, tall * (1 - away) ** 1.7 * (1 - 0.12 * Math.sin(away * 7) * away))
  }
  return top - base + 0.008 * (noise(x * 4, base * 50) - 0.5)
}

const sand = hex('#e39a5b')
const bright = hex('#ffcb8a')
const shadow = hex('#7b4660')
const deep = hex('#4a2f58')
const cool = hex('#a8657a')
const far = hex('#f6c9a0')

/** The sand at `inside` under its ridge's outline: in the shade of a cloud and in the sun. */
function sandAt({ haze, dunes: all, base }: Ridge, x: number, inside: number): [shade: Color, sun: Color] {
  const nearest = all.reduce((best, dune) => (reach(dune, x) > reach(best, x) ? dune : best))
  const { peak, tall, right, swing } = nearest
  const down = Math.max(0, inside) / tall
  // the edge between light and shadow swings down from the crest
  const spine = peak + swing * tall * (0.42 * down + 0.3 * Math.sin(down * 4.2) * Math.min(1, down))
  const beyond = x - spine
  const side = smooth(-0.0015 - 0.012 * down * tall, 0.0015 + 0.02 * down * tall, beyond)
  const near = 1 - haze
  const fine = near * near
  // ripples of the wind
  const bend = 7 * noise(x * 6, inside * 14 + base * 9, 3) + 2.4 * noise(x * 21, inside * 44, 4)
  const ripple = fine * 0.5 * Math.sin((inside * (170 - 60 * near) + x * 26 + bend) * 1.1) * smooth(0, 0.05, inside)
  const grain = fine * (fractal(x * 150, inside * 210, 2, 5) - 0.5)
  const sun: Color = [...sand]
  cover(
    sun,
    bright,
    smooth(1.5, 0, down) * 0.55 + 0.35 * smooth(0.3, 0.02, Math.abs(beyond)) + 0.16 * ripple + 0.1 * grain
  )
  cover(sun, cool, 0.32 * smooth(0.5, 2.6, down))
  const dark: Color = [...shadow]
  cover(dark, deep, 0.75 * smooth(0.22, 0, beyond) + 0.1 * ripple)
  cover(dark, cool, 0.7 * smooth(0.1, 0.9, beyond / right) + 0.25 * smooth(0.4, 2.2, down))
  cover(sun, dark, side)
  dim(sun, 1 + 0.1 * ripple + 0.14 * grain)
  const shade: Color = [...dark]
  cover(shade, shadow, 1 - side)
  cover(shade, cool, 0.22)
  dim(shade, 1 + 0.06 * ripple + 0.1 * grain)
  const mist = haze * 0.62 + (0.12 + haze * 0.3) * smooth(0.02, 0.16 + near * 0.14, inside) * smooth(0, 0.5, haze + 0.2)
  cover(sun, far, mist)
  cover(shade, far, mist * 0.9)
  return [shade, sun]
}

function reach({ peak, tall, left, right }: Ridge['dunes'][number], x: number): number {
  return tall * (1 - (x < peak ? (peak - x) / left : (x - peak) / right))
}

const skyStops: Stops = [
  [0, hex('#fbd9ab')],
  [0.28, hex('#f0b594')],
  [0.62, hex('#b08fae')],
  [1, hex('#5a6ca6')]
]
const cloud = hex('#ffe3c8')
const glow = hex('#ffe2b0')

function skyAt(x: number, height: number, h: number, out: Color): void {
  gradient(out, skyStops, height)
  shine(out, glow, 0.4 * Math.exp(-Math.hypot(x + 0.34, h - 0.1) * 5))
  const thin = fractal(x * 1.5 + 30, h * 7 + 1.2 * noise(x * 2, 9), 5, 8)
  cover(out, cloud, 0.5 * smooth(0.46, 0.78, thin) * smooth(0.02, 0.16, h))
}

/** How much sun comes between the clouds, 0 to 1. */
function sunAt(x: number, z: number, phase: number): number {
  const light = drifting(phase, (moved, copy) => {
    const [east, north] = [x * 0.62 - moved * 0.9 + copy * 50, z * 0.8 + moved * 0.25]
    return 0.75 * noise(east, north, 10) + 0.25 * noise(east * 2.6, north * 2.6, 11)
  })
  return 0.12 + 0.88 * smooth(0.4, 0.58, light)
}
