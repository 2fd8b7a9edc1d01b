import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Attention } from '../../../admin/attention.ts'
import type { Insights, PeriodTotals } from '../../../admin/insights.ts'
import { defined } from '../../../lib/defined.ts'
import { toDecimal } from '../../../lib/money.ts'
import type { Presenter } from '../../video/presenter.ts'
import { parse } from '../../parse.ts'
import { needs } from '../../plugins/caller.ts'
import { moment, timezone } from './fields.ts'
import { showTask } from './task-view.ts'

export interface InsightServices {
  insights: Insights
  attention: Attention
  presenter: Presenter
  now(): number
}

export const period = z.strictObject({ from: moment.optional(), to: moment.optional(), tz: timezone.default('UTC') })
export const steps = period.extend({ step: z.enum(['5m', '1h', '1d']).default('1h') })

const seconds = (time: number | null) => (time === null ? null : Math.floor(time / 1000))

const list = <Item>(data: Item[]) => ({ object: 'list', data, first_id: null, last_id: null, has_more: false })

/** What happened in a period and what happens now; every number can be found again in the lists. */
export async function insightRoutes(app: FastifyInstance, { insights, attention, presenter, now }: InsightServices) {
  app.get('/overview', needs('tasks:read', period), async request => {
    const { tz: _tz, ...given } = parse(period, request.query)
    const { from, to } = insights.periodOf(defined(given))
    const { current, before, present, latest } = await insights.overview({ from, to })
    const amount = (totals: PeriodTotals, currency: string) =>
      toDecimal(totals.spent.find(line => line.currency === currency)?.amount ?? 0)
    const currencies = [...new Set([...current.spent, ...before.spent].map(({ currency }) => currency))]
    return {
      object: 'overview',
      from: seconds(from),
      to: seconds(to),
      spent: currencies.map(currency => ({
        amount: amount(current, currency),
        currency,
        before: amount(before, currency)
      })),
      made: { count: current.videos, before: before.videos, seconds: current.seconds },
      success: {
        rate: rateOf(current),
        ok: current.ok,
        failed: current.failed,
        refused: current.refused,
        before: rateOf(before)
      },
      time_to_video: {
        p50_ms: current.p50,
        p95_ms: current.p95,
        before: { p50_ms: before.p50, p95_ms: before.p95 }
      },
      now: {
        running: present.running,
        waiting: present.waiting,
        slots_used: present.slotsUsed,
        slots_total: present.slots,
        oldest_waiting_s:
          present.oldestWaiting === null ? null : Math.max(0, Math.floor((now() - present.oldestWaiting) / 1000))
      },
      latest: await Promise.all(latest.map(async row => showTask(await presenter.show(request, row.task), row)))
    }
  })

  app.get('/series', needs('tasks:read', steps), async request => {
    const { step, tz, ...given } = parse(steps, request.query)
    const points = await insights.series(insights.periodOf(defined(given)), step, tz)
    return list(
      points.map(({ at, ok, failed, refused, spent, p50, p95 }) => ({
        at: seconds(at),
        ok,
        failed,
        refused,
        spent: Object.fromEntries(spent.map(({ currency, amount }) => [currency, toDecimal(amount)])),
        p50_ms: p50,
        p95_ms: p95
      }))
    )
  })

  app.get('/failures', needs('tasks:read', period), async request => {
    const { tz: _tz, ...given } = parse(period, request.query)
    const groups = await insights.failures(insights.periodOf(defined(given)))
    return list(
      groups.map(({ error, vendorCode, model, channel, count, lastAt, sampleId }) => ({
        error,
        vendor_code: vendorCode,
        model,
        channel,
        count,
        last_at: seconds(lastAt),
        sample_id: sampleId
      }))
    )
  })

  app.get('/attention', needs('tasks:read'), async () =>
    list((await attention.list()).map(({ since, ...item }) => ({ ...item, since: seconds(since) })))
  )
}

/** The share of tasks that ended with a video; null: none ended. Cancelled ones do not count. */
function rateOf({ ok, failed, refused }: PeriodTotals): number | null {
  const all = ok + failed + refused
  return all === 0 ? null : ok / all
}
