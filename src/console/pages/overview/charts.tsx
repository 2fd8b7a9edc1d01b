import { Skeleton } from '@mantine/core'
import { useLocation } from 'wouter'
import type { Point } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Chart, Legend } from '../../parts/chart/index.tsx'
import { ranges, tasksOf, type OverviewData, type Range } from './data.ts'
import style from './overview.module.css'

const HIGH = 172
const LOW = 140

/** Videos and time to video, on one cursor. A point leads to its tasks. */
export function Charts({ query: { data, error }, range }: { query: OverviewData['series']; range: Range }) {
  const { t, format } = useText()
  const words = t.overview
  const [, navigate] = useLocation()
  const points = data?.answer.data ?? []
  const of = <Value,>(read: (point: Point) => Value) => points.map(read)
  const made = [
    { name: 'ok', label: words.succeeded, color: '--accent-fill', values: of(({ ok }) => ok) },
    {
      name: 'failed',
      label: t.states.failed,
      color: '--bad-fill',
      values: of(({ failed, refused }) => failed + refused)
    }
  ]
  const took = [
    { name: 'p50', label: 'p50', color: '--text', values: of(({ p50_ms }) => p50_ms) },
    { name: 'p95', label: 'p95', color: '--text-3', dashed: true, values: of(({ p95_ms }) => p95_ms) }
  ]
  const isDays = range === '7d' || range === '30d'
  const times = of(({ at }) => at)
  const step = (times[1] ?? 0) - (times[0] ?? 0)
  const shared = {
    times,
    cursor: 'overview',
    every: ranges[range].every,
    writeTick: isDays ? format.day : format.clock,
    writeTime: (at: number) => (range === '30d' ? format.day(at) : `${format.day(at)}, ${format.clock(at)}`),
    onOpen: (index: number) => navigate(tasksOf({ from: times[index] ?? 0, to: (times[index] ?? 0) + step }))
  }

  if (!data)
    return (
      <Card title={words.videos}>
        {error ? <p className={style.none}>{t.parts.failedTitle}</p> : <Skeleton height={HIGH + LOW + 60} />}
      </Card>
    )
  return (
    <Card title={words.videos} side={<Legend series={made} />} flush>
      <div className={style.plots}>
        <Chart
          {...shared}
          whole
          kind="bars"
          label={words.videosChart}
          series={made}
          height={HIGH}
          write={format.number}
        />
        <div className={style.plotHead}>
          <h2>{words.timeToVideo}</h2>
          <Legend series={took} lines />
        </div>
        <Chart
          {...shared}
          kind="lines"
          label={words.timeChart}
          series={took}
          height={LOW}
          write={format.duration}
          writeAxis={ms => t.units.s(format.number(ms / 1000))}
        />
      </div>
    </Card>
  )
}
