import { z } from 'zod'
import { table } from '../../lib/table.ts'
import { excerpt, kindOfStatus } from '../shared/http-failure.ts'
import type { Failure, FailureKind, HttpAnswer } from '../vendor.ts'

/* Refusals of a token endpoint. Source: RFC 6749 §5.2; Google's STS adds `invalid_target` (RFC 8693 §2.2.2). */

const kinds = table<FailureKind>({
  invalid_grant: 'auth',
  invalid_client: 'auth',
  unauthorized_client: 'auth',
  access_denied: 'permission',
  invalid_scope: 'misconfigured',
  invalid_request: 'misconfigured',
  invalid_target: 'misconfigured',
  unsupported_grant_type: 'misconfigured'
})

const refusal = z.object({ error: z.string(), error_description: z.string().nullish() })

/** Returns why an answer holds no token. */
export function oauthFailure(answer: HttpAnswer): Failure {
  const refused = refusal.safeParse(answer.body).data
  if (!refused) return { kind: kindOfStatus(answer.status), message: excerpt(answer) }
  return {
    kind: kinds[refused.error] ?? kindOfStatus(answer.status),
    message: refused.error_description ?? refused.error,
    code: refused.error
  }
}
