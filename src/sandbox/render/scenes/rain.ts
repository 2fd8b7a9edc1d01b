import { noise } from '../noise.ts'
import { cover, gradient, hex, look, paint, pictureOf, shine, type Stops, unitOf } from '../picture.ts'
import type { Scene } from './scene.ts'
import { drawDrop, dropsOn, runnersOf, trailOf } from './rain-drops.ts'
import { drawLamp, lampsOf } from './rain-lamps.ts'

/** City lights out of focus behind a window in the rain. */
export const rain: Scene = size => {
  const street = pictureOf({ width: size.width >> 1, height: size.height >> 1 })
  const wide = size.width / unitOf(size)
  const tall = size.height / unitOf(size)
  const lamps = lampsOf(wide, tall)
  const resting = dropsOn(wide, tall)
  const runners = runnersOf(wide, tall)

  return (picture, phase) => {
    paint(street, (x, y, out) => {
      gradient(out, dusk, y / tall + 0.5)
      shine(out, haze, 0.5 * Math.exp(-((x / 0.34) ** 2) - ((y - 0.03) / 0.16) ** 2))
    })
    for (const lamp of lamps) drawLamp(street, lamp, phase, wide)
    paint(picture, (x, y, out) => {
      look(street, x, y, out)
      cover(out, fog, 0.05 + 0.05 * noise(x * 4, y * 4, 3))
    })
    for (const drop of resting) drawDrop(picture, street, drop)
    for (const runner of runners) for (const drop of trailOf(runner, phase, tall)) drawDrop(picture, street, drop)
  }
}

const dusk: Stops = [
  [0, hex('#0c1730')],
  [0.45, hex('#1d2c4e')],
  [0.6, hex('#2b2f4d')],
  [1, hex('#0a0f1f')]
]
const haze = hex('#d2703c')
const fog = hex('#5d7695')
