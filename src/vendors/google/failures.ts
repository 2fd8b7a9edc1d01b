import { z } from 'zod'
import { excerpt, kindOfStatus, rejected, retryAfter, surelyRejected } from '../shared/http-failure.ts'
import { textOfKind } from '../shared/task-failure.ts'
import { table } from '../../lib/table.ts'
import type { Failure, FailureKind, HttpAnswer, Rejected } from '../vendor.ts'

/* Errors of Google's APIs. Sources: google/rpc/{code,error_details}.proto, google/api/error_reason.proto. */

const problem = z.object({
  // an HTTP status, a google.rpc.Code, or a word (Interactions)
  code: z.union([z.number(), z.string()]).nullish(),
  message: z.string().nullish(),
  status: z.string().nullish(),
  details: z
    .array(
      z.object({
        reason: z.string().nullish(),
        retryDelay: z.string().nullish(),
        fieldViolations: z.array(z.object({ field: z.string().nullish() })).nullish()
      })
    )
    .nullish()
    .catch(null)
})

/** The `error` of an answer, an operation or an interaction. */
export const googleError = problem.nullish().catch(null)
export type GoogleError = z.infer<typeof problem>

const envelope = z.object({ error: problem })

/** Returns the failure in an answer; the body may be an array of one. */
export function googleFailure(answer: HttpAnswer): Failure {
  const error = errorOf(answer)
  if (!error) return { kind: kindOfStatus(answer.status), message: excerpt(answer), ...retryAfter(answer) }
  return { ...failureOf(error, kindOfStatus(answer.status)), ...retryAfter(answer) }
}

/** Returns the failure that ended an operation. */
export function operationFailure(error: GoogleError): Failure {
  return failureOf(error, 'unknown')
}

/** Returns a refused submit. `UNAVAILABLE` and `UNIMPLEMENTED` by Google itself are refusals; any other 5xx leaves the outcome unresolved. */
export function googleRejected(answer: HttpAnswer): Rejected {
  const failure = googleFailure(answer)
  const { status } = errorOf(answer) ?? {}
  const sure =
    (answer.status === 503 && status === 'UNAVAILABLE') || (answer.status === 501 && status === 'UNIMPLEMENTED')
  return sure ? surelyRejected(failure) : rejected(answer, failure)
}

/** google/rpc/code.proto, in the order of its numbers. A missing model and one without permission look the same. */
const statuses = {
  OK: 'unknown',
  CANCELLED: 'cancelled',
  UNKNOWN: 'server',
  INVALID_ARGUMENT: 'invalid_request',
  DEADLINE_EXCEEDED: 'server',
  NOT_FOUND: 'permission',
  ALREADY_EXISTS: 'invalid_request',
  PERMISSION_DENIED: 'permission',
  RESOURCE_EXHAUSTED: 'rate_limit',
  FAILED_PRECONDITION: 'permission',
  ABORTED: 'server',
  OUT_OF_RANGE: 'invalid_request',
  UNIMPLEMENTED: 'misconfigured',
  INTERNAL: 'server',
  UNAVAILABLE: 'server',
  DATA_LOSS: 'server',
  UNAUTHENTICATED: 'auth'
} as const satisfies Record<string, FailureKind>

const names = Object.keys(statuses)
const kindsOfStatus = table<FailureKind>(statuses)

/** Reasons that are more precise than a status: google/api/error_reason.proto, and the codes of Interactions. */
const reasonKinds = table<FailureKind>({
  API_KEY_INVALID: 'auth',
  API_KEY_SERVICE_BLOCKED: 'permission',
  API_KEY_HTTP_REFERRER_BLOCKED: 'permission',
  API_KEY_IP_ADDRESS_BLOCKED: 'permission',
  ACCESS_TOKEN_EXPIRED: 'auth',
  ACCESS_TOKEN_TYPE_UNSUPPORTED: 'auth',
  CREDENTIALS_MISSING: 'auth',
  ACCOUNT_STATE_INVALID: 'auth',
  BILLING_DISABLED: 'insufficient_balance',
  SERVICE_DISABLED: 'permission',
  CONSUMER_INVALID: 'permission',
  CONSUMER_SUSPENDED: 'permission',
  USER_PROJECT_DENIED: 'permission',
  RATE_LIMIT_EXCEEDED: 'rate_limit',
  RESOURCE_QUOTA_EXCEEDED: 'rate_limit',
  invalid_request: 'invalid_request',
  payment_required: 'insufficient_balance',
  quota_exceeded: 'rate_limit',
  image_safety: 'content_policy',
  content_blocked: 'content_policy'
})

function errorOf({ body }: HttpAnswer): GoogleError | undefined {
  return envelope.safeParse(Array.isArray(body) ? body[0] : body).data?.error
}

function failureOf({ code, message, status, details }: GoogleError, otherwise: FailureKind): Failure {
  const reason = details?.find(detail => detail.reason)?.reason
  const isNumber = typeof code === 'number' || /^\d+$/.test(code ?? '')
  const word = isNumber ? undefined : (code ?? undefined)
  const name = status ?? (isNumber ? names[Number(code)] : undefined)
  // an operation's number is a google.rpc.Code, but some answer with an HTTP status
  const ofNumber = isNumber && Number(code) >= 400 ? kindOfStatus(Number(code)) : undefined
  const kind = reasonKinds[reason ?? ''] ?? reasonKinds[word ?? ''] ?? kindsOfStatus[name ?? word ?? ''] ?? ofNumber
  const shown = reason ?? word ?? name ?? (code === undefined || code === null ? undefined : String(code))
  const param = details?.flatMap(detail => detail.fieldViolations ?? []).find(({ field }) => field)?.field
  const seconds = Number.parseFloat(details?.find(detail => detail.retryDelay)?.retryDelay ?? '')
  return {
    kind: kind === 'invalid_request' && isPolicy(message ?? '') ? 'content_policy' : (kind ?? otherwise),
    message: message || shown || textOfKind(otherwise),
    ...(shown && { code: shown }),
    ...(param && { param }),
    ...(seconds >= 0 && { retryAfterSeconds: Math.ceil(seconds) })
  }
}

// a blocked prompt is an INVALID_ARGUMENT with such a text (cloud.google.com, responsible AI and usage guidelines for Veo)
function isPolicy(message: string): boolean {
  if (/prompt couldn['’]t be submitted|could not be submitted|responsible ai|sensitive words/i.test(message))
    return true
  // one regex for both would take quadratic time
  const at = message.search(/violates? /i)
  return at !== -1 && /policies|guidelines/i.test(message.slice(at))
}
