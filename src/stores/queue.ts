import { and, asc, eq, gt, gte, isNotNull, lt, lte, notInArray, sql } from 'drizzle-orm'
import type { Database, Db, Task } from '../db/index.ts'
import { fixed, statement } from '../db/statement.ts'

const { placeholder } = sql

/** Models and keys whose tasks cannot leave the queue now. */
export interface Without {
  models: readonly string[]
  keys: readonly string[]
}

/** Reads of the queue. Their cost does not grow with its length, unless they say so. */
export function createQueueReads({ db, tasks, keys }: Database) {
  const isQueued = isNotNull(tasks.queueTag)
  const inOrder = [asc(tasks.queueTag), asc(tasks.id)] as const

  const selectFirst = (limit: number) =>
    statement(`first_queued_${limit}`, on =>
      on
        .select()
        .from(tasks)
        .where(and(isQueued, lte(tasks.dueAt, placeholder('now'))))
        .orderBy(...inOrder)
        .limit(fixed(limit))
    )
  const selectFirstOf = (limit: number) =>
    statement(`first_queued_of_model_${limit}`, on =>
      on
        .select()
        .from(tasks)
        .where(and(isQueued, eq(tasks.model, placeholder('model')), lte(tasks.dueAt, placeholder('now'))))
        .orderBy(...inOrder)
        .limit(fixed(limit))
    )
  const selectOneOf = statement('one_queued_of_model', on =>
    on
      .select({ id: tasks.id })
      .from(tasks)
      .where(and(isQueued, eq(tasks.model, placeholder('model'))))
      .limit(fixed(1))
  )
  const selectModelAfter = statement('queued_model_after', on =>
    on
      .select({ model: tasks.model })
      .from(tasks)
      .where(and(isQueued, gt(tasks.model, placeholder('model'))))
      .orderBy(asc(tasks.model), ...inOrder)
      .limit(fixed(1))
  )
  const isCancelled = sql`${tasks.cancelRequested}`
  const selectOverdue = (limit: number) =>
    statement(`overdue_${limit}`, on =>
      on
        .select()
        .from(tasks)
        .where(and(isQueued, lt(tasks.deadlineAt, placeholder('now'))))
        .limit(fixed(limit))
    )
  const selectCancelled = (limit: number) =>
    statement(`cancelled_in_queue_${limit}`, on =>
      on
        .select()
        .from(tasks)
        .where(and(isQueued, isCancelled, gte(tasks.deadlineAt, placeholder('now'))))
        .orderBy(asc(tasks.id))
        .limit(fixed(limit))
    )

  const selectBefore = (most: number) =>
    statement(`queued_before_${most}`, on =>
      on
        .select({ tag: tasks.queueTag })
        .from(tasks)
        .where(and(isQueued, lt(tasks.queueTag, placeholder('tag'))))
        .limit(fixed(most))
    )
  const selectTags = statement('queue_tags', on =>
    on
      .select({ tag: tasks.queueTag })
      .from(tasks)
      .where(isQueued)
      .orderBy(...inOrder)
  )

  /** Returns the first tasks of the queue, or of one model's; skips the keys in `without`, but looks no further than other keys have tasks. */
  async function first(now: number, limit: number, without: Without['keys'], model?: string): Promise<Task[]> {
    if (without.length === 0)
      return model === undefined ? selectFirst(limit)(db, { now }) : selectFirstOf(limit)(db, { now, model })
    const others = notInArray(keys.id, [...without])
    return db
      .select()
      .from(tasks)
      .where(
        and(
          isQueued,
          model === undefined ? undefined : eq(tasks.model, model),
          lte(tasks.dueAt, now),
          notInArray(tasks.keyId, [...without]),
          // a key's tag is that of its last queued task
          lte(tasks.queueTag, sql`(select max(${keys.queueTag}) from ${keys} where ${others})`)
        )
      )
      .orderBy(...inOrder)
      .limit(fixed(limit))
  }

  return {
    /** Returns the queued tasks whose turn is next, without models and keys that have no free slot. */
    async nextWaiting(now: number, without: Without, limit = 1): Promise<Task[]> {
      if (without.models.length === 0) return first(now, limit, without.keys)
      const heads: Task[] = []
      for (let [next] = await selectModelAfter(db, { model: '' }); next;) {
        const { model } = next
        if (!without.models.includes(model)) heads.push(...(await first(now, limit, without.keys, model)))
        ;[next] = await selectModelAfter(db, { model })
      }
      return heads.sort((a, b) => a.queueTag! - b.queueTag! || (a.id < b.id ? -1 : 1)).slice(0, limit)
    },

    /** Whether a model's tasks are queued: a new one goes behind them. */
    async isQueued(model: string): Promise<boolean> {
      return (await selectOneOf(db, { model })).length > 0
    },

    /** Returns queued tasks that are past their deadline or to be cancelled. */
    async waitedTooLong(now: number, limit: number): Promise<Task[]> {
      return [...(await selectOverdue(limit)(db, { now })), ...(await selectCancelled(limit)(db, { now }))]
    },

    /** Counts a key's queued tasks, inside a transaction; the cost grows with the count. */
    async queuedOf(tx: Db, keyId: string): Promise<number> {
      const [row] = await tx
        .select({ count: sql<number>`count(*)` })
        .from(tasks)
        .where(and(isQueued, eq(tasks.keyId, keyId)))
      return Number(row?.count ?? 0)
    },

    /** Counts the queued tasks of each key that has some; the cost grows with the count. */
    async queuedByKey(on: Db = db): Promise<Map<string, number>> {
      const rows = await on
        .select({ keyId: tasks.keyId, count: sql<number>`count(*)` })
        .from(tasks)
        .where(isQueued)
        .groupBy(tasks.keyId)
      return new Map(rows.map(({ keyId, count }) => [keyId, Number(count)]))
    },

    /** Counts the queued tasks before this tag, up to `most`. */
    async queuedBefore(tag: number, most: number): Promise<number> {
      return (await selectBefore(most)(db, { tag })).length
    },

    /** Returns the tags of all queued tasks, in order; the cost grows with their number. */
    async queueTags(): Promise<number[]> {
      return (await selectTags(db, {})).map(({ tag }) => tag!)
    }
  }
}
