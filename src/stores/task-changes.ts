import { and, eq, gt, isNotNull, isNull, lte, or, sql } from 'drizzle-orm'
import type { Attempt, Database, Db, Task } from '../db/index.ts'
import { updateStatement } from '../db/statement.ts'
import type { Change } from '../domain/lifecycle.ts'
import type { AssetStore } from './assets.ts'
import type { LedgerStore } from './ledger.ts'
import type { QueueOrder } from './queue-order.ts'
import type { RequestStore } from './requests.ts'
import type { SlotStore } from './slots.ts'
import type { EmitTaskEvent } from './task-events.ts'
import type { TaskMoment } from './task-moment.ts'

const { placeholder } = sql

interface Dependencies {
  database: Database
  requests: RequestStore
  slots: SlotStore
  ledger: LedgerStore
  queue: QueueOrder
  /** where finished files are queued for the archive; absent: nothing is archived */
  assets?: AssetStore | undefined
  emit: EmitTaskEvent
  /** `dueAt`: the task rests until then, and nothing became free for others */
  changed(taskId: string, change?: Change, moment?: TaskMoment, dueAt?: number): void
}

/** Writes what happens to tasks after they have started. */
export function createTaskChanges({ database, requests, slots, ledger, queue, assets, emit, changed }: Dependencies) {
  const { db, batched, tasks, attempts, transaction } = database

  const updateTask = updateStatement<Task, { id: string }[]>('update_task', (on, set) =>
    on
      .update(tasks)
      .set(set)
      .where(and(eq(tasks.id, placeholder('_id')), eq(tasks.fence, placeholder('_fence')), isNull(tasks.finishedAt)))
      .returning({ id: tasks.id })
  )
  const update = (on: Db, { id, fence }: Pick<Task, 'id' | 'fence'>, set: Partial<Task>) =>
    updateTask(on, set, { _id: id, _fence: fence })

  const updateOpen = updateStatement<Task, unknown>('update_open_task', (on, set) =>
    on
      .update(tasks)
      .set(set)
      .where(and(eq(tasks.id, placeholder('_id')), isNull(tasks.finishedAt)))
  )
  const updateAttempt = updateStatement<Attempt, unknown>('update_attempt', (on, set) =>
    on
      .update(attempts)
      .set(set)
      .where(eq(attempts.id, placeholder('_id')))
  )
  return {
    /**
     * Writes a change and everything that follows from it in one transaction, and releases the lease, or extends it until `keepUntil`. Returns
     * the new row, or null when the lease was lost.
     */
    async apply(task: Task, change: Change, now: number, keepUntil?: number): Promise<Task | null> {
      const lease = keepUntil === undefined ? { leaseOwner: null, leaseUntil: null } : { leaseUntil: keepUntil }
      const set: Partial<Task> = { ...change.set, ...lease }
      if (isPlain(change)) {
        // most polls end here: only the time of the next poll has changed
        if ((await update(batched, task, set)).length === 0) return null
        changed(task.id, change, undefined, set.dueAt ?? undefined)
        return { ...task, ...set }
      }
      const applied = await transaction(async tx => {
        if (change.enqueue) set.queueTag = await queue.nextTag(tx, task.keyId)
        if (change.freeSlot) set.slot = false
        const changed = await update(tx, task, set)
        if (changed.length === 0) return null
        if (change.freeSlot && task.slot && task.channelId) await slots.free(tx, task.keyId, task.channelId)
        if (change.attempt && task.attemptId) await updateAttempt(tx, change.attempt, { _id: task.attemptId })
        const row = { ...task, ...set }
        if (change.settle && task.price !== null) await ledger.settle(tx, row, change.settle, now)
        if (change.notify) await emit(tx, row, change.notify, now)
        if (change.archive) await assets?.addPending(tx, row, now)
        if (row.finishedAt !== null) await requests.release(tx, row)
        // a child task that moved makes its parent due
        if (task.parentId !== null && change.notify) await updateOpen(tx, { dueAt: now }, { _id: task.parentId })
        return row
      })
      if (applied) changed(task.id, change, momentOf(applied, change), restOf(applied, change))
      return applied
    },

    /** Extends the lease of a claimed task; false when it was lost. */
    async renew(task: Task, until: number): Promise<boolean> {
      return (await update(db, task, { leaseUntil: until })).length > 0
    },

    /** Requests a cancel, which happens when the task is claimed next. */
    async requestCancel(id: string): Promise<void> {
      await updateOpen(db, { cancelRequested: true }, { _id: id })
    },

    /** Makes an accepted task due at `at` if it is due later, after a vendor's callback. Returns whether it was moved. */
    async pollBy(id: string, at: number): Promise<boolean> {
      const moved = await db
        .update(tasks)
        .set({ dueAt: at })
        .where(and(eq(tasks.id, id), isNull(tasks.finishedAt), isNotNull(tasks.operation), gt(tasks.dueAt, at)))
        .returning({ id: tasks.id })
      if (moved.length) changed(id)
      return moved.length > 0
    },

    /** The same for a submit without an answer that is no longer in flight: it will be looked up. */
    async reconcileBy(attempt: Attempt, at: number): Promise<boolean> {
      const moved = await db
        .update(tasks)
        .set({ dueAt: at })
        .where(
          and(
            eq(tasks.id, attempt.taskId),
            eq(tasks.attemptId, attempt.id),
            isNull(tasks.finishedAt),
            isNull(tasks.queueTag),
            or(isNull(tasks.leaseUntil), lte(tasks.leaseUntil, at)),
            gt(tasks.dueAt, at)
          )
        )
        .returning({ id: tasks.id })
      if (moved.length) changed(attempt.taskId)
      return moved.length > 0
    },

    /** Sets when the files of a completed task expire, in milliseconds; null: never. */
    async setExpiry(id: string, expiresAt: number | null): Promise<void> {
      await db
        .update(tasks)
        .set({ expiresAt })
        .where(and(eq(tasks.id, id), eq(tasks.status, 'completed')))
      changed(id)
    },

    /** Marks a task as deleted, which hides it from its owner. */
    async remove(id: string, now: number): Promise<void> {
      await db.update(tasks).set({ deletedAt: now }).where(eq(tasks.id, id))
      changed(id)
    }
  }
}

/** Whether a change concerns only the columns of its task. */
const isPlain = ({ set, ...more }: Change) => set.finishedAt === undefined && Object.keys(more).length === 0

/** When the next step of a task is due; undefined: others may go on at once, in its slot, ahead of it in the queue, or as its parent. */
const restOf = ({ dueAt, parentId }: Task, { freeSlot, enqueue, notify }: Change) =>
  freeSlot || enqueue || (notify && parentId !== null) ? undefined : (dueAt ?? undefined)

function momentOf(task: Task, { attempt }: Change): TaskMoment | undefined {
  if (task.finishedAt !== null) return { what: 'ended', task }
  return attempt?.outcome === 'accepted' ? { what: 'submitted', task } : undefined
}
