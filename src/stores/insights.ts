import { and, eq, gte, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import type { Database } from '../db/index.ts'
import { fixed } from '../db/statement.ts'
import { lowestId } from '../lib/ids.ts'
import { intact } from '../lib/damaged.ts'

/* What the overview shows of a period. Times in milliseconds, `from` inclusive, `to` exclusive; money in micro-units. */

export interface Period {
  from: number
  to: number
}

/** Tasks that ended in one slice of a period. */
export interface EndedLine {
  /** which slice, from 0 */
  slice: number
  ok: number
  failed: number
  refused: number
  cancelled: number
  videos: number
  milliseconds: number
}

export interface FailureGroup {
  error: string
  vendorCode: string | null
  model: string
  channelId: string | null
  count: number
  lastAt: number
  sampleId: string
}

/** Durations and failures are taken from at most so many of the newest tasks. */
const SAMPLE = 10_000
const CLOCK_STEP = 24 * 60 * 60 * 1000

export function createInsightStore({ db, tasks, ledger, channels }: Database) {
  const isMade = and(isNotNull(tasks.finishedAt), isNull(tasks.parentId))
  const endedIn = ({ from, to }: Period) => and(isMade, gte(tasks.finishedAt, from), lt(tasks.finishedAt, to))
  const sum = (condition: ReturnType<typeof sql>) => sql<number>`sum(case when ${condition} then 1 else 0 end)`
  const isRefused = sql`${tasks.status} = 'failed' and ${tasks.deletedAt} is not null and ${tasks.startedAt} is null`
  const isCancelled = sql`${tasks.errorCode} = 'cancelled'`

  return {
    /** Counts the tasks that ended in a period, by slices of `step` milliseconds. */
    async ended(period: Period, step: number): Promise<EndedLine[]> {
      const slice = sql<number>`(${tasks.finishedAt} - ${sql.raw(String(period.from))}) / ${sql.raw(String(step))}`
      const rows = await db
        .select({
          slice,
          ok: sum(sql`${tasks.status} = 'completed'`),
          cancelled: sum(isCancelled),
          refused: sum(sql`${isRefused} and not coalesce(${isCancelled}, ${sql.raw('1 = 0')})`),
          failed: sum(
            sql`${tasks.status} = 'failed' and not coalesce(${isCancelled}, ${sql.raw('1 = 0')}) and not (${isRefused})`
          ),
          videos: sql<number>`sum(case when ${tasks.status} = 'completed' then ${tasks.n} else 0 end)`,
          milliseconds: sql<number>`sum(case when ${tasks.status} = 'completed' then ${tasks.n} * coalesce(${tasks.milliseconds}, 0) else 0 end)`
        })
        .from(tasks)
        .where(endedIn(period))
        .groupBy(slice)
      return rows.map(row => ({
        slice: Math.floor(Number(row.slice)),
        ok: Number(row.ok),
        failed: Number(row.failed),
        refused: Number(row.refused),
        cancelled: Number(row.cancelled),
        videos: Number(row.videos),
        milliseconds: Number(row.milliseconds)
      }))
    },

    /** Sums captures and corrections of a period by slices and currency. */
    async spent(period: Period, step: number): Promise<{ slice: number; currency: string; amount: number }[]> {
      const slice = sql<number>`(${ledger.createdAt} - ${sql.raw(String(period.from))}) / ${sql.raw(String(step))}`
      const rows = await db
        .select({
          slice,
          currency: ledger.currency,
          amount: sql<number>`sum(case when ${ledger.toAccount} like 'wallet:%' then -${ledger.amount} else ${ledger.amount} end)`
        })
        .from(ledger)
        .where(
          and(
            // ids are never earlier than their entries
            gte(ledger.id, lowestId('led', period.from)),
            // but later ones follow a clock that was set back
            lt(ledger.id, lowestId('led', period.to + CLOCK_STEP)),
            gte(ledger.createdAt, period.from),
            lt(ledger.createdAt, period.to),
            sql`${ledger.kind} in ('capture', 'adjust')`
          )
        )
        .groupBy(slice, ledger.currency)
      return rows.map(row => ({
        slice: Math.floor(Number(row.slice)),
        currency: row.currency,
        amount: Number(row.amount)
      }))
    },

    /** Returns when the newest succeeded tasks of a period ended, and how long they took since they were created. */
    async times(period: Period): Promise<{ at: number; ms: number }[]> {
      const rows = await db
        .select({ at: tasks.finishedAt, createdAt: tasks.createdAt })
        .from(tasks)
        .where(and(endedIn(period), eq(tasks.status, 'completed')))
        .orderBy(sql`${tasks.finishedAt} desc`)
        .limit(fixed(SAMPLE))
      return rows.map(({ at, createdAt }) => ({ at: at ?? 0, ms: (at ?? 0) - createdAt }))
    },

    /** Groups the newest failures of a period, the most frequent first. */
    async failures(period: Period, limit: number): Promise<FailureGroup[]> {
      const newest = db
        .select()
        .from(tasks)
        .where(and(endedIn(period), eq(tasks.status, 'failed'), sql`${tasks.errorCode} <> 'cancelled'`))
        .orderBy(sql`${tasks.finishedAt} desc`)
        .limit(fixed(SAMPLE))
        .as('newest')
      const count = sql<number>`count(*)`
      const { errorCode: error, vendorCode, model, channelId } = newest
      const rows = await db
        .select({
          error,
          vendorCode,
          model,
          channelId,
          count,
          lastAt: sql<number>`max(${newest.finishedAt})`,
          sampleId: sql<string>`max(${newest.id})`
        })
        .from(newest)
        .groupBy(error, vendorCode, model, channelId)
        .orderBy(sql`count(*) desc`)
        .limit(limit)
      return rows.map(row => ({
        ...row,
        error: row.error ?? 'generation_failed',
        count: Number(row.count),
        lastAt: Number(row.lastAt)
      }))
    },

    /** Counts the tasks that are open now, and the slots of channels; `slots` null: a channel has no limit. */
    async present(): Promise<{
      running: number
      waiting: number
      oldestWaiting: number | null
      slotsUsed: number
      slots: number | null
    }> {
      const open = await db
        .select({ status: tasks.status, count: sql<number>`count(*)`, oldest: sql<number>`min(${tasks.createdAt})` })
        .from(tasks)
        .where(and(sql`${tasks.finishedAt} is null`, isNull(tasks.parentId)))
        .groupBy(tasks.status)
      const of = (status: 'queued' | 'in_progress') => open.find(line => line.status === status)
      const accounts = await db.select().from(channels).where(isNull(channels.deletedAt))
      const usable = accounts.map(intact).filter(({ disabled, health }) => !disabled && health.state !== 'disabled')
      const limits = usable.map(({ learnedLimit, maxConcurrency }) => learnedLimit ?? maxConcurrency)
      const waiting = of('queued')
      return {
        running: Number(of('in_progress')?.count ?? 0),
        waiting: Number(waiting?.count ?? 0),
        oldestWaiting: waiting ? Number(waiting.oldest) : null,
        slotsUsed: accounts.reduce((all, { inFlight }) => all + inFlight, 0),
        slots: limits.includes(null) ? null : limits.reduce((all: number, limit) => all + (limit ?? 0), 0)
      }
    }
  }
}

export type InsightStore = ReturnType<typeof createInsightStore>
