import { z } from 'zod'
import { excerpt, kindOfStatus, retryAfter } from '../shared/http-failure.ts'
import type { Failure, FailureKind, HttpAnswer } from '../vendor.ts'

/* What Jimeng refuses with. Source: vendors/jimeng.md §6. */

/** Reads a refusal by the service or by the gateway before it; null when it is none. */
export function failureOf(answer: HttpAnswer): Failure | null {
  const gateway = gatewayError.safeParse(answer.body).data?.ResponseMetadata.Error
  const { code, message } = refusal.safeParse(answer.body).data ?? {}
  if (!gateway && code === 10_000) return null
  const number = gateway ? gateway.CodeN : code
  return {
    kind: kinds.get(String(number)) ?? kindOfStatus(answer.status),
    message: (gateway ? gateway.Message : message) || excerpt(answer),
    ...((number ?? gateway?.Code) && { code: String(number ?? gateway?.Code) }),
    ...retryAfter(answer)
  }
}

/** Whether the code is the service's own word, so that its no is sure whatever the HTTP status. */
export const isDocumented = ({ code }: Failure): boolean => code !== undefined && kinds.has(code)

/** Refused by the gateway: the credential is at fault, whatever the service would say. */
export const isGatewayError = ({ body }: HttpAnswer): boolean => gatewayError.safeParse(body).success

const refusal = z.object({ code: z.number().nullish(), message: z.string().nullish() })

// what Volcengine's gateway says before the service is asked
const gatewayError = z.object({
  ResponseMetadata: z.object({
    Error: z.object({ CodeN: z.number().nullish(), Code: z.string().nullish(), Message: z.string().nullish() })
  })
})

/** §6. The vendor's «retry» after moderation means another generation, which costs again: not ours to decide. */
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
