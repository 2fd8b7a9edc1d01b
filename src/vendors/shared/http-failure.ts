import { table } from '../../lib/table.ts'
import type { FailureKind, HttpAnswer, Rejected, Failure } from '../vendor.ts'

/* For vendors whose errors carry no code of their own: what is left is the HTTP status. */

const kinds = table<FailureKind>({
  400: 'invalid_request',
  401: 'auth',
  402: 'insufficient_balance',
  403: 'permission',
  404: 'not_found',
  405: 'misconfigured',
  409: 'invalid_request',
  413: 'invalid_request',
  415: 'invalid_request',
  422: 'invalid_request',
  429: 'rate_limit'
})

/** The failure kind that a status alone tells. */
export function kindOfStatus(status: number): FailureKind {
  return kinds[status] ?? (status >= 500 ? 'server' : 'unknown')
}

/** `retry-after` in seconds; its date form counts as absent. */
export function retryAfter({ headers }: HttpAnswer): { retryAfterSeconds?: number } {
  const text = headers['retry-after']
  return text && /^\d+(\.\d+)?$/.test(text) ? { retryAfterSeconds: Math.ceil(Number(text)) } : {}
}

/**
 * A refused submit. After a 5xx, or a 2xx that makes no sense, the vendor may hold the task all the same.
 * A 404 without a code is about the address: nothing else was asked for yet.
 */
export function rejected({ status }: HttpAnswer, failure: Failure): Rejected {
  const outcomeUnknown = status >= 500 || status < 400
  const bare = failure.kind === 'not_found' && failure.code === undefined
  const kind = bare ? 'misconfigured' : failure.kind
  return { status: 'rejected', failure: { ...failure, kind }, ...(outcomeUnknown && { outcomeUnknown }) }
}

/** A short text for people out of an answer that was not understood. */
export function excerpt({ status, body }: HttpAnswer): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return `HTTP ${status} ${text.slice(0, 200)}`.trim()
}
