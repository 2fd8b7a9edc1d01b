/* Noise that is the same at every run, and comes round at the end of the loop where time is in it. */

const side = 256
const layers = 16

/** Returns numbers from 0 to 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000
  }
}

const random = randomFrom(20)
const table = Float32Array.from({ length: side * side * layers }, random)

/** Smooth noise from 0 to 1, one hill or so per unit; repeats every 256. */
export function noise(x: number, y: number, layer = 0): number {
  const column = Math.floor(x)
  const row = Math.floor(y)
  const right = ease(x - column)
  const down = ease(y - row)
  const left = column & (side - 1)
  const next = (column + 1) & (side - 1)
  const upper = layer * side * side + (row & (side - 1)) * side
  const lower = layer * side * side + ((row + 1) & (side - 1)) * side
  const top = table[upper + left]! * (1 - right) + table[upper + next]! * right
  const bottom = table[lower + left]! * (1 - right) + table[lower + next]! * right
  return top * (1 - down) + bottom * down
}

/** Noise that changes with time: `turns` new forms in a loop, the last of which becomes the first again (at most 16). */
export function living(x: number, y: number, phase: number, turns: number): number {
  // it rests at each new form, so it must not be at one everywhere at once
  const time = phase * turns + x * 0.31 + y * 0.17
  const form = Math.floor(time)
  const layer = ((form % turns) + turns) % turns
  const part = ease(time - form)
  return noise(x, y, layer) * (1 - part) + noise(x, y, (layer + 1) % turns) * part
}

/** Octaves of noise, each half as strong and twice as fine, turned so that no grid shows; from 0 to 1. */
export function fractal(x: number, y: number, octaves: number, layer = 0): number {
  let sum = 0
  let strength = 0.5
  let total = 0
  for (let octave = 0; octave < octaves; octave++) {
    sum += noise(x, y, layer) * strength
    total += strength
    strength /= 2
    const turned = x * 1.6 - y * 1.2 + 17.3
    y = x * 1.2 + y * 1.6 + 9.1
    x = turned
  }
  return sum / total
}

/**
 * What drifts in a loop: three copies that move on, each unseen when it returns to its beginning; together they are always equally
 * strong. `at` is asked for noise from 0 to 1, moved by 0 to 1.
 */
export function drifting(phase: number, at: (moved: number, copy: number) => number): number {
  let sum = 0
  for (let copy = 0; copy < 3; copy++) {
    const moved = (phase + copy / 3) % 1
    sum += (at(moved, copy) - 0.5) * (0.5 - 0.5 * Math.cos(2 * Math.PI * moved))
  }
  // the root of the sum of the squared weights, which is the same at every phase
  return 0.5 + sum / Math.sqrt(1.125)
}

/** A sine that goes round `turns` times in a loop, from -1 to 1. */
export function wave(phase: number, turns: number, offset = 0): number {
  return Math.sin(2 * Math.PI * (phase * turns + offset))
}

function ease(part: number): number {
  return part * part * (3 - 2 * part)
}
