import { z } from 'zod'
import { check, refuse } from './check.ts'
import { extras } from './extras.ts'
import { bytesOf, isUrl } from './images.ts'
import { bodyOf, filePart, formParts, keptBack, ownFields, urlsToFetch } from './openai-body.ts'
import type { Dialect } from './openai-dialects.ts'
import { answerFailure, isRecord, judge } from './openai-failures.ts'
import { findLike, newestFirst } from './openai-list.ts'
import { readPoll, readSubmit, readVideo } from './openai-video.ts'
import { generalOptions } from './options.ts'
import {
  defineVendor,
  type Asset,
  type Bytes,
  type ChannelConfig,
  type HttpAnswer,
  type HttpBody,
  type HttpRequest,
  type ModelSpec,
  type Polled,
  type VideoRequest,
  type Warning
} from './vendor.ts'

/*
 * Sora on Azure: the v1 videos API (OpenAI's own wire under /openai/v1, sora-2) and the older preview jobs API (Sora 1). Retired on
 * 2026-09-15. Sources: MicrosoftDocs azure-ai-docs, openai/concepts/video-generation.md and video-generation-quickstart.md.
 */

interface Operation {
  id: string
  api: 'azure-v1' | 'azure-jobs'
}

const options = z.strictObject({
  ...generalOptions,
  dialect: z
    .enum(['azure-v1', 'azure-jobs'])
    .optional()
    .describe('azure-v1: /openai/v1/videos, sora-2 (default); azure-jobs: the preview jobs of Sora 1'),
  auth: z
    .enum(['api-key', 'entra'])
    .optional()
    .describe(
      'entra: the credential is a Microsoft Entra access token for https://cognitiveservices.azure.com, not an API key'
    )
})
type Options = z.infer<typeof options>

// a deployment has any name, so these are the general rules of each API
const sora2: ModelSpec = {
  seconds: [4, 8, 12],
  defaultSeconds: 4,
  ratios: ['16:9', '9:16'],
  resolutions: ['720p'],
  images: ['first'],
  audio: true
}
const sora1: ModelSpec = {
  seconds: { min: 1, max: 20 },
  defaultSeconds: 5,
  ratios: ['1:1', '16:9', '9:16'],
  resolutions: ['480p', '720p', '1080p'],
  images: ['first'],
  audio: false,
  maxVideos: 4
}
const retired = { since: '2026-09-15', replacement: 'no successor' }

// text goes as JSON; an image only as a file in a form ("Input reference | File")
const v1: Dialect = {
  path: '/videos',
  body: 'json',
  duration: 'seconds',
  images: { json: 'object', multipart: 'file' },
  settings: [],
  extras: 'body',
  exact: true
}
const jobsPath = '/video/generations/jobs'
const preview = { 'api-version': 'preview' }

export const azure = defineVendor<Operation>({
  id: 'azure',
  name: 'Azure OpenAI (Sora)',
  // every resource has its own host: without a base URL nothing must be reached
  baseUrl: 'https://resource.openai.azure.invalid',
  credential: {
    fields: [{ name: 'api_key', label: 'API key or Entra access token', secret: true }],
    parse: text => (/^\S+$/.test(text.trim()) ? { api_key: text.trim() } : null)
  },
  options,
  models: { 'sora-2': { ...sora2, retired }, sora: { ...sora1, retired } },
  facts: {
    source: 'MicrosoftDocs azure-ai-docs: openai/concepts/video-generation.md, video-generation-quickstart.md',
    linkSeconds: 24 * 3600,
    linkRenews: false,
    downloadNeedsAuth: true,
    progress: true,
    cancel: 'any', // jobs only; for v1 `cancel` gives null
    lookup: 'list',
    callback: 'none'
  },

  sign(request, channel) {
    const { api_key = '' } = channel.credential
    const credential: Record<string, string> =
      optionsOf(channel).auth === 'entra' ? { authorization: `Bearer ${api_key}` } : { 'api-key': api_key }
    return { ...request, headers: { ...request.headers, ...credential } }
  },

  submit(video, channel) {
    const api = apiOf(channel)
    const spec = api === 'azure-v1' ? sora2 : { ...sora1, maxVideos: mostVariants(video) }
    const checked = check(video, spec, channel, ['size'])
    if (checked.kind === 'refuse') return checked
    if (video.images.length > 1) return refuse('images', 'this API takes one image per request')
    const { seconds } = checked
    const form: Dialect = { ...v1, body: video.images.length ? 'multipart' : 'json' }
    const send = (files: Record<string, Bytes>) => ({
      kind: 'send' as const,
      request: at(channel, api, {
        method: 'POST',
        path: api === 'azure-v1' ? v1.path : jobsPath,
        body: api === 'azure-v1' ? bodyOf(video, seconds, form, files) : jobBody(video, seconds, files)
      }),
      warnings: [...checked.warnings, ...keptBack(video), ...(api === 'azure-jobs' ? sizeWarning(video) : [])]
    })
    const urls = api === 'azure-v1' ? urlsToFetch(video, form) : video.images.map(one => one.source).filter(isUrl)
    return urls.length ? { kind: 'fetch', urls, next: send } : send({})
  },

  submitted: (answer, _video, channel) => readSubmit(answer, id => ({ id, api: apiOf(channel) })),

  poll({ id, api }, channel) {
    const collection = api === 'azure-v1' ? v1.path : jobsPath
    return at(channel, api, { method: 'GET', path: `${collection}/${encodeURIComponent(id)}` })
  },

  polled(answer, { id, api }, channel) {
    if (api === 'azure-jobs') return readJob(answer, channel)
    const path = `${v1.path}/${encodeURIComponent(id)}/content`
    return readPoll(answer, channel, {
      content: at(channel, api, { method: 'GET', path }),
      contentOnly: true,
      exact: true
    })
  },

  cancel({ id, api }, channel) {
    if (api === 'azure-v1') return null
    return at(channel, api, { method: 'DELETE', path: `${jobsPath}/${encodeURIComponent(id)}` })
  },

  cancelled: ({ status }) => (status === 204 || status === 200 ? { status: 'cancelled' } : { status: 'unchanged' }),

  lookup(_video, channel) {
    const api = apiOf(channel)
    return at(channel, api, { method: 'GET', path: api === 'azure-v1' ? v1.path : jobsPath, query: newestFirst })
  },

  found(answer, video, channel, context) {
    const api = apiOf(channel)
    // v1 lists the model behind the deployment
    const rules = { sameModel: api === 'azure-jobs' }
    return findLike(inVideoWords(answer), video, context, id => ({ id, api }), rules)
  },

  probe: channel => at(channel, 'azure-v1', { method: 'GET', path: '/models' })
})

