import { table } from '../../lib/table.ts'
import type { FailureKind, HttpAnswer, Rejected, Failure } from '../vendor.ts'

/* Failures by HTTP status, for errors without a code of the vendor's own. */

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

/** Returns the failure kind of an HTTP status. */
export function kindOfStatus(status: number): FailureKind {
  return kinds[status] ?? (status >= 500 ? 'server' : 'unknown')
}

/** Returns `retry-after` in seconds; its date form counts as absent. */
export function retryAfter({ headers }: HttpAnswer): { retryAfterSeconds?: number } {
  const text = headers['retry-after']
  return text && /^\d+(\.\d+)?$/.test(text) ? { retryAfterSeconds: Math.ceil(Number(text)) } : {}
}

/**
 * Returns a refused submit. After a 5xx, a 408 or an unreadable 2xx the vendor may have the task nevertheless, unless its own words gave the kind.
 * A 404 without a code means that the address is wrong: there is no task yet that could be missing.
 */
export function rejected({ status }: HttpAnswer, failure: Failure): Rejected {
  const doubtful = status >= 500 || status < 400 || status === 408
  const outcomeUnknown = doubtful && (failure.code === undefined || doubtfulKinds.has(failure.kind))
  const bare = failure.kind === 'not_found' && failure.code === undefined
  const kind = bare ? 'misconfigured' : failure.kind
  return { status: 'rejected', failure: { ...failure, kind }, ...(outcomeUnknown && { outcomeUnknown }) }
}

/** Returns a submit that the vendor refused in its own words, so that no task exists whatever the HTTP status. */
export const surelyRejected = (failure: Failure): Rejected => ({ status: 'rejected', failure, sure: true })

// what a status alone says, and ends that a task may have had already
const doubtfulKinds = new Set<FailureKind>(['server', 'unknown', 'not_found', 'expired', 'cancelled'])

/** Returns a short text for people from an answer that could not be read. */
export function excerpt({ status, body }: HttpAnswer): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return `HTTP ${status} ${text.slice(0, 200)}`.trim()
}
