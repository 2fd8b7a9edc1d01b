import type { ChannelHealth } from '../db/index.ts'
import type { Failure, FailureKind } from '../vendors/vendor.ts'
import type { ErrorCode } from '../errors.ts'

/* What each kind of failure means for us: one row per kind, no vendor in sight. */

const SECOND = 1000
const MINUTE = 60 * SECOND

interface Meaning {
  /** after a refused submit: give up, try another channel (or wait for one), or the same again later */
  submit: 'fail' | 'other_channel'
  /** keep submits away from the channel this long */
  cool?: number
  /** the channel is of no use until someone mends the account */
  disable?: boolean
  /** what the client reads */
  code: ErrorCode
}

const meanings: Record<FailureKind, Meaning> = {
  auth: { submit: 'other_channel', disable: true, code: 'upstream_error' },
  permission: { submit: 'other_channel', cool: 5 * MINUTE, code: 'upstream_error' },
  misconfigured: { submit: 'other_channel', cool: 5 * MINUTE, code: 'upstream_error' },
  invalid_request: { submit: 'fail', code: 'invalid_request' },
  content_policy: { submit: 'fail', code: 'content_policy_violation' },
  rate_limit: { submit: 'other_channel', cool: 5 * SECOND, code: 'upstream_error' },
  concurrency_limit: { submit: 'other_channel', cool: 2 * SECOND, code: 'upstream_error' },
  insufficient_balance: { submit: 'other_channel', disable: true, code: 'upstream_error' },
  not_found: { submit: 'other_channel', cool: MINUTE, code: 'upstream_error' },
  expired: { submit: 'fail', code: 'upstream_error' },
  cancelled: { submit: 'fail', code: 'upstream_error' },
  server: { submit: 'other_channel', cool: 5 * SECOND, code: 'upstream_error' },
  unknown: { submit: 'other_channel', code: 'upstream_error' }
}

export const meaningOf = ({ kind }: Failure): Meaning => meanings[kind]

/** Refusals that pass: worth waiting for when no other channel is left. */
export const passes = ({ kind }: Failure): boolean => kind === 'rate_limit' || kind === 'concurrency_limit'

/** How often a task goes back into the queue over refusals that pass, before it is failed. */
export const MAX_WAITS = 60

// answers after which nobody can say whether the vendor took the task (reliability: a balancer's 502 may follow an accepted submit)
const doubtful = new Set([408, 500, 502, 504])

/** Whether a refused submit may have been accepted all the same, judged by HTTP status alone; an adapter may only be stricter. */
export function isAmbiguousStatus(status: number, sureRejections: readonly number[] = []): boolean {
  return doubtful.has(status) && !sureRejections.includes(status)
}

const LONGEST_REST = 60 * MINUTE

/** Whether a channel rests. No rest is longer than an hour: what says so was written before the clock was put back. */
export const isResting = ({ until = 0 }: ChannelHealth, now: number): boolean =>
  until > now && until <= now + LONGEST_REST

/** How long a channel rests after a refusal, doubling with each in a row, at most 10 minutes. `Retry-After` wins. */
export function coolDown(failure: Failure, failuresInARow: number): number {
  if (failure.retryAfterSeconds !== undefined) return Math.min(failure.retryAfterSeconds * SECOND, LONGEST_REST)
  const { cool = 0 } = meaningOf(failure)
  return Math.min(cool * 2 ** Math.min(failuresInARow, 10), 10 * MINUTE)
}

/**
 * Milliseconds to the next poll of a running task: seldom at first, often around the model's usual finishing time, then seldom again.
 * `usual` null: nothing is known, so ever slower from the start. `random` in [0, 1) spreads polls by ±10 %. Never below `minimum`.
 */
export function pollDelay(elapsed: number, usual: number | null, minimum: number, random: number): number {
  const left = usual === null ? 0 : usual - elapsed
  const wanted = left > 0 ? left / 4 : (elapsed - (usual ?? 0)) / 6
  const delay = Math.min(Math.max(wanted, minimum), 30 * SECOND)
  return Math.round(delay * (0.9 + random * 0.2))
}

/** Progress while the vendor reports none: the share of the model's usual time (milliseconds), never the end. */
export const expectedProgress = (elapsed: number, usual: number) => Math.min(95, Math.floor((elapsed / usual) * 90))

/** The usual time of a model that was never seen to finish, in milliseconds: what most take. */
export const UNKNOWN_TIME = 60_000

/** Milliseconds to the next try of what got no usable answer; doubles from `minimum` to `most`. */
export function retryDelay(tries: number, minimum: number, random: number, most = MINUTE): number {
  return Math.round(Math.min(minimum * 2 ** Math.min(tries, 10), most) * (0.75 + random * 0.5))
}
