import { clamp, cover, type Color, type Picture, smooth } from './picture.ts'

/* The word "sandbox" in strokes, so that no font is needed. A letter is lines and arcs on a grid where an o is 2 wide and 2 high. */

type Stroke =
  | { line: readonly [x1: number, y1: number, x2: number, y2: number] }
  /** degrees, clockwise from the right */
  | { arc: readonly [x: number, y: number, radius: number, from: number, to: number] }

const ring: Stroke = { arc: [1, 1, 1, 0, 360] }
const letters: readonly { width: number; strokes: readonly Stroke[] }[] = [
  { width: 1.3, strokes: [{ arc: [0.65, 0.5, 0.5, 90, 330] }, { arc: [0.65, 1.5, 0.5, -90, 150] }] },
  { width: 2, strokes: [ring, { line: [2, 0, 2, 2] }] },
  {
    width: 1.7,
    strokes: [{ line: [0, 0, 0, 2] }, { arc: [0.85, 0.85, 0.85, 180, 360] }, { line: [1.7, 0.85, 1.7, 2] }]
  },
  { width: 2, strokes: [ring, { line: [2, -1.1, 2, 2] }] },
  { width: 2, strokes: [ring, { line: [0, -1.1, 0, 2] }] },
  { width: 2, strokes: [ring] },
  { width: 1.6, strokes: [{ line: [0, 0, 1.6, 2] }, { line: [1.6, 0, 0, 2] }] }
]

// pixels
const scale = 4.6
const stroke = 0.95
const gap = 0.85
const margin = 18

const placed = letters.map((letter, index) => ({
  ...letter,
  left: letters.slice(0, index).reduce((sum, { width }) => sum + width + gap, 0)
}))
const last = placed.at(-1)!

/** The word's box in pixels from the top left corner, which players leave free. */
export const markBox = {
  left: margin,
  top: margin,
  width: Math.ceil((last.left + last.width) * scale),
  height: Math.ceil(3.1 * scale)
} as const

/** How much of the pixel the word covers, 0 to 1. */
export function markAt(column: number, row: number): number {
  return covered(distanceTo(column, row))
}

/** Writes the word on a picture, with a soft shadow that keeps it readable on snow. */
export function drawMark({ width, light }: Picture): void {
  const reach = 10
  const color: Color = [0, 0, 0]
  for (let row = markBox.top - reach; row < markBox.top + markBox.height + reach; row++)
    for (let column = markBox.left - reach; column < markBox.left + markBox.width + reach; column++) {
      const at = (row * width + column) * 3
      const distance = distanceTo(column, row)
      for (let i = 0; i < 3; i++) color[i] = light[at + i]!
      cover(color, shadow, 0.42 * smooth(reach, 0, distance))
      cover(color, white, 0.86 * covered(distance))
      light.set(color, at)
    }
}

const covered = (distance: number) => smooth(stroke + 0.6, stroke - 0.4, distance)
const shadow: Color = [0.005, 0.008, 0.015]
const white: Color = [1, 1, 1]

/** Pixels from the middle of a pixel to the middle of the nearest stroke. */
function distanceTo(column: number, row: number): number {
  const x = (column + 0.5 - markBox.left) / scale
  const y = (row + 0.5 - markBox.top) / scale - 1.1
  let nearest = Infinity
  for (const { left, width, strokes } of placed)
    if (x > left - 3 && x < left + width + 3)
      for (const each of strokes) nearest = Math.min(nearest, distance(each, x - left, y))
  return nearest * scale
}

function distance(each: Stroke, x: number, y: number): number {
  if ('line' in each) {
    const [x1, y1, x2, y2] = each.line
    const [dx, dy] = [x2 - x1, y2 - y1]
    const along = clamp(((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy), 0, 1)
    return Math.hypot(x - x1 - along * dx, y - y1 - along * dy)
  }
  const [cx, cy, radius, from, to] = each.arc
  const angle = (Math.atan2(y - cy, x - cx) * 180) / Math.PI
  const turned = (((angle - from) % 360) + 360) % 360
  if (turned <= to - from) return Math.abs(Math.hypot(x - cx, y - cy) - radius)
  const end = (degrees: number) =>
    Math.hypot(
      x - cx - radius * Math.cos((degrees * Math.PI) / 180),
      y - cy - radius * Math.sin((degrees * Math.PI) / 180)
    )
  return Math.min(end(from), end(to))
}
