import type { Attempt, Task } from '../db/schema.ts'
import type { Cost, Failure, Succeeded, Warning } from '../vendors/vendor.ts'
import { meaningOf } from './policy.ts'

/* The state machine of a task. Pure: same task, event and time give the same change. */

export type TaskEvent =
  /** the vendor took it */
  | {
      type: 'accepted'
      operation: unknown
      upstreamId: string
      progress?: number
      cost?: { amount: number; currency: string }
      pollIn: number
      /** it must have ended by then */
      deadlineAt: number
    }
  /** the vendor surely did not take it; `waitFor`: back into the queue for that long, absent: the task ends */
  | { type: 'rejected'; failure: Failure; waitFor?: number }
  /** no byte left */
  | { type: 'not_sent'; reason: string; waitFor?: number }
  /** bytes left, no usable answer: rests until it can be settled */
  | { type: 'doubtful'; reason: string; reconcileAt: number }
  /** settled: the vendor never took it, so it may go again under the same reference */
  | { type: 'absent' }
  /** it cannot be told whether the vendor took it; never sent again by itself */
  | { type: 'outcome_unknown' }
  /** whoever had it in hand died, again and again */
  | { type: 'quarantined' }
  /** `started`: the first of its children runs */
  | { type: 'running'; progress?: number; operation?: unknown; pollIn: number; started?: boolean }
  /** the channel is left in peace for a while */
  | { type: 'paused'; retryIn: number }
  /** nothing usable came back */
  | { type: 'unreachable'; retryIn: number }
  | { type: 'succeeded'; result: Succeeded; expiresAt: number | null; warning?: Warning }
  /** the vendor broke the generation; it goes to another channel */
  | { type: 'retried'; failure: Failure }
  /** `cost`: what the vendor charges all the same */
  | { type: 'failed'; failure: Failure; cost?: Cost }
  | { type: 'cancelled' }
  | { type: 'expired' }

/** What must be written, all in one transaction. */
export interface Change {
  set: Partial<Task>
  /** of the attempt in hand */
  attempt?: Partial<Attempt>
  /** the task no longer holds its slot */
  freeSlot?: boolean
  /** a place in the fair queue, at its end */
  enqueue?: boolean
  settle?: 'capture' | 'release'
  /** its files go into the archive */
  archive?: boolean
  notify?: 'video.in_progress' | 'video.completed' | 'video.failed'
}

