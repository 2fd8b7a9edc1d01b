import { z } from 'zod'
import { excerpt, kindOfStatus, retryAfter } from '../shared/http-failure.ts'
import { table } from '../../lib/table.ts'
import type { Failure, FailureKind, HttpAnswer } from '../vendor.ts'

/* How Kling says no: `{code, message}` around everything (kling.md §5), and a text in a failed task (§3.5). */

/** What differs between those who serve Kling's answers. */
export interface Reading {
  /** seconds a result link lives, where documented */
  linkSeconds?: number
  /** the currency of `final_unit_deduction`, e.g. `kling-units` */
  units: string
  /** a refusal without one of Kling's codes */
  withoutCode(status: number, message: string): FailureKind
}

/** A number or a text where the documents say one of them. */
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
/** After these the task may have been taken all the same. */
const doubtful = new Set(['5000', '5002'])

/** The refusal in an answer; null when it is none. Kling's codes go before the HTTP status: 429 is also an empty account. */
export function readFailure(answer: HttpAnswer, reading: Reading): Failure | null {
  const { code, message } = readEnvelope(answer) ?? {}
  const fine = answer.status >= 200 && answer.status < 300
  if (fine && (code === undefined || code === '0')) return null
  const said = message || excerpt(answer)
  const known = code === undefined ? undefined : kinds[code]
  return {
    kind: known ?? (fine ? 'unknown' : reading.withoutCode(answer.status, said)),
    message: said,
    ...(code !== undefined && code !== '0' && { code }),
    ...retryAfter(answer)
  }
}

/** The kind of failure that an HTTP status alone tells at Kling. */
export function withoutCode(status: number): FailureKind {
  return status === 404 ? 'invalid_request' : kindOfStatus(status)
}

/** Whether a refused submit may have been taken: a code of Kling's own is a decision, without one a 5xx may come from a proxy. */
export function mayExist({ status }: HttpAnswer, { code }: Failure): boolean {
  if (code && kinds[code]) return doubtful.has(code) || status === 504
  return status >= 500 || status < 400
}

/** 1203: the requested resource does not exist (kling.md §5). */
export function isGone({ status }: HttpAnswer, failure: Failure): boolean {
  return failure.code === NOT_FOUND && status < 500 && isAboutTheTask(failure)
}

/** As `isGone`, or a reseller's own 404. */
export function isAbsent(answer: HttpAnswer, failure: Failure): boolean {
  const { code } = failure
  if (code !== undefined && kinds[code]) return isGone(answer, failure)
  return answer.status === 404 && isAboutTheTask(failure)
}

// the same 404 says that a model or an endpoint is missing (kling.md §5, cloudsway.md §5)
function isAboutTheTask({ message }: Failure): boolean {
  return !/model|endpoint|provider|balancer|passageway/i.test(message)
}

/** Kling's envelope; undefined when the answer is no such thing. */
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

// a failed task has only a text (kling.md §3.5); the first that fits
const reasons: readonly (readonly [FailureKind, RegExp])[] = [
  ['content_policy', /\brisk|safety|sensitive|polic(y|ies)|violat|prohibit|nsfw|moderation|审核|敏感|违规|风控/i],
  // "Image pixel is invalid" (live)
  ['invalid_request', /\binvalid\b|unsupported|not supported/i],
  ['expired', /\bexpired\b/i],
  ['cancelled', /\bcancell?ed\b/i],
  ['server', /internal|server|time[d ]?-?out|busy|overload/i]
]

/** The kind of failure that a failed task's text tells. */
export const kindOfText = (message: string): FailureKind =>
  reasons.find(([, words]) => words.test(message))?.[0] ?? 'unknown'
