import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Task } from '../../db/index.ts'
import { refuse } from '../parse.ts'

/* Waiting for a task: woken where its row changed here, looking again every second for what another node did. */

const LOOK_EVERY = 1000
const LONGEST_WAIT = 120

export interface Watch {
  /** Resolves when the row changed here since the last call, after `ms`, or when it is over. */
  next(ms: number): Promise<void>
  /** the client left, or the server stops */
  over(): boolean
  close(): void
}

export function createWatches() {
  const watches = new Map<string, Set<() => void>>()
  let stopped = false

  return {
    /** A task's row changed here. */
    changed(taskId: string) {
      for (const notify of watches.get(taskId) ?? []) notify()
    },

    /** Remembers changes from now on, so that none falls between a look and the wait. Close it. */
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

    /** How many wait. */
    size: () => [...watches.values()].reduce((sum, { size }) => sum + size, 0),

    /** Sends everybody home. */
    stop() {
      stopped = true
      for (const listeners of watches.values()) for (const notify of listeners) notify()
    }
  }
}

export type Watches = ReturnType<typeof createWatches>

/** Calls `look` now, then after every change, until it gives true or the client left; `ms` bounds it altogether. */
export async function watchUntil(watch: Watch, look: () => Promise<boolean>, ms = Infinity): Promise<void> {
  const end = performance.now() + ms
  try {
    while (!(await look())) {
      const left = end - performance.now()
      if (left <= 0 || watch.over()) return
      await watch.next(Math.min(left, LOOK_EVERY))
    }
  } finally {
    watch.close()
  }
}

/** The task when it has ended, or as it is after `ms`. */
export async function untilEnded(watch: Watch, load: () => Promise<Task>, ms: number): Promise<Task> {
  let task: Task | undefined
  await watchUntil(watch, async () => (task = await load()).finishedAt !== null, ms)
  return task ?? load()
}

/** Aborts when the client is gone or was answered. */
export function whenGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => gone.abort())
  if (raw.destroyed) gone.abort()
  return gone.signal
}

/** Seconds that a request wants to wait: `?wait=30`, else `Prefer: wait=30` (RFC 7240); null: none. Throws invalid_request naming wait. */
export function waitOf({ query, headers }: FastifyRequest): number | null {
  const { wait } = query as Record<string, unknown> // true because Fastify's parser gives an object
  if (wait !== undefined) return seconds(wait)
  if (headers.prefer === undefined) return null
  const preferences = [headers.prefer].flat().flatMap(line => line.split(/[,;]/))
  const preferred = preferences.map(text => text.trim()).find(text => /^wait\s*(=|$)/i.test(text))
  return preferred === undefined ? null : seconds(/=\s*"?([^"]*)"?$/.exec(preferred)?.[1]?.trim())
}

function seconds(text: unknown): number {
  if (typeof text === 'string' && /^\d{1,3}$/.test(text) && Number(text) <= LONGEST_WAIT) return Number(text)
  throw refuse('wait', `must be a whole number of seconds from 0 to ${LONGEST_WAIT}`)
}
