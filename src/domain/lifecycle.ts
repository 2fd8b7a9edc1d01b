import type { Attempt, Task } from '../db/schema.ts'
import { defined } from '../lib/defined.ts'
import type { Cost, Failure, Succeeded, Warning } from '../vendors/vendor.ts'
import { failureMessage, meaningOf, refusalMessage } from './policy.ts'

/* The state machine of a task. Pure: the same task, event and time return the same change. */

export type TaskEvent =
  /** the vendor accepted the submit */
  | {
      type: 'accepted'
      operation: unknown
      upstreamId: string
      progress?: number
      cost?: { amount: number; currency: string }
      /** the length that was sent; absent: none */
      milliseconds?: number
      pollIn: number
      /** the task fails as expired after this */
      deadlineAt: number
    }
  /** the submit has no answer yet, because its answer will be the video */
  | { type: 'working' }
  /** the answer to the submit was the video; `sentAt`: when it was submitted, in milliseconds */
  | { type: 'produced'; result: Succeeded; sentAt: number; milliseconds?: number }
  /** the vendor certainly did not accept it; `waitFor`: back into the queue for that long; absent: the task ends */
  | { type: 'rejected'; failure: Failure; waitFor?: number }
  /** no byte of the submit left */
  | { type: 'not_sent'; reason: string; waitFor?: number }
  /** bytes left, no usable answer: the task waits until the submit can be reconciled */
  | { type: 'ambiguous'; reason: string; reconcileAt: number }
  /** reconciled: the vendor never received it, so it may be sent again under the same reference */
  | { type: 'absent' }
  /** whether the vendor accepted it cannot be determined; never sent again automatically */
  | { type: 'outcome_unknown' }
  /** the processes that had claimed it crashed again and again */
  | { type: 'quarantined'; damaged?: boolean }
  /** `started`: the first of its child tasks is running */
  | { type: 'running'; progress?: number; operation?: unknown; pollIn: number; started?: boolean }
  /** the channel is not called for a while */
  | { type: 'paused'; retryIn: number }
  /** no usable answer */
  | { type: 'unreachable'; retryIn: number; operation?: unknown }
  | { type: 'succeeded'; result: Succeeded; expiresAt: number | null; warning?: Warning }
  /** the generation failed at the vendor; it goes to another channel */
  | { type: 'retried'; failure: Failure }
  /** `cost`: what the vendor charges nevertheless */
  | { type: 'failed'; failure: Failure; cost?: Cost }
  /** the vendor has nothing of it, or has cancelled it */
  | { type: 'cancelled' }
  | { type: 'expired' }
  /** it ends for its client; the vendor may still make and charge the video. `cancelLater`: the vendor has not answered the cancel */
  | { type: 'given_up'; code: GivenUp; followUpIn: number; cancelLater: boolean }

export type GivenUp = 'cancelled' | 'expired'

/** What must be written, in one transaction. */
export interface Change {
  set: Partial<Task>
  /** fields of the current attempt */
  attempt?: Partial<Attempt>
  /** releases the task's slot */
  freeSlot?: boolean
  /** puts the task at the end of the fair queue */
  enqueue?: boolean
  /** settles the hold: spends it, or returns it to the budget */
  settle?: 'capture' | 'release'
  /** queues its files for the archive */
  archive?: boolean
  notify?: 'video.in_progress' | 'video.completed' | 'video.failed'
}

