import type { ChartProps, Series } from './shape.ts'

/* Where things of a chart are, in pixels of its box. */

const AXIS = 56
const HEAD = 10
const FOOT = 26
const TICK = 76
const LINE = 48
// half of a time at the axis, which must not be cut
const HALF_TEXT = 18

export interface Geometry {
  left: number
  right: number
  top: number
  /** where zero is */
  bottom: number
  /** of each point */
  band: number
  /** the middle of a point */
  x(index: number): number
  y(value: number): number
}

export function geometryOf(chart: ChartProps, width: number): Geometry {
  const [left, right, top, bottom] = [AXIS, width, HEAD, chart.height - FOOT]
  const band = (right - left) / Math.max(chart.times.length, 1)
  const most = topOf(chart)
  return {
    left,
    right,
    top,
    bottom,
    band,
    x: index => left + (index + 0.5) * band,
    y: value => bottom - (value / most) * (bottom - top)
  }
}

/** Returns the values that have a line, from zero up: 1, 2, 2.5 and 5 times a power of ten, as many as there is room for. */
export function heightsOf(chart: ChartProps): number[] {
  const most = topOf(chart)
  const least = (most * LINE) / (chart.height - HEAD - FOOT)
  const power = 10 ** Math.floor(Math.log10(least))
  const steps = (chart.whole ? [1, 2, 5, 10] : [1, 2, 2.5, 5, 10]).map(step => step * power)
  const step = Math.max(steps.find(one => one >= least) ?? 10 * power, chart.whole ? 1 : 0)
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step)
}

/** Returns the points that have a time at the axis: round ones of the person's clock, as many as there is room for. */
export function ticksOf({ times, every }: ChartProps, { left, right, x }: Geometry): number[] {
  const step = (times[1] ?? 0) - (times[0] ?? 0) || 1
  const most = Math.max(Math.floor((right - left) / TICK), 1)
  const each = every.find(count => times.length / count <= most) ?? every.at(-1) ?? 1
  const place = (at: number) => Math.round((at - new Date(at * 1000).getTimezoneOffset() * 60) / step)
  return times.flatMap((at, index) =>
    place(at) % each === 0 && x(index) - left > HALF_TEXT && right - x(index) > HALF_TEXT ? [index] : []
  )
}

/** Bars of one series, each on top of those of the series below it. */
export function barsOf(series: readonly Series[], index: number, { band, bottom, x, y }: Geometry): string {
  const width = Math.min(band * 0.82, 26)
  const round = width * 0.08
  const sumOf = (point: number, count: number) =>
    series.slice(0, count).reduce((sum, { values }) => sum + (values[point] ?? 0), 0)
  return (series[index]?.values ?? [])
    .map((value, point) => {
      if (!value) return ''
      const [foot, head] = [y(sumOf(point, index)), y(sumOf(point, index + 1))]
      const [start, end] = [x(point) - width / 2, x(point) + width / 2]
      // a bar in the middle of a stack has no round head
      const edge = sumOf(point, index + 1) === sumOf(point, series.length) ? Math.min(round, bottom - head) : 0
      return `M${start},${foot}V${head + edge}Q${start},${head} ${start + edge},${head}H${end - edge}Q${end},${head} ${end},${head + edge}V${foot}Z`
    })
    .join('')
}

export const pointsOf = ({ values }: Series, { x, y }: Geometry) =>
  values.flatMap((value, index) => (value === null ? [] : [{ index, x: x(index), y: y(value) }]))

/** The value at the upper edge. */
function topOf({ kind, times, series }: ChartProps): number {
  const sums = times.map((_, index) => series.map(({ values }) => values[index] ?? 0))
  const highest = Math.max(0, ...sums.map(all => (kind === 'bars' ? all.reduce((a, b) => a + b, 0) : Math.max(...all))))
  return highest > 0 ? highest * 1.06 : 1
}
