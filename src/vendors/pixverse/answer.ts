import { z } from 'zod'
import { fact, linkOrNone } from '../shared/answer-fields.ts'
import { excerpt, kindOfStatus, rejected, retryAfter, surelyRejected } from '../shared/http-failure.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import { table } from '../../lib/table.ts'
import type { Failure, FailureKind, HttpAnswer, Polled, Rejected, Submitted } from '../vendor.ts'

/*
 * Reads PixVerse's answers: an envelope with an ErrCode, mostly with HTTP 200.
 * Source: docs.platform.pixverse.ai (Error codes, Get video generation status).
 */

export interface PixverseOperation {
  id: string
}

/** A number, or a text where a double would lose digits. */
export type ImageId = number | string

const bigId = z.union([z.number(), z.string().min(1)])
const envelope = z.object({ ErrCode: z.number(), ErrMsg: z.string().nullish(), Resp: z.unknown().optional() })
const started = z.object({ video_id: bigId })
const image = z.object({ img_id: bigId })

/** Reads the answer to a submit. */
export function pixverseSubmitted(answer: HttpAnswer): Submitted<PixverseOperation> {
  const failure = pixverseFailure(answer)
  const id = started.safeParse(respOf(answer)).data?.video_id
  if (failure || id === undefined) return refused(answer, failure)
  return { status: 'accepted', operation: { id: String(id) }, upstreamId: String(id) }
}

/** Returns the id of an uploaded image; a failed upload costs nothing. */
export function imageUploaded(answer: HttpAnswer): ImageId | Rejected {
  const failure = pixverseFailure(answer)
  const id = image.safeParse(respOf(answer)).data?.img_id
  if (!failure && id !== undefined) return id
  return { status: 'rejected', failure: failure ?? { kind: 'server', message: excerpt(answer) } }
}

const result = z.object({
  status: z.number(),
  url: linkOrNone,
  seed: fact,
  outputWidth: fact,
  outputHeight: fact
})

/** Reads the answer to a poll. */
export function pixversePolled(answer: HttpAnswer): Polled<PixverseOperation> {
  const failure = pixverseFailure(answer)
  if (failure?.kind === 'not_found' && answer.status < 400) return { status: 'failed', failure }
  if (failure) return { status: 'unchanged', failure }
  const { data } = result.safeParse(respOf(answer))
  if (!data) return { status: 'unchanged' }
  const ended = endings[data.status]
  if (ended) return { status: 'failed', failure: ended }
  if (data.status !== SUCCESS) return { status: 'running' }
  const { url, seed, outputWidth: width, outputHeight: height } = data
  if (!url) return noVideo
  return {
    status: 'succeeded',
    videos: [{ at: { url }, ...(width && { width }), ...(height && { height }) }],
    ...(typeof seed === 'number' && { seed })
  }
}

const SUCCESS = 1

/** `status` of a failed video; 5 is generating. */
const endings = table<Failure>({
  6: { kind: 'not_found', message: 'The video was deleted at PixVerse.' },
  7: { kind: 'content_policy', message: textOfKind('content_policy') },
  8: { kind: 'server', message: textOfKind('server') }
})

/** `ErrCode` of the error table; 500030 to 500042 are about images. */
const codes = table<FailureKind>({
  400011: 'invalid_request',
  400012: 'auth',
  400013: 'invalid_request',
  400017: 'invalid_request',
  400018: 'invalid_request',
  400019: 'invalid_request',
  400032: 'invalid_request',
  500008: 'not_found',
  500020: 'permission',
  500044: 'concurrency_limit',
  500054: 'content_policy',
  500060: 'invalid_request',
  500063: 'content_policy',
  500064: 'not_found',
  500069: 'server',
  500070: 'invalid_request',
  500071: 'invalid_request',
  500090: 'insufficient_balance',
  500100: 'server',
  99999: 'server'
})

/** Returns the failure in an answer; null when there is none. */
export function pixverseFailure(answer: HttpAnswer): Failure | null {
  const { data } = envelope.safeParse(answer.body)
  if (!data?.ErrCode)
    return answer.status < 400
      ? null
      : { kind: kindOfStatus(answer.status), message: excerpt(answer), ...retryAfter(answer) }
  const { ErrCode: code, ErrMsg } = data
  const aboutImages = code >= 500030 && code <= 500042
  const kind =
    codes[code] ?? (aboutImages ? 'invalid_request' : answer.status < 400 ? 'unknown' : kindOfStatus(answer.status))
  return { kind, message: ErrMsg || `PixVerse error ${code}`, code: String(code), ...retryAfter(answer) }
}

// a code is PixVerse's own refusal; without one the task may exist
function refused(answer: HttpAnswer, failure: Failure | null): Rejected {
  const described: Failure = failure ?? { kind: 'unknown', message: excerpt(answer) }
  return failure?.code === undefined ? rejected(answer, described) : surelyRejected(described)
}

function respOf({ body }: HttpAnswer): unknown {
  return envelope.safeParse(body).data?.Resp
}
