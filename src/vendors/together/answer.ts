import { z } from 'zod'
import { fact, linkOrNone, textFact } from '../shared/answer-fields.ts'
import { excerpt, kindOfStatus, rejected, retryAfter, surelyRejected } from '../shared/http-failure.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import type { Cost, Failure, FailureKind, HttpAnswer, Polled, Submitted } from '../vendor.ts'

export interface TogetherOperation {
  id: string
}

/** Reads the answer to a submit. */
export function togetherSubmitted(answer: HttpAnswer): Submitted<TogetherOperation> {
  const { data } = job.safeParse(answer.body)
  if (answer.status < 300 && data) {
    return {
      status: 'accepted',
      operation: { id: data.id },
      upstreamId: data.id,
      ...(data.status === 'in_progress' && { running: true })
    }
  }
  const failure = failureOf(answer)
  // "the endpoint URL or model name is invalid": nothing else is asked for by a submit
  if (failure.kind === 'not_found') return rejected(answer, { ...failure, kind: 'misconfigured', modelOnly: true })
  // "the model is overloaded and unable to serve requests" (docs/rate-limits)
  return answer.status === 503 && isOwn(answer) ? surelyRejected(failure) : rejected(answer, failure)
}

/** Reads the answer to a poll. */
export function togetherPolled(answer: HttpAnswer): Polled<TogetherOperation> {
  // "Video ID not found"; a bare 404 may be a proxy's
  if (answer.status === 404 && isOwn(answer)) return { status: 'failed', failure: failureOf(answer) }
  const { data } = job.safeParse(answer.body)
  if (answer.status >= 300 || !data) return { status: 'unchanged', failure: failureOf(answer) }
  switch (data.status ?? '') {
    case 'queued':
      return { status: 'queued' }
    case 'completed':
      return completed(data)
    case 'failed':
      return { status: 'failed', failure: taskFailure(data), ...costOf(data) }
    case 'cancelled':
      return { status: 'failed', failure: { kind: 'cancelled', message: textOfKind('cancelled') }, ...costOf(data) }
    default:
      return { status: 'running' }
  }
}

const job = z.object({
  id: z.string().min(1),
  status: textFact,
  seconds: z.union([z.string(), z.number()]).nullish().catch(null),
  outputs: z.object({ cost: fact, video_url: linkOrNone }).nullish(),
  error: z.object({ message: textFact, code: textFact }).nullish().catch(null)
})
type Job = z.infer<typeof job>

function completed(data: Job): Polled<TogetherOperation> {
  const url = data.outputs?.video_url
  if (!url) return { ...noVideo, ...costOf(data) }
  const seconds = Number(data.seconds ?? 0)
  return { status: 'succeeded', videos: [{ at: { url }, ...(seconds > 0 && { seconds }) }], ...costOf(data) }
}

function costOf({ outputs }: Job): { cost?: Cost } {
  return typeof outputs?.cost === 'number' ? { cost: { amount: outputs.cost, currency: 'USD' } } : {}
}

function taskFailure({ error }: Job): Failure {
  const code = error?.code || undefined
  const kind = kindOfText(code, error?.message ?? '')
  return { kind, message: error?.message || code || textOfKind(kind), ...(code && { code }) }
}

// codes are in no document but for an example, `unsupportedParameter`
function kindOfText(code: string | undefined, message: string): FailureKind {
  if (isPolicy(code ?? '') || isPolicy(message)) return 'content_policy'
  return /^(unsupported|invalid|missing)/i.test(code ?? '') ? 'invalid_request' : 'unknown'
}

const isPolicy = (text: string) => /moderat|nsfw|content.?polic|safety/i.test(text)

const refusal = z.object({
  error: z.object({ message: textFact, type: textFact, param: textFact, code: textFact })
})

const isOwn = ({ body }: HttpAnswer) => refusal.safeParse(body).success

function failureOf(answer: HttpAnswer): Failure {
  const { message, type, param, code: given } = refusal.safeParse(answer.body).data?.error ?? {}
  const code = given || type || undefined
  const kind = kindOfStatus(answer.status)
  return {
    kind: kind === 'invalid_request' && isPolicy(message ?? '') ? 'content_policy' : kind,
    message: message || code || excerpt(answer),
    ...(code && { code }),
    ...(param && { param }),
    ...retryAfter(answer)
  }
}
