import { setTimeout as sleep } from 'node:timers/promises'
import type { Db, Key, Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { lowestId } from '../lib/ids.ts'
import type { IdempotencyStore } from '../stores/idempotency.ts'
import type { TaskStore } from '../stores/tasks.ts'

/** What marks a request as a repetition of an earlier one. */
export interface Repetition {
  /** `Idempotency-Key` */
  idempotencyKey?: string | undefined
  /** `x-stainless-retry-count`: OpenAI's SDKs retry a POST on their own, without a key */
  retryCount?: number | undefined
}

/** What identifies a request. */
interface Identity {
  /** equal for equal fields */
  fingerprint: string
  /** it has a seed and no callback_url: an earlier video with the same fields may be returned */
  reusable: boolean
}

interface Dependencies {
  store: IdempotencyStore
  tasks: TaskStore
  now(): number
  /** how long a finished video is returned for the same request again, in milliseconds; 0: never */
  reuseMs: number
}

const RETRY_WINDOW = 10 * 60_000
const WAIT_MS = 2000
const CHECK_EVERY = 50

/** Another request claimed the Idempotency-Key first. */
class AlreadyClaimed extends Error {}

/** Makes creates idempotent: a repeated request returns the same task and is paid once. */
export function createIdempotency({ store, tasks, now, reuseMs }: Dependencies) {
  /** Returns the task of an earlier request, once its outcome is known; waits up to two seconds for it. */
  async function earlier(
    key: Key,
    fingerprint: string,
    { idempotencyKey, retryCount = 0 }: Repetition
  ): Promise<Task | undefined> {
    if (idempotencyKey !== undefined) {
      const known = await store.find(key.id, idempotencyKey)
      if (!known) return undefined
      if (known.fingerprint !== fingerprint) throw new ApiError('idempotency_mismatch', { shouldRetry: false })
      const task = await whenDecided(known.taskId)
      // rejected, but the process died before it could release the key
      if (!task) await store.release(key.id, known.taskId)
      return task
    }
    if (retryCount < 1) return undefined
    const first = await store.absorbRetry(key.id, fingerprint, retryCount, lowestId('video', now() - RETRY_WINDOW))
    return first && whenDecided(first.id)
  }

  /** Waits until the first request's submit is decided, since a repetition must get the same answer. Undefined: it was rejected. */
  async function whenDecided(id: string): Promise<Task | undefined> {
    for (let waited = 0; ; waited += CHECK_EVERY) {
      const task = await tasks.get(id)
      if (!task || isRejected(task)) return undefined
      const undecided = task.status === 'queued' && task.queueTag === null && task.leaseOwner !== null
      if (!undecided) return task
      if (waited >= WAIT_MS) throw new ApiError('idempotency_in_progress', { retryAfterSeconds: 1, shouldRetry: true })
      await sleep(CHECK_EVERY)
    }
  }

  return {
    /**
     * Runs `create` unless this request was made before or may reuse a video. `claim` must run inside the task's transaction.
     * Throws idempotency_mismatch (same key, other fields) and idempotency_in_progress.
     */
    async once(
      key: Key,
      { fingerprint, reusable }: Identity,
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
          if (!(await store.claim(tx, row))) throw new AlreadyClaimed()
        }
        try {
          const made =
            reusable && reuseMs > 0 ? await store.reuse(key.id, fingerprint, now() - reuseMs, now(), claim) : undefined
          if (made) return { task: made, replayed: true }
          return { task: await create(claim), replayed: false }
        } catch (error) {
          if (!(error instanceof AlreadyClaimed)) throw error
        }
      }
    },

    /** Releases the Idempotency-Key of a task that was rejected while its client waited, so that the request can be repeated. */
    release: (key: Key, taskId: string) => store.release(key.id, taskId)
  }
}

/** Whether a task is hidden because its rejection was the POST's answer; a task that its owner deleted later was accepted. */
const isRejected = ({ deletedAt, startedAt, failure }: Task) =>
  deletedAt !== null && startedAt === null && failure !== null

export type Idempotency = ReturnType<typeof createIdempotency>
