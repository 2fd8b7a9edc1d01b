import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Task } from '../../db/index.ts'
import { refuse } from '../parse.ts'

/* Waiting for a task: notified when its row changes in this process, and reading it every second for changes by other nodes. */

const LOOK_EVERY_MS = 1000
const LONGEST_WAIT_SECONDS = 120

export interface Watch {
  /** Resolves when the row has changed here since the last call, after `ms`, or when the watch is over. */
  next(ms: number): Promise<void>
  /** the client has disconnected, or the server stops */
  over(): boolean
  close(): void
}

export function createWatches() {
  const watches = new Map<string, Set<() => void>>()
  let stopped = false

  return {
    /** Notifies the watches of a task whose row changed here. */
    changed(taskId: string) {
      for (const notify of watches.get(taskId) ?? []) notify()
    },

    /** Opens a watch that notices changes from now on, also between two calls of `next`. The caller closes it. */
    open(taskId: string, gone: AbortSignal): Watch {
      let missed = false
      let resume: (() => void) | undefined
      const notify = () => (resume ? resume() : (missed = true))
      const over = () => stopped || gone.aborted
      const others = watches.get(taskId) ?? new Set()
      watches.set(taskId, others.add(notify))
      gone.addEventListener('abort', notify)

      return {
        over,
        next: ms =>
          new Promise(resolve => {
            const done = () => {
              clearTimeout(timer)
              resume = undefined
              missed = false
              resolve()
            }
            const timer = setTimeout(() => done(), ms)
            if (missed || over()) done()
            else resume = done
          }),
        close() {
          gone.removeEventListener('abort', notify)
          others.delete(notify)
          if (others.size === 0 && watches.get(taskId) === others) watches.delete(taskId)
        }
      }
    },

    /** The number of open watches. */
    size: () => [...watches.values()].reduce((sum, { size }) => sum + size, 0),

    /** Ends all watches. */
    stop() {
      stopped = true
      for (const listeners of watches.values()) for (const notify of listeners) notify()
    }
  }
}

export type Watches = ReturnType<typeof createWatches>

/** Calls `look` now and after every change, until it returns true, the watch is over, or `ms` have passed. */
export async function watchUntil(watch: Watch, look: () => Promise<boolean>, ms = Infinity): Promise<void> {
  const end = performance.now() + ms
  try {
    while (!(await look())) {
      const left = end - performance.now()
      if (left <= 0 || watch.over()) return
      await watch.next(Math.min(left, LOOK_EVERY_MS))
    }
  } finally {
    watch.close()
  }
}

/** Returns the task when it has ended, or as it is after `ms`. */
export async function untilEnded(watch: Watch, load: () => Promise<Task>, ms: number): Promise<Task> {
  let task: Task | undefined
  await watchUntil(watch, async () => (task = await load()).finishedAt !== null, ms)
  return task ?? load()
}

/** Returns a signal that aborts when the client disconnects or is answered. */
export function whenGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => gone.abort())
  if (raw.destroyed) gone.abort()
  return gone.signal
}

/** Returns how many seconds a request asks to wait: `?wait=30`, else `Prefer: wait=30` (RFC 7240); null: none. Throws invalid_request naming wait. */
export function waitOf({ query, headers }: FastifyRequest): number | null {
  const { wait } = query as Record<string, unknown> // true because Fastify's parser gives an object
  if (wait !== undefined) return seconds(wait)
  if (headers.prefer === undefined) return null
  const preferences = [headers.prefer].flat().flatMap(line => line.split(/[,;]/))
  const preferred = preferences.map(text => text.trim()).find(text => /^wait\s*(=|$)/i.test(text))
  return preferred === undefined ? null : seconds(/=\s*"?([^"]*)"?$/.exec(preferred)?.[1]?.trim())
}

function seconds(text: unknown): number {
  if (typeof text === 'string' && /^\d{1,3}$/.test(text) && Number(text) <= LONGEST_WAIT_SECONDS) return Number(text)
  throw refuse('wait', `must be a whole number of seconds from 0 to ${LONGEST_WAIT_SECONDS}`)
}
