import { and, eq, inArray, isNotNull, ne, sql } from 'drizzle-orm'
import type { Database, LedgerKind } from '../db/index.ts'

/* What must hold in every database at every moment; each function gives the rows that break it. */

export function createInvariants({ db, tasks, keys, channels, ledger }: Database) {
  const sum = (kind: LedgerKind) => sql<number>`sum(case when ${ledger.kind} = ${kind} then 1 else 0 end)`
  const amount = (...kinds: LedgerKind[]) =>
    sql<number | null>`sum(case when ${inArray(ledger.kind, kinds)} then ${ledger.amount} else 0 end)`

  return {
    /**
     * Tasks whose money does not come out even: no hold or several, both a capture and a release, one before the end, none after it, or another
     * amount. Holds of tasks whose submit nobody can tell about (`submit_outcome_unknown`) wait for a decision, and are no mistake.
     */
    async unevenTasks(): Promise<{ taskId: string; holds: number; captures: number; releases: number }[]> {
      const rows = await db
        .select({
          taskId: tasks.id,
          finishedAt: tasks.finishedAt,
          errorCode: tasks.errorCode,
          holds: sum('hold'),
          captures: sum('capture'),
          releases: sum('release'),
          held: amount('hold'),
          settled: amount('capture', 'release'),
          currencies: sql<number>`count(distinct ${ledger.currency})`
        })
        .from(ledger)
        .innerJoin(tasks, eq(ledger.taskId, tasks.id))
        .where(ne(ledger.kind, 'adjust'))
        .groupBy(tasks.id, tasks.finishedAt, tasks.errorCode)
      // Postgres gives sums as text
      const counted = rows.map(row => ({
        ...row,
        holds: Number(row.holds),
        captures: Number(row.captures),
        releases: Number(row.releases),
        held: Number(row.held),
        settled: Number(row.settled)
      }))
      return counted
        .filter(row => {
          const settlements = row.captures + row.releases
          const undecided = row.errorCode === 'submit_outcome_unknown' && settlements === 0
          const expected = row.finishedAt === null || undecided ? 0 : 1
          if (row.holds !== 1 || settlements !== expected || Number(row.currencies) !== 1) return true
          return settlements === 1 && row.held !== row.settled
        })
        .map(({ taskId, holds, captures, releases }) => ({ taskId, holds, captures, releases }))
    },

    /** How many holds wait for an operator's decision. */
    async undecidedHolds(): Promise<number> {
      const [row] = await db
        .select({ count: sql<number>`count(*)` })
        .from(ledger)
        .innerJoin(tasks, eq(ledger.taskId, tasks.id))
        .where(
          and(
            eq(ledger.kind, 'hold'),
            eq(tasks.errorCode, 'submit_outcome_unknown'),
            sql`not exists (select 1 from ${ledger} as other where other.task_id = ${tasks.id} and other.kind in ('capture', 'release'))`
          )
        )
      return Number(row?.count ?? 0)
    },

    /** Tasks that have a price and no hold. */
    async unheldTasks(): Promise<string[]> {
      const rows = await db
        .select({ id: tasks.id })
        .from(tasks)
        .where(
          and(
            isNotNull(tasks.price),
            sql`not exists (select 1 from ${ledger} where ${ledger.taskId} = ${tasks.id} and ${ledger.kind} = 'hold')`
          )
        )
      return rows.map(({ id }) => id)
    },

    /** Channels and keys whose counter of slots is not the number of tasks that hold one. */
    async wrongSlots(): Promise<{ id: string; counted: number; taken: number }[]> {
      const takenBy = async (column: typeof tasks.channelId | typeof tasks.keyId) => {
        const rows = await db
          .select({ id: column, count: sql<number>`count(*)` })
          .from(tasks)
          .where(eq(tasks.slot, true))
          .groupBy(column)
        return new Map(rows.map(({ id, count }) => [id, Number(count)]))
      }
      const [ofChannels, ofKeys] = [await takenBy(tasks.channelId), await takenBy(tasks.keyId)]
      const counters = [
        ...(await db.select({ id: channels.id, counted: channels.inFlight }).from(channels)),
        ...(await db.select({ id: keys.id, counted: keys.inFlight }).from(keys))
      ]
      return counters
        .map(({ id, counted }) => ({ id, counted, taken: ofChannels.get(id) ?? ofKeys.get(id) ?? 0 }))
        .filter(({ counted, taken }) => counted !== taken)
    },

    /** The newest time that any row carries, in milliseconds; null in an empty database. */
    async newestTime(): Promise<number | null> {
      const newest = async (from: typeof tasks | typeof channels | typeof keys) => {
        const [row] = await db.select({ at: sql<number | null>`max(${from.createdAt})` }).from(from)
        return Number(row?.at ?? 0)
      }
      return Math.max(await newest(tasks), await newest(channels), await newest(keys)) || null
    }
  }
}