export function advance(task: Task, event: TaskEvent, now: number): Change {
  switch (event.type) {
    case 'accepted':
      return {
        set: {
          status: 'in_progress',
          operation: event.operation,
          progress: moved(task, event.progress),
          startedAt: now,
          tries: 0,
          dueAt: now + event.pollIn,
          deadlineAt: event.deadlineAt
        },
        attempt: { outcome: 'accepted', upstreamId: event.upstreamId, ...(event.cost && { cost: event.cost }) },
        notify: 'video.in_progress'
      }
    case 'rejected': {
      const attempt = { outcome: 'rejected', failure: event.failure, endedAt: now } as const
      if (event.waitFor === undefined) return { ...ended(task, refusal(event.failure), now, event.failure), attempt }
      return { ...requeue(task, now + event.waitFor), attempt }
    }
    case 'not_sent': {
      const failure = { kind: 'server', message: event.reason } as const
      const attempt = { outcome: 'not_sent', failure, endedAt: now } as const
      if (event.waitFor === undefined) return { ...ended(task, refusal(failure), now, failure), attempt }
      return { ...requeue(task, now + event.waitFor), attempt }
    }
    case 'doubtful':
      return {
        set: { dueAt: event.reconcileAt },
        attempt: { outcome: 'unknown', failure: { kind: 'unknown', message: event.reason } }
      }
    case 'absent':
      return { ...requeue(task, now), attempt: { outcome: 'absent', endedAt: now } }
    case 'outcome_unknown':
      return {
        set: finished('failed', now, {
          errorCode: 'submit_outcome_unknown',
          errorMessage:
            'The vendor never answered the submit and cannot be asked about it. It was not sent again, because it may be running.'
        }),
        attempt: { outcome: 'unknown', endedAt: now },
        freeSlot: true,
        notify: 'video.failed'
      }
    case 'quarantined':
      return {
        set: finished('failed', now, {
          errorCode: 'internal_quarantined',
          errorMessage: 'Working on this task stopped the gateway several times. It was set aside for the operator.'
        }),
        attempt: { endedAt: now },
        freeSlot: true,
        notify: 'video.failed'
      }
    case 'running':
      return {
        set: {
          progress: moved(task, event.progress),
          tries: 0,
          dueAt: now + event.pollIn,
          ...(event.started && task.startedAt === null && { status: 'in_progress', startedAt: now }),
          ...(event.operation !== undefined && { operation: event.operation })
        },
        ...(event.started && task.startedAt === null && { notify: 'video.in_progress' })
      }
    case 'paused':
      return { set: { dueAt: now + event.retryIn } }
    case 'unreachable':
      return { set: { dueAt: now + event.retryIn, tries: task.tries + 1 } }
    case 'succeeded':
      return {
        set: finished('completed', now, {
          progress: 100,
          result: event.result,
          expiresAt: event.expiresAt,
          ...(event.warning && { warnings: [...task.warnings, event.warning] })
        }),
        attempt: { endedAt: now, ...(event.result.cost && { cost: event.result.cost }) },
        freeSlot: true,
        settle: 'capture',
        // the children of a fanned-out task have files of their own
        archive: !isFannedOut(task),
        notify: 'video.completed'
      }
    case 'retried':
      return { ...requeue(task, now), attempt: { failure: event.failure, endedAt: now } }
    case 'failed':
      return {
        ...ended(
          task,
          { code: errorCodes[event.failure.kind] ?? 'generation_failed', message: event.failure.message },
          now,
          event.failure
        ),
        attempt: { failure: event.failure, endedAt: now, ...(event.cost && { cost: event.cost }) }
      }
    case 'cancelled':
      return {
        ...ended(task, { code: 'cancelled', message: 'The task was cancelled.' }, now, null),
        attempt: { endedAt: now }
      }
    case 'expired':
      return {
        ...ended(task, { code: 'expired', message: 'The task did not end within its time limit.' }, now, null),
        attempt: { endedAt: now }
      }
  }
}

/** A task that was asked for several videos and was fanned out into child tasks: it is made by them, and holds nothing itself. */
export const isFannedOut = ({ n, parentId, attemptId, channelId }: Task) =>
  n > 1 && parentId === null && attemptId === null && channelId === null

// what a failed generation is called on the video; the rest is `generation_failed`
const errorCodes: Partial<Record<Failure['kind'], string>> = {
  content_policy: 'content_policy_violation',
  invalid_request: 'invalid_request',
  expired: 'expired',
  cancelled: 'cancelled'
}

function refusal(failure: Failure) {
  const { code } = meaningOf(failure)
  // a vendor's words about its own account are the operator's business, not the client's
  const message =
    code === 'upstream_error'
      ? 'The video vendor could not take this request; nothing is wrong with it.'
      : failure.message
  return { code, message }
}

/** The end without a video. A moderated job that the vendor bills all the same is captured. */
function ended(
  _task: Task,
  { code, message }: { code: string; message: string },
  now: number,
  failure: Failure | null
): Change {
  return {
    set: finished('failed', now, { errorCode: code, errorMessage: message, failure }),
    freeSlot: true,
    settle: failure?.billed ? 'capture' : 'release',
    notify: 'video.failed'
  }
}

function finished(status: 'completed' | 'failed', now: number, more: Partial<Task>): Partial<Task> {
  return { status, finishedAt: now, dueAt: null, queueTag: null, ...more }
}

function requeue(task: Task, dueAt: number): Change {
  return { set: { attemptId: null, operation: null, tries: task.tries + 1, dueAt }, freeSlot: true, enqueue: true }
}

// vendors repeat themselves and step back; the client never sees less than before, nor 100 before the end
function moved({ progress }: Task, said: number | undefined): number {
  return said === undefined ? progress : Math.min(99, Math.max(progress, Math.round(said)))
}
