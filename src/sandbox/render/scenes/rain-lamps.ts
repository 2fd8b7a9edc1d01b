import { randomFrom, wave } from '../noise.ts'
import { type Color, hex, type Picture, shine, smooth, touch } from '../picture.ts'

interface Lamp {
  x: number
  y: number
  radius: number
  color: Color
  light: number
  /** how often it flickers in a loop, and from when on */
  turns: number
  offset: number
  /** a car's: how far it goes in a loop, to one of the same kind */
  speed: number
  /** how much higher than wide: its image on the wet street */
  stretch: number
}

const warm = [hex('#ffb35c'), hex('#ff8f3f'), hex('#ffd28a'), hex('#ffc070')]
const cold = [hex('#5cc8ff'), hex('#59e0d0'), hex('#8aa4ff'), hex('#ff5c8f'), hex('#c46bff')]
const red = hex('#ff3b30')
const white = hex('#fff0d8')

/** The lights of a street that runs away from us: its windows and lamps, its cars, and their images on the wet ground. */
export function lampsOf(wide: number, tall: number): Lamp[] {
  const random = randomFrom(11)
  const pick = (colors: readonly Color[]) => colors[Math.floor(random() * colors.length)]!
  const lamps: Lamp[] = []
  const add = (lamp: Lamp) => lamps.push(lamp)
  // windows and signs: towards both sides they are nearer, so higher and larger
  for (let i = 0; i < 84; i++) {
    const side = random() < 0.5 ? -1 : 1
    const out = 0.06 + random() ** 0.8 * 0.5 * wide
    const near = out / (0.5 * wide)
    const y = 0.02 - random() ** 1.2 * (0.09 + near * 0.5 * tall)
    const color = random() < 0.62 ? pick(warm) : pick(cold)
    const lamp = {
      x: side * out,
      y,
      radius: 0.012 + 0.034 * near * (0.6 + 0.6 * random()),
      color,
      light: 0.12 + 0.4 * random() ** 2,
      turns: random() < 0.3 ? 1 + Math.floor(random() * 2) : 0,
      offset: random(),
      speed: 0,
      stretch: 1
    }
    add(lamp)
    if (y > -0.3 * tall)
      add({ ...lamp, y: 0.1 - y * 1.35 + 0.05 * near, light: lamp.light * 0.34, stretch: 2.2 + tall })
  }
  // the far end of the street
  for (let i = 0; i < 22; i++)
    add({
      x: (random() - 0.5) * 0.3,
      y: 0.035 - 0.09 * random() ** 2,
      radius: 0.006 + 0.008 * random(),
      color: random() < 0.75 ? pick(warm) : pick(cold),
      light: 0.2 + 0.4 * random(),
      turns: 0,
      offset: 0,
      speed: 0,
      stretch: 1
    })
  // the row of street lamps
  for (let i = 1; i <= 5; i++)
    for (const side of [-1, 1]) {
      const near = (i / 5) ** 1.6
      add({
        x: side * (0.03 + 0.42 * wide * near),
        y: -0.03 - 0.2 * tall * near,
        radius: 0.012 + 0.04 * near,
        color: warm[2]!,
        light: 0.75,
        turns: 0,
        offset: 0,
        speed: 0,
        stretch: 1
      })
    }
  // cars: white ones come, red ones go; each is where the next one was a loop ago
  for (const [count, lane] of [
    [3, { y: 0.1, radius: 0.03, color: white, light: 0.8 }],
    [4, { y: 0.062, radius: 0.022, color: red, light: 0.85 }]
  ] as const) {
    const gap = (wide + 0.4) / count
    for (let i = 0; i <= count; i++) {
      const car = { ...lane, turns: 0, offset: 0, speed: lane.color === white ? gap : -gap }
      const x = (i - (lane.color === white ? 1 : 0)) * gap - wide / 2 - 0.2
      for (const beside of [0, lane.radius * 1.25]) {
        add({ ...car, x: x + beside, stretch: 1 })
        add({ ...car, x: x + beside, y: car.y + 0.1, radius: car.radius * 0.9, light: car.light * 0.22, stretch: 3.2 })
      }
    }
  }
  return lamps
}

/** Adds a disc as a lens out of focus makes it: even, with a slightly brighter rim. */
export function drawLamp(street: Picture, lamp: Lamp, phase: number, wide: number): void {
  const { y, radius, color, stretch, speed } = lamp
  const x = lamp.x + speed * phase
  // cars appear and vanish beyond the edges only
  if (speed && Math.abs(x) > wide / 2 + 0.2) return
  const light = lamp.light * (lamp.turns ? 0.62 + 0.38 * wave(phase, lamp.turns, lamp.offset) : 1)
  const soft = stretch > 1 ? 0.9 : 0.16
  touch(street, x, y, radius * 1.1, radius * 1.1 * stretch, (right, down, out) => {
    const distance = Math.hypot(right, down) * 1.1
    const disc = smooth(1, 1 - soft, distance)
    shine(out, color, light * disc * (stretch > 1 ? 1 : 0.72 + 0.4 * distance ** 4))
  })
}