/** Returns what must be written when `event` happens to `task` at `now` (milliseconds). */
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
          deadlineAt: event.deadlineAt,
          ...defined({ milliseconds: event.milliseconds })
        },
        attempt: { outcome: 'accepted', upstreamId: event.upstreamId, ...defined({ cost: event.cost }) },
        notify: 'video.in_progress'
      }
    case 'working':
      return { set: { status: 'in_progress', startedAt: now }, notify: 'video.in_progress' }
    case 'produced': {
      const { result, sentAt, milliseconds } = event
      const { set, ...end } = advance(task, { type: 'succeeded', result, expiresAt: null }, now)
      return {
        ...end,
        set: { ...set, startedAt: sentAt, ...defined({ milliseconds }) },
        attempt: { outcome: 'accepted', endedAt: now }
      }
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
    case 'ambiguous':
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
            'The vendor did not answer the submit and cannot tell whether it was accepted. It was not sent again, because the task may be running.'
        }),
        attempt: { outcome: 'unknown', endedAt: now },
        freeSlot: true,
        notify: 'video.failed'
      }
    case 'quarantined':
      return {
        set: finished('failed', now, {
          errorCode: 'internal_quarantined',
          errorMessage: event.damaged
            ? 'The stored data of this task is damaged, so it cannot continue. The task was quarantined for the operator.'
            : 'The gateway crashed several times while it processed this task. The task was quarantined for the operator.'
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
          dueAt: nextStep(task, now, event.pollIn),
          ...(event.started && task.startedAt === null && { status: 'in_progress', startedAt: now }),
          ...defined({ operation: event.operation })
        },
        ...(event.started && task.startedAt === null && { notify: 'video.in_progress' })
      }
    case 'paused':
      return { set: { dueAt: nextStep(task, now, event.retryIn) } }
    case 'unreachable':
      return {
        set: {
          dueAt: nextStep(task, now, event.retryIn),
          tries: task.tries + 1,
          ...defined({ operation: event.operation })
        }
      }
    case 'succeeded':
      return {
        set: finished('completed', now, {
          progress: 100,
          result: event.result,
          expiresAt: event.expiresAt,
          ...(event.warning && { warnings: [...task.warnings, event.warning] })
        }),
        attempt: { endedAt: now, ...defined({ cost: event.result.cost }) },
        freeSlot: true,
        settle: 'capture',
        // the child tasks of a fanned-out task have the files
        archive: !isFannedOut(task),
        notify: 'video.completed'
      }
    case 'retried':
      return { ...requeue(task, now), attempt: { failure: event.failure, endedAt: now } }
    case 'failed':
      return {
        ...ended(
          task,
          { code: errorCodes[event.failure.kind] ?? 'generation_failed', message: failureMessage(event.failure) },
          now,
          event.failure
        ),
        attempt: { failure: event.failure, endedAt: now, ...defined({ cost: event.cost }) }
      }
    case 'cancelled':
    case 'expired':
      return {
        ...ended(task, { code: event.type, message: whyGivenUp[event.type] }, now, null),
        attempt: { endedAt: now }
      }
    case 'given_up':
      return {
        set: finished('failed', now, {
          errorCode: event.code,
          errorMessage: `${whyGivenUp[event.code]} The vendor may still finish it and charge for it.`,
          cancelRequested: event.cancelLater,
          followUpAt: now + event.followUpIn,
          tries: 0,
          crashCount: 0
        }),
        notify: 'video.failed'
      }
  }
}

const whyGivenUp: Record<GivenUp, string> = {
  cancelled: 'The task was cancelled.',
  expired: 'The task did not end within its time limit.'
}

/** Whether a task for several videos was fanned out into child tasks; they hold slots and money, it holds neither. */
export const isFannedOut = ({ n, parentId, attemptId, channelId }: Task) =>
  n > 1 && parentId === null && attemptId === null && channelId === null

// error codes of failed generations; any other kind is `generation_failed`
const errorCodes: Partial<Record<Failure['kind'], string>> = {
  content_policy: 'content_policy_violation',
  invalid_request: 'invalid_request',
  expired: 'expired',
  cancelled: 'cancelled'
}

const refusal = (failure: Failure) => ({ code: meaningOf(failure).code, message: refusalMessage(failure) })

/** The end without a video. The hold is captured when the vendor bills the failure (some moderated jobs). */
function ended(
  _task: Task,
  { code, message }: { code: string; message: string },
  now: number,
  failure: Failure | null
): Change {
  return {
    set: finished('failed', now, {
      errorCode: code,
      errorMessage: message,
      failure,
      vendorCode: failure?.code ?? null
    }),
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

/** Returns when an accepted task is looked at next: at the latest when its deadline has passed, which ends it. */
function nextStep({ operation, deadlineAt }: Task, now: number, delay: number): number {
  const isLimited = operation !== null && deadlineAt >= now
  return isLimited ? Math.min(now + delay, deadlineAt + 1) : now + delay
}

// vendors repeat and lower their progress; clients never see it go back, nor 100 before the end
function moved({ progress }: Task, reported: number | undefined): number {
  return reported === undefined ? progress : Math.min(99, Math.max(progress, Math.round(reported)))
}
