import { table } from '../../lib/table.ts'
import { parseIso } from '../../lib/time.ts'
import { retryAfter } from '../shared/http-failure.ts'
import type { FailureKind, HttpAnswer } from '../vendor.ts'

/* Error numbers of both MiniMax APIs. Source: platform.minimax.io, "Error codes" and the pages of each call. */

export const minimaxKinds = table<FailureKind>({
  1000: 'server',
  1001: 'server',
  1002: 'rate_limit',
  1004: 'auth',
  1008: 'insufficient_balance',
  1013: 'server',
  1024: 'server',
  1026: 'content_policy',
  1027: 'content_policy',
  // the account's quota of this model
  1028: 'rate_limit',
  1030: 'rate_limit',
  1033: 'server',
  1039: 'rate_limit',
  1041: 'concurrency_limit',
  1042: 'invalid_request',
  2013: 'invalid_request',
  2045: 'rate_limit',
  2049: 'auth',
  // the plan's window of five hours is used up; its text may say when the next one begins
  2056: 'insufficient_balance',
  // the plan does not include this model
  2061: 'permission'
})

/** Codes that are about the model, not the account. */
const ofTheModel = new Set(['2061'])

/** Returns `modelOnly` for a code that is about the model. */
export const scopeOf = (code: string | undefined): { modelOnly?: true } =>
  code !== undefined && ofTheModel.has(code) ? { modelOnly: true } : {}

/** Returns when a vendor can be asked again: by the header `retry-after`, else by `… resets at 2026-11-29T15:00:00Z` in its text. */
export function restOf(answer: HttpAnswer, message: string | null | undefined): { retryAfterSeconds?: number } {
  const [, time] = /resets? at (\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))/i.exec(message ?? '') ?? []
  // both times are the vendor's: its clock need not be ours
  const [end, now] = [parseIso(time ?? ''), parseIso(answer.headers.date ?? '')]
  return end !== undefined && now !== undefined && end > now
    ? { retryAfterSeconds: Math.ceil((end - now) / 1000) }
    : retryAfter(answer)
}
