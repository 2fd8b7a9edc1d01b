import { setTimeout as sleep } from 'node:timers/promises'
import type { Db, Key, Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { lowestId } from '../lib/ids.ts'
import type { IdempotencyStore } from '../stores/idempotency.ts'
import type { TaskStore } from '../stores/tasks.ts'

/** What a request says about being a repetition. */
export interface Repetition {
  /** `Idempotency-Key` */
  idempotencyKey?: string | undefined
  /** `x-stainless-retry-count`: OpenAI's SDKs repeat a POST by themselves, and send no key */
  retryCount?: number | undefined
}

/** What is asked for, as far as repetitions go. */
interface Asked {
  /** the same for the same fields */
  fingerprint: string
  /** it names its seed, and nobody is to be called when it is done: a video made of the same fields will do */
  reusable: boolean
}

interface Dependencies {
  store: IdempotencyStore
  tasks: TaskStore
  now(): number
  /** how long a finished video is given out again; 0: never */
  reuseMs: number
}

const RETRY_WINDOW = 10 * 60_000
const WAIT_MS = 2000
const LOOK_EVERY = 50

/** Another request claimed the Idempotency-Key a moment before this one. */
class Overtaken extends Error {}

/** Repeated creates: the same request is answered with the same task, and paid once. */
export function createIdempotency({ store, tasks, now, reuseMs }: Dependencies) {
  /** The task of a request that was made before, when its first answer is known or comes within two seconds. */
  async function earlier(
    key: Key,
    fingerprint: string,
    { idempotencyKey, retryCount = 0 }: Repetition
  ): Promise<Task | undefined> {
    if (idempotencyKey !== undefined) {
      const known = await store.find(key.id, idempotencyKey)
      if (!known) return undefined
      if (known.fingerprint !== fingerprint) throw new ApiError('idempotency_mismatch', { shouldRetry: false })
      const task = await settled(known.taskId)
      // refused, by a process that died before it could say so
      if (!task) await store.forget(key.id, known.taskId)
      return task
    }
    if (retryCount < 1) return undefined
    const first = await store.absorbRetry(key.id, fingerprint, retryCount, lowestId('video', now() - RETRY_WINDOW))
    return first && settled(first.id)
  }

  /** A first request may still wait for its vendor's yes or no; a second must not answer before that is known. Undefined: it was a no. */
  async function settled(id: string): Promise<Task | undefined> {
    for (let waited = 0; ; waited += LOOK_EVERY) {
      const task = await tasks.get(id)
      if (!task || isRefused(task)) return undefined
      const undecided = task.status === 'queued' && task.queueTag === null && task.leaseOwner !== null
      if (!undecided) return task
      if (waited >= WAIT_MS) throw new ApiError('idempotency_in_progress', { retryAfterSeconds: 1, shouldRetry: true })
      await sleep(LOOK_EVERY)
    }
  }

  return {
    /**
     * Runs `create` unless this request was made before, or a video of it is there. `claim` must run inside the task's transaction.
     * Throws idempotency_mismatch (same key, other fields) and idempotency_in_progress.
     */
    async once(
      key: Key,
      { fingerprint, reusable }: Asked,
      repetition: Repetition,
      create: (claim: (tx: Db, taskId: string) => Promise<void>) => Promise<Task>
    ): Promise<{ task: Task; replayed: boolean }> {
      for (;;) {
        const task = await earlier(key, fingerprint, repetition)
        if (task) return { task, replayed: true }
        const { idempotencyKey } = repetition
        const claim = async (tx: Db, taskId: string) => {
          if (idempotencyKey === undefined) return
          const row = { keyId: key.id, idempotencyKey, fingerprint, taskId, createdAt: now() }
          if (!(await store.claim(tx, row))) throw new Overtaken()
        }
        try {
          const made =
            reusable && reuseMs > 0 ? await store.reuse(key.id, fingerprint, now() - reuseMs, now(), claim) : undefined
          if (made) return { task: made, replayed: true }
          return { task: await create(claim), replayed: false }
        } catch (error) {
          if (!(error instanceof Overtaken)) throw error
        }
      }
    },

    /** The task was refused while its client waited: the same request may be made again. */
    forget: (key: Key, taskId: string) => store.forget(key.id, taskId)
  }
}

/** Hidden because the vendor's no was the answer to its POST; what its owner deleted later was made all the same. */
const isRefused = ({ deletedAt, startedAt, failure }: Task) =>
  deletedAt !== null && startedAt === null && failure !== null

export type Idempotency = ReturnType<typeof createIdempotency>
