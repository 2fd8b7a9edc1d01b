import { z } from 'zod'
import { excerpt, kindOfStatus, retryAfter } from '../shared/http-failure.ts'
import { textOfKind } from '../shared/task-failure.ts'
import type { Failure, FailureKind, HttpAnswer } from '../vendor.ts'

/* Source: Ark and ModelArk, "Error codes". Codes come with suffixes (`.PolicyViolation`, `.NotFound`), so the first match counts. */

const kinds: readonly (readonly [RegExp, FailureKind])[] = [
  [/SensitiveContentDetected|RiskDetection$/, 'content_policy'],
  [/^(AuthenticationError|InvalidAccountStatus)/, 'auth'],
  [/^AccountOverdueError|ServiceOverdue$|^SetLimitExceeded/, 'insufficient_balance'],
  [/^(QuotaExceeded|InflightBatchsizeExceeded)/, 'concurrency_limit'],
  [/RateLimitExceeded|^RequestBurstTooFast/, 'rate_limit'],
  [/^(ModelNotOpen|InvalidEndpoint|AccessDenied|OperationDenied|UnsupportedModel|InvalidSubscription)/, 'permission'],
  [/^(MissingParameter|InvalidParameter|InvalidArgumentError|InvalidImageURL|OutofContextError)/, 'invalid_request'],
  [/^(ServerOverloaded|InternalServiceError|ContentSecurityDetectionError)/, 'server'],
  [/^NotFound/, 'not_found']
]

export const arkError = z.object({
  code: z.union([z.string(), z.number()]).nullish(),
  message: z.string().nullish(),
  param: z.string().nullish()
})

const envelope = z.object({ error: arkError })

/** Returns the failure of a task; without a known code its kind is `fallback`. */
export function failureOfError(error: z.infer<typeof arkError> | null | undefined, fallback: FailureKind): Failure {
  const code = String(error?.code ?? '')
  const message = error?.message || code || textOfKind(fallback)
  const kind = kinds.find(([pattern]) => pattern.test(code))?.[1] ?? fallback
  // one code for three limits: queued tasks, a used-up free trial, a used-up plan; only the text tells them apart
  const spent = code === 'QuotaExceeded' && /free trial|usage quota/i.test(message)
  return {
    kind: spent ? 'insufficient_balance' : kind,
    message,
    ...(code && { code }),
    ...(/^(ModelNotOpen|InvalidEndpoint|UnsupportedModel)/.test(code) && { modelOnly: true }),
    ...(error?.param && { param: error.param })
  }
}

/** Returns the failure in an answer. */
export function failureOfAnswer(answer: HttpAnswer): Failure {
  const { data } = envelope.safeParse(answer.body)
  if (!data) return { kind: kindOfStatus(answer.status), message: excerpt(answer), ...retryAfter(answer) }
  return { ...failureOfError(data.error, kindOfStatus(answer.status)), ...retryAfter(answer) }
}
