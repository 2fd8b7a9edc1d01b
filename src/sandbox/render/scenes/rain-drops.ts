import { noise, randomFrom } from '../noise.ts'
import { clamp, type Color, cover, dim, hex, look, type Picture, shine, smooth, touch, unitOf } from '../picture.ts'

interface Drop {
  x: number
  y: number
  radius: number
  /** how much higher than wide */
  long: number
}

/** Drops that stay where they are. */
export function dropsOn(wide: number, tall: number): Drop[] {
  const random = randomFrom(5)
  const drops: Drop[] = []
  for (let tries = 0; tries < 2600 && drops.length < 330; tries++) {
    const radius = 0.0035 + 0.022 * random() ** 4
    const drop = {
      x: (random() - 0.5) * wide,
      y: (random() - 0.5) * tall,
      radius,
      long: 1 + 0.3 * random() * smooth(0.004, 0.014, radius)
    }
    if (drops.every(other => Math.hypot(other.x - drop.x, other.y - drop.y) > (other.radius + radius) * 1.25))
      drops.push(drop)
  }
  return drops
}

interface Runner {
  x: number
  radius: number
  offset: number
  seed: number
}

/** Drops that run down. */
export function runnersOf(wide: number, tall: number): Runner[] {
  const random = randomFrom(31)
  const count = Math.round((5 * wide) / Math.sqrt(tall))
  return Array.from({ length: count }, (_, i) => ({
    x: ((i + 0.2 + 0.6 * random()) / count - 0.5) * wide,
    radius: 0.0095 + 0.005 * random(),
    offset: random(),
    seed: i * 9.7
  }))
}

/** A drop that runs down with halts, and what it leaves behind. */
export function trailOf({ x, radius, offset, seed }: Runner, phase: number, tall: number): Drop[] {
  const path = tall + 0.9
  const time = (phase + offset) % 1
  const run = (at: number) => at + 0.045 * Math.sin(2 * Math.PI * at * 3 + seed) - 0.045 * Math.sin(seed)
  const front = run(time) * path
  const place = (along: number) => x + 0.018 * (noise(along * 5, seed) - 0.5)
  const top = -tall / 2 - 0.08
  const drops: Drop[] = []
  for (let along = 0.02; along < front; along += 0.017 + 0.016 * noise(along * 90, seed)) {
    const left = smooth(0.5, 0.02, front - along)
    if (left > 0.05)
      drops.push({
        x: place(along) + 0.003 * (noise(along * 70, seed) - 0.5),
        y: top + along,
        radius: radius * (0.2 + 0.28 * noise(along * 50, seed)) * left,
        long: 1.25
      })
  }
  drops.push({ x: place(front), y: top + front, radius, long: 1.45 })
  return drops
}

/** A drop is a lens: it shows what is behind it upside down, darker at its edge, and a light above. */
export function drawDrop(picture: Picture, street: Picture, { x, y, radius, long }: Drop): void {
  const edge = 1.2 / (radius * unitOf(picture))
  const behind: Color = [0, 0, 0]
  touch(picture, x, y, radius * 1.15, radius * 1.15 * long, (right, down, out) => {
    const [u, v] = [right * 1.15, down * 1.15]
    // narrower at its top
    const distance = Math.hypot(u * (1 - 0.16 * v * (long - 1) * 2), v)
    if (distance > 1 + edge) return
    const bend = 0.2 + 0.34 * distance * distance
    look(street, clamp(x - u * bend, -2, 2), clamp(y * 0.8 - 0.01 - v * bend, -2, 2), behind)
    dim(behind, 1.75 * (1 - 0.7 * smooth(0.55, 1.05, distance)))
    shine(behind, sheen, 0.06 * smooth(-0.2, 1, v) + 0.6 * smooth(0.4, 0.05, Math.hypot(u + 0.34, v + 0.42)))
    cover(out, behind, smooth(1 + edge / 2, 1 - edge / 2, distance))
  })
}
const sheen = hex('#d8e6ff')
