import { and, eq, gt, isNotNull, isNull, lte, or, sql } from 'drizzle-orm'
import { isDoubt, type Attempt, type Database, type Db, type Event, type Task } from '../db/index.ts'
import { rowReader } from '../db/row-reader.ts'
import { columnNames, fixed, placeholders, statement, updateStatement } from '../db/statement.ts'
import { newId } from '../lib/ids.ts'
import type { Change } from '../domain/lifecycle.ts'
import type { VideoRequest } from '../vendors/vendor.ts'
import type { AssetStore } from './assets.ts'
import { createLeases } from './leases.ts'
import { createQueueOrder } from './queue-order.ts'
import { createQueueReads } from './queue.ts'
import { createTaskReads } from './task-reads.ts'
import type { LedgerStore } from './ledger.ts'
import type { SlotStore } from './slots.ts'

const { placeholder } = sql

/** A task that may leave now: on which channel, under which reference. */
export interface Claim {
  channelId: string
  upstreamModel: string
}

export interface CreateOptions {
  owner: string
  settleAt: number
  now: number
  check?(tx: Db): Promise<void>
  admit?(tx: Db): Promise<void>
  parts?: readonly Task[]
}

interface Dependencies {
  database: Database
  slots: SlotStore
  ledger: LedgerStore
  /** where finished files are noted for keeping; absent: nothing is kept */
  assets?: AssetStore
  /** hears of every task whose row changed here */
  onChange?(taskId: string, change: Change | null): void
}

