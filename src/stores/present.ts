import { inArray, sql } from 'drizzle-orm'
import { endedState, type Database } from '../db/index.ts'

/** How many rows of a kind are counted at most: a gauge says that there are many, not how many millions. */
export const MOST_COUNTED = 10_000

/** What there is right now, read at every scrape of the metrics: from partial indexes only, and bounded. */
export function createPresentStore({ db, tasks, deliveries }: Database) {
  const countUpTo = async (rows: ReturnType<typeof sql>) => {
    const [row] = await db
      .select({ count: sql<number>`count(*)` })
      .from(sql`(${rows} limit ${sql.raw(String(MOST_COUNTED))}) as counted`)
    return Number(row?.count ?? 0)
  }

  return {
    /** Counts the queued tasks of each model that has some, and returns when the first of them was made, in milliseconds. */
    async queued(): Promise<{ model: string; count: number; since: number }[]> {
      const rows = await db
        .select({ model: tasks.model, count: sql<number>`count(*)`, oldest: sql<string>`min(${tasks.id})` })
        .from(tasks)
        .where(sql`${tasks.queueTag} is not null`)
        .groupBy(tasks.model)
      if (rows.length === 0) return []
      const first = await db
        .select({ id: tasks.id, createdAt: tasks.createdAt })
        .from(tasks)
        .where(
          inArray(
            tasks.id,
            rows.map(({ oldest }) => oldest)
          )
        )
      const madeAt = new Map(first.map(({ id, createdAt }) => [id, createdAt]))
      return rows.flatMap(({ model, count, oldest }) => {
        const since = madeAt.get(oldest)
        return since === undefined ? [] : [{ model, count: Number(count), since }]
      })
    },

    /** Counts the tasks that ended with an unknown outcome and wait for a decision. */
    undecided: () =>
      countUpTo(
        sql`select 1 from ${tasks} where ${endedState(tasks)} = 'needs_decision' and ${tasks.finishedAt} is not null and ${tasks.parentId} is null`
      ),

    /** Counts the webhook deliveries that have not succeeded yet. */
    pendingDeliveries: () => countUpTo(sql`select 1 from ${deliveries} where ${deliveries.dueAt} is not null`)
  }
}

export type PresentStore = ReturnType<typeof createPresentStore>
