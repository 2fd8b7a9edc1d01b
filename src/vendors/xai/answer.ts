import { z } from 'zod'
import { fact, linkOrNone, textFact } from '../shared/answer-fields.ts'
import { excerpt, kindOfStatus, rejected, retryAfter } from '../shared/http-failure.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import { table } from '../../lib/table.ts'
import type { Cost, Failure, FailureKind, HttpAnswer, Polled, Submitted } from '../vendor.ts'

/* Reads xAI's answers. Sources: docs.x.ai (video guide, REST reference, debugging errors), @ai-sdk/xai 5.0.12 (error shapes). */

export interface XaiOperation {
  id: string
}

/** Reads the answer to a submit. */
export function xaiSubmitted(answer: HttpAnswer): Submitted<XaiOperation> {
  const { data } = started.safeParse(answer.body)
  if (answer.status >= 300 || !data) return rejected(answer, submitFailure(answer))
  return { status: 'accepted', operation: { id: data.request_id }, upstreamId: data.request_id }
}

// a 404 means that the model or the path does not exist (docs.x.ai, debugging errors)
function submitFailure(answer: HttpAnswer): Failure {
  const failure = failureOf(answer)
  return failure.kind === 'not_found' ? { ...failure, kind: 'misconfigured' } : failure
}

/** Reads the answer to a poll. */
export function xaiPolled(answer: HttpAnswer): Polled<XaiOperation> {
  if (answer.status >= 400) return { status: 'unchanged', failure: failureOf(answer) }
  // pending is a 202, sometimes without a body
  if (answer.status === 202 && answer.body === '') return { status: 'running' }
  const { data } = status.safeParse(answer.body)
  if (!data) return { status: 'unchanged' }
  switch (data.status ?? (data.video?.url ? 'done' : '')) {
    case 'done':
      return done(data)
    case 'failed':
      return { status: 'failed', failure: taskFailure(data), ...costOf(data) }
    case 'expired':
      return { status: 'failed', failure: { kind: 'expired', message: textOfKind('expired') }, ...costOf(data) }
    default:
      return { status: 'running', ...(typeof data.progress === 'number' && { progress: Math.round(data.progress) }) }
  }
}

const started = z.object({ request_id: z.string().min(1) })

const status = z.object({
  status: z.string().nullish(),
  progress: fact,
  video: z.object({ url: linkOrNone, duration: fact, respect_moderation: z.boolean().nullish() }).nullish(),
  usage: z.object({ cost_in_usd_ticks: fact }).nullish().catch(null),
  error: z.object({ code: textFact, message: textFact }).nullish().catch(null)
})
type Status = z.infer<typeof status>

function done(data: Status): Polled<XaiOperation> {
  const { url, duration, respect_moderation } = data.video ?? {}
  // moderated output has no link, and is charged (docs.x.ai, video guide)
  if (respect_moderation === false)
    return {
      status: 'failed',
      failure: { kind: 'content_policy', message: textOfKind('content_policy'), billed: true },
      ...costOf(data)
    }
  if (!url) return { ...noVideo, ...costOf(data) }
  return { status: 'succeeded', videos: [{ at: { url }, ...(duration && { seconds: duration }) }], ...costOf(data) }
}

const TICKS_PER_USD = 1e10

function costOf({ usage }: Status): { cost?: Cost } {
  const ticks = usage?.cost_in_usd_ticks
  return typeof ticks === 'number' ? { cost: { amount: ticks / TICKS_PER_USD, currency: 'USD' } } : {}
}

/** `error.code` of a failed video (xai-proto, VideoError). */
const taskCodes = table<FailureKind>({ invalid_argument: 'invalid_request', internal_error: 'server' })

function taskFailure({ error, usage }: Status): Failure {
  const code = error?.code || undefined
  const message = error?.message || code || textOfKind('unknown')
  const kind = isPolicy(message) ? 'content_policy' : (taskCodes[code ?? ''] ?? 'unknown')
  return { kind, message, ...(code && { code }), ...(usage?.cost_in_usd_ticks && { billed: true }) }
}

// three shapes: `{error: {message, code}}`, `{code, error: "text"}`, `{error: "text"}`
const refusal = z.object({
  code: z.union([z.string(), z.number()]).nullish(),
  error: z.union([
    z.string(),
    z.object({
      message: z.string().nullish(),
      code: z.union([z.string(), z.number()]).nullish(),
      param: z.string().nullish().catch(null)
    })
  ])
})

function failureOf(answer: HttpAnswer): Failure {
  const { data } = refusal.safeParse(answer.body)
  const inner = typeof data?.error === 'object' ? data.error : undefined
  const message = (typeof data?.error === 'string' ? data.error : inner?.message) || excerpt(answer)
  const code = (inner?.code ?? data?.code) || undefined
  return {
    kind: kindOf(answer.status, message),
    message,
    ...(code !== undefined && { code: String(code) }),
    ...(inner?.param && { param: inner.param }),
    ...retryAfter(answer)
  }
}

// an empty account is a 403 with a text, and an invalid key may be a 400 (reported by other gateways)
function kindOf(httpStatus: number, message: string): FailureKind {
  if (httpStatus === 403 && /credits|spending limit/i.test(message)) return 'insufficient_balance'
  if (httpStatus === 400 && /api key/i.test(message)) return 'auth'
  return httpStatus < 500 && isPolicy(message) ? 'content_policy' : kindOfStatus(httpStatus)
}

const isPolicy = (message: string) => /moderat|content polic|safety/i.test(message)
