import { drifting, noise } from '../noise.ts'
import {
  clamp,
  type Color,
  cover,
  gradient,
  hex,
  look,
  paint,
  type Picture,
  pictureOf,
  shine,
  smooth,
  type Stops,
  unitOf
} from '../picture.ts'
import type { Scene } from './scene.ts'

/** A sea of clouds at sunrise, from above. */
export const clouds: Scene = size => {
  const half = size.height / unitOf(size) / 2
  const horizon = -half * 0.28
  const sun = size.width > size.height ? -0.16 : -0.06
  // clouds are soft: half of the pixels are enough
  const soft = pictureOf({ width: size.width >> 1, height: size.height >> 1 })
  return (picture, phase) => {
    paint(soft, (x, y, out) => {
      if (y < horizon + 0.03) skyAt(x - sun, (horizon - y) / (half + horizon), horizon - y, out)
    })
    drawClouds(soft, horizon, sun, phase)
    soften(soft)
    paint(picture, (x, y, out) => {
      if (y < horizon - 0.03) skyAt(x - sun, (horizon - y) / (half + horizon), horizon - y, out)
      else look(soft, x, y, out)
    })
  }
}

const cameraHeight = 1.25
const focus = 0.9
const nearest = 1.1
const farthest = 50
const growth = 1.008

/** Paints the clouds column by column, from near to far; what a near one hides is left out. */
function drawClouds({ width, height, light }: Picture, horizon: number, sun: number, phase: number): void {
  const unit = Math.sqrt(width * height)
  const color: Color = [0, 0, 0]
  const steps = Math.ceil(Math.log(farthest / nearest) / Math.log(growth))
  // the heights in the column to the left, for slopes
  const before = new Float32Array(steps)
  for (let column = -1; column < width; column++) {
    const x = (column + 0.5 - width / 2) / unit
    let filled = height
    let nearer = 0
    for (let i = 0, z = nearest; i < steps && filled > 0; i++, z *= growth) {
      const top = heightAt((x / focus) * z, z, phase)
      const beside = (top - before[i]!) / (z / unit / focus)
      const behind = (top - nearer) / (z * (growth - 1))
      before[i] = top
      nearer = top
      const y = (horizon + ((cameraHeight - top) / z) * focus) * unit + height / 2
      if (column < 0 || i === 0 || y >= filled) continue
      cloudAt(z, top, behind, beside, x - sun, color)
      for (let row = Math.max(0, Math.floor(y)); row < filled; row++) {
        const at = (row * width + column) * 3
        const part = Math.min(1, row + 1 - y)
        for (let channel = 0; channel < 3; channel++)
          light[at + channel] = light[at + channel]! * (1 - part) + color[channel]! * part
      }
      filled = Math.ceil(y)
    }
  }
}

/** Mixes each pixel with those about it. */
function soften({ width, height, light }: Picture): void {
  for (const step of [3, width * 3]) {
    for (let at = step, end = width * height * 3 - step; at < end; at++)
      light[at] = 0.7 * light[at]! + 0.3 * light[at - step]!
    for (let at = width * height * 3 - step - 1; at >= 0; at--) light[at] = 0.7 * light[at]! + 0.3 * light[at + step]!
  }
}

/** Round heaps: noise folded at its middle has creases below and domes above. */
function heaps(x: number, z: number, octaves: number, copy: number): number {
  let sum = 0
  let strength = 0.56
  for (let octave = 0; octave < octaves; octave++) {
    sum += strength * Math.abs(2 * noise(x, z, copy * 5 + octave) - 1)
    const turned = x * 1.7 - z * 1.1 + 3.7
    z = x * 1.1 + z * 1.7
    x = turned
    strength *= 0.47
  }
  return sum
}

function heightAt(x: number, z: number, phase: number): number {
  const wide = noise(x * 0.13 + 4.6, z * 0.11, 12)
  const octaves = z < 12 ? 5 : 4
  const heap = drifting(phase, (moved, copy) => heaps(x * 0.42 + copy * 20, (z + moved * 0.9) * 0.36, octaves, copy))
  return 0.85 * heap + 0.7 * wide - 0.5
}

const bright = hex('#fff0da')
const rosy = hex('#f3b3a2')
const lilac = hex('#9a86b8')
const blue = hex('#4f5f9c')
const far = hex('#ffd2a6')

/** The colour of a cloud: the sun stands low behind the clouds, so what falls away from us is lit, and heights more than valleys. */
function cloudAt(z: number, top: number, behind: number, beside: number, aside: number, out: Color): void {
  const turn = beside * clamp(-aside * 4, -1, 1)
  const lit = smooth(
    -0.35,
    1.1,
    0.42 - behind * 0.34 - turn * 0.14 + (top - 0.15) * 1.1 + 0.22 * Math.exp(-aside * aside * 6)
  )
  gradient(out, shades, lit)
  const mist = 1 - Math.exp(-(((z - 0.8) / 19) ** 1.3))
  cover(out, far, mist * 0.94)
  shine(out, rosy, 0.14 * Math.exp(-Math.abs(aside) * 4) * lit)
}

const shades: Stops = [
  [0, blue],
  [0.35, lilac],
  [0.65, rosy],
  [1, bright]
]

const skyStops: Stops = [
  [0, hex('#ffdcae')],
  [0.16, hex('#ffc19a')],
  [0.42, hex('#dc9db0')],
  [0.72, hex('#8d8cc4')],
  [1, hex('#4e6bb4')]
]
const sunColor = hex('#fffbe8')
const sunGlow = hex('#ffb978')

function skyAt(x: number, height: number, h: number, out: Color): void {
  gradient(out, skyStops, height)
  const distance = Math.hypot(x, h - 0.03)
  shine(out, sunGlow, 0.55 * Math.exp(-distance * 6) + 0.3 * Math.exp(-distance * 22))
  cover(out, sunColor, smooth(0.05, 0.038, distance))
  shine(out, sunColor, 0.2 * Math.exp(-distance * 9))
}
