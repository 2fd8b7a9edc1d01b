import { noise, wave } from '../noise.ts'
import { type Color, cover, dim, hex, type Picture, smooth, unitOf } from '../picture.ts'

export interface Fish {
  x: number
  y: number
  /** radians, clockwise from the right */
  heading: number
  length: number
  look: keyof typeof looks
  /** when its tail beats, 0 to 1 */
  offset: number
  seed: number
}

const looks = {
  kohaku: { body: hex('#fff4ea'), patch: hex('#f0522a'), amount: 0.5, spots: false },
  ogon: { body: hex('#ffb63f'), patch: hex('#ff8a1f'), amount: 0.55, spots: false },
  sanke: { body: hex('#fff2e6'), patch: hex('#ee4a26'), amount: 0.56, spots: true }
} satisfies Record<string, { body: Color; patch: Color; amount: number; spots: boolean }>

const ink = hex('#151a22')
const fin = hex('#ffe9dc')
const depth: Color = [0.003, 0.03, 0.035]

/** Paints a koi from above, as it swims on the spot, or the shadow that it casts on the bottom. */
export function drawFish(picture: Picture, fish: Fish, phase: number, what: 'fish' | 'shadow'): void {
  const { width, height, light } = picture
  const { length, look, seed } = fish
  const { body, patch, amount, spots } = looks[look]
  const unit = unitOf(picture)
  const heading = fish.heading + 0.06 * wave(phase, 1, fish.offset)
  const [cos, sin] = [Math.cos(heading), Math.sin(heading)]
  const sway = 0.02 * wave(phase, 1, fish.offset + 0.25)
  const middleX = fish.x + cos * sway
  const middleY = fish.y + sin * sway
  const reach = length * 0.72 * unit
  const [left, top] = [middleX * unit + width / 2, middleY * unit + height / 2]
  const out: Color = [0, 0, 0]
  const color: Color = [0, 0, 0]
  const soft = what === 'shadow' ? 0.05 : 1.1 / unit / length
  for (let row = Math.max(0, Math.floor(top - reach)); row < Math.min(height, top + reach); row++)
    for (let column = Math.max(0, Math.floor(left - reach)); column < Math.min(width, left + reach); column++) {
      const dx = (column + 0.5 - left) / unit / length
      const dy = (row + 0.5 - top) / unit / length
      // along the fish from 0 at the nose to 1 at the end of the tail, and aside from its bent spine
      const along = 0.5 - (dx * cos + dy * sin)
      if (along < -0.05 || along > 1.15) continue
      const bend = 0.075 * Math.max(0, along) ** 1.5 * wave(phase, 2, fish.offset - along * 0.75)
      const aside = -dx * sin + dy * cos - bend
      if (Math.abs(aside) > 0.3) continue
      const shape = bodyAt(along) - Math.abs(aside)
      const fins = finsAt(along, aside, phase, fish.offset)
      const solid = smooth(-soft, soft, shape)
      const thin = smooth(-soft, soft, fins) * 0.62
      if (solid === 0 && thin === 0) continue
      const at = (row * width + column) * 3
      for (let i = 0; i < 3; i++) out[i] = light[at + i]!
      if (what === 'shadow') dim(out, 1 - 0.5 * Math.max(solid, thin * 0.7))
      else {
        const ray = 0.5 + 0.5 * Math.sin(Math.atan2(aside, along - (along > 0.6 ? 0.72 : 0.2)) * 34)
        for (let i = 0; i < 3; i++) color[i] = fin[i]!
        cover(color, body, 0.5)
        cover(color, patch, look === 'ogon' ? 0.6 : 0.18)
        cover(out, color, thin * (0.62 + 0.38 * ray))
        for (let i = 0; i < 3; i++) color[i] = body[i]!
        const marks =
          noise(along * 5.2 + seed, aside * 7 + seed, 2) * 0.75 + noise(along * 17, aside * 17 + seed, 3) * 0.25
        cover(color, patch, smooth(amount + 0.02, amount + 0.06, marks + (along > 0.78 ? -0.2 : 0)))
        if (spots)
          cover(color, ink, smooth(0.68, 0.72, noise(along * 12 + seed, aside * 12, 5)) * smooth(0.2, 0.3, along))
        // round: darker at its sides, light along its back
        const round = Math.abs(aside) / bodyAt(along)
        dim(color, 1 - 0.5 * smooth(0.35, 1.05, round))
        dim(color, 1 + 0.12 * smooth(0.3, 0, Math.abs(aside + 0.012) / 0.05))
        const scales = Math.sin(along * 74 + Math.abs(aside) * 30) * Math.sin(along * 74 - Math.abs(aside) * 90)
        dim(color, 1 + 0.05 * scales * smooth(0.22, 0.3, along))
        cover(color, ink, 0.9 * smooth(0.013, 0.009, Math.hypot(along - 0.085, Math.abs(aside) - 0.048)))
        cover(out, color, solid)
        cover(out, depth, 0.1)
      }
      for (let i = 0; i < 3; i++) light[at + i] = out[i]!
    }
}

/** Half the width of the body, negative beyond its ends. */
function bodyAt(along: number): number {
  if (along < 0) return -0.02 + along
  if (along > 0.86) return -0.02 - (along - 0.86)
  const nose = Math.sqrt(Math.min(1, along / 0.2))
  return 0.105 * nose * (1 - 0.86 * smooth(0.22, 0.84, along)) * (along > 0.8 ? 1 - (along - 0.8) * 8 : 1)
}

/** Inside positive: two pairs of fins, the fin on the back and the tail. */
function finsAt(along: number, aside: number, phase: number, offset: number): number {
  const side = Math.abs(aside)
  const beat = 0.03 * wave(phase, 2, offset + (aside > 0 ? 0.5 : 0))
  const leaf = (from: number, root: number, long: number, wide: number, back: number) => {
    const [x, y] = [along - from, side - root]
    const out = x * Math.cos(back + beat) * 1 + y * Math.sin(back + beat)
    const over = -x * Math.sin(back + beat) + y * Math.cos(back + beat)
    const part = out / long
    return part < 0 || part > 1 ? -0.02 : wide * Math.sin(Math.PI * part ** 0.65) * (0.6 + 0.6 * part) - Math.abs(over)
  }
  const tail =
    along > 0.78 && along < 1.1
      ? 0.025 +
        0.4 * (along - 0.78) ** 0.9 -
        side -
        0.26 * smooth(0.93, 1.1, along) * smooth(0.1, 0, side) -
        0.9 * smooth(1.0, 1.12, along - 0.25 * side)
      : -0.1
  return Math.max(leaf(0.23, 0.085, 0.19, 0.042, 0.85), leaf(0.55, 0.045, 0.12, 0.026, 0.6), tail)
}
