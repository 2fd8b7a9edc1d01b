import { and, asc, eq, inArray, lt, sql } from 'drizzle-orm'
import type { Database, ExchangeRow } from '../db/index.ts'
import { lowestId } from '../lib/ids.ts'

/** The exchange log: what was sent to vendors, and what they answered. */
export function createExchangeStore({ db, batched, exchanges }: Database) {
  return {
    /** Adds an entry, some milliseconds later and together with others. */
    async insert(row: ExchangeRow): Promise<void> {
      await batched.insert(exchanges).values(row)
    },

    /** Returns the entries of a task, in order. */
    async ofTask(taskId: string): Promise<ExchangeRow[]> {
      return db.select().from(exchanges).where(eq(exchanges.taskId, taskId)).orderBy(asc(exchanges.id))
    },

    /** Deletes up to `limit` entries that began before `time` (milliseconds). Returns how many. */
    async pruneOlder(time: number, limit: number): Promise<number> {
      const old = db
        .select({ id: exchanges.id })
        .from(exchanges)
        .where(lt(exchanges.id, lowestId('exc', time)))
        .orderBy(asc(exchanges.id))
        .limit(limit)
      return (await db.delete(exchanges).where(inArray(exchanges.id, old)).returning({ id: exchanges.id })).length
    },

    /** Returns the polls of a task's attempts that are in the log, as one span for each attempt. */
    async pollsOf(taskId: string): Promise<{ attempt: string | null; count: number; from: number; to: number }[]> {
      const rows = await db
        .select({
          attempt: exchanges.attemptId,
          count: sql<number>`sum(${exchanges.count})`,
          from: sql<number>`min(${exchanges.firstAt})`,
          to: sql<number>`max(${exchanges.startedAt} + ${exchanges.milliseconds})`
        })
        .from(exchanges)
        .where(and(eq(exchanges.taskId, taskId), eq(exchanges.step, 'poll')))
        .groupBy(exchanges.attemptId)
      return rows.map(({ attempt, count, from, to }) => ({
        attempt,
        count: Number(count),
        from: Number(from),
        to: Number(to)
      }))
    }
  }
}

export type ExchangeStore = ReturnType<typeof createExchangeStore>
