import { z } from 'zod'
import { excerpt, kindOfStatus, retryAfter } from '../shared/http-failure.ts'
import { table } from '../../lib/table.ts'
import type { Failure, FailureKind, HttpAnswer } from '../vendor.ts'

/* Kling's errors: the envelope `{code, message}` (kling.md §5), and the text of a failed task (§3.5). */

/** What differs between the vendors that serve Kling's API. */
export interface Reading {
  /** seconds a result link lives, where documented */
  linkSeconds?: number
  /** the currency of `final_unit_deduction`, e.g. `kling-units` */
  units: string
  /** the kind of a refusal without one of Kling's codes */
  withoutCode(status: number, message: string): FailureKind
}

/** A number or a text: answers use both. */
export const text = z.union([z.string(), z.number()]).nullish()

const envelopeSchema = z.object({ code: text, message: text, data: z.unknown().nullish() })

const kinds = table<FailureKind>({
  '1000': 'auth',
  '1001': 'auth',
  '1002': 'auth',
  '1003': 'auth',
  '1004': 'auth',
  '1100': 'permission',
  '1101': 'insufficient_balance',
  '1102': 'insufficient_balance',
  '1103': 'permission',
  '1200': 'invalid_request',
  '1201': 'invalid_request',
  '1202': 'invalid_request',
  '1203': 'invalid_request',
  '1300': 'content_policy',
  '1301': 'content_policy',
  '1302': 'rate_limit',
  '1303': 'concurrency_limit',
  '1304': 'permission',
  '5000': 'server',
  '5001': 'server',
  '5002': 'server'
})

const NOT_FOUND = '1203'
/** Codes after which the task may have been accepted nevertheless. */
const ambiguous = new Set(['5000', '5002'])

/** Returns the failure in an answer; null when there is none. Kling's code counts before the HTTP status: 429 is also an empty account. */
export function readFailure(answer: HttpAnswer, reading: Reading): Failure | null {
  const envelope = readEnvelope(answer)
  const code = envelope?.code
  const fine = answer.status >= 200 && answer.status < 300
  if (fine && (code === undefined || code === '0')) return null
  const message = envelope?.message || excerpt(answer)
  const known = code === undefined ? undefined : kinds[code]
  return {
    kind: known ?? (fine ? 'unknown' : reading.withoutCode(answer.status, message)),
    message,
    ...(code !== undefined && code !== '0' && { code }),
    ...retryAfter(answer)
  }
}

/**
 * Returns the failure of a submit. A model that does not exist here (1203) or has been discontinued (live) may exist on another channel: it is the
 * operator's table that is wrong, not the request.
 */
export function submitFailure(answer: HttpAnswer, reading: Reading): Failure | null {
  const failure = readFailure(answer, reading)
  const isMissing = failure?.code === NOT_FOUND || /discontinued|no longer available/i.test(failure?.message ?? '')
  return failure && isMissing && answer.status < 500 ? { ...failure, kind: 'misconfigured', modelOnly: true } : failure
}

/** Returns the failure kind of an HTTP status at Kling. */
export function withoutCode(status: number): FailureKind {
  return status === 404 ? 'invalid_request' : kindOfStatus(status)
}

/** Whether a refused submit may have been accepted: Kling's own code is sure, a 5xx without one may come from a proxy. */
export function mayExist({ status }: HttpAnswer, { code }: Failure): boolean {
  if (code && kinds[code]) return ambiguous.has(code) || status === 504
  return status >= 500 || status < 400
}

/** Whether the task does not exist: code 1203 (kling.md §5). */
export function isGone({ status }: HttpAnswer, failure: Failure): boolean {
  return failure.code === NOT_FOUND && status < 500 && isAboutTheTask(failure)
}

/** Like `isGone`, or a reseller's own 404. */
export function isAbsent(answer: HttpAnswer, failure: Failure): boolean {
  const { code } = failure
  if (code !== undefined && kinds[code]) return isGone(answer, failure)
  return answer.status === 404 && isAboutTheTask(failure)
}

// the same 404 also means that a model or an endpoint is missing (kling.md §5, cloudsway.md §5)
function isAboutTheTask({ message }: Failure): boolean {
  return !/model|endpoint|provider|balancer|passageway/i.test(message)
}

/** Returns Kling's envelope; undefined when the answer has none. */
export function readEnvelope({ body }: HttpAnswer) {
  const parsed = envelopeSchema.safeParse(body)
  if (!parsed.success) return undefined
  const { code, message, data } = parsed.data
  return {
    ...(code != null && code !== '' && { code: String(code) }),
    ...(message != null && { message: String(message) }),
    data
  }
}

// a failed task has only a text (kling.md §3.5); the first match counts
const reasons: readonly (readonly [FailureKind, RegExp])[] = [
  ['content_policy', /\brisk|safety|sensitive|polic(y|ies)|violat|prohibit|nsfw|moderation|审核|敏感|违规|风控/i],
  // "Image pixel is invalid" (live)
  ['invalid_request', /\binvalid\b|unsupported|not supported/i],
  ['expired', /\bexpired\b/i],
  ['cancelled', /\bcancell?ed\b/i],
  ['server', /internal|server|time[d ]?-?out|busy|overload/i]
]

/** Returns the failure kind of a failed task's text. */
export const kindOfText = (message: string): FailureKind =>
  reasons.find(([, words]) => words.test(message))?.[0] ?? 'unknown'
