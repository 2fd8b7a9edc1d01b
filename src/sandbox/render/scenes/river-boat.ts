import { type Color, cover, hex, smooth } from '../picture.ts'

/** A folded paper boat: where its water line is in the middle, and its tilt in radians. */
export interface Boat {
  x: number
  y: number
  tilt: number
  scale: number
  /** draws its image in the water, this strongly, moved aside by `shift` */
  mirror?: number
  shift?: number
}

type Point = readonly [x: number, y: number]

interface Facet {
  points: readonly Point[]
  /** its colour goes from the first at the top to the second at the bottom */
  colors: readonly [Color, Color]
}

/* y upwards from the water line; the hull reaches from -1 to 1 */
const facets: readonly Facet[] = [
  // the sail, lit from the right
  {
    points: [
      [0, 0.98],
      [-0.5, 0.1],
      [0.04, 0.1]
    ],
    colors: [hex('#e6c9c4'), hex('#b98aa0')]
  },
  {
    points: [
      [0, 0.98],
      [0.04, 0.1],
      [0.5, 0.1]
    ],
    colors: [hex('#fff1dc'), hex('#f2b99c')]
  },
  // the far side of the hull
  {
    points: [
      [-0.98, 0.44],
      [-0.3, 0.24],
      [0.3, 0.24],
      [0.98, 0.44],
      [0.6, 0],
      [-0.6, 0]
    ],
    colors: [hex('#a8789a'), hex('#7c5688')]
  },
  // the near side, with the fold in the middle
  {
    points: [
      [-0.98, 0.44],
      [-0.02, 0.13],
      [0.02, -0.14],
      [-0.62, -0.14]
    ],
    colors: [hex('#ead0c8'), hex('#a77a98')]
  },
  {
    points: [
      [0.98, 0.44],
      [-0.02, 0.13],
      [0.02, -0.14],
      [0.62, -0.14]
    ],
    colors: [hex('#fff3df'), hex('#e0a294')]
  }
]

/** Paints what of the boat is at x, y. */
export function boatAt(boat: Boat, x: number, y: number, out: Color): void {
  const { scale, tilt, mirror, shift = 0 } = boat
  const right = (x - boat.x + shift) / scale
  const up = ((boat.y - y) / scale) * (mirror ? -1.15 : 1)
  if (right < -1.2 || right > 1.2 || up < -0.3 || up > 1.2) return
  const turn = mirror ? -tilt : tilt
  const px = right * Math.cos(turn) - up * Math.sin(turn)
  const py = right * Math.sin(turn) + up * Math.cos(turn)
  const soft = mirror ? 0.03 + 0.05 * up : 0.008
  // water covers what is under its line
  const over = mirror ? smooth(1.1, 0.1, up) * mirror * 0.6 : smooth(-0.085, -0.07, up)
  for (const { points, colors } of facets) {
    const inside = smooth(-soft, soft, insideOf(points, px, py))
    if (inside === 0) continue
    const color: Color = [...colors[1]]
    cover(color, colors[0], smooth(-0.15, 0.8, py))
    cover(out, color, inside * over)
  }
}

/** The distance to the nearest edge of a polygon, negative outside (Quilez, "2D distance functions"). */
function insideOf(points: readonly Point[], x: number, y: number): number {
  let nearest = Infinity
  let sign = -1
  let [px, py] = points.at(-1)!
  for (const [qx, qy] of points) {
    const [ex, ey, wx, wy] = [px - qx, py - qy, x - qx, y - qy]
    const along = Math.min(1, Math.max(0, (wx * ex + wy * ey) / (ex * ex + ey * ey)))
    nearest = Math.min(nearest, (wx - ex * along) ** 2 + (wy - ey * along) ** 2)
    if (qy > y !== py > y && x < qx + ((px - qx) * (y - qy)) / (py - qy)) sign = -sign
    px = qx
    py = qy
  }
  return sign * Math.sqrt(nearest)
}
