import { z } from 'zod'
import { below } from '../shared/base-path.ts'
import { audioOf, billed, usualSeconds } from '../shared/billing.ts'
import { passThrough } from '../shared/pass-through.ts'
import { bytesOf } from '../shared/images.ts'
import { textOfKind } from '../shared/task-failure.ts'
import { filePart, formParts, ownFields } from './body.ts'
import { answerFailure, judge } from './failures.ts'
import { isRecord } from '../../lib/records.ts'
import { defined } from '../../lib/defined.ts'
import { nearestResolution } from '../shared/resolution.ts'
import { readVideo } from './video.ts'
import type {
  ProducedFile,
  Bytes,
  ChannelConfig,
  Priced,
  HttpAnswer,
  HttpBody,
  HttpRequest,
  ModelSpec,
  Polled,
  VideoRequest,
  Warning
} from '../vendor.ts'

/* Azure's preview jobs API for Sora 1, with its own bodies and answers. Sources: see azure.ts. */

export const jobsPath = '/video/generations/jobs'

export const sora1 = {
  seconds: { min: 1, max: 20 },
  defaultSeconds: 5,
  ratios: ['1:1', '16:9', '9:16'],
  resolutions: ['480p', '720p', '1080p'],
  images: ['first'],
  audio: false,
  maxVideos: 4
} as const satisfies ModelSpec

export type AzureApi = 'azure-v1' | 'azure-jobs'

/** Returns the request below `/openai/v1`, which the base URL may already contain. */
export function at(channel: ChannelConfig, api: AzureApi, request: HttpRequest): HttpRequest {
  const path = below(channel, '/openai/v1') + request.path
  return { ...request, path, ...(api === 'azure-jobs' && { query: { ...request.query, 'api-version': 'preview' } }) }
}

/** How many variants a request may ask for: one at 1080p, two at 720p, four below (video-generation.md). */
export function mostVariants(video: VideoRequest): number {
  const { width, height } = jobSize(video)
  const side = Math.min(width, height)
  if (side >= 1080) return 1
  return side >= 720 ? 2 : 4
}

// the API requires a size; the default is the smallest wide one
const jobSize = ({ width = 854, height = 480 }: VideoRequest) => ({ width, height })

export function sizeWarning({ width, height }: VideoRequest): Warning[] {
  return width && height ? [] : [{ field: 'size', reason: 'the vendor requires a size; using 854x480' }]
}

/** Returns what is sent besides prompt and image, and what it means for the price. */
export function jobSettings(
  video: VideoRequest,
  seconds: number | undefined
): Priced & { settings: Record<string, unknown> } {
  const size = jobSize(video)
  const settings = {
    ...passThrough(video.metadata, ownFields),
    ...size,
    ...defined({ n_seconds: seconds, n_variants: video.n })
  }
  const stated = {
    seconds: seconds ?? usualSeconds(sora1),
    resolution: nearestResolution(size.width, size.height, sora1.resolutions),
    audio: audioOf(sora1)
  }
  return { settings, ...billed(video, stated, settings) }
}

export function jobBody(
  video: VideoRequest,
  settings: Record<string, unknown>,
  files: Record<string, Bytes>
): HttpBody {
  const fields = { model: video.model, prompt: video.prompt, ...settings }
  const [image] = video.images
  if (!image) return { json: fields }
  const part = filePart('files', files[image.source] ?? bytesOf(image.source))
  const item = { frame_index: 0, type: 'image', file_name: part.filename }
  return { multipart: [...formParts({ ...fields, inpaint_items: [item] }), part] }
}

const job = z.object({
  failure_reason: z.string().nullish(),
  generations: z
    .array(
      z.object({
        id: z.string(),
        n_seconds: z.number().nullish(),
        width: z.number().nullish(),
        height: z.number().nullish()
      })
    )
    .nullish()
})

export function readJob(answer: HttpAnswer, channel: ChannelConfig): Polled<never> {
  if (answer.status >= 300) return { status: 'unchanged', failure: answerFailure(answer) }
  const video = readVideo(answer.body)
  const { data } = job.safeParse(answer.body)
  if (!video?.state || !data) return { status: 'unchanged' }
  if (video.state === 'failed') {
    const { failure_reason: reason } = data
    if (reason) return { status: 'failed', failure: judge({ message: reason, code: reason }) }
    return {
      status: 'failed',
      failure: { kind: video.kind ?? 'unknown', message: textOfKind(video.kind ?? 'unknown') }
    }
  }
  if (video.state !== 'completed') return { status: video.state }
  const [first, ...rest] = (data.generations ?? []).map((one): ProducedFile => {
    const path = `/video/generations/${encodeURIComponent(one.id)}/content/video`
    return {
      at: { fetch: at(channel, 'azure-jobs', { method: 'GET', path }) },
      ...defined({ expiresAt: video.expiresAt }),
      ...(one.n_seconds && { seconds: one.n_seconds }),
      ...(one.width && one.height && { width: one.width, height: one.height })
    }
  })
  return first ? { status: 'succeeded', videos: [first, ...rest] } : { status: 'unchanged' }
}

/** Returns a list of jobs with the field names of videos: `seconds` and `size` instead of `n_seconds`, `width` and `height`. */
export function inVideoWords(answer: HttpAnswer): HttpAnswer {
  if (!isRecord(answer.body) || !Array.isArray(answer.body.data)) return answer
  const data = answer.body.data.map((one: unknown) => {
    if (!isRecord(one) || one.n_seconds === undefined) return one
    return { ...one, seconds: one.n_seconds, size: `${String(one.width)}x${String(one.height)}` }
  })
  return { ...answer, body: { ...answer.body, data } }
}
