import type { Attempt, Key, LedgerEntry, Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import type { AssetStore } from '../stores/assets.ts'
import type { LedgerStore } from '../stores/ledger.ts'
import type { TaskFilter } from '../stores/task-reads.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { TaskCache } from './cache.ts'
import type { Creation } from './create.ts'
import type { Planner } from './plan.ts'
import type { QueuePosition } from './queue-position.ts'
import type { Worker } from './worker.ts'

interface Dependencies {
  creation: Creation
  planner: Planner
  queuePosition: QueuePosition
  store: TaskStore
  cache: TaskCache
  ledger: LedgerStore
  worker: Worker
  assets: AssetStore
  now(): number
}

/** What routes call: the life of a task as its owner and the operator see it. */
export function createTasks({
  creation,
  planner,
  queuePosition,
  store,
  cache,
  ledger,
  worker,
  assets,
  now
}: Dependencies) {
  const get = async (key: Key, id: string) => owned(key, await store.get(id))

  /** Somebody else's task does not exist. */
  function owned(key: Key, task: Task | undefined): Task {
    if (!task || task.deletedAt !== null || (task.keyId !== key.id && key.role !== 'admin'))
      throw new ApiError('video_not_found', { param: 'id' })
    return task
  }

  return {
    ...creation,
    modelsOf: planner.modelsOf,
    waiting: queuePosition.waiting,
    get,

    /** The same for a poll: at once when it was asked for a moment ago. */
    look(key: Key, id: string): Task | Promise<Task> {
      const found = cache.get(id)
      return found instanceof Promise ? found.then(task => owned(key, task)) : owned(key, found)
    },

    /** The task behind a link that carries its own permission. */
    async getSigned(id: string): Promise<Task> {
      const task = await store.get(id)
      if (!task || task.deletedAt !== null) throw new ApiError('video_not_found', { param: 'id' })
      return task
    },

    async list(key: Key, filter: Omit<TaskFilter, 'keyId'>): Promise<Task[]> {
      return store.list({ ...filter, keyId: key.id })
    },

    /** Ends a task. One that has ended already stays as it is. */
    async cancel(key: Key, id: string): Promise<Task> {
      const task = await get(key, id)
      if (task.finishedAt !== null) return task
      return (await worker.cancel(id)) ?? task
    },

    async remove(key: Key, id: string): Promise<void> {
      const task = await get(key, id)
      if (task.finishedAt === null) await worker.cancel(id)
      await store.remove(id, now())
      await assets.cancel([id, ...(await store.childrenOf(id)).map(child => child.id)], now())
    },

    /** What happened to a task; the caller has made sure that it may be told. */
    history: (id: string) => store.eventsOf(id),

    /** For the operator: any task, with its attempts and what it cost. */
    async inspect(id: string): Promise<{ task: Task; attempts: Attempt[]; ledger: LedgerEntry[] }> {
      const task = await store.get(id)
      if (!task) throw new ApiError('video_not_found', { param: 'id' })
      const children = await store.childrenOf(id)
      const [attempts, entries] = await Promise.all([
        store.attemptsOf(id),
        ledger.ofTasks([id, ...children.map(child => child.id)])
      ])
      const [{ price, currency } = task] = children
      // what was fanned out costs what its children do
      const whole = price === null ? task : { ...task, price: price * Math.max(children.length, 1), currency }
      return { task: whole, attempts, ledger: entries }
    },

    /** For the operator: everybody's tasks. */
    search: (filter: TaskFilter) => store.list(filter)
  }
}

export type Tasks = ReturnType<typeof createTasks>
