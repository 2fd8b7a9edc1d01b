import type { Task } from '../db/index.ts'
import type { TaskEvent } from './lifecycle.ts'

const POLL_EVERY = 30_000

/** Returns what the child tasks mean for their fanned-out task: it ends when all have ended, with the videos they made. Pure. */
export function aggregate(task: Task, children: readonly Task[]): TaskEvent {
  const running = children.filter(({ finishedAt }) => finishedAt === null)
  if (running.length) {
    const progress =
      children.reduce((sum, child) => sum + (child.finishedAt === null ? child.progress : 100), 0) /
      Math.max(children.length, 1)
    return {
      type: 'running',
      pollIn: POLL_EVERY,
      progress,
      ...(children.some(({ startedAt }) => startedAt !== null) && { started: true })
    }
  }
  const made = children.filter(({ result }) => result !== null)
  const [first, ...others] = made.flatMap(({ result }) => result?.videos ?? [])
  if (!first) {
    const failed = children.find(({ errorCode }) => errorCode !== 'cancelled') ?? children[0]
    if (task.cancelRequested || failed?.errorCode === 'cancelled') return { type: 'cancelled' }
    return {
      type: 'failed',
      failure: failed?.failure ?? { kind: 'unknown', message: failed?.errorMessage ?? 'None of the videos were made.' }
    }
  }
  const ends = made.map(({ expiresAt }) => expiresAt).filter(end => end !== null)
  return {
    type: 'succeeded',
    result: { status: 'succeeded', videos: [first, ...others] },
    expiresAt: ends.length ? Math.min(...ends) : null,
    ...(made.length < children.length && {
      warning: { field: 'n', reason: `${made.length} of ${children.length} videos were made; the others failed` }
    })
  }
}
