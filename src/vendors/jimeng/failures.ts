import { z } from 'zod'
import { isRecord, recordOf } from '../../lib/records.ts'
import { excerpt, kindOfStatus, retryAfter } from '../shared/http-failure.ts'
import type { Failure, FailureKind, HttpAnswer } from '../vendor.ts'

/* Errors of Jimeng. Source: vendors/jimeng.md §6; 50513 (the given video): page of motion imitation 2.0. */

/**
 * Returns the service's own answer: actions of other versions have Volcengine's envelope around it, `{ResponseMetadata, Result}`. A `Result`
 * without a code is the data itself.
 */
export function resultIn(body: unknown): unknown {
  const { Result: result } = recordOf(body)
  if (!isRecord(result)) return body
  return 'code' in result || 'data' in result ? { code: SUCCESS, ...result } : { code: SUCCESS, data: result }
}

const SUCCESS = 10_000

/** Returns the failure in an answer of the service or of Volcengine's gateway in front of it; null when there is none. */
export function failureOf(answer: HttpAnswer): Failure | null {
  const gateway = gatewayError.safeParse(answer.body).data?.ResponseMetadata.Error
  const { code, message } = refusal.safeParse(resultIn(answer.body)).data ?? {}
  if (!gateway && code === SUCCESS) return null
  const number = gateway ? gateway.CodeN : code
  return {
    kind: kinds.get(String(number)) ?? kindOfStatus(answer.status),
    message: (gateway ? gateway.Message : message) || excerpt(answer),
    ...((number ?? gateway?.Code) && { code: String(number ?? gateway?.Code) }),
    ...retryAfter(answer)
  }
}

/** Whether the code is documented: then the refusal is sure whatever the HTTP status. */
export const isDocumented = ({ code }: Failure): boolean => code !== undefined && kinds.has(code)

/** Whether Volcengine's gateway refused the request: then the credential is at fault. */
export const isGatewayError = ({ body }: HttpAnswer): boolean => gatewayError.safeParse(body).success

const refusal = z.object({ code: z.number().nullish(), message: z.string().nullish() })

// errors of Volcengine's gateway, before the service is reached
const gatewayError = z.object({
  ResponseMetadata: z.object({
    Error: z.object({ CodeN: z.number().nullish(), Code: z.string().nullish(), Message: z.string().nullish() })
  })
})

/** §6. Its "retry" after moderation would be another paid generation, so it is not retried here. */
const kinds = new Map<string, FailureKind>(
  Object.entries({
    50204: 'permission',
    50215: 'invalid_request',
    50218: 'content_policy',
    50400: 'permission',
    50411: 'content_policy',
    50412: 'content_policy',
    50413: 'content_policy',
    50429: 'rate_limit',
    50430: 'concurrency_limit',
    50500: 'server',
    50501: 'server',
    50511: 'content_policy',
    50512: 'content_policy',
    50513: 'content_policy',
    50514: 'content_policy',
    50516: 'content_policy',
    50517: 'content_policy',
    50518: 'content_policy',
    50519: 'content_policy',
    50520: 'server',
    50521: 'server',
    50522: 'server',
    100004: 'auth',
    100009: 'auth',
    100010: 'auth',
    100012: 'permission',
    100013: 'permission',
    100024: 'auth',
    100025: 'auth',
    100026: 'auth'
  })
)
