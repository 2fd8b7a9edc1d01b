import { and, asc, desc, eq, gt, isNotNull, isNull, lt, lte, ne, notInArray, or, sql, type SQL } from 'drizzle-orm'
import type { Attempt, Database, Db, Event, Task, TaskStatus } from '../db/index.ts'
import { statement } from '../db/statement.ts'

const { placeholder } = sql

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
  const selectTaken = statement('is_taken', on =>
    on
      .select({ id: attempts.id })
      .from(attempts)
      .where(
        and(
          eq(attempts.channelId, placeholder('channelId')),
          eq(attempts.upstreamId, placeholder('upstreamId')),
          ne(attempts.id, placeholder('except'))
        )
      )
      .limit(1)
  )
  const selectAttempts = statement('attempts_of', on =>
    on
      .select()
      .from(attempts)
      .where(eq(attempts.taskId, placeholder('taskId')))
      .orderBy(asc(attempts.id))
  )
  const selectParts = statement('parts_of', on =>
    on
      .select()
      .from(tasks)
      .where(eq(tasks.partOf, placeholder('id')))
      .orderBy(asc(tasks.id))
  )
  const selectOver = statement('waited_too_long', on =>
    on
      .select()
      .from(tasks)
      .where(
        and(isNotNull(tasks.queueTag), or(lt(tasks.deadlineAt, placeholder('now')), eq(tasks.cancelRequested, true)))
      )
      .limit(placeholder('limit'))
  )
  const count = { count: sql<number>`count(*)` }
  const countQueued = statement('queued', on => on.select(count).from(tasks).where(isNotNull(tasks.queueTag)))
  const countQueuedOf = statement('queued_of', on =>
    on
      .select(count)
      .from(tasks)
      .where(and(isNotNull(tasks.queueTag), eq(tasks.keyId, placeholder('keyId'))))
  )

  const notIn = (column: typeof tasks.model | typeof tasks.keyId, names: readonly string[]) =>
    names.length ? notInArray(column, names.map(placeholder)) : undefined
  /** The first of the queue but for so many models and keys: `m0`, `m1`, …, `k0`, … */
  const selectWaiting = (models: readonly string[], keys: readonly string[]) =>
    statement(`next_waiting_${models.length}_${keys.length}`, on =>
      on
        .select()
        .from(tasks)
        .where(
          and(
            isNotNull(tasks.queueTag),
            lte(tasks.dueAt, placeholder('now')),
            notIn(tasks.model, models),
            notIn(tasks.keyId, keys)
          )
        )
        .orderBy(asc(tasks.queueTag), asc(tasks.id))
        .limit(1)
    )

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
      return (await selectTaken(db, { channelId, upstreamId, except: exceptAttempt })).length > 0
    },

    async attempt(id: string): Promise<Attempt | undefined> {
      const [attempt] = await db.select().from(attempts).where(eq(attempts.id, id))
      return attempt
    },

    attemptsOf: (taskId: string): Promise<Attempt[]> => selectAttempts(db, { taskId }),

    /** The waiting task that is next in fairness, leaving out models and keys that have no free slot. */
    async nextWaiting(
      now: number,
      without: { models: readonly string[]; keys: readonly string[] }
    ): Promise<Task | undefined> {
      const models = without.models.map((name, index) => [`m${index}`, name] as const)
      const keys = without.keys.map((id, index) => [`k${index}`, id] as const)
      const first = selectWaiting(
        models.map(([name]) => name),
        keys.map(([name]) => name)
      )
      const [task] = await first(db, { now, ...Object.fromEntries([...models, ...keys]) })
      return task
    },

    /** Waiting tasks whose time is over, or that are to be cancelled. */
    waitedTooLong: (now: number, limit: number): Promise<Task[]> => selectOver(db, { now, limit }),

    /** The tasks that a fanned-out one consists of, in order. */
    partsOf: (id: string): Promise<Task[]> => selectParts(db, { id }),

    /** How many tasks of a key wait, inside a transaction. */
    async queuedOf(tx: Db, keyId: string): Promise<number> {
      const [row] = await countQueuedOf(tx, { keyId })
      return Number(row?.count ?? 0)
    },

    /** How many tasks wait, and how many of them before this tag. */
    async queued(before?: number, on: Db = db): Promise<number> {
      const [row] =
        before === undefined
          ? await countQueued(on, {})
          : await on
              .select(count)
              .from(tasks)
              .where(and(isNotNull(tasks.queueTag), lt(tasks.queueTag, before)))
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
