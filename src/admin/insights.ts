import { windowOf } from '../domain/budget.ts'
import { percentile } from '../domain/statistics.ts'
import { ApiError } from '../errors.ts'
import type { EndedLine, FailureGroup, InsightStore, Period } from '../stores/insights.ts'
import type { NameStore } from '../stores/names.ts'
import type { AdminTasks, DescribedTask, Named } from './tasks.ts'

type Amounts = { currency: string; amount: number }[]

/** What ended in a period; money in micro-units, times in milliseconds. */
export interface PeriodTotals {
  spent: Amounts
  videos: number
  seconds: number
  ok: number
  failed: number
  refused: number
  p50: number | null
  p95: number | null
}

export interface Point extends Omit<PeriodTotals, 'videos' | 'seconds'> {
  at: number
}

export type Step = '5m' | '1h' | '1d'

interface Dependencies {
  store: InsightStore
  names: NameStore
  adminTasks: AdminTasks
  now(): number
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const steps = { '5m': 5 * MINUTE, '1h': 60 * MINUTE } as const
// the finest difference between time zones
const QUARTER = 15 * MINUTE
const MOST_POINTS = 1000
const MOST_GROUPS = 100

/** The overview of the operators: a period with the one before, its course, its failures, and what happens now. */
export function createInsights({ store, names, adminTasks, now }: Dependencies) {
  async function totalsOf(period: Period): Promise<PeriodTotals> {
    const length = Math.max(1, period.to - period.from)
    const [lines, spent, times] = await Promise.all([
      store.ended(period, length),
      store.spent(period, length),
      store.times(period)
    ])
    return { ...sumOf(lines), spent: amountsOf(spent), ...percentilesOf(times.map(({ ms }) => ms)) }
  }

  return {
    /** Returns a period with the one of equal length before it. */
    async overview(period: Period): Promise<{
      current: PeriodTotals
      before: PeriodTotals
      present: Awaited<ReturnType<InsightStore['present']>>
      latest: DescribedTask[]
    }> {
      const earlier = { from: period.from - (period.to - period.from), to: period.from }
      const [current, before, present, { rows: latest }] = await Promise.all([
        totalsOf(period),
        totalsOf(earlier),
        store.present(),
        adminTasks.list({ sort: 'created', order: 'desc', limit: 6 })
      ])
      return { current, before, present, latest }
    },

    /** Returns what ended in each slice of a period, also empty ones; days begin at midnight in `tz`. Throws invalid_request when there are too many. */
    async series(period: Period, step: Step, tz: string): Promise<Point[]> {
      const slices = step === '1d' ? daysOf(period, tz) : slicesOf(period, steps[step])
      if (slices.length > MOST_POINTS)
        throw new ApiError('invalid_request', {
          param: 'step',
          message: `step: the period has more than ${MOST_POINTS} of them. Choose a longer step or a shorter period.`
        })
      const first = slices[0]?.from ?? period.from
      const whole = { from: first, to: period.to }
      const grain = step === '1d' ? QUARTER : steps[step]
      const [ended, spent, times] = await Promise.all([
        store.ended(whole, grain),
        store.spent(whole, grain),
        store.times(whole)
      ])
      const within =
        ({ from, to }: Period) =>
        (at: number) =>
          at >= from && at < to
      return slices.map(slice => {
        const isIn = within(slice)
        const {
          videos: _videos,
          seconds: _seconds,
          ...counts
        } = sumOf(ended.filter(line => isIn(first + line.slice * grain)))
        return {
          at: slice.from,
          ...counts,
          spent: amountsOf(spent.filter(line => isIn(first + line.slice * grain))),
          ...percentilesOf(times.filter(({ at }) => isIn(at)).map(({ ms }) => ms))
        }
      })
    },

    /** Returns the failures of a period by kind, vendor's code, model and channel. */
    async failures(period: Period): Promise<(FailureGroup & { channel: Named | null })[]> {
      const groups = await store.failures(period, MOST_GROUPS)
      const channelNames = await names.channels(groups.map(({ channelId }) => channelId))
      return groups.map(group => ({
        ...group,
        channel:
          group.channelId === null
            ? null
            : { id: group.channelId, name: channelNames.get(group.channelId) ?? group.channelId }
      }))
    },

    /** Returns the period that a request means: by default the last 24 hours. */
    periodOf({ from, to }: Partial<Period>): Period {
      const end = to ?? now()
      const period = { from: from ?? end - DAY, to: end }
      if (period.from >= period.to)
        throw new ApiError('invalid_request', { param: 'from', message: 'from: must be before to.' })
      return period
    }
  }
}

export type Insights = ReturnType<typeof createInsights>

function sumOf(lines: readonly EndedLine[]) {
  const add = (field: keyof EndedLine) => lines.reduce((all, line) => all + line[field], 0)
  return {
    videos: add('videos'),
    seconds: add('milliseconds') / 1000,
    ok: add('ok'),
    failed: add('failed'),
    refused: add('refused')
  }
}

function amountsOf(lines: readonly { currency: string; amount: number }[]): Amounts {
  const sums = new Map<string, number>()
  for (const { currency, amount } of lines) sums.set(currency, (sums.get(currency) ?? 0) + amount)
  return [...sums].map(([currency, amount]) => ({ currency, amount }))
}

function percentilesOf(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b)
  return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95) }
}

function slicesOf({ from, to }: Period, step: number): Period[] {
  const first = Math.floor(from / step) * step
  const count = Math.min(MOST_POINTS + 1, Math.ceil((to - first) / step))
  return Array.from({ length: count }, (_, index) => ({ from: first + index * step, to: first + (index + 1) * step }))
}

function daysOf({ from, to }: Period, timezone: string): Period[] {
  const days: Period[] = []
  for (let at = from; at < to && days.length <= MOST_POINTS;) {
    const { start, end } = windowOf({ window: 'daily', timezone }, at)
    days.push({ from: start, to: end ?? to })
    at = end ?? to
  }
  return days
}
