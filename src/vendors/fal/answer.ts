import { z } from 'zod'
import { fact, link, textFact } from '../shared/answer-fields.ts'
import { excerpt, kindOfStatus, retryAfter } from '../shared/http-failure.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import { table } from '../../lib/table.ts'
import type { ProducedFile, Failure, FailureKind, HttpAnswer, Polled } from '../vendor.ts'

/* Reads the answers of fal's queue and of the models behind it. Sources: fal.ai/docs (queue, model errors, request errors). */

export interface FalOperation {
  /** `owner/alias`: the path of status, result and cancel, without the rest of the endpoint */
  app: string
  id: string
}

export const pathOf = ({ app, id }: FalOperation) => `/${app}/requests/${encodeURIComponent(id)}`

const state = z.object({
  status: z.string(),
  error: textFact,
  error_type: textFact
})

export function polled(answer: HttpAnswer, operation: FalOperation): Polled<FalOperation> {
  if (answer.status >= 400) return { status: 'unchanged', failure: failureOf(answer) }
  const { data } = state.safeParse(answer.body)
  switch (data?.status) {
    case undefined:
      return { status: 'unchanged' }
    case 'IN_QUEUE':
      return { status: 'queued' }
    case 'COMPLETED': {
      const { error, error_type: code } = data
      if (error || code)
        return {
          status: 'failed',
          failure: coded(code ?? undefined, error || code || textOfKind('unknown'), 'unknown')
        }
      // COMPLETED may be a failure: only the result tells
      return { status: 'follow', request: { method: 'GET', path: pathOf(operation) }, read: readResult }
    }
    default:
      return { status: 'running' }
  }
}

export function readResult(answer: HttpAnswer): Polled<FalOperation> {
  if (answer.status < 300) return resultOf(answer.body)
  const failure = failureOf(answer)
  if (answer.status === 400 && /still in progress/i.test(failure.message)) return { status: 'running' }
  // errors of the model and the queue have a code; without one, or about our access, the poll itself failed
  return failure.code && ![401, 403, 404, 429].includes(answer.status)
    ? { status: 'failed', failure }
    : { status: 'unchanged', failure }
}

const file = z.object({
  url: link,
  width: fact,
  height: fact,
  fps: fact,
  duration: fact
})
const result = z.object({
  video: z.union([file, link]).nullish(),
  videos: z.array(z.union([file, link])).nullish(),
  seed: fact
})

export function resultOf(body: unknown): Polled<FalOperation> {
  const { data } = result.safeParse(body)
  if (!data || Object.keys(Object(body) as object).length === 0) return { status: 'unchanged' }
  const [first, ...others] = [...(data.video ? [data.video] : []), ...(data.videos ?? [])].map(producedFile)
  if (!first) return noVideo
  return {
    status: 'succeeded',
    videos: [first, ...others],
    ...(typeof data.seed === 'number' && { seed: data.seed })
  }
}

function producedFile(video: z.infer<typeof file> | string): ProducedFile {
  if (typeof video === 'string') return { at: { url: video } }
  const { url, width, height, fps, duration: seconds } = video
  const facts = Object.entries({ width, height, fps, seconds }).filter(([, value]) => typeof value === 'number')
  return { at: { url }, ...Object.fromEntries(facts) }
}

/** Codes of fal.ai/docs, model errors and request errors; for any other code the HTTP status decides. */
const kinds = table<FailureKind>({
  content_policy_violation: 'content_policy',
  no_media_generated: 'unknown',
  internal_server_error: 'server',
  generation_timeout: 'server',
  downstream_service_error: 'server',
  downstream_service_unavailable: 'server',
  request_timeout: 'server',
  startup_timeout: 'server',
  runner_scheduling_failure: 'server',
  runner_connection_timeout: 'server',
  runner_disconnected: 'server',
  runner_connection_refused: 'server',
  runner_connection_error: 'server',
  runner_incomplete_response: 'server',
  runner_server_error: 'server',
  internal_error: 'server',
  bad_request: 'invalid_request',
  client_disconnected: 'server',
  client_cancelled: 'cancelled'
})

function coded(code: string | undefined, message: string, otherwise: FailureKind): Failure {
  return { kind: (code && kinds[code]) || otherwise, message, ...(code && { code }) }
}

const issue = z.object({
  loc: z.array(z.union([z.string(), z.number()])).nullish(),
  msg: z.string().nullish(),
  type: z.string().nullish()
})
const refusal = z.object({ detail: z.union([z.string(), z.array(issue)]).nullish(), error_type: z.string().nullish() })

export function failureOf(answer: HttpAnswer): Failure {
  const { detail, error_type } = refusal.safeParse(answer.body).data ?? {}
  const [first] = Array.isArray(detail) ? detail : []
  const message = (first?.msg ?? (typeof detail === 'string' ? detail : '')) || excerpt(answer)
  const code = first?.type ?? error_type ?? answer.headers['x-fal-error-type']
  const param = (first?.loc ?? []).filter(key => key !== 'body').join('.')
  // a locked account is a 403 with a text (reported by other gateways)
  const locked = answer.status === 403 && /balance|locked/i.test(message)
  return {
    ...coded(code, message, locked ? 'insufficient_balance' : kindOfStatus(answer.status)),
    ...(param && { param }),
    ...retryAfter(answer)
  }
}

/** Returns the failure of a submit: a 404 means that the account has no access to the application. */
export function submitFailure(answer: HttpAnswer): Failure {
  const failure = failureOf(answer)
  return answer.status === 404 ? { ...failure, kind: 'permission' } : failure
}
