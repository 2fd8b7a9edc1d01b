import { layerOf, layOver } from '../layer.ts'
import { living, randomFrom, wave } from '../noise.ts'
import { type Color, dim, hex, look, paint, type Picture, pictureOf, shine, touch, unitOf } from '../picture.ts'
import type { Scene } from './scene.ts'
import { landAt } from './aurora-land.ts'
import { curtains, foldsOf, skyAt } from './aurora-sky.ts'

/** Aurora over mountains and a still lake. */
export const aurora: Scene = size => {
  const unit = unitOf(size)
  const half = size.height / unit / 2
  const horizon = half * 0.42
  const sky = pictureOf({ width: size.width >> 1, height: size.height >> 1 })
  const stars = starsOver(size.width / unit, half + horizon, horizon)
  const land = layerOf(size, (x, y, out) => landAt(x, horizon - y, out))

  return (picture, phase) => {
    const folds = curtains.map(curtain => foldsOf(curtain, sky, phase))
    paint(sky, (x, y, out) => {
      if (y < horizon + 0.01) skyAt(x, (horizon - y) / (half + horizon), horizon - y, folds, phase, out)
    })
    paint(picture, (x, y, out) => {
      const depth = Math.max(0, y - horizon)
      const near = depth / (half - horizon)
      const ripple =
        depth &&
        near *
          ((living(x * 7 + 3, 1.1 / (depth + 0.035), phase, 3) - 0.5) * 0.05 +
            (living(x * 26, 3.5 / (depth + 0.03), phase, 4) - 0.5) * 0.016)
      const from = depth ? horizon - depth * 1.15 - Math.abs(ripple) : y
      look(sky, x + ripple * 0.3, from, out)
      layOver(land, x + ripple * 0.3, from, out)
      if (!depth) return
      dim(out, 0.66 - 0.2 * near)
      shine(out, lakeTint, 0.5 + 0.5 * near)
      shine(out, mist, 0.5 * Math.exp(-depth * 60))
    })
    for (const star of stars) drawStar(picture, star, phase)
  }
}

const lakeTint = hex('#04101c')
const mist = hex('#2d6a72')

interface Star {
  x: number
  y: number
  light: number
  turns: number
  offset: number
}

function starsOver(width: number, height: number, horizon: number): Star[] {
  const random = randomFrom(77)
  return Array.from({ length: 240 }, () => ({
    x: (random() - 0.5) * width,
    y: horizon - 0.13 - random() * (height - 0.13),
    light: 0.1 + 0.9 * random() ** 5,
    turns: Math.floor(random() * 3),
    offset: random()
  }))
}

function drawStar(picture: Picture, { x, y, light, turns, offset }: Star, phase: number): void {
  const bright = light * (0.75 + 0.25 * wave(phase, turns, offset))
  const reach = 2.5 / unitOf(picture)
  touch(picture, x, y, reach, reach, (right, down, out) =>
    shine(out, starLight, bright * Math.exp(-(right * right + down * down) * 6.25 * 1.3))
  )
}
const starLight: Color = [0.9, 0.95, 1]
