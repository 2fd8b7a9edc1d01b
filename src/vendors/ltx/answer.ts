import { z } from 'zod'
import { linkOrNone, textFact } from '../shared/answer-fields.ts'
import { excerpt, kindOfStatus, rejected, retryAfter, surelyRejected } from '../shared/http-failure.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import { table } from '../../lib/table.ts'
import type { Failure, FailureKind, HttpAnswer, Polled, Submitted } from '../vendor.ts'

/* Reads LTX's answers. Sources: docs.ltx.video/errors (envelope, types), /async-jobs and get-job-status (states, 404 after 24 hours). */

export interface LtxOperation {
  id: string
  /** `text-to-video` or `image-to-video` */
  endpoint: string
}

/** Reads the answer to a submit that is not the video. `sync`: the API whose success is the video, and which does nothing after it has answered. */
export function ltxSubmitted(answer: HttpAnswer, endpoint: string, sync: boolean): Submitted<LtxOperation> {
  const { data } = job.safeParse(answer.body)
  if (answer.status < 300 && data?.id)
    return { status: 'accepted', operation: { id: data.id, endpoint }, upstreamId: data.id }
  const failure = failureOf(answer)
  // a failed generation is not billed (docs.ltx.video/pricing)
  if (sync && answer.status >= 400 && failure.code !== undefined) return surelyRejected(failure)
  return rejected(answer, failure)
}

/** Reads the answer to a poll. */
export function ltxPolled(answer: HttpAnswer): Polled<LtxOperation> {
  if (answer.status >= 300) {
    const failure = failureOf(answer)
    if (answer.status !== 404 || failure.code === undefined) return { status: 'unchanged', failure }
    return { status: 'failed', failure: { ...failure, kind: 'not_found' } }
  }
  const { data } = job.safeParse(answer.body)
  if (!data) return { status: 'unchanged' }
  switch (data.status ?? '') {
    case 'pending':
      return { status: 'queued' }
    case 'completed': {
      const url = data.result?.video_url
      return url ? { status: 'succeeded', videos: [{ at: { url } }] } : noVideo
    }
    case 'failed':
      return { status: 'failed', failure: failureFrom(data.error ?? {}, 'unknown', textOfKind('unknown')) }
    default:
      return { status: 'running' }
  }
}

const error = z.object({ type: textFact, message: textFact }).nullish().catch(null)
const job = z.object({
  id: textFact,
  status: textFact,
  result: z.object({ video_url: linkOrNone }).nullish(),
  error
})
const refusal = z.object({ error })

const kinds = table<FailureKind>({
  invalid_request_error: 'invalid_request',
  authentication_error: 'auth',
  insufficient_funds_error: 'insufficient_balance',
  request_too_large: 'invalid_request',
  content_filtered_error: 'content_policy',
  rate_limit_error: 'rate_limit',
  concurrency_limit_error: 'concurrency_limit',
  api_error: 'server',
  service_unavailable: 'server'
})

function failureOf(answer: HttpAnswer): Failure {
  const said = refusal.safeParse(answer.body).data?.error ?? {}
  return { ...failureFrom(said, kindOfStatus(answer.status), excerpt(answer)), ...retryAfter(answer) }
}

function failureFrom(
  { type, message }: { type?: string | null | undefined; message?: string | null | undefined },
  otherwise: FailureKind,
  text: string
): Failure {
  return { kind: kinds[type ?? ''] ?? otherwise, message: message || type || text, ...(type && { code: type }) }
}
