import type { Event, Task } from '../../db/index.ts'

/** Returns the task as it was at the event, as far as it is known. */
export function asOf({ type }: Pick<Event, 'type'>, task: Task): Task {
  if (type === 'video.completed' || type === 'video.failed') return task
  const status = type === 'video.queued' ? 'queued' : 'in_progress'
  if (task.status === status) return task
  return {
    ...task,
    status,
    progress: 0,
    startedAt: null,
    finishedAt: null,
    expiresAt: null,
    result: null,
    failure: null,
    errorCode: null,
    errorMessage: null
  }
}
