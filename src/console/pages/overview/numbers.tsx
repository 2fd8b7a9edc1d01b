import { Skeleton } from '@mantine/core'
import type { Overview, Point } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Stat, Stats, Unit } from '../../parts/stat.tsx'
import { tasksOf, type OverviewData, type Range } from './data.ts'

const BARS = 14

/** Five numbers, each with how it went and a link to the rows behind it. */
export function Numbers({ data: { overview, series, failures }, range }: { data: OverviewData; range: Range }) {
  const { t, format } = useText()
  const words = t.overview
  const { window, answer } = overview.data ?? {}
  const points = series.data?.answer.data ?? []
  const currency = answer?.spent[0]?.currency
  const byRules = failures.data?.answer.data
    .filter(({ error }) => error === 'content_policy_violation')
    .reduce((sum, { count }) => sum + count, 0)
  const waits = !answer && !overview.error
  const value = (read: (numbers: Overview) => React.ReactNode) =>
    answer ? read(answer) : waits ? <Skeleton width={96} height={22} my={6} /> : t.parts.unknown
  const note = (read: (numbers: Overview) => string) =>
    answer ? read(answer) : waits ? <Skeleton width={120} height={10} my={4} /> : ' '

  return (
    <Stats>
      <Stat
        label={words.spent}
        value={value(({ spent }) => (spent[0] ? format.money(spent[0]) : t.parts.unknown))}
        note={note(({ spent }) => spentNote(spent))}
        bars={
          currency === undefined ? [] : barsOf(points, all => sum(all.map(({ spent }) => Number(spent[currency] ?? 0))))
        }
        to={`/usage?range=${range === '30d' ? '30d' : '7d'}`}
      />
      <Stat
        label={words.made}
        value={value(({ made }) => format.number(made.count))}
        note={note(({ made }) => changeOf(made.count, made.before, format.number))}
        bars={barsOf(points, all => sum(all.map(({ ok }) => ok)))}
        to={tasksOf(window, { state: 'succeeded' })}
      />
      <Stat
        label={words.success}
        value={value(({ success }) => (success.rate === null ? t.parts.unknown : format.percent(success.rate)))}
        note={note(({ success: { failed, refused } }) =>
          failed + refused === 0
            ? words.noneFailed
            : byRules
              ? words.failedByRules(format.number(failed + refused), format.number(byRules))
              : words.failed(format.number(failed + refused))
        )}
        bars={barsOf(points, all =>
          rateOf(sum(all.map(({ ok }) => ok)), sum(all.map(({ failed, refused }) => failed + refused)))
        )}
        to={tasksOf(window, { state: 'failed,refused' })}
      />
      <Stat
        label={words.timeToVideo}
        value={value(({ time_to_video: { p50_ms } }) => (p50_ms === null ? t.parts.unknown : format.duration(p50_ms)))}
        note={note(({ time_to_video: { p95_ms } }) => (p95_ms === null ? ' ' : words.median(format.duration(p95_ms))))}
        bars={barsOf(points, all => Math.max(...all.map(({ p50_ms }) => p50_ms ?? 0)))}
        to={tasksOf(window, { state: 'succeeded', sort: 'duration' })}
      />
      <Stat
        label={words.rightNow}
        value={value(({ now }) => (
          <>
            {format.number(now.running)} <Unit>{words.running}</Unit>
            {format.number(now.waiting)} <Unit>{words.waiting}</Unit>
          </>
        ))}
        note={note(({ now }) => nowNote(now))}
        to={tasksOf(undefined, { state: 'waiting,running' })}
      />
    </Stats>
  )

  function changeOf(count: number, before: number | null, write: (n: number) => string): string {
    if (!before) return words.nothingBefore
    return count === before ? words.noChange(write(before)) : words.change(format.change(count, before), write(before))
  }

  function spentNote([first, ...others]: Overview['spent']): string {
    if (!first) return words.nothingBefore
    if (others.length > 0) return others.map(money => `+ ${format.money(money)}`).join(' ')
    const { amount, before, currency: unit } = first
    return changeOf(Number(amount), before === null ? null : Number(before), n =>
      format.money({ amount: n === Number(before) && before !== null ? before : String(n), currency: unit })
    )
  }

  function nowNote({ slots_used, slots_total, waiting, oldest_waiting_s }: Overview['now']): string {
    if (waiting > 0 && oldest_waiting_s !== null) return words.oldest(format.duration(oldest_waiting_s * 1000))
    return slots_total === null ? ' ' : words.slots(format.number(slots_used), format.number(slots_total))
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const rateOf = (ok: number, failed: number) => (ok + failed === 0 ? null : ok / (ok + failed))

/** Fourteen bars at most of the points, each of several. */
function barsOf(points: readonly Point[], read: (some: readonly Point[]) => number | null): (number | null)[] {
  const count = Math.min(BARS, points.length)
  return Array.from({ length: count }, (_, index) =>
    read(points.slice(Math.floor((index * points.length) / count), Math.floor(((index + 1) * points.length) / count)))
  )
}
