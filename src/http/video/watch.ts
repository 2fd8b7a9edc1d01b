import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Task } from '../../db/index.ts'
import { refuse } from '../parse.ts'
import type { Watch } from './watches.ts'

/* Waiting for a task: asked for by `?wait=` and `Prefer: wait=`, or by a stream of events. */

const LONGEST_WAIT_SECONDS = 120

interface Wake {
  /** end of the watch, in milliseconds from now */
  ms?: number
  /** what to do while nothing changes, and how often */
  idle?: { everyMs: number; call(): void }
}

/** Calls `look` now and after every change, until it returns true, the watch is over, or `ms` have passed. */
export async function watchUntil(
  watch: Watch,
  look: () => Promise<boolean>,
  { ms = Infinity, idle }: Wake = {}
): Promise<void> {
  const end = performance.now() + ms
  try {
    for (let changed = true; ;) {
      if (changed && (await look())) return
      const left = end - performance.now()
      if (left <= 0 || watch.over()) return
      changed = await watch.next(Math.min(left, idle?.everyMs ?? Infinity))
      if (!changed) idle?.call()
    }
  } finally {
    watch.close()
  }
}

/** Returns the task when it has ended, or as it is after `ms`. */
export async function untilEnded(watch: Watch, load: () => Promise<Task>, ms: number): Promise<Task> {
  let task: Task | undefined
  await watchUntil(watch, async () => (task = await load()).finishedAt !== null, { ms })
  return task !== undefined && task.finishedAt !== null ? task : load()
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
  if (preferred === undefined) return null
  const [, given = ''] = preferred.split(/=(.*)/s)
  return seconds(given.replaceAll('"', '').trim())
}

function seconds(text: unknown): number {
  if (typeof text === 'string' && /^\d{1,3}$/.test(text) && Number(text) <= LONGEST_WAIT_SECONDS) return Number(text)
  throw refuse('wait', `must be a whole number of seconds from 0 to ${LONGEST_WAIT_SECONDS}`)
}
