import { z } from 'zod'
import { fact, linkOrNone } from '../shared/answer-fields.ts'
import { detailOf } from '../shared/detail.ts'
import { kindOfStatus, rejected, retryAfter, surelyRejected } from '../shared/http-failure.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import { table } from '../../lib/table.ts'
import type { Cost, Failure, FailureKind, HttpAnswer, Polled, Rejected } from '../vendor.ts'

export interface BflOperation {
  id: string
  /** where BFL says that it is polled, at the region that makes the video */
  url?: string
}

/** Returns a refused submit. */
export function refusedSubmit(answer: HttpAnswer): Rejected {
  const { isOwn } = detailOf(answer)
  // "temporary service capacity; retry with backoff": BFL itself has no task then
  return answer.status === 503 && isOwn ? surelyRejected(failureOf(answer)) : rejected(answer, failureOf(answer))
}

function failureOf(answer: HttpAnswer): Failure {
  const { message, param } = detailOf(answer)
  // "wait for an active task to finish before submitting another"
  const kind = answer.status === 429 ? 'concurrency_limit' : kindOfStatus(answer.status)
  return { kind, message, ...(param && { param }), ...retryAfter(answer) }
}

const state = z.object({
  status: z.string(),
  progress: fact,
  cost: fact,
  result: z
    .object({ sample: linkOrNone.catch(null) })
    .nullish()
    .catch(null),
  details: z
    .union([z.string(), z.object({ error: z.string().nullish() })])
    .nullish()
    .catch(null)
})
type State = z.infer<typeof state>

/** By lower-case status: "compare case-insensitively" (docs.comfy.org, FLUX 3 Video). */
const ends = table<FailureKind>({
  error: 'server',
  'request moderated': 'content_policy',
  'content moderated': 'content_policy',
  'task not found': 'not_found'
})

export function polled(answer: HttpAnswer, { url }: BflOperation): Polled<BflOperation> {
  const { data } = state.safeParse(answer.body)
  const status = data?.status.toLowerCase() ?? ''
  const kind = ends[status]
  // its own words end a task, also with a 404 or a 422. Asked elsewhere than told, BFL does not know tasks of other regions
  if (data && kind && (kind !== 'not_found' || url))
    return { status: 'failed', failure: ended(data, kind, answer), ...costOf(data) }
  if (answer.status >= 300 || !data || kind) return { status: 'unchanged', failure: failureOf(answer) }
  switch (status) {
    case 'ready':
      return finished(data)
    case 'pending':
    case 'queued':
      return { status: 'queued' }
    default:
      return { status: 'running', ...(typeof data.progress === 'number' && { progress: percent(data.progress) }) }
  }
}

function finished(data: State): Polled<BflOperation> {
  const url = data.result?.sample
  if (!url) return { ...noVideo, ...costOf(data) }
  return { status: 'succeeded', videos: [{ at: { url }, expiresInSeconds: 7200, fps: 24 }], ...costOf(data) }
}

function ended({ status, details, cost }: State, kind: FailureKind, answer: HttpAnswer): Failure {
  const text = typeof details === 'string' ? details : details?.error
  // "fail with HTTP 422, status Error, and an explanation in details.error"
  const about = kind === 'server' && answer.status === 422 ? 'invalid_request' : kind
  return { kind: about, message: text || textOfKind(about), code: status, ...(cost && { billed: true }) }
}

/** BFL reports a part of one. */
const percent = (part: number) => Math.round(Math.min(Math.max(part, 0), 1) * 100)

/** "1 credit = $0.01 USD" (black-forest-labs/skills, bfl-api) */
export const costOf = ({ cost }: { cost?: number | null | undefined }): { cost?: Cost } =>
  typeof cost === 'number' ? { cost: { amount: cost / 100, currency: 'USD' } } : {}
