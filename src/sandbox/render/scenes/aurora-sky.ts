import { living, wave } from '../noise.ts'
import { clamp, type Color, gradient, hex, type Picture, shine, smooth, type Stops, unitOf } from '../picture.ts'

/** A curtain of light: how high its foot hangs over the horizon, how it leans, how bright and tall it is. */
interface Curtain {
  base: number
  lean: number
  strength: number
  seed: number
  tall: number
}

/** Of one moment: what of a curtain depends on x alone, for each column of the sky. */
interface Folds {
  unit: number
  foot: Float32Array
  presence: Float32Array
  length: Float32Array
}

export const curtains = [
  { base: 0.36, lean: 0.12, strength: 0.3, seed: 3.7, tall: 0.11 },
  { base: 0.24, lean: -0.1, strength: 0.62, seed: 11.2, tall: 0.1 },
  { base: 0.15, lean: 0.05, strength: 0.26, seed: 23.9, tall: 0.06 }
] as const satisfies readonly Curtain[]

export function foldsOf({ base, lean, tall, seed }: Curtain, sky: Picture, phase: number): Folds {
  const unit = unitOf(sky)
  const along = (at: (x: number) => number) =>
    Float32Array.from({ length: sky.width }, (_, column) => at((column + 0.5 - sky.width / 2) / unit))
  return {
    unit,
    foot: along(
      x => base + lean * x + (living(x * 1.6 + seed, seed, phase, 2) - 0.5) * 0.2 + wave(phase, 1, x + seed) * 0.014
    ),
    presence: along(x => smooth(0.22, 0.75, living(x * 1.3 + 20 + seed, seed + 5, phase, 2))),
    length: along(x => tall * (0.55 + 0.9 * living(x * 9, seed + 3, phase, 3)))
  }
}

/** `height` over the horizon, 0 to 1 at the top; `h` the same in the picture's units. */
export function skyAt(x: number, height: number, h: number, folds: Folds[], phase: number, out: Color): void {
  gradient(out, skyStops, height)
  const column = Math.floor(x * folds[0]!.unit + folds[0]!.foot.length / 2)
  for (let i = 0; i < curtains.length; i++) {
    const { strength, seed } = curtains[i]!
    const { foot, presence, length } = folds[i]!
    const up = h - foot[column]!
    const bright = strength * presence[column]!
    shine(out, green, 0.05 * bright * Math.exp(-Math.abs(up) * 7))
    if (up < -0.03) continue
    const fold = x + up * 0.12 * (i - 1)
    const bent = fold + 0.03 * Math.sin(fold * 23 + seed)
    const rays =
      0.3 +
      1.5 * living(bent * 16, seed, phase, 5) * living(fold * 5 + 9, seed + 2, phase, 3) +
      0.35 * living(bent * 46, seed + 4, phase, 6)
    const long = length[column]!
    const light = bright * rays * smooth(-0.02, 0.022, up) * Math.exp(-Math.max(0, up) / long)
    const rise = clamp(up / (long * 2.6), 0, 1)
    shine(out, green, light * (1 - smooth(0.1, 0.65, rise)))
    shine(out, teal, light * 0.8 * smooth(0.05, 0.4, rise) * (1 - smooth(0.5, 0.9, rise)))
    shine(out, violet, light * 1.5 * smooth(0.25, 0.9, rise))
    shine(out, rose, light * 0.3 * smooth(0.03, -0.015, up))
  }
}

const skyStops: Stops = [
  [0, hex('#1d4a5c')],
  [0.25, hex('#10304a')],
  [0.6, hex('#0a1a33')],
  [1, hex('#070d1f')]
]
const green = hex('#3dffa8')
const teal = hex('#1fc8d6')
const violet = hex('#8a4dff')
const rose = hex('#ff4f9a')
