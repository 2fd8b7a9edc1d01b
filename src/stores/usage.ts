import { and, eq, gte, inArray, isNotNull, lt, sql, type SQL } from 'drizzle-orm'
import type { Database } from '../db/index.ts'
import { wasRefused } from './task-reads.ts'
import type { UsageFilter, UsageGroup, UsageLine } from '../domain/usage.ts'

/** Usage reports: videos and spending in a period. */
export function createUsageStore({ db, tasks, ledger }: Database) {
  const taskColumns = (by: readonly UsageGroup[]) => ({
    key: by.includes('key') ? sql<string>`${tasks.keyId}` : sql<null>`null`,
    model: by.includes('model') ? sql<string>`${tasks.model}` : sql<null>`null`,
    channel: by.includes('channel') ? sql<string>`${tasks.channelId}` : sql<null>`null`,
    day: by.includes('day') ? sql<number>`${tasks.finishedAt} / 86400000` : sql<null>`null`,
    currency: sql<string>`coalesce(${tasks.currency}, 'USD')`
  })

  /** Videos and requested seconds of completed tasks; a fanned-out task is counted by its child tasks. */
  async function made({ by, from, to }: UsageFilter): Promise<UsageLine[]> {
    const columns = taskColumns(by)
    const rows = await db
      .select({
        ...columns,
        videos: sql<number>`sum(${tasks.n})`,
        milliseconds: sql<number>`sum(${tasks.n} * coalesce(${tasks.milliseconds}, 0))`
      })
      .from(tasks)
      .where(
        and(
          eq(tasks.status, 'completed'),
          isNotNull(tasks.channelId),
          from === undefined ? undefined : gte(tasks.finishedAt, from),
          to === undefined ? undefined : lt(tasks.finishedAt, to)
        )
      )
      .groupBy(...groupedBy(columns, by))
    return rows.map(row => ({ ...row, ...numbers(row), refused: 0, spent: 0 }))
  }

  /** Videos that no vendor accepted, also those whose refusal was the answer to the POST. */
  async function refused({ by, from, to }: UsageFilter): Promise<UsageLine[]> {
    const columns = taskColumns(by)
    const rows = await db
      .select({ ...columns, refused: sql<number>`sum(${tasks.n})` })
      .from(tasks)
      .where(
        and(
          wasRefused(tasks),
          isNotNull(tasks.channelId),
          from === undefined ? undefined : gte(tasks.finishedAt, from),
          to === undefined ? undefined : lt(tasks.finishedAt, to)
        )
      )
      .groupBy(...groupedBy(columns, by))
    return rows.map(row => ({ ...row, ...numbers(row), videos: 0, milliseconds: 0, spent: 0 }))
  }

  /** Captures and corrections, by the time they were booked. */
  async function spent({ by, from, to }: UsageFilter): Promise<UsageLine[]> {
    const columns = {
      key: by.includes('key') ? sql<string>`${ledger.keyId}` : sql<null>`null`,
      model: by.includes('model') ? sql<string | null>`${tasks.model}` : sql<null>`null`,
      channel: by.includes('channel') ? sql<string | null>`${tasks.channelId}` : sql<null>`null`,
      day: by.includes('day') ? sql<number>`${ledger.createdAt} / 86400000` : sql<null>`null`,
      currency: sql<string>`${ledger.currency}`
    }
    const signed = sql<number>`sum(case when ${ledger.toAccount} like 'wallet:%' then -${ledger.amount} else ${ledger.amount} end)`
    const rows = await db
      .select({ ...columns, spent: signed })
      .from(ledger)
      .leftJoin(tasks, eq(tasks.id, ledger.taskId))
      .where(
        and(
          inArray(ledger.kind, ['capture', 'adjust']),
          from === undefined ? undefined : gte(ledger.createdAt, from),
          to === undefined ? undefined : lt(ledger.createdAt, to)
        )
      )
      .groupBy(...groupedBy(columns, by))
    return rows.map(row => ({ ...row, ...numbers(row), videos: 0, milliseconds: 0, refused: 0 }))
  }

  return {
    /** Returns one line per group and currency, sorted by day, key, model, channel and currency. */
    async report(filter: UsageFilter): Promise<UsageLine[]> {
      const lines = new Map<string, UsageLine>()
      for (const line of [...(await made(filter)), ...(await refused(filter)), ...(await spent(filter))]) {
        const name = nameOf(line)
        const before = lines.get(name)
        lines.set(name, before ? { ...before, ...sums(before, line) } : line)
      }
      return [...lines.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    }
  }
}

export type UsageStore = ReturnType<typeof createUsageStore>

function groupedBy(columns: Record<UsageGroup | 'currency', SQL>, by: readonly UsageGroup[]): SQL[] {
  return [...by.map(name => columns[name]), columns.currency]
}

const sums = (a: UsageLine, b: UsageLine) => ({
  videos: a.videos + b.videos,
  milliseconds: a.milliseconds + b.milliseconds,
  refused: a.refused + b.refused,
  spent: a.spent + b.spent
})

const nameOf = ({ day, key, model, channel, currency }: UsageLine) =>
  JSON.stringify([day === null ? '' : String(day).padStart(8, '0'), key, model, channel, currency])

// Postgres returns sums of integers as text
function numbers(row: {
  day: number | null
  videos?: number
  milliseconds?: number
  refused?: number
  spent?: number
}) {
  return {
    day: row.day === null ? null : Math.floor(Number(row.day)),
    videos: Number(row.videos ?? 0),
    milliseconds: Number(row.milliseconds ?? 0),
    refused: Number(row.refused ?? 0),
    spent: Number(row.spent ?? 0)
  }
}