// true because a channel's options were parsed by `options` when it was stored
const optionsOf = (channel: ChannelConfig) => channel.options as Options

const apiOf = (channel: ChannelConfig) => optionsOf(channel).dialect ?? 'azure-v1'

/** The request below `/openai/v1`, which a pasted base URL may hold already. */
function at({ baseUrl }: ChannelConfig, api: Operation['api'], request: HttpRequest): HttpRequest {
  const path = (baseUrl.endsWith('/openai/v1') ? '' : '/openai/v1') + request.path
  return { ...request, path, ...(api === 'azure-jobs' && { query: { ...request.query, ...preview } }) }
}

// video-generation.md: no variants at 1080p, two at 720p, four below
function mostVariants(video: VideoRequest): number {
  const { width, height } = jobSize(video)
  const side = Math.min(width, height)
  if (side >= 1080) return 1
  return side >= 720 ? 2 : 4
}

// the API requires a size; without a wish the smallest wide one
const jobSize = ({ width = 854, height = 480 }: VideoRequest) => ({ width, height })

function sizeWarning({ width, height }: VideoRequest): Warning[] {
  return width && height ? [] : [{ field: 'size', reason: 'the vendor requires a size: 854x480 was taken' }]
}

function jobBody(video: VideoRequest, seconds: number | undefined, files: Record<string, Bytes>): HttpBody {
  const fields = {
    ...extras(video.metadata, ownFields),
    model: video.model,
    prompt: video.prompt,
    ...jobSize(video),
    ...(seconds !== undefined && { n_seconds: seconds }),
    ...(video.n !== undefined && { n_variants: video.n })
  }
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

function readJob(answer: HttpAnswer, channel: ChannelConfig): Polled<Operation> {
  if (answer.status >= 300) return { status: 'unchanged', failure: answerFailure(answer) }
  const video = readVideo(answer.body)
  const { data } = job.safeParse(answer.body)
  if (!video?.state || !data) return { status: 'unchanged' }
  if (video.state === 'failed') {
    const { failure_reason: reason } = data
    if (reason) return { status: 'failed', failure: judge({ message: reason, code: reason }) }
    return { status: 'failed', failure: { kind: video.kind ?? 'unknown', message: 'the vendor gave no reason' } }
  }
  if (video.state !== 'completed') return { status: video.state }
  const [first, ...rest] = (data.generations ?? []).map((one): Asset => {
    const path = `/video/generations/${encodeURIComponent(one.id)}/content/video`
    return {
      at: { fetch: at(channel, 'azure-jobs', { method: 'GET', path }) },
      ...(video.expiresAt !== undefined && { expiresAt: video.expiresAt }),
      ...(one.n_seconds && { seconds: one.n_seconds }),
      ...(one.width && one.height && { width: one.width, height: one.height })
    }
  })
  return first ? { status: 'succeeded', videos: [first, ...rest] } : { status: 'unchanged' }
}

// a job says `n_seconds`, `width` and `height` where a video says `seconds` and `size`
function inVideoWords(answer: HttpAnswer): HttpAnswer {
  if (!isRecord(answer.body) || !Array.isArray(answer.body.data)) return answer
  const data = answer.body.data.map((one: unknown) => {
    if (!isRecord(one) || one.n_seconds === undefined) return one
    return { ...one, seconds: one.n_seconds, size: `${String(one.width)}x${String(one.height)}` }
  })
  return { ...answer, body: { ...answer.body, data } }
}
