import { z } from 'zod'
import { excerpt, kindOfStatus, rejected, retryAfter } from '../shared/http-failure.ts'
import { table } from '../../lib/table.ts'
import type { Failure, FailureKind, HttpAnswer, Rejected } from '../vendor.ts'

/* Business codes of Zhipu and Z.ai. Sources: docs.bigmodel.cn/cn/api/api-code, docs.z.ai/api-reference/api-code. */

/** The code counts, not the HTTP status: an empty account and a throttle are both a 429. */
const codes = table<Pick<Failure, 'kind' | 'param' | 'modelOnly'>>({
  500: { kind: 'server' },
  1000: { kind: 'auth' },
  1001: { kind: 'auth' },
  1002: { kind: 'auth' },
  1003: { kind: 'auth' },
  1004: { kind: 'auth' },
  1100: { kind: 'permission' },
  1110: { kind: 'permission' },
  1111: { kind: 'auth' },
  1112: { kind: 'permission' },
  1113: { kind: 'insufficient_balance' },
  1120: { kind: 'server' },
  1121: { kind: 'permission' },
  1200: { kind: 'server' },
  1210: { kind: 'invalid_request' },
  // "the model does not exist, or the code is wrong"
  1211: { kind: 'misconfigured', modelOnly: true },
  1212: { kind: 'misconfigured', modelOnly: true },
  1213: { kind: 'invalid_request' },
  1214: { kind: 'invalid_request' },
  1215: { kind: 'invalid_request' },
  1220: { kind: 'permission' },
  1221: { kind: 'misconfigured' },
  1222: { kind: 'misconfigured' },
  1230: { kind: 'server' },
  1231: { kind: 'unknown' },
  1234: { kind: 'server' },
  1261: { kind: 'invalid_request', param: 'prompt' },
  1301: { kind: 'content_policy' },
  1302: { kind: 'concurrency_limit' },
  1303: { kind: 'rate_limit' },
  // the day's calls are used up
  1304: { kind: 'rate_limit' },
  1305: { kind: 'rate_limit' },
  1308: { kind: 'rate_limit' },
  // the plan has expired, or does not include the model
  1309: { kind: 'insufficient_balance' },
  1310: { kind: 'rate_limit' },
  1311: { kind: 'permission', modelOnly: true },
  1312: { kind: 'rate_limit', modelOnly: true },
  1313: { kind: 'rate_limit' }
})

// "no API permission" (HTTP status codes of the same page)
const statuses = table<FailureKind>({ 434: 'permission', 435: 'invalid_request' })

/** Returns the failure in an answer, by its code where it has one. */
export function failureOf(answer: HttpAnswer): Failure {
  const { code: given, message } = refusal.safeParse(answer.body).data?.error ?? {}
  const code = given === undefined || given === null || given === '' ? undefined : String(given)
  const known = codes[code ?? ''] ?? { kind: statuses[answer.status] ?? kindOfStatus(answer.status) }
  return { ...known, message: message || code || excerpt(answer), ...(code && { code }), ...retryAfter(answer) }
}

/** "You already have a request: ${request_id}": ours, so a task exists. */
const DUPLICATE = '1231'

/** Returns a refused submit. */
export function refusedSubmit(answer: HttpAnswer): Rejected {
  const failure = failureOf(answer)
  return failure.code === DUPLICATE ? { status: 'rejected', failure, outcomeUnknown: true } : rejected(answer, failure)
}

const refusal = z.object({
  error: z.object({
    code: z.union([z.string(), z.number()]).nullish(),
    message: z.string().nullish().catch(null)
  })
})
