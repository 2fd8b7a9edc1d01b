import { z } from 'zod'
import { fact, link } from '../shared/answer-fields.ts'
import { audioOf, billed, resolutionAmong, secondsIn, usualSeconds } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { excerpt, kindOfStatus, rejected, retryAfter } from '../shared/http-failure.ts'
import { byRole, urlOrDataUrl } from '../shared/images.ts'
import { images, requires } from '../shared/reasons.ts'
import { noVideo } from '../shared/task-failure.ts'
import { minimaxKinds, restOf, scopeOf } from './failures.ts'
import { hailuoModels, type HailuoModel } from './models.ts'
import { followsImage, shapeOf } from '../shared/ratio-and-resolution.ts'
import { resolutionOfSize } from '../shared/resolution.ts'
import { defined } from '../../lib/defined.ts'
import type {
  ChannelConfig,
  Failure,
  HttpAnswer,
  HttpRequest,
  Polled,
  Rejected,
  Submission,
  Submitted,
  VideoRequest
} from '../vendor.ts'

/* MiniMax v1, Hailuo and the 01 series. Source: platform.minimax.io, pages of each mode, query and files. */

export interface V1Operation {
  api: 'v1'
  id: string
}

const HOUR = 3600
const allResolutions = ['512P', '720P', '768P', '1080P'] as const

export function submitV1(video: VideoRequest, channel: ChannelConfig): Submission {
  const spec: HailuoModel = hailuoModels[video.model] ?? {}
  const checked = check(video, spec, channel, ['size'])
  if (checked.kind === 'refuse') return checked
  const { first, last, references } = byRole(video)
  // 512P is only for a first frame without a last one
  const names = (spec.resolutions ?? allResolutions).filter(name => name !== '512P' || (first && !last))
  const { warnings: shapeWarnings, ...shape } = shapeOf(video, ['16:9', '9:16', '1:1'], names)
  const { resolution } = shape
  if (channel.options.strict !== false) {
    if (spec.needs === 'first' && first === undefined) return refuse('image', requires(video.model, images.first))
    if (spec.needs === 'reference' && !references.length)
      return refuse('image', requires(video.model, images.reference))
    if (checked.seconds === 10 && resolution === '1080P')
      return refuse('duration', 'at 1080P only 6 seconds are supported')
  }
  const warnings = [...checked.warnings, ...shapeWarnings, ...(video.images.length ? followsImage(shape) : [])]
  if (shape.ratio && shape.ratio !== '16:9' && !video.images.length) {
    warnings.push({ field: 'size', reason: `from text ${video.model} makes only 16:9; ${shape.ratio} is ignored` })
  }
  const { fields: settings, warnings: overruled } = mergeUnder(
    spec.fixed ? {} : defined({ duration: checked.seconds, resolution }),
    passThrough(video.metadata, ['aspect_ratio', 'resolution']),
    [
      'prompt',
      ...(first === undefined ? [] : ['first_frame_image']),
      ...(last === undefined ? [] : ['last_frame_image']),
      ...(references.length ? ['subject_reference'] : [])
    ]
  )
  const stated = {
    seconds: secondsIn(settings.duration) ?? usualSeconds(spec),
    resolution: resolutionAmong(spec.resolutions, settings.resolution, resolutionOfSize(video, names)),
    audio: audioOf(spec)
  }
  return {
    kind: 'draft',
    warnings: [...warnings, ...overruled],
    ...billed(video, stated, settings),
    first({ callbackUrl }) {
      const body = {
        model: video.model,
        ...(video.prompt && { prompt: video.prompt }),
        ...(first !== undefined && { first_frame_image: urlOrDataUrl(first) }),
        ...(last !== undefined && { last_frame_image: urlOrDataUrl(last) }),
        ...(references.length && { subject_reference: [{ type: 'character', image: references.map(urlOrDataUrl) }] }),
        ...(callbackUrl && { callback_url: callbackUrl }),
        ...settings
      }
      return { kind: 'send', request: { method: 'POST', path: '/v1/video_generation', body: { json: body } } }
    }
  }
}

export function submittedV1(answer: HttpAnswer): Submitted<V1Operation> {
  const { data } = created.safeParse(answer.body)
  if (!data?.task_id || data.base_resp?.status_code) return refusedV1(answer)
  return { status: 'accepted', operation: { api: 'v1', id: data.task_id }, upstreamId: data.task_id }
}

export const pollV1 = ({ id }: V1Operation): HttpRequest => ({
  method: 'GET',
  path: '/v1/query/video_generation',
  query: { task_id: id }
})

export function polledV1(answer: HttpAnswer): Polled<V1Operation> {
  const { data } = report.safeParse(answer.body)
  const failure = failureOfV1(answer)
  // a content refusal is about the task; any other error may be about the query
  if (data?.status === 'Fail' || failure.kind === 'content_policy') return { status: 'failed', failure }
  if (answer.status >= 300 || !data || data.base_resp?.status_code) return { status: 'unchanged', failure }
  switch (data.status) {
    case 'Preparing':
    case 'Queueing':
      return { status: 'queued' }
    case 'Success':
      return data.file_id ? fileOf(data.file_id, data) : noVideo
    default:
      return { status: 'running' }
  }
}

function fileOf(fileId: string, { video_width, video_height }: z.infer<typeof report>): Polled<V1Operation> {
  return {
    status: 'follow',
    request: { method: 'GET', path: '/v1/files/retrieve', query: { file_id: fileId } },
    read(answer) {
      const url = retrieved.safeParse(answer.body).data?.file?.download_url
      if (answer.status >= 300 || !url) return { status: 'unchanged', failure: failureOfV1(answer) }
      const size = video_width && video_height && { width: video_width, height: video_height }
      return { status: 'succeeded', videos: [{ at: { url }, expiresInSeconds: HOUR, fps: 24, ...size }] }
    }
  }
}

const baseResp = z.object({ status_code: z.number().nullish(), status_msg: z.string().nullish() }).nullish()

// a string in some answers, an int64 in others: kept as text
const idText = z.union([z.string(), z.number()]).transform(String)

const created = z.object({ task_id: idText.nullish(), base_resp: baseResp })

const report = z.object({
  status: z.string(),
  file_id: idText.nullish(),
  video_width: fact,
  video_height: fact,
  base_resp: baseResp
})

const retrieved = z.object({ file: z.object({ download_url: link.nullish() }).nullish() })

// refusals have HTTP 200: only without an error number the outcome is unresolved
function refusedV1(answer: HttpAnswer): Rejected {
  const failure = failureOfV1(answer)
  return failure.code ? { status: 'rejected', failure } : rejected(answer, failure)
}

function failureOfV1(answer: HttpAnswer): Failure {
  const base = z.object({ base_resp: baseResp }).safeParse(answer.body).data?.base_resp
  const code = base?.status_code ? String(base.status_code) : undefined
  if (!code) {
    const kind = answer.status < 300 ? 'unknown' : kindOfStatus(answer.status)
    return { kind, message: excerpt(answer), ...retryAfter(answer) }
  }
  const kind = minimaxKinds[code] ?? 'unknown'
  return { kind, message: base?.status_msg || code, code, ...scopeOf(code), ...restOf(answer, base?.status_msg) }
}
