import { and, desc, eq, gte, inArray, isNotNull, isNull, sql, type SQL } from 'drizzle-orm'
import type { Database } from '../db/index.ts'
import type { Failure } from '../vendors/vendor.ts'
import { fixed } from '../db/statement.ts'
import { lowestId } from '../lib/ids.ts'
import { intact } from '../lib/damaged.ts'

/** What a channel has done lately, from its newest tasks that have ended; times in milliseconds. */
export interface ChannelStats {
  ok: number
  failed: number
  /** durations of succeeded tasks, from the vendor's acceptance to the end */
  durations: number[]
  lastSuccessAt: number | null
  lastError: { failure: Failure; at: number } | null
}

/** What a key has made with one model. */
export interface KeyModel {
  model: string
  currency: string
  /** micro-units */
  spent: number
  videos: number
  milliseconds: number
}

/** What a key has spent on one day. */
export interface KeyDay {
  keyId: string
  /** days since 1970, in UTC */
  day: number
  currency: string
  /** micro-units */
  spent: number
  videos: number
}

const DAY = 86_400_000
const NEWEST = 500

/** Statistics of accounts: of channels, and of the keys that pay. */
export function createAccountStats({ db, tasks, ledger }: Database) {
  return {
    /** Returns what a channel has done since a time, from at most 500 tasks. */
    async ofChannel(channelId: string, since: number): Promise<ChannelStats> {
      const rows = await db
        .select({
          status: tasks.status,
          startedAt: tasks.startedAt,
          finishedAt: tasks.finishedAt,
          failure: tasks.failure
        })
        .from(tasks)
        .where(
          and(isNotNull(tasks.finishedAt), eq(tasks.channelId, channelId), gte(tasks.id, lowestId('video', since)))
        )
        .orderBy(desc(tasks.id))
        .limit(fixed(NEWEST))
      const ok = rows.filter(({ status }) => status === 'completed')
      const last = rows.map(intact).find(({ failure }) => failure !== null)
      return {
        ok: ok.length,
        // cancelled and expired tasks say nothing about the channel
        failed: rows.filter(({ failure }) => failure !== null).length,
        durations: ok.map(({ startedAt, finishedAt }) => (finishedAt ?? 0) - (startedAt ?? finishedAt ?? 0)),
        lastSuccessAt: ok[0]?.finishedAt ?? null,
        lastError: last?.failure ? { failure: last.failure, at: last.finishedAt ?? 0 } : null
      }
    },

    /** Counts the completed tasks without a price among the newest hundred of a model that were made since a time. */
    async unpriced(model: string, since: number): Promise<{ count: number; last: number | null }> {
      const rows = await db
        .select({ price: tasks.price, finishedAt: tasks.finishedAt })
        .from(tasks)
        .where(and(sql`${tasks.status} = 'completed'`, eq(tasks.model, model), gte(tasks.id, lowestId('video', since))))
        .orderBy(desc(tasks.id))
        .limit(fixed(100))
      const without = rows.filter(({ price }) => price === null)
      return { count: without.length, last: without[0]?.finishedAt ?? null }
    },

    /** Counts the queued tasks by key, or by model. */
    async queued(by: 'key' | 'model'): Promise<Map<string, number>> {
      const column = by === 'key' ? tasks.keyId : tasks.model
      const rows = await db
        .select({ name: column, count: sql<number>`count(*)` })
        .from(tasks)
        .where(sql`${tasks.queueTag} is not null`)
        .groupBy(column)
      return new Map(rows.map(({ name, count }) => [name, Number(count)]))
    },

    /** Returns what a key has made and spent with the tasks that it created since a time, by model. */
    async modelsOf(keyId: string, since: number): Promise<KeyModel[]> {
      const currency = sql<string>`coalesce(${tasks.currency}, 'USD')`
      const ofMade = (value: SQL) => sql<number>`sum(case when ${tasks.status} = 'completed' then ${value} else 0 end)`
      const rows = await db
        .select({
          model: tasks.model,
          currency,
          spent: sql<number>`sum(${tasks.charged})`,
          videos: ofMade(sql`${tasks.n}`),
          milliseconds: ofMade(sql`${tasks.n} * coalesce(${tasks.milliseconds}, 0)`)
        })
        .from(tasks)
        .where(and(eq(tasks.keyId, keyId), gte(tasks.id, lowestId('video', since)), isNull(tasks.parentId)))
        .groupBy(tasks.model, currency)
        .orderBy(tasks.model)
      return rows.map(row => ({
        ...row,
        spent: Number(row.spent),
        videos: Number(row.videos),
        milliseconds: Number(row.milliseconds)
      }))
    },

    /** Returns what keys have spent since a time, by day in UTC. */
    async daysOf(keyIds: readonly string[], since: number): Promise<KeyDay[]> {
      if (keyIds.length === 0) return []
      const day = sql<number>`${ledger.createdAt} / ${sql.raw(String(DAY))}`
      const rows = await db
        .select({
          keyId: ledger.keyId,
          day,
          currency: ledger.currency,
          spent: sql<number>`sum(case when ${ledger.toAccount} like 'wallet:%' then -${ledger.amount} else ${ledger.amount} end)`,
          videos: sql<number>`sum(case when ${ledger.kind} = 'capture' then 1 else 0 end)`
        })
        .from(ledger)
        .where(
          and(
            inArray(ledger.keyId, [...keyIds]),
            gte(ledger.id, lowestId('led', since)),
            gte(ledger.createdAt, since),
            sql`${ledger.kind} in ('capture', 'adjust')`
          )
        )
        .groupBy(ledger.keyId, day, ledger.currency)
      return rows.map(row => ({
        ...row,
        day: Math.floor(Number(row.day)),
        spent: Number(row.spent),
        videos: Number(row.videos)
      }))
    }
  }
}

export type AccountStats = ReturnType<typeof createAccountStats>
