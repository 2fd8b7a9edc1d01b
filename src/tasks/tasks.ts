import type { Attempt, Key, LedgerEntry, Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import type { AssetStore } from '../stores/assets.ts'
import type { LedgerStore } from '../stores/ledger.ts'
import type { TaskFilter } from '../stores/task-reads.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { TaskCache } from './cache.ts'
import type { Creation } from './create.ts'
import { owned } from './owned.ts'
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

/** What HTTP routes call: tasks as their owner and the operator see them. Unknown and foreign ids throw video_not_found. */
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

  return {
    ...creation,
    modelsOf: planner.modelsOf,
    reworksOf: planner.reworksOf,
    waiting: queuePosition.waiting,
    get,

    /** Like `get`, for polls: synchronous when the task was read a moment ago. */
    look(key: Key, id: string): Task | Promise<Task> {
      const found = cache.get(id)
      return found instanceof Promise ? found.then(task => owned(key, task)) : owned(key, found)
    },

    /** Returns the task of a signed link, which needs no key. */
    async getSigned(id: string): Promise<Task> {
      const task = await store.get(id)
      if (!task || task.deletedAt !== null) throw new ApiError('video_not_found', { param: 'id' })
      return task
    },

    /** Returns a page of a key's own tasks. */
    async list(key: Key, filter: Omit<TaskFilter, 'keyId'>): Promise<Task[]> {
      return store.list({ ...filter, keyId: key.id })
    },

    /** Cancels a task and returns it. A task that has ended stays unchanged. */
    async cancel(key: Key, id: string): Promise<Task> {
      const task = await get(key, id)
      if (task.finishedAt !== null) return task
      return (await worker.cancel(id)) ?? task
    },

    /** Deletes a task with its files and returns it; cancels it first if it is running. */
    async remove(key: Key, id: string): Promise<Task> {
      const task = await get(key, id)
      if (task.finishedAt === null) await worker.cancel(id)
      await store.remove(id, now())
      await assets.cancel([id, ...(await store.childrenOf(id)).map(child => child.id)], now())
      return task
    },

    /** Returns the events of a task. The caller must check that the key may see it. */
    history: (id: string) => store.eventsOf(id),

    /** For the operator: any task, with its child tasks, attempts and ledger entries. */
    async inspect(id: string): Promise<{ task: Task; children: Task[]; attempts: Attempt[]; ledger: LedgerEntry[] }> {
      const task = await store.get(id)
      if (!task) throw new ApiError('video_not_found', { param: 'id' })
      const children = await store.childrenOf(id)
      const ids = [id, ...children.map(child => child.id)]
      const [attempts, entries] = await Promise.all([Promise.all(ids.map(store.attemptsOf)), ledger.ofTasks(ids)])
      const [{ price, currency } = task] = children
      // a fanned-out task costs what its child tasks cost
      const priced = price === null ? task : { ...task, price: price * Math.max(children.length, 1), currency }
      return { task: priced, children, attempts: attempts.flat(), ledger: entries }
    }
  }
}

export type Tasks = ReturnType<typeof createTasks>
