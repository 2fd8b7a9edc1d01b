import type { FastifyReply } from 'fastify'
import type { Task } from '../../db/index.ts'
import type { Watch } from './watches.ts'

/* Waiting for a task: to answer when it has ended, or to stream its events. */

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
