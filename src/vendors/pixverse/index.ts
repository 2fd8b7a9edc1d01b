import { createHash } from 'node:crypto'
import { z } from 'zod'
import { apiKey } from '../shared/api-key.ts'
import { audioOf, billed, resolutionAmong, secondsIn } from '../shared/billing.ts'
import { check } from '../shared/check.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { frameRefusal } from '../shared/frames.ts'
import { byRole, bytesOf, fileName, isUrl } from '../shared/images.ts'
import { generalOptions } from '../shared/options.ts'
import { soundOf } from '../shared/sound.ts'
import {
  imageUploaded,
  pixverseFailure,
  pixversePolled,
  pixverseSubmitted,
  type ImageId,
  type PixverseOperation
} from './answer.ts'
import { resolutionOfSize } from '../shared/resolution.ts'
import { forRework, onlyMade } from '../shared/rework.ts'
import { ratioOf } from '../shared/size.ts'
import { table } from '../../lib/table.ts'
import { defined } from '../../lib/defined.ts'
import { defineVendor } from '../define.ts'
import type { ChannelConfig, FormPart, HttpRequest, ModelSpec, Step, Submission, VideoRequest } from '../vendor.ts'

/* PixVerse platform API. Sources: docs.platform.pixverse.ai (API reference, Fusion, Common errors and solutions, Error codes). */

const early = {
  seconds: [5, 8],
  defaultSeconds: 5,
  ratios: ['16:9', '4:3', '1:1', '3:4', '9:16'],
  resolutions: ['360p', '540p', '720p', '1080p'],
  images: ['first', 'last'],
  promptLimit: 2048,
  // Extend generation: "v3.5/v4/v4.5 above"
  reworks: ['extend']
} as const satisfies ModelSpec

const references = { images: ['first', 'last', 'reference'], maxReferences: 3 } as const
const middle = { ...early, ...references, seconds: [5, 8, 10], maxReferences: 7 } as const satisfies ModelSpec
const latest = {
  ...middle,
  seconds: { min: 1, max: 15 },
  ratios: [...early.ratios, '2:3', '3:2', '21:9'],
  audio: true
} as const satisfies ModelSpec

const models = table<ModelSpec>({
  'v3.5': early,
  v4: early,
  'v4.5': { ...early, ...references },
  v5: { ...early, ...references },
  'v5.5': middle,
  'v5.6': middle,
  v6: { ...latest, promptLimit: 5000 },
  c1: latest
})

export const pixverse = defineVendor<PixverseOperation>({
  id: 'pixverse',
  name: 'PixVerse',
  baseUrl: 'https://app-api.pixverse.ai',
  regions: [
    { id: 'global', baseUrl: 'https://app-api.pixverse.ai', label: 'Global' },
    { id: 'cn', baseUrl: 'https://app-api.pixverseai.cn', label: 'China' }
  ],
  keysUrl: 'https://platform.pixverse.ai',
  docsUrl: 'https://docs.platform.pixverse.ai',
  credential: apiKey,
  options: z.strictObject(generalOptions),
  models,
  facts: {
    source: 'docs.platform.pixverse.ai',
    checked: '2026-11',
    missing: 'restyle, swap, mimic, lip-sync; V6 Max (no document has its name on the wire)',
    linkSeconds: null,
    linkRenews: false,
    downloadNeedsAuth: false,
    progress: false,
    cancel: 'none',
    lookup: 'none',
    callback: 'none'
  },

  // PixVerse answers a repeated trace id with the earlier result: every request needs its own, except a repeated submit
  sign: (request, channel, now) => ({
    ...request,
    headers: {
      'ai-trace-id': traceId(`${request.method} ${request.path} ${now}`),
      ...request.headers,
      'api-key': channel.credential.api_key!
    }
  }),

  submit,
  sound: video => soundOf(specOf(video), { field: 'generate_audio_switch', on: true, off: false }),
  limits: specOf,
  submitted: pixverseSubmitted,

  poll: ({ id }) => ({ method: 'GET', path: `/openapi/v2/video/result/${encodeURIComponent(id)}` }),
  polled: pixversePolled,

  probe: () => ({ method: 'GET', path: '/openapi/v2/account/balance' }),
  probed(answer) {
    const failure = pixverseFailure(answer)
    return failure && ['auth', 'permission'].includes(failure.kind) ? failure : null
  }
})

