import { and, eq, gte, inArray, isNotNull, isNull, lt, or, sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import type { Database } from '../db/index.ts'
import { grainOf, sliceOf } from '../domain/usage-slices.ts'
import { usageSlices, type UsageFilter, type UsageLine } from '../domain/usage.ts'
import { lowestId } from '../lib/ids.ts'
import { wasRefused } from './task-reads.ts'

const CLOCK_STEP = 24 * 60 * 60 * 1000

/** A line as it is read: `piece` counts pieces of time since 1970; Postgres returns sums of integers as text. */
interface Row extends Pick<UsageLine, 'key' | 'model' | 'channel' | 'user' | 'currency'> {
  piece: number | null
  videos?: number
  milliseconds?: number
  failed?: number
  refused?: number
  spent?: number
}

/** Usage reports: videos and spending in a period. */
export function createUsageStore({ db, tasks, ledger }: Database) {
  const columnsOf = (filter: UsageFilter, key: SQLWrapper, at: SQLWrapper) => ({
    key: columnOf<string>(filter.by.includes('key'), key),
    model: columnOf<string | null>(filter.by.includes('model'), tasks.model),
    channel: columnOf<string | null>(filter.by.includes('channel'), tasks.channelId),
    user: columnOf<string | null>(filter.by.includes('user'), tasks.user),
    piece: pieceOf(filter, at)
  })

  /** Conditions of the filter on columns of tasks, and on the time when a line counts. */
  const within = ({ from, to, key, model, channel }: UsageFilter, keyId: SQLWrapper, at: SQLWrapper) => [
    from === undefined ? undefined : gte(at, from),
    to === undefined ? undefined : lt(at, to),
    key === undefined ? undefined : eq(keyId, key),
    model === undefined ? undefined : eq(tasks.model, model),
    channel === undefined ? undefined : eq(tasks.channelId, channel)
  ]

  /** Sums of tasks by when they ended; a fanned-out task is counted by its child tasks. */
  async function sumsOfTasks<Sums extends Record<string, SQL<number>>>(
    filter: UsageFilter,
    condition: SQL | undefined,
    sums: Sums
  ): Promise<Row[]> {
    const columns = {
      ...columnsOf(filter, tasks.keyId, tasks.finishedAt),
      currency: sql<string>`coalesce(${tasks.currency}, 'USD')`
    }
    return db
      .select({ ...columns, ...sums })
      .from(tasks)
      .where(and(condition, ...within(filter, tasks.keyId, tasks.finishedAt)))
      .groupBy(...groupedBy(columns, filter))
  }

  const videos = sql<number>`sum(${tasks.n})`

  /** Videos and requested seconds of completed tasks. */
  const made = (filter: UsageFilter) =>
    sumsOfTasks(filter, and(eq(tasks.status, 'completed'), isNotNull(tasks.channelId)), {
      videos,
      milliseconds: sql<number>`sum(${tasks.n} * coalesce(${tasks.milliseconds}, 0))`
    })

  /** Videos that no vendor accepted, also those whose refusal was the answer to the POST. */
  const refused = (filter: UsageFilter) =>
    sumsOfTasks(filter, and(wasRefused(tasks), isNotNull(tasks.channelId)), { refused: videos })

  /** Videos that were neither made nor refused nor cancelled. */
  const failed = (filter: UsageFilter) =>
    sumsOfTasks(
      filter,
      and(
        eq(tasks.status, 'failed'),
        or(isNull(tasks.errorCode), sql`${tasks.errorCode} <> 'cancelled'`),
        sql`not (${wasRefused(tasks)})`,
        // one that waited for a channel in vain has none, as a fanned-out one
        or(
          isNotNull(tasks.channelId),
          sql`not exists (select 1 from ${tasks} child where child.parent_id is not null and child.parent_id = ${tasks}.id)`
        )
      ),
      { failed: videos }
    )

  /** Captures and corrections, by the time they were booked. */
  async function spent(filter: UsageFilter): Promise<Row[]> {
    const columns = { ...columnsOf(filter, ledger.keyId, ledger.createdAt), currency: sql<string>`${ledger.currency}` }
    const signed = sql<number>`sum(case when ${ledger.toAccount} like 'wallet:%' then -${ledger.amount} else ${ledger.amount} end)`
    return db
      .select({ ...columns, spent: signed })
      .from(ledger)
      .leftJoin(tasks, eq(tasks.id, ledger.taskId))
      .where(
        and(
          inArray(ledger.kind, ['capture', 'adjust']),
          // ids are never earlier than their entries, but later ones follow a clock that was set back
          filter.from === undefined ? undefined : gte(ledger.id, lowestId('led', filter.from)),
          filter.to === undefined ? undefined : lt(ledger.id, lowestId('led', filter.to + CLOCK_STEP)),
          ...within(filter, ledger.keyId, ledger.createdAt)
        )
      )
      .groupBy(...groupedBy(columns, filter))
  }

  return {
    /** Returns one line per group and currency, sorted by time, key, model, channel, user and currency. */
    async report(filter: UsageFilter): Promise<UsageLine[]> {
      const rows = [await made(filter), await refused(filter), await failed(filter), await spent(filter)].flat()
      const lines = new Map<string, UsageLine>()
      for (const line of rows.map(row => lineOf(row, filter))) {
        const name = nameOf(line)
        const before = lines.get(name)
        lines.set(name, before ? { ...before, ...sums(before, line) } : line)
      }
      return [...lines.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line)
    }
  }
}

export type UsageStore = ReturnType<typeof createUsageStore>

const sliceIn = ({ by }: UsageFilter) => usageSlices.find(slice => by.includes(slice))

const columnOf = <Value>(isWanted: boolean, column: SQLWrapper): SQL<Value | null> =>
  isWanted ? sql<Value>`${column}` : sql<null>`null`

function pieceOf(filter: UsageFilter, at: SQLWrapper): SQL<number | null> {
  const slice = sliceIn(filter)
  return slice ? sql<number>`${at} / ${sql.raw(String(grainOf(slice, filter.tz)))}` : sql<null>`null`
}

function groupedBy(
  columns: Record<'key' | 'model' | 'channel' | 'user' | 'piece' | 'currency', SQL>,
  filter: UsageFilter
): SQL[] {
  return [
    ...(['key', 'model', 'channel', 'user'] as const)
      .filter(name => filter.by.includes(name))
      .map(name => columns[name]),
    ...(sliceIn(filter) ? [columns.piece] : []),
    columns.currency
  ]
}

function lineOf({ piece, ...row }: Row, filter: UsageFilter): UsageLine {
  const slice = sliceIn(filter)
  const start = (count: number, by: NonNullable<typeof slice>) =>
    sliceOf(by, filter.tz, Math.floor(Number(count)) * grainOf(by, filter.tz))
  return {
    ...row,
    at: piece === null || !slice ? null : start(piece, slice),
    videos: Number(row.videos ?? 0),
    milliseconds: Number(row.milliseconds ?? 0),
    failed: Number(row.failed ?? 0),
    refused: Number(row.refused ?? 0),
    spent: Number(row.spent ?? 0)
  }
}

const sums = (a: UsageLine, b: UsageLine) => ({
  videos: a.videos + b.videos,
  milliseconds: a.milliseconds + b.milliseconds,
  failed: a.failed + b.failed,
  refused: a.refused + b.refused,
  spent: a.spent + b.spent
})

const nameOf = ({ at, key, model, channel, user, currency }: UsageLine) =>
  JSON.stringify([at === null ? '' : String(at).padStart(15, '0'), key, model, channel, user, currency])
