import type { ChannelHealth } from '../db/index.ts'
import { LONGEST_CLIENT_MESSAGE, shortened } from '../lib/clean-text.ts'
import type { Failure, FailureKind, Rejected } from '../vendors/vendor.ts'
import type { ErrorCode } from '../errors.ts'

/* What each kind of failure means for us: one row per kind, the same for every vendor. */

const SECOND = 1000
const MINUTE = 60 * SECOND

interface Meaning {
  /** after a rejected submit: fail the task, or try another channel (or wait for one) */
  submit: 'fail' | 'other_channel'
  /** no submits to the channel for this many milliseconds */
  cool?: number
  /** the channel cannot be used until its account is fixed */
  disable?: boolean
  /** the error code for the client */
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

/** Returns what a failure means: for the submit, for the channel and for the client. */
export const meaningOf = ({ kind }: Failure): Meaning => meanings[kind]

/** What a client is told of a refused submit: the vendor's words about the request, never those about the operator's account. */
export const refusalMessage = (failure: Failure): string =>
  meaningOf(failure).code === 'upstream_error'
    ? 'The video vendor could not accept this request. The request itself is valid.'
    : shortened(failure.message, LONGEST_CLIENT_MESSAGE)

const isAbout = {
  account: 'The video vendor could not make this video. The request itself is valid.',
  load: 'The video vendor is too busy to make this video. Try again later.',
  vendor: 'The video vendor failed while it made this video. Try again.'
} as const

const failureMessages: Partial<Record<FailureKind, string>> = {
  auth: isAbout.account,
  permission: isAbout.account,
  misconfigured: isAbout.account,
  insufficient_balance: isAbout.account,
  rate_limit: isAbout.load,
  concurrency_limit: isAbout.load,
  server: isAbout.vendor
}

/** What a client is told of a generation that failed: the same rule. What an unknown failure is about only its words tell. */
export const failureMessage = ({ kind, message }: Failure): string =>
  failureMessages[kind] ?? shortened(message, LONGEST_CLIENT_MESSAGE)

/** Whether a rejection is temporary: worth waiting for when no other channel is left. */
export const passes = ({ kind }: Failure): boolean => kind === 'rate_limit' || kind === 'concurrency_limit'

/** How often a task goes back into the queue after temporary rejections before it fails. */
export const MAX_WAITS = 60

// after these answers the vendor may have accepted the task: a balancer's 502 may follow an accepted submit
const ambiguous = new Set([408, 500, 502, 504])

// no HTTP status of those gives these kinds: with a code, the vendor itself refused. A sentence alone may be a proxy's
const spoken = new Set<FailureKind>([
  'auth',
  'permission',
  'misconfigured',
  'invalid_request',
  'content_policy',
  'rate_limit',
  'concurrency_limit',
  'insufficient_balance'
])

/** Whether a refused submit may have been accepted nevertheless. `status`: of the HTTP answer. */
export function isAmbiguous({ failure, outcomeUnknown = false, sure = false }: Rejected, status: number): boolean {
  const isRefusal = failure.code !== undefined && spoken.has(failure.kind)
  return outcomeUnknown || (!sure && ambiguous.has(status) && !isRefusal)
}

const LONGEST_COOL_DOWN = 60 * MINUTE

/** Whether a channel is cooling down. Longer than an hour is impossible, so such a time was written before the clock was set back. */
export const isCoolingDown = ({ until = 0 }: ChannelHealth, now: number): boolean => isAhead(until, now)

/** Whether a model rests on a channel: the channel cools down, or its account cannot use this model. */
export const isResting = (health: ChannelHealth, upstreamModel: string, now: number): boolean =>
  isCoolingDown(health, now) || isAhead(restsUntil(health, upstreamModel), now)

/** Returns a channel's health after a refusal that is about one model, for `pause` milliseconds; rests that are over are gone. */
export function withRest(health: ChannelHealth, upstreamModel: string, pause: number, now: number): ChannelHealth {
  const current = Object.entries(health.resting ?? {}).filter(([, until]) => isAhead(until, now))
  return { ...health, resting: { ...Object.fromEntries(current), [upstreamModel]: now + pause } }
}

const isAhead = (until: number, now: number) => until > now && until <= now + LONGEST_COOL_DOWN

// names come from outside: `constructor` does not rest
const restsUntil = ({ resting = {} }: ChannelHealth, model: string): number =>
  Object.hasOwn(resting, model) ? resting[model]! : 0

/**
 * Milliseconds for which a channel cools down after a rejection: doubles with each in a row, up to 10 minutes. `Retry-After` wins, from a second
 * to an hour.
 */
export function coolDown(failure: Failure, failuresInARow: number): number {
  const { retryAfterSeconds } = failure
  if (retryAfterSeconds !== undefined) return Math.min(Math.max(retryAfterSeconds, 1) * SECOND, LONGEST_COOL_DOWN)
  const { cool = 0 } = meaningOf(failure)
  return Math.min(cool * 2 ** Math.min(failuresInARow, 10), 10 * MINUTE)
}

/**
 * Milliseconds to the next poll of a running task: rare at first, frequent around the model's typical duration, then rare again. With `typical`
 * null (unknown) polls slow down from the start. `random` in [0, 1) spreads them by ±10 %. At least `minimum`, at most `most`, before that.
 */
export function pollDelay(
  elapsed: number,
  typical: number | null,
  minimum: number,
  random: number,
  most = 30 * SECOND
): number {
  const left = typical === null ? 0 : typical - elapsed
  const ideal = left > 0 ? left / 4 : (elapsed - (typical ?? 0)) / 6
  const delay = Math.min(Math.max(ideal, minimum), most)
  return Math.round(delay * (0.9 + random * 0.2))
}

// vendors answer from replicas
const NOT_FOUND_GRACE = MINUTE

/** Whether a vendor that does not know a task may know it later: `running` milliseconds ago it was accepted. */
export const isTooSoon = ({ kind }: Failure, running: number) =>
  kind === 'not_found' && Math.abs(running) < NOT_FOUND_GRACE

/**
 * Progress in percent while the vendor reports none: the elapsed share of the typical duration (both in milliseconds), at most 95. A node whose
 * clock is behind the one that submitted sees a negative time: 0.
 */
export const expectedProgress = (elapsed: number, typical: number) =>
  Math.max(0, Math.min(95, Math.floor((elapsed / typical) * 90)))

/** The typical duration of a model that has not finished a task yet, in milliseconds: what most models take. */
export const UNKNOWN_TIME = 60_000

/** Milliseconds to the next try after an unusable answer: doubles from `minimum` to `most`, spread by ±25 %. `random` in [0, 1). */
export function retryDelay(tries: number, minimum: number, random: number, most = MINUTE): number {
  return Math.round(Math.min(minimum * 2 ** Math.min(tries, 10), most) * (0.75 + random * 0.5))
}