export function createTaskStore({ database, slots, ledger, assets, onChange = () => {} }: Dependencies) {
  const { db, unhurried, tasks, requests, attempts, events, transaction } = database
  const queue = createQueueOrder(database)

  const insertTask = statement('insert_task', on => on.insert(tasks).values(placeholders<Task>(columnNames(tasks))))
  const insertAttempt = statement('insert_attempt', on =>
    on.insert(attempts).values(placeholders<Attempt>(columnNames(attempts)))
  )
  const insertEvent = statement('insert_event', on =>
    on.insert(events).values(placeholders<Event>(columnNames(events)))
  )
  const insertRequest = statement('insert_request', on =>
    on.insert(requests).values({ taskId: placeholder('taskId'), video: placeholder('video') })
  )
  const selectTask = statement('select_task', on =>
    on
      .select()
      .from(tasks)
      .where(eq(tasks.id, placeholder('id')))
  )
  const readTask = rowReader(database, tasks)
  const look = readTask ?? ((id: string): Promise<Task | undefined> => selectTask(db, { id }).then(([task]) => task))
  const selectRequest = statement('select_request', on =>
    on
      .select()
      .from(requests)
      .where(eq(requests.taskId, placeholder('taskId')))
  )
  const selectQueued = statement('select_queued', on =>
    on
      .select({ id: tasks.id })
      .from(tasks)
      .where(and(isNotNull(tasks.queueTag), eq(tasks.model, placeholder('model'))))
      .limit(fixed(1))
  )

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
  const deleteRequest = statement<unknown>('delete_request', on =>
    on.delete(requests).where(eq(requests.taskId, placeholder('taskId')))
  )

  // the queue
  const takeFromQueue = updateStatement<Task, { id: string }[]>('take_from_queue', (on, set) =>
    on
      .update(tasks)
      .set(set)
      .where(and(eq(tasks.id, placeholder('_id')), eq(tasks.fence, placeholder('_fence')), isNotNull(tasks.queueTag)))
      .returning({ id: tasks.id })
  )

  function newAttempt(task: Task, { channelId, upstreamModel }: Claim, now: number, reference?: string): Attempt {
    const id = newId('att', now)
    return {
      id,
      taskId: task.id,
      channelId,
      upstreamModel,
      reference: reference ?? id,
      outcome: null,
      upstreamId: null,
      failure: null,
      cost: null,
      startedAt: now,
      endedAt: null
    }
  }

  async function emit(tx: Db, task: Task, type: string, now: number) {
    await insertEvent(tx, {
      id: newId('evt', now),
      type,
      taskId: task.id,
      keyId: task.keyId,
      data: { id: task.id },
      // the beginning is for those who watch; nobody subscribes to it
      pending: task.partOf === null && (type === 'video.completed' || type === 'video.failed'),
      createdAt: now
    })
  }

  /** Takes a slot of the first claim that has one, and writes the attempt: from here on the submit may leave. */
  async function claimFirst(
    tx: Db,
    task: Task,
    claims: readonly Claim[],
    now: number,
    reference?: string
  ): Promise<{ attempt: Attempt } | null> {
    const claim = await slots.take(tx, task.keyId, claims, now)
    return typeof claim === 'string' ? null : { attempt: newAttempt(task, claim, now, reference) }
  }

  const withAttempt = (task: Task, attempt: Attempt, owner: string, settleAt: number): Task => ({
    ...task,
    channelId: attempt.channelId,
    upstreamModel: attempt.upstreamModel,
    attemptId: attempt.id,
    slot: true,
    queueTag: null,
    dueAt: settleAt,
    leaseOwner: owner,
    leaseUntil: settleAt,
    fence: task.fence + 1
  })

  return {
    ...createTaskReads(database),
    ...createLeases(database),
    ...createQueueReads(database),

    /** How many starts are worth asking for at once: on SQLite they keep their order and share one commit. */
    startsTogether: database.kind === 'sqlite' ? 32 : 1,

    /**
     * One transaction: the task, its hold, and the attempt when a slot is free; else its place in the queue. A task that was fanned out comes
     * with its `parts`; it holds no slot itself. `check` runs first and `admit` before it is queued; both may refuse by throwing.
     */
    async create(
      task: Task,
      video: VideoRequest,
      claims: readonly Claim[],
      { owner, settleAt, now, check, admit, parts = [] }: CreateOptions
    ): Promise<{ started: { task: Task; attempt: Attempt }[]; task: Task }> {
      const created = await transaction(async tx => {
        await check?.(tx)
        if (parts.length === 0) {
          const { row, attempt } = await createOne(tx, task)
          return { task: row, started: attempt ? [{ task: row, attempt }] : [] }
        }
        await insertTask(tx, task)
        await emit(tx, task, 'video.queued', now)
        const started: { task: Task; attempt: Attempt }[] = []
        for (const part of parts) {
          const { row, attempt } = await createOne(tx, part)
          if (attempt) started.push({ task: row, attempt })
        }
        return { task, started }
      })
      onChange(task.id, null)
      return created

      async function createOne(tx: Db, one: Task): Promise<{ row: Task; attempt: Attempt | null }> {
        const waitingBefore = await selectQueued(tx, { model: one.model })
        const claimed = waitingBefore.length ? null : await claimFirst(tx, one, claims, now)
        if (!claimed) await admit?.(tx)
        const row = claimed
          ? withAttempt(one, claimed.attempt, owner, settleAt)
          : { ...one, queueTag: await queue.nextTag(tx, one.keyId), dueAt: now }
        await insertTask(tx, row)
        await insertRequest(tx, { taskId: one.id, video })
        if (claimed) await insertAttempt(tx, claimed.attempt)
        if (one.price !== null) await ledger.hold(tx, row, now)
        if (one.partOf === null) await emit(tx, row, 'video.queued', now)
        return { row, attempt: claimed?.attempt ?? null }
      }
    },

    async get(id: string): Promise<Task | undefined> {
      return look(id)
    },

    /** The same, at once where the database need not be waited for. */
    look,

    async request(taskId: string): Promise<VideoRequest | undefined> {
      const [row] = await selectRequest(db, { taskId })
      return row?.video
    },

    /** Moves a waiting task out of the queue onto a free slot; says whose slot is missing, or that another node was first. */
    async startWaiting(
      task: Task,
      claims: readonly Claim[],
      { owner, settleAt, now, reference }: { owner: string; settleAt: number; now: number; reference?: string }
    ): Promise<{ task: Task; attempt: Attempt } | 'no key slot' | 'no channel slot' | 'taken'> {
      const missing = await slots.missing(task.keyId, claims, now)
      if (missing) return missing
      const started = await transaction(async tx => {
        const claim = await slots.take(tx, task.keyId, claims, now)
        if (typeof claim === 'string') return claim
        const attempt = newAttempt(task, claim, now, reference)
        const row = withAttempt(task, attempt, owner, settleAt)
        const { channelId, upstreamModel, attemptId, slot, queueTag, dueAt, leaseOwner, leaseUntil, fence } = row
        const set = { channelId, upstreamModel, attemptId, slot, queueTag, dueAt, leaseOwner, leaseUntil, fence }
        const moved = await takeFromQueue(tx, set, { _id: task.id, _fence: task.fence })
        if (moved.length === 0) {
          await slots.free(tx, task.keyId, claim.channelId)
          return 'taken'
        }
        await insertAttempt(tx, attempt)
        await queue.left(tx, task.queueTag)
        return { task: row, attempt }
      })
      if (typeof started !== 'string') onChange(task.id, null)
      return started
    },

    /** Writes a change with all that follows from it, or nothing at all when the lease was lost. Gives the new row, or null. */
    async apply(task: Task, change: Change, now: number): Promise<Task | null> {
      const set: Partial<Task> = { ...change.set, leaseOwner: null, leaseUntil: null }
      if (isAlone(change)) {
        // most polls end here: nothing has changed but when to look again
        if ((await update(unhurried, task, set)).length === 0) return null
        onChange(task.id, change)
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
        if (change.keep) await assets?.want(tx, row, now)
        // what is in doubt may still be found, and is asked for by its request
        if (row.finishedAt !== null && !isDoubt(row.errorCode)) await deleteRequest(tx, { taskId: task.id })
        // a part that moved makes the whole look again
        if (task.partOf !== null && change.notify) await updateOpen(tx, { dueAt: now }, { _id: task.partOf })
        return row
      })
      if (applied) onChange(task.id, change)
      return applied
    },

    /** Extends the lease of a task in hand; false when it was lost. */
    async renew(task: Task, until: number): Promise<boolean> {
      return (await update(db, task, { leaseUntil: until })).length > 0
    },

    /** Asks the worker to cancel; it happens when the task is next in hand. */
    async requestCancel(id: string): Promise<void> {
      await updateOpen(db, { cancelRequested: true }, { _id: id })
    },

    /** Makes an accepted task due at `at`, when it would be later: a vendor called. Gives whether it was moved. */
    async hurry(id: string, at: number): Promise<boolean> {
      const moved = await db
        .update(tasks)
        .set({ dueAt: at })
        .where(and(eq(tasks.id, id), isNull(tasks.finishedAt), isNotNull(tasks.operation), gt(tasks.dueAt, at)))
        .returning({ id: tasks.id })
      return moved.length > 0
    },

    /** The same for a submit whose answer was lost, once nobody waits for that answer any more: it is looked up. */
    async hurrySettle(attempt: Attempt, at: number): Promise<boolean> {
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
      return moved.length > 0
    },

    /** Replaces the stored result of a finished task (a renewed link). */
    async renewResult(id: string, result: Task['result']): Promise<void> {
      await db
        .update(tasks)
        .set({ result })
        .where(and(eq(tasks.id, id), eq(tasks.status, 'completed')))
      onChange(id, null)
    },

    /** When the files of a finished task stop being available, in milliseconds; null: never. */
    async setExpiry(id: string, expiresAt: number | null): Promise<void> {
      await db
        .update(tasks)
        .set({ expiresAt })
        .where(and(eq(tasks.id, id), eq(tasks.status, 'completed')))
      onChange(id, null)
    },

    /** Hides an ended task from its owner. */
    async remove(id: string, now: number): Promise<void> {
      await db.update(tasks).set({ deletedAt: now }).where(eq(tasks.id, id))
      onChange(id, null)
    }
  }
}

/** Whether nothing follows from a change but its own columns. */
const isAlone = ({ set, ...more }: Change) => set.finishedAt === undefined && Object.keys(more).length === 0

export type TaskStore = ReturnType<typeof createTaskStore>
