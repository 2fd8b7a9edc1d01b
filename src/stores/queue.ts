import { and, asc, eq, gt, gte, isNotNull, lt, lte, notInArray, sql } from 'drizzle-orm'
import type { Database, Db, Task } from '../db/index.ts'
import { fixed, statement } from '../db/statement.ts'

const { placeholder } = sql

/** Whose tasks cannot leave now. */
export interface Without {
  models: readonly string[]
  keys: readonly string[]
}

/** Questions about tasks that wait for a slot. None of them may cost more the longer the queue is, but where it says so. */
export function createQueueReads({ db, tasks, keys }: Database) {
  const isWaiting = isNotNull(tasks.queueTag)
  const inOrder = [asc(tasks.queueTag), asc(tasks.id)] as const

  const selectFirst = (limit: number) =>
    statement(`first_waiting_${limit}`, on =>
      on
        .select()
        .from(tasks)
        .where(and(isWaiting, lte(tasks.dueAt, placeholder('now'))))
        .orderBy(...inOrder)
        .limit(fixed(limit))
    )
  const selectFirstOf = (limit: number) =>
    statement(`first_waiting_of_model_${limit}`, on =>
      on
        .select()
        .from(tasks)
        .where(and(isWaiting, eq(tasks.model, placeholder('model')), lte(tasks.dueAt, placeholder('now'))))
        .orderBy(...inOrder)
        .limit(fixed(limit))
    )
  const selectModelAfter = statement('waiting_model_after', on =>
    on
      .select({ model: tasks.model })
      .from(tasks)
      .where(and(isWaiting, gt(tasks.model, placeholder('model'))))
      .orderBy(asc(tasks.model), ...inOrder)
      .limit(fixed(1))
  )
  const isCancelled = sql`${tasks.cancelRequested}`
  const selectOverdue = (limit: number) =>
    statement(`overdue_${limit}`, on =>
      on
        .select()
        .from(tasks)
        .where(and(isWaiting, lt(tasks.deadlineAt, placeholder('now'))))
        .limit(fixed(limit))
    )
  const selectCalledOff = (limit: number) =>
    statement(`called_off_${limit}`, on =>
      on
        .select()
        .from(tasks)
        .where(and(isWaiting, isCancelled, gte(tasks.deadlineAt, placeholder('now'))))
        .orderBy(asc(tasks.id))
        .limit(fixed(limit))
    )

  const selectBefore = (most: number) =>
    statement(`queued_before_${most}`, on =>
      on
        .select({ tag: tasks.queueTag })
        .from(tasks)
        .where(and(isWaiting, lt(tasks.queueTag, placeholder('tag'))))
        .limit(fixed(most))
    )
  const selectTags = statement('queue_tags', on =>
    on
      .select({ tag: tasks.queueTag })
      .from(tasks)
      .where(isWaiting)
      .orderBy(...inOrder)
  )

  /** The beginning of the queue, or of one model's; keys left out are passed over only as far as others have tasks. */
  async function first(now: number, limit: number, without: Without['keys'], model?: string): Promise<Task[]> {
    if (without.length === 0)
      return model === undefined ? selectFirst(limit)(db, { now }) : selectFirstOf(limit)(db, { now, model })
    const others = notInArray(keys.id, [...without])
    return db
      .select()
      .from(tasks)
      .where(
        and(
          isWaiting,
          model === undefined ? undefined : eq(tasks.model, model),
          lte(tasks.dueAt, now),
          notInArray(tasks.keyId, [...without]),
          // a key's tag is that of its last task in the queue
          lte(tasks.queueTag, sql`(select max(${keys.queueTag}) from ${keys} where ${others})`)
        )
      )
      .orderBy(...inOrder)
      .limit(fixed(limit))
  }

  return {
    /** The waiting tasks that are next in fairness, leaving out models and keys that have no free slot. */
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

    /** Waiting tasks whose time is over, or that are to be cancelled. */
    async waitedTooLong(now: number, limit: number): Promise<Task[]> {
      return [...(await selectOverdue(limit)(db, { now })), ...(await selectCalledOff(limit)(db, { now }))]
    },

    /** How many tasks of a key wait, inside a transaction; costs as much as it counts. */
    async queuedOf(tx: Db, keyId: string): Promise<number> {
      const [row] = await tx
        .select({ count: sql<number>`count(*)` })
        .from(tasks)
        .where(and(isWaiting, eq(tasks.keyId, keyId)))
      return Number(row?.count ?? 0)
    },

    /** How many tasks wait; costs as much as it counts. */
    async queued(on: Db = db): Promise<number> {
      const [row] = await on
        .select({ count: sql<number>`count(*)` })
        .from(tasks)
        .where(isWaiting)
      return Number(row?.count ?? 0)
    },

    /** How many tasks wait before this tag, counted up to `most`. */
    async queuedBefore(tag: number, most: number): Promise<number> {
      return (await selectBefore(most)(db, { tag })).length
    },

    /** The tags of all that wait, in order; costs as much as it gives. */
    async queueTags(): Promise<number[]> {
      return (await selectTags(db, {})).map(({ tag }) => tag!)
    }
  }
}
