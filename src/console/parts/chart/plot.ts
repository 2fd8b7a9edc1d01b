import UPlot from 'uplot'
import type { ChartProps } from './shape.ts'

type Mark = { index: number; left: number }

const AXIS = 56
const TICK = 76
const FOOT = 26
// half of a time at the axis, which must not be cut
const HALF_TEXT = 18
const COUNTS = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map(step => step * 10 ** power)).flat()

/** What uPlot draws: the middle of each point's time, then each series, of bars on top of those below it, the highest first. */
export function dataOf({ kind, times, series }: ChartProps): UPlot.AlignedData {
  const half = stepOf(times) / 2
  const middles = times.map(at => at + half)
  if (kind === 'lines') return [middles, ...series.map(({ values }) => [...values])]
  const sums = times.map(() => 0)
  const stacked = series.map(({ values }) => times.map((_, index) => (sums[index]! += values[index] ?? 0)))
  return [middles, ...stacked.reverse()]
}

/** Draws a chart into an element. `latest` returns what it shows now; `onMark` is told where the cursor is. */
export function createPlot(place: HTMLElement, latest: () => ChartProps, onMark: (mark: Mark | null) => void): UPlot {
  const { kind, series, cursor, height, whole = false } = latest()
  const styles = getComputedStyle(place)
  const color = (token: string) => styles.getPropertyValue(token).trim()
  const font = `12px ${styles.fontFamily}`
  const bars = UPlot.paths.bars!({ size: [0.82, 26], radius: 0.08 })
  const drawn = kind === 'bars' ? series.toReversed() : series
  const axis = { stroke: color('--text-3'), font, ticks: { show: false }, border: { show: false } }

  return new UPlot(
    {
      width: place.clientWidth,
      height,
      padding: [10, 0, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        points: { show: kind === 'lines', size: 7, width: 2 },
        ...(cursor !== undefined && { sync: { key: cursor, setSeries: false } })
      },
      scales: {
        x: { time: false, range: () => rangeOf(latest().times) },
        y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.06 : 1] }
      },
      axes: [
        {
          ...axis,
          size: FOOT,
          gap: 6,
          grid: { show: false },
          splits: plot => ticksOf(latest(), plot.bbox.width / devicePixelRatio),
          values: (_plot, splits) => splits.map(at => latest().writeTick(at - stepOf(latest().times) / 2))
        },
        {
          ...axis,
          size: AXIS,
          gap: 8,
          grid: { stroke: color('--line'), width: 1 },
          space: 48,
          ...(whole && { incrs: COUNTS }),
          // a chart without values has a foot and no heights
          values: (_plot, splits) =>
            splits.map(value =>
              value === 0 || hasValues(latest()) ? (latest().writeAxis ?? latest().write)(value) : ''
            )
        }
      ],
      series: [
        {},
        ...drawn.map(({ color: token, dashed = false }) =>
          kind === 'bars'
            ? { fill: color(token), width: 0, paths: bars, points: { show: false } }
            : {
                stroke: color(token),
                width: 1.75,
                spanGaps: true,
                // a point between gaps makes no line
                points: { show: (plot: UPlot, index: number) => isSparse(plot.data[index]!), size: 5 },
                ...(dashed && { dash: [4, 4] })
              }
        )
      ],
      hooks: {
        setCursor: [
          ({ cursor: { idx, left = -1 }, data, valToPos, over }) => {
            if (idx === null || idx === undefined || left < 0) return onMark(null)
            return onMark({ index: idx, left: over.offsetLeft + valToPos(data[0][idx] ?? 0, 'x') })
          }
        ]
      }
    },
    dataOf(latest()),
    place
  )
}

const isSparse = (values: ArrayLike<unknown>) => Array.from(values).filter(value => value !== null).length <= 2

const hasValues = ({ series }: ChartProps) => series.some(({ values }) => values.some(Boolean))

/** Seconds between two points. */
const stepOf = (times: readonly number[]) => (times[1] ?? 0) - (times[0] ?? 0) || 1

function rangeOf(times: readonly number[]): [number, number] {
  const step = stepOf(times)
  return [times[0] ?? 0, (times.at(-1) ?? 0) + step]
}

/** Returns the middles of the points that have a time at the axis: round ones of the person's clock, as many as there is room for. */
function ticksOf({ times, every }: ChartProps, width: number): number[] {
  const step = stepOf(times)
  const most = Math.max(Math.floor(width / TICK), 1)
  const each = every.find(count => times.length / count <= most) ?? every.at(-1) ?? 1
  const place = (at: number) => Math.round((at - new Date(at * 1000).getTimezoneOffset() * 60) / step)
  const [first, end] = rangeOf(times)
  const edge = ((end - first) / width) * HALF_TEXT
  return times
    .filter(at => place(at) % each === 0)
    .map(at => at + step / 2)
    .filter(at => at - first > edge && end - at > edge)
}
