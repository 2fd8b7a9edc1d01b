import { z } from 'zod'
import { linkOrNone, textFact } from '../shared/answer-fields.ts'
import { excerpt, kindOfStatus, rejected, retryAfter } from '../shared/http-failure.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import { isRecord } from '../../lib/records.ts'
import { table } from '../../lib/table.ts'
import type { Cost, Failure, FailureKind, HttpAnswer, Polled, ProducedFile, Submitted } from '../vendor.ts'

/* Reads the AI Gateway's answers. Source: @ai-sdk/gateway 4.0.146 (gateway-video-model.ts, errors/create-gateway-error.ts); the cost is peer code. */

export interface VercelOperation {
  /** what `start` answered, sent back to `status` as it is */
  operation: unknown
  /** goes into a header of every call */
  model: string
}

/** Reads the answer to a start. */
export function vercelSubmitted(answer: HttpAnswer, model: string): Submitted<VercelOperation> {
  const { operation } = isRecord(answer.body) ? answer.body : {}
  if (answer.status >= 300 || operation === undefined || operation === null) return rejected(answer, refusalOf(answer))
  return { status: 'accepted', operation: { operation, model }, upstreamId: idOf(operation) }
}

/** Returns the id of a job, for people: an operation is any JSON. */
function idOf(operation: unknown): string {
  const { gatewayJobId, id } = isRecord(operation) ? operation : {}
  const named = [operation, gatewayJobId, id].find(one => typeof one === 'string' && one !== '')
  return typeof named === 'string' ? named : JSON.stringify(operation)
}

/** Reads the answer to a status. */
export function vercelPolled(answer: HttpAnswer): Polled<VercelOperation> {
  if (answer.status >= 300) {
    const failure = failureOf(answer)
    const isGone = answer.status === 404 && failure.code === 'not_found'
    return isGone ? { status: 'failed', failure } : { status: 'unchanged', failure }
  }
  const { data } = state.safeParse(answer.body)
  if (!data) return { status: 'unchanged' }
  switch (data.status ?? '') {
    case 'completed':
      return completed(data)
    case 'error': {
      const message = data.error || textOfKind('unknown')
      const kind = isPolicy(message) ? 'content_policy' : 'unknown'
      return { status: 'failed', failure: { kind, message }, ...costOf(data) }
    }
    case 'cancelled':
      return { status: 'failed', failure: { kind: 'cancelled', message: textOfKind('cancelled') }, ...costOf(data) }
    default:
      return { status: 'running' }
  }
}

const file = z.object({ type: textFact, url: linkOrNone.catch(null), data: textFact, mediaType: textFact })
const state = z.object({
  status: textFact,
  error: textFact,
  videos: z.array(file).nullish().catch(null),
  providerMetadata: z
    .object({
      gateway: z
        .object({ cost: z.union([z.string(), z.number()]).nullish().catch(null) })
        .nullish()
        .catch(null)
    })
    .nullish()
    .catch(null)
})
type State = z.infer<typeof state>

function completed(data: State): Polled<VercelOperation> {
  const [first, ...others] = (data.videos ?? []).flatMap(({ url, data: base64, mediaType }): ProducedFile[] => {
    if (url) return [{ at: { url } }]
    return base64 ? [{ at: { data: { base64, mimeType: mediaType ?? 'video/mp4' } } }] : []
  })
  if (!first) return { ...noVideo, ...costOf(data) }
  return { status: 'succeeded', videos: [first, ...others], ...costOf(data) }
}

function costOf({ providerMetadata }: State): { cost?: Cost } {
  const amount = Number(providerMetadata?.gateway?.cost ?? NaN)
  return amount >= 0 && Number.isFinite(amount) ? { cost: { amount, currency: 'USD' } } : {}
}

const kinds = table<FailureKind>({
  authentication_error: 'auth',
  forbidden: 'permission',
  invalid_request_error: 'invalid_request',
  rate_limit_exceeded: 'rate_limit',
  model_not_found: 'misconfigured',
  not_found: 'not_found',
  internal_server_error: 'server',
  failed_dependency: 'server'
})

const refusal = z.object({ error: z.object({ message: textFact, type: textFact }) })

// a path or a model that does not exist: there is no job yet that could be missing
function refusalOf(answer: HttpAnswer): Failure {
  const failure = failureOf(answer)
  return failure.kind === 'not_found' ? { ...failure, kind: 'misconfigured' } : failure
}

function failureOf(answer: HttpAnswer): Failure {
  const { message, type } = refusal.safeParse(answer.body).data?.error ?? {}
  const text = message || excerpt(answer)
  // an empty account is a 402, whatever its type
  const byStatus = kindOfStatus(answer.status)
  const named = byStatus === 'insufficient_balance' ? byStatus : (kinds[type ?? ''] ?? byStatus)
  return {
    kind: named === 'invalid_request' && isPolicy(text) ? 'content_policy' : named,
    message: text,
    ...(type && { code: type }),
    ...retryAfter(answer)
  }
}

// the protocol has no code for it: only the words of the vendor behind the gateway
const isPolicy = (message: string) =>
  /moderat|content.?polic|content.?filter|safety|sensitive|risk control/i.test(message)
