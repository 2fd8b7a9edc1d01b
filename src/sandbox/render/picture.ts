/* A picture in linear light, and the colours that it is painted with. */

export interface Size {
  width: number
  height: number
}

/** Red, green and blue in linear light; 1 is white. Painting changes it in place. */
export type Color = [red: number, green: number, blue: number]

/** The colours of a gradient with where they stand, in ascending order. */
export type Stops = readonly (readonly [at: number, color: Color])[]

export interface Picture extends Size {
  /** red, green, blue of each pixel, row by row */
  light: Float32Array
}

export function pictureOf({ width, height }: Size): Picture {
  return { width, height, light: new Float32Array(width * height * 3) }
}

/**
 * Where a pixel is: the origin is the middle, y grows downwards, and the whole picture has the area 1 in every shape, so the
 * same length looks alike in all of them.
 */
export function unitOf({ width, height }: Size): number {
  return Math.sqrt(width * height)
}

/** Paints every pixel: `colorAt` leaves the colour at x, y in `out`. */
export function paint(picture: Picture, colorAt: (x: number, y: number, out: Color) => void): void {
  const { width, height, light } = picture
  const unit = unitOf(picture)
  const out: Color = [0, 0, 0]
  for (let row = 0, at = 0; row < height; row++) {
    const y = (row + 0.5 - height / 2) / unit
    for (let column = 0; column < width; column++, at += 3) {
      colorAt((column + 0.5 - width / 2) / unit, y, out)
      light[at] = out[0]
      light[at + 1] = out[1]
      light[at + 2] = out[2]
    }
  }
}

/** Leaves the colour at x, y of the picture in `out`, between its pixels; beyond its edges that of the edge. */
export function look(picture: Picture, x: number, y: number, out: Color): void {
  const { width, height, light } = picture
  const unit = unitOf(picture)
  const across = clamp(x * unit + width / 2 - 0.5, 0, width - 1.001)
  const down = clamp(y * unit + height / 2 - 0.5, 0, height - 1.001)
  const column = Math.floor(across)
  const row = Math.floor(down)
  const right = across - column
  const below = down - row
  const at = (row * width + column) * 3
  const under = at + width * 3
  for (let channel = 0; channel < 3; channel++) {
    const upper = light[at + channel]! * (1 - right) + light[at + 3 + channel]! * right
    const lower = light[under + channel]! * (1 - right) + light[under + 3 + channel]! * right
    out[channel] = upper * (1 - below) + lower * below
  }
}

/** Changes the pixels of an ellipse's box; `at` is given where in it, from -1 to 1. */
export function touch(
  picture: Picture,
  x: number,
  y: number,
  across: number,
  up: number,
  at: (right: number, down: number, out: Color) => void
): void {
  const { width, height, light } = picture
  const unit = unitOf(picture)
  const out: Color = [0, 0, 0]
  const [left, right] = [(x - across) * unit + width / 2, (x + across) * unit + width / 2]
  const [top, bottom] = [(y - up) * unit + height / 2, (y + up) * unit + height / 2]
  for (let row = Math.max(0, Math.floor(top)); row <= Math.min(height - 1, bottom); row++)
    for (let column = Math.max(0, Math.floor(left)); column <= Math.min(width - 1, right); column++) {
      const pixel = (row * width + column) * 3
      for (let i = 0; i < 3; i++) out[i] = light[pixel + i]!
      at(((column + 0.5 - width / 2) / unit - x) / across, ((row + 0.5 - height / 2) / unit - y) / up, out)
      for (let i = 0; i < 3; i++) light[pixel + i] = out[i]!
    }
}

/** Reads `#rrggbb`, as it looks on a screen, as linear light (a gamma of 2 throughout, see yuv.ts). */
export function hex(text: string): Color {
  const channel = (at: number) => (Number.parseInt(text.slice(at, at + 2), 16) / 255) ** 2
  return [channel(1), channel(3), channel(5)]
}

export function set(out: Color, color: Color): void {
  out[0] = color[0]
  out[1] = color[1]
  out[2] = color[2]
}

/** Lays a colour over what is there: 0 leaves it, 1 covers it. */
export function cover(out: Color, color: Color, amount: number): void {
  out[0] += (color[0] - out[0]) * amount
  out[1] += (color[1] - out[1]) * amount
  out[2] += (color[2] - out[2]) * amount
}

/** Adds light. */
export function shine(out: Color, color: Color, amount: number): void {
  out[0] += color[0] * amount
  out[1] += color[1] * amount
  out[2] += color[2] * amount
}

export function dim(out: Color, factor: number): void {
  out[0] *= factor
  out[1] *= factor
  out[2] *= factor
}

/** Leaves in `out` the colour at `at` of a gradient. */
export function gradient(out: Color, stops: Stops, at: number): void {
  set(out, stops[0]![1])
  for (let i = 1; i < stops.length; i++) {
    const from = stops[i - 1]![0]
    if (at <= from) return
    cover(out, stops[i]![1], smooth(from, stops[i]![0], at))
  }
}

export function clamp(value: number, least: number, most: number): number {
  return value < least ? least : value > most ? most : value
}

/** 0 up to `from`, 1 from `to` on, and a smooth step between them; `from` may be the greater. */
export function smooth(from: number, to: number, value: number): number {
  const part = clamp((value - from) / (to - from), 0, 1)
  return part * part * (3 - 2 * part)
}
