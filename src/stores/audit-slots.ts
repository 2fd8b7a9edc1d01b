import { and, eq, sql } from 'drizzle-orm'
import { hasUnresolvedCode, type Database } from '../db/index.ts'

/** Checks what must be true in every database at any time, besides the money (audit-money.ts). */
export function createInvariants({ db, tasks, keys, channels, ledger }: Database) {
  return {
    /** Counts the holds that wait for an operator's decision. */
    async undecidedHolds(): Promise<number> {
      const [row] = await db
        .select({ count: sql<number>`count(*)` })
        .from(ledger)
        .innerJoin(tasks, eq(ledger.taskId, tasks.id))
        .where(
          and(
            eq(ledger.kind, 'hold'),
            hasUnresolvedCode(tasks.errorCode),
            sql`not exists (select 1 from ${ledger} as other where other.task_id = ${tasks.id} and other.kind in ('capture', 'release'))`
          )
        )
      return Number(row?.count ?? 0)
    },

    /** Returns the channels and keys whose slot counter differs from the number of tasks that hold a slot. */
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

    /** Returns the newest creation time of any task, channel or key, in milliseconds; null in an empty database. */
    async newestTime(): Promise<number | null> {
      const newest = async (from: typeof tasks | typeof channels | typeof keys) => {
        const [row] = await db.select({ at: sql<number | null>`max(${from.createdAt})` }).from(from)
        return Number(row?.at ?? 0)
      }
      return Math.max(await newest(tasks), await newest(channels), await newest(keys)) || null
    }
  }
}