/** Returns a UUID derived from a text. */
export function traceId(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  // version 8 (free form) and the usual variant, RFC 9562
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  const spec = specOf(video)
  const { source } = video
  // an extension has the shape of its source
  const checked = check(video, spec, channel, source ? ['seed'] : ['seed', 'negative_prompt', 'size'])
  if (checked.kind === 'refuse') return checked
  if (source && !source.made) return onlyMade(source)
  // frames and reference images have different endpoints
  const frames = frameRefusal(video)
  if (frames) return frames
  const { first, last, references: others } = byRole(video)
  const sources = [first, last, ...others].filter(source => source !== undefined)
  const { fields: settings, warnings } = settingsOf(video, spec, checked.seconds ?? spec.defaultSeconds)
  const stated = {
    seconds: secondsIn(settings.duration),
    resolution: resolutionAmong(
      early.resolutions,
      settings.quality,
      video.metadata.resolution,
      resolutionOfSize(video, early.resolutions),
      DEFAULT_QUALITY
    ),
    audio: audioOf(spec, settings.generate_audio_switch),
    ...(source && { video: true })
  }
  return {
    kind: 'draft',
    warnings: [...checked.warnings, ...warnings],
    ...billed(video, stated, settings),
    first: ({ reference }) =>
      uploaded(sources, reference, images => ({
        kind: 'send',
        request: {
          method: 'POST',
          ...bodyOf(video, settings, images),
          headers: { 'ai-trace-id': traceId(reference) }
        }
      }))
  }
}

/** Uploads the images one by one, then continues with their ids. */
function uploaded(
  sources: readonly string[],
  reference: string,
  next: (images: ImageId[]) => Step,
  done: ImageId[] = []
): Step {
  const source = sources[done.length]
  if (source === undefined) return next(done)
  return {
    kind: 'upload',
    request: uploadRequest(source, traceId(`${reference} image ${done.length}`)),
    next(answer) {
      const image = imageUploaded(answer)
      return typeof image === 'object' ? image : uploaded(sources, reference, next, [...done, image])
    }
  }
}

function uploadRequest(source: string, trace: string): HttpRequest {
  return {
    method: 'POST',
    path: '/openapi/v2/image/upload',
    headers: { 'ai-trace-id': trace },
    body: { multipart: [imagePart(source)] }
  }
}

function imagePart(source: string): FormPart {
  if (isUrl(source)) return { name: 'image_url', value: source }
  const file = bytesOf(source)
  return { name: 'image', file, filename: fileName('image', file) }
}

// a length is required, so unlisted models get one too
function specOf(video: VideoRequest): ModelSpec {
  return forRework(models[video.model] ?? { ...references, defaultSeconds: 5, reworks: early.reworks }, video)
}

const DEFAULT_QUALITY = '540p'

// length, quality and (without a frame) ratio are required
function settingsOf(video: VideoRequest, spec: ModelSpec, seconds: number | undefined) {
  const { metadata } = video
  const framed = video.images.length > 0 && !isFusion(video)
  const given = passThrough(metadata, ['aspect_ratio', 'resolution', 'duration', 'image_references', 'webhook_id'])
  const quality = metadata.resolution ?? resolutionOfSize(video, early.resolutions) ?? given.quality ?? DEFAULT_QUALITY
  return mergeUnder(
    {
      duration: seconds,
      quality,
      ...(!framed && !video.source && { aspect_ratio: ratioOf(video, spec.ratios) ?? '16:9' }),
      ...defined({ seed: video.seed, negative_prompt: video.source ? undefined : video.negativePrompt })
    },
    given,
    ['prompt', ...(video.images.length ? ['img_id', 'first_frame_img', 'last_frame_img'] : [])]
  )
}

const isFusion = ({ images }: VideoRequest) => images.some(({ role }) => role === 'reference')

function bodyOf(video: VideoRequest, settings: Record<string, unknown>, images: ImageId[]) {
  const [first, last] = images
  const names = z.array(z.looseObject({})).safeParse(video.metadata.image_references).data ?? []
  const common = { model: video.model, prompt: video.prompt, ...settings }
  if (video.source?.made) {
    const { id } = video.source.made
    // a number, unless a double would lose digits
    const source_video_id = Number.isSafeInteger(Number(id)) ? Number(id) : id
    return { path: '/openapi/v2/video/extend/generate', body: { json: { ...common, source_video_id } } }
  }
  if (isFusion(video)) {
    // the prompt refers to them as `@image1 `, or by the client's names
    const image_references = images.map((img_id, index) => ({
      type: 'subject',
      ref_name: `image${index + 1}`,
      ...names[index],
      img_id
    }))
    return { path: '/openapi/v2/video/fusion/generate', body: { json: { ...common, image_references } } }
  }
  if (last !== undefined)
    return {
      path: '/openapi/v2/video/transition/generate',
      body: { json: { ...common, first_frame_img: first, last_frame_img: last } }
    }
  if (first !== undefined)
    return { path: '/openapi/v2/video/img/generate', body: { json: { ...common, img_id: first } } }
  return { path: '/openapi/v2/video/text/generate', body: { json: common } }
}
