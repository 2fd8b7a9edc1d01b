import { type Layer, layerOf, layOver } from '../layer.ts'
import { living, randomFrom, wave } from '../noise.ts'
import {
  clamp,
  type Color,
  dim,
  gradient,
  hex,
  paint,
  type Picture,
  shine,
  smooth,
  type Stops,
  unitOf
} from '../picture.ts'
import type { Scene } from './scene.ts'
import { drawFish, type Fish } from './koi-fish.ts'
import { padsAt, padsFor, type Place } from './koi-pads.ts'

/** Koi that rest in a pond, from above. */
export const koi: Scene = size => {
  const unit = unitOf(size)
  const wide = size.width / unit
  const tall = size.height / unit
  const turned = tall > wide
  const place: Place = (x: number, y: number) => (turned ? [y * wide, x * tall] : [x * wide, y * tall])
  const leaves = padsFor(place)
  const pads = layerOf(size, (x, y, out) => padsAt(leaves, x, y, out))
  const shoal = fishFor(place, turned)

  return (picture, phase) => {
    paint(picture, (x, y, out) => waterAt(x, y, phase, out))
    for (const fish of shoal) drawFish(picture, { ...fish, x: fish.x + 0.016, y: fish.y + 0.03 }, phase, 'shadow')
    for (const fish of shoal) drawFish(picture, fish, phase, 'fish')
    surface(picture, pads, place, phase)
  }
}

const bottom: Stops = [
  [0, hex('#2b8a86')],
  [0.5, hex('#14605f')],
  [1, hex('#0a3a42')]
]
const light = hex('#9fe6cf')

/** The bottom of the pond, with the net of light that waves throw on it. */
function waterAt(x: number, y: number, phase: number, out: Color): void {
  gradient(out, bottom, Math.hypot(x + 0.12, y + 0.1) * 1.3)
  const bend = 0.5 * (living(x * 3, y * 3, phase, 2) - 0.5)
  const net = (scale: number, turns: number, shift: number) => {
    const value = living(x * scale + bend * 2 + shift, y * scale - bend * 2 + shift, phase, turns)
    return (1 - Math.abs(2 * value - 1)) ** 7
  }
  shine(out, light, 0.085 * net(5.5, 3, 0) + 0.06 * net(8.5, 4, 30))
}

function fishFor(place: Place, turned: boolean): Fish[] {
  const random = randomFrom(4)
  const spots = [
    { x: -0.2, y: 0.12, heading: -0.5, length: 0.34, look: 'kohaku' },
    { x: 0.13, y: -0.17, heading: 2.75, length: 0.28, look: 'ogon' },
    { x: 0.2, y: 0.2, heading: -2.5, length: 0.3, look: 'sanke' },
    { x: -0.06, y: -0.3, heading: 0.35, length: 0.2, look: 'kohaku' }
  ] as const
  return spots.map(({ x, y, heading, length, look: kind }, index) => {
    const [left, top] = place(x, y)
    return {
      x: left,
      y: top,
      heading: turned ? Math.PI / 2 - heading : heading,
      length,
      look: kind,
      offset: random(),
      seed: index * 13 + 3
    }
  })
}

const sheen = hex('#d8fff2')

/** The surface: rings of drops, a soft sky, and the pads that rock on it. */
function surface(picture: Picture, pads: Layer, place: Place, phase: number): void {
  const drops = (
    [
      [0.02, 0.33, 0],
      [-0.33, -0.28, 0.37],
      [0.36, 0.05, 0.68]
    ] as const
  ).map(([x, y, at]) => {
    const [left, top] = place(x, y)
    return { x: left, y: top, age: (phase + at) % 1 }
  })
  const unit = unitOf(picture)
  const { width, height, light: pixels } = picture
  const out: Color = [0, 0, 0]
  for (let row = 0, at = 0; row < height; row++)
    for (let column = 0; column < width; column++, at += 3) {
      const [x, y] = [(column + 0.5 - width / 2) / unit, (row + 0.5 - height / 2) / unit]
      let ring = 0
      for (const drop of drops) {
        const distance = Math.hypot(x - drop.x, y - drop.y)
        const front = drop.age * 0.34
        if (Math.abs(distance - front) < 0.05)
          ring +=
            Math.cos((distance - front) * 190) *
            Math.exp(-(((distance - front) / 0.02) ** 2)) *
            (1 - drop.age) ** 1.5 *
            smooth(0, 0.06, drop.age)
      }
      for (let i = 0; i < 3; i++) out[i] = pixels[at + i]!
      dim(out, 1 + clamp(ring * 0.35, -0.4, 0.6))
      shine(out, sheen, Math.max(0, ring) * 0.05 + 0.02 * smooth(0.3, -0.9, x + y))
      layOver(pads, x + 0.002 * wave(phase, 1, y), y + 0.002 * wave(phase, 1, 0.3 + x), out)
      for (let i = 0; i < 3; i++) pixels[at + i] = out[i]!
    }
}
