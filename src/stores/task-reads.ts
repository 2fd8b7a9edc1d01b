import { and, asc, desc, eq, gt, isNotNull, isNull, lt, lte, ne, notInArray, or, sql, type SQL } from 'drizzle-orm'
import type { Attempt, Database, Db, Event, Task, TaskStatus } from '../db/index.ts'

export interface TaskFilter {
  keyId?: string
  status?: TaskStatus
  model?: string
  channelId?: string
  after?: string
  limit: number
  order: 'asc' | 'desc'
}

/** Questions about tasks that change nothing. */
export function createTaskReads({ db, tasks, attempts, events }: Database) {
  return {
    /** Newest first unless asked otherwise; `after` is an id. Deleted ones are left out. */
    async list({ keyId, status, model, channelId, after, limit, order }: TaskFilter): Promise<Task[]> {
      const where: (SQL | undefined)[] = [
        isNull(tasks.deletedAt),
        isNull(tasks.partOf),
        keyId === undefined ? undefined : eq(tasks.keyId, keyId),
        status && eq(tasks.status, status),
        model === undefined ? undefined : eq(tasks.model, model),
        channelId === undefined ? undefined : eq(tasks.channelId, channelId),
        after === undefined ? undefined : order === 'desc' ? lt(tasks.id, after) : gt(tasks.id, after)
      ]
      return db
        .select()
        .from(tasks)
        .where(and(...where))
        .orderBy(order === 'desc' ? desc(tasks.id) : asc(tasks.id))
        .limit(limit)
    },

    /** Whether another attempt on this channel already has the vendor's task. */
    async isTaken(channelId: string, upstreamId: string, exceptAttempt: string): Promise<boolean> {
      const rows = await db
        .select({ id: attempts.id })
        .from(attempts)
        .where(
          and(eq(attempts.channelId, channelId), eq(attempts.upstreamId, upstreamId), ne(attempts.id, exceptAttempt))
        )
        .limit(1)
      return rows.length > 0
    },

    async attempt(id: string): Promise<Attempt | undefined> {
      const [attempt] = await db.select().from(attempts).where(eq(attempts.id, id))
      return attempt
    },

    async attemptsOf(taskId: string): Promise<Attempt[]> {
      return db.select().from(attempts).where(eq(attempts.taskId, taskId)).orderBy(asc(attempts.id))
    },

    /** The waiting task that is next in fairness, leaving out models and keys that have no free slot. */
    async nextWaiting(
      now: number,
      without: { models: readonly string[]; keys: readonly string[] }
    ): Promise<Task | undefined> {
      const [task] = await db
        .select()
        .from(tasks)
        .where(
          and(
            isNotNull(tasks.queueTag),
            lte(tasks.dueAt, now),
            without.models.length ? notInArray(tasks.model, [...without.models]) : undefined,
            without.keys.length ? notInArray(tasks.keyId, [...without.keys]) : undefined
          )
        )
        .orderBy(asc(tasks.queueTag), asc(tasks.id))
        .limit(1)
      return task
    },

    /** Waiting tasks whose time is over, or that are to be cancelled. */
    async waitedTooLong(now: number, limit: number): Promise<Task[]> {
      return db
        .select()
        .from(tasks)
        .where(and(isNotNull(tasks.queueTag), or(lt(tasks.deadlineAt, now), eq(tasks.cancelRequested, true))))
        .limit(limit)
    },

    /** The tasks that a fanned-out one consists of, in order. */
    async partsOf(id: string): Promise<Task[]> {
      return db.select().from(tasks).where(eq(tasks.partOf, id)).orderBy(asc(tasks.id))
    },

    /** How many tasks of a key wait, inside a transaction. */
    async queuedOf(tx: Db, keyId: string): Promise<number> {
      const [row] = await tx
        .select({ count: sql<number>`count(*)` })
        .from(tasks)
        .where(and(isNotNull(tasks.queueTag), eq(tasks.keyId, keyId)))
      return Number(row?.count ?? 0)
    },

    /** How many tasks wait, and how many of them before this tag. */
    async queued(before?: number, on: Db = db): Promise<number> {
      const [row] = await on
        .select({ count: sql<number>`count(*)` })
        .from(tasks)
        .where(and(isNotNull(tasks.queueTag), before === undefined ? undefined : lt(tasks.queueTag, before)))
      return Number(row?.count ?? 0)
    },

    /** Seconds that the last finished tasks of a model took, newest first. */
    async recentDurations(model: string, limit = 50): Promise<number[]> {
      const rows = await db
        .select({ startedAt: tasks.startedAt, finishedAt: tasks.finishedAt })
        .from(tasks)
        // written out: a parameter would not fit the partial index
        .where(and(eq(tasks.model, model), sql`${tasks.status} = 'completed'`))
        .orderBy(desc(tasks.id))
        .limit(limit)
      return rows.map(({ startedAt, finishedAt }) => ((finishedAt ?? 0) - (startedAt ?? 0)) / 1000)
    },

    /** What happened to a task, in order. */
    async eventsOf(taskId: string): Promise<Event[]> {
      return db.select().from(events).where(eq(events.taskId, taskId)).orderBy(asc(events.id))
    }
  }
}
