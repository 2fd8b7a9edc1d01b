import { fractal, noise } from '../noise.ts'
import { type Color, cover, hex, smooth } from '../picture.ts'

interface Mountain {
  ridge(x: number): number
  rock: Color
  snow: Color
  haze: number
  seed: number
}

const mountains: readonly Mountain[] = [
  {
    seed: 5,
    haze: 0.5,
    rock: hex('#12304a'),
    snow: hex('#7fc4c4'),
    ridge: x => -0.06 + 0.32 * peaks(x * 3.3 + 5.3, 5)
  },
  { seed: 9, haze: 0.1, rock: hex('#081626'), snow: hex('#63bdb0'), ridge: x => -0.2 + 0.46 * peaks(x * 2.3 + 9.6, 9) }
]

/** The mountains and the far shore, at `h` over the horizon; returns what they cover. */
export function landAt(x: number, h: number, out: Color): number {
  let covered = 0
  for (const mountain of mountains) {
    const inside = mountain.ridge(x) - h
    const edge = smooth(-0.0012, 0.0012, inside)
    if (edge > 0) cover(out, mountainAt(mountain, x, h, inside), covered === 0 ? 1 : edge)
    covered = Math.max(covered, edge)
  }
  const firs = smooth(-0.0012, 0.0012, shore(x) - h)
  cover(out, firColor, firs)
  return Math.max(covered, firs)
}
const firColor = hex('#03080e')

/** A jagged crest from 0 to 1: straight slopes, each octave with less on it. */
function peaks(x: number, seed: number): number {
  let sum = 0
  let strength = 0.56
  for (let octave = 0; octave < 6; octave++) {
    const cell = Math.floor(x)
    const part = x - cell
    sum += strength * (noise(cell * 7, seed) * (1 - part) + noise(cell * 7 + 7, seed) * part)
    x = x * 2.13 + 3.1
    strength *= 0.46
  }
  return sum
}

/** Firs on the far shore. */
function shore(x: number): number {
  const ground = 0.006 + 0.02 * noise(x * 3 + 40, 2) * smooth(0.05, 0.5, Math.abs(x + 0.06))
  const tree = (step: number, seed: number) => {
    const cell = Math.floor(x / step)
    const height = 0.012 + 0.024 * noise(cell * 7.13, seed)
    const middle = (cell + 0.3 + 0.4 * noise(cell * 3.7, seed + 1)) * step
    return height - Math.abs(x - middle) * 5.5
  }
  const grove = smooth(0.4, 0.65, noise(x * 4 + 11, 8))
  return ground + grove * Math.max(0, tree(0.011, 3), tree(0.017, 6))
}

/** Dark rock with snow on the sides that face the light, and mist at its foot. Folds of noise run down as ridges do. */
function mountainAt({ rock, snow, haze, seed }: Mountain, x: number, h: number, inside: number): Color {
  const fold = (scale: number, lean: number) => {
    const bent = x * scale + inside * lean + 0.5 * noise(x * scale * 1.7, inside * scale * 1.2, seed)
    const cell = Math.floor(bent)
    const part = bent - cell
    // the ridge of a fold is not in its middle, and each falls its own way
    const ridge = 0.3 + 0.4 * noise(cell * 7, seed, 1)
    return part < ridge ? smooth(ridge - 0.12, ridge - 0.02, part) * 0.35 + 0.65 * (part / ridge) : 0.1
  }
  const grain = fractal(x * 50, inside * 50, 3, seed)
  const lit = 0.5 * fold(8, 2.5) + 0.32 * fold(21, -7) + 0.18 * fold(50, 12) + 0.35 * (grain - 0.5)
  const out: Color = [...rock]
  cover(out, snow, smooth(0.015, 0.12, h) * (0.1 + 0.75 * smooth(0.12, 0.62, lit)) * smooth(0.24, 0.0, inside))
  cover(out, hazeColor, haze * 0.3 + (0.3 + haze) * (1 - smooth(0, 0.11, h)) * 0.8)
  return out
}
const hazeColor = hex('#1a4658')
