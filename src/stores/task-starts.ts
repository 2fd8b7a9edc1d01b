import { and, eq, isNotNull, sql } from 'drizzle-orm'
import type { AskedFields, Attempt, Database, Db, Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { columnNames, fixed, placeholders, statement, updateStatement } from '../db/statement.ts'
import { newId } from '../lib/ids.ts'
import type { VideoRequest } from '../vendors/vendor.ts'
import type { LedgerStore } from './ledger.ts'
import type { QueueOrder } from './queue-order.ts'
import type { RequestStore } from './requests.ts'
import type { SlotRoute, SlotStore } from './slots.ts'
import type { EmitTaskEvent } from './task-events.ts'
import type { TaskMoment } from './task-moment.ts'

const { placeholder } = sql

export interface CreateOptions {
  owner: string
  reconcileAt: number
  now: number
  check?(tx: Db): Promise<void>
  admit?(tx: Db): Promise<void>
  children?: readonly Task[]
  /** what the client asked for, to be kept */
  asked?: AskedFields
}

interface StartOptions {
  owner: string
  reconcileAt: number
  now: number
  /** the reference to send to the vendor; default: the attempt's id */
  reference?: string
}

interface Dependencies {
  database: Database
  requests: RequestStore
  slots: SlotStore
  ledger: LedgerStore
  queue: QueueOrder
  emit: EmitTaskEvent
  /** `dueAt`: the task rests until then */
  changed(taskId: string, change?: undefined, moment?: TaskMoment, dueAt?: number): void
}

/** Creates tasks, and gives them the slot they need to be submitted. */
export function createTaskStarts({ database, requests, slots, ledger, queue, emit, changed }: Dependencies) {
  const { tasks, asked: askedTable, attempts, transaction } = database

  const insertTask = statement('insert_task', on => on.insert(tasks).values(placeholders<Task>(columnNames(tasks))))
  const insertAttempt = statement('insert_attempt', on =>
    on.insert(attempts).values(placeholders<Attempt>(columnNames(attempts)))
  )
  const insertAsked = statement('insert_asked', on =>
    on.insert(askedTable).values({ taskId: placeholder('taskId'), request: placeholder('request') })
  )
  const selectQueued = statement('select_queued', on =>
    on
      .select({ id: tasks.id })
      .from(tasks)
      .where(and(isNotNull(tasks.queueTag), eq(tasks.model, placeholder('model'))))
      .limit(fixed(1))
  )

  const takeFromQueue = updateStatement<Task, { id: string }[]>('take_from_queue', (on, set) =>
    on
      .update(tasks)
      .set(set)
      .where(and(eq(tasks.id, placeholder('_id')), eq(tasks.fence, placeholder('_fence')), isNotNull(tasks.queueTag)))
      .returning({ id: tasks.id })
  )

  return {
    /** How many tasks to start at once: on SQLite they keep their order and share one commit. */
    startsTogether: database.kind === 'sqlite' ? 32 : 1,

    /**
     * Writes in one transaction: the task, its hold, and its attempt when a slot is free; otherwise it is queued. A fanned-out task comes with
     * its `children` and takes no slot itself. `check` runs first, `admit` before a task is queued; either may refuse by throwing.
     */
    async create(
      task: Task,
      video: VideoRequest,
      routes: readonly SlotRoute[],
      { owner, reconcileAt, now, check, admit, children = [], asked }: CreateOptions
    ): Promise<{ started: { task: Task; attempt: Attempt }[]; task: Task }> {
      const kept = await requests.keep(task.id, video)
      const created = await transaction(async tx => {
        await check?.(tx)
        if (children.length === 0) {
          const { row, attempt } = await createOne(tx, task)
          if (asked) await insertAsked(tx, { taskId: task.id, request: asked })
          return { task: row, started: attempt ? [{ task: row, attempt }] : [] }
        }
        await insertTask(tx, task)
        if (asked) await insertAsked(tx, { taskId: task.id, request: asked })
        await requests.insert(tx, task.id, kept)
        await emit(tx, task, 'video.queued', now)
        const started: { task: Task; attempt: Attempt }[] = []
        for (const child of children) {
          const { row, attempt } = await createOne(tx, child)
          if (attempt) started.push({ task: row, attempt })
        }
        return { task, started }
      }).catch(async (error: unknown) => {
        // after a commit whose answer was lost they may be needed
        if (kept.pieces && error instanceof ApiError) await requests.drop(task.id)
        throw error
      })
      const { queueTag, dueAt } = created.task
      const rests = queueTag === null && children.length === 0
      changed(task.id, undefined, { what: 'created', task: created.task }, (rests && dueAt) || undefined)
      return created

      async function createOne(tx: Db, one: Task): Promise<{ row: Task; attempt: Attempt | null }> {
        const queuedBefore = await selectQueued(tx, { model: one.model })
        const claimed = queuedBefore.length ? null : await takeSlot(tx, one, routes, now)
        if (!claimed) await admit?.(tx)
        const row = claimed
          ? withAttempt(one, claimed.attempt, owner, reconcileAt)
          : { ...one, queueTag: await queue.nextTag(tx, one.keyId), dueAt: now }
        await insertTask(tx, row)
        if (one.parentId === null) await requests.insert(tx, one.id, kept)
        if (claimed) await insertAttempt(tx, claimed.attempt)
        if (one.price !== null) await ledger.hold(tx, row, now)
        if (one.parentId === null) await emit(tx, row, 'video.queued', now)
        return { row, attempt: claimed?.attempt ?? null }
      }
    },

    /** Moves a task from the queue to a free slot. Returns its attempt, or which slot is missing, or `taken`: another node was first. */
    async startWaiting(
      task: Task,
      routes: readonly SlotRoute[],
      { owner, reconcileAt, now, reference }: StartOptions
    ): Promise<{ task: Task; attempt: Attempt } | 'no key slot' | 'no channel slot' | 'taken'> {
      const missing = await slots.missing(task.keyId, routes, now)
      if (missing) return missing
      const started = await transaction(async tx => {
        const route = await slots.take(tx, task.keyId, routes, now)
        if (typeof route === 'string') return route
        const attempt = newAttempt(task, route, now, reference)
        const row = withAttempt(task, attempt, owner, reconcileAt)
        const { channelId, upstreamModel, attemptId, slot, queueTag, dueAt, leaseOwner, leaseUntil, fence } = row
        const set = { channelId, upstreamModel, attemptId, slot, queueTag, dueAt, leaseOwner, leaseUntil, fence }
        const moved = await takeFromQueue(tx, set, { _id: task.id, _fence: task.fence })
        if (moved.length === 0) {
          await slots.free(tx, task.keyId, route.channel.id)
          return 'taken'
        }
        await insertAttempt(tx, attempt)
        await queue.left(tx, task.queueTag)
        return { task: row, attempt }
      })
      if (typeof started !== 'string') changed(task.id, undefined, undefined, started.task.dueAt ?? undefined)
      return started
    }
  }

  /** Takes a slot of the first route that has one, and prepares the attempt. */
  async function takeSlot(
    tx: Db,
    task: Task,
    routes: readonly SlotRoute[],
    now: number,
    reference?: string
  ): Promise<{ attempt: Attempt } | null> {
    const route = await slots.take(tx, task.keyId, routes, now)
    return typeof route === 'string' ? null : { attempt: newAttempt(task, route, now, reference) }
  }
}

function newAttempt(task: Task, { channel, upstreamModel }: SlotRoute, now: number, reference?: string): Attempt {
  const id = newId('att', now)
  return {
    id,
    taskId: task.id,
    channelId: channel.id,
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

const withAttempt = (task: Task, attempt: Attempt, owner: string, reconcileAt: number): Task => ({
  ...task,
  channelId: attempt.channelId,
  upstreamModel: attempt.upstreamModel,
  attemptId: attempt.id,
  slot: true,
  queueTag: null,
  dueAt: reconcileAt,
  leaseOwner: owner,
  leaseUntil: reconcileAt,
  fence: task.fence + 1
})
