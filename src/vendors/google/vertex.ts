import { z } from 'zod'
import { check, refuse, type Honoured } from '../shared/check.ts'
import { frameRefusal, lastFrameRefusal } from '../shared/frames.ts'
import { isDataUrl, isUrl } from '../shared/images.ts'
import { withBytes } from './bytes.ts'
import { googleRejected } from './failures.ts'
import { vertexPrices } from './prices.ts'
import { interactionPolled, interactionStarted, omni, omniRequest, omniSettings, takesSeed } from './omni.ts'
import {
  veoBody,
  veoBytes,
  veoExtension,
  veoParameters,
  veoPolled,
  veoRatios,
  veoSpec,
  veoStarted,
  type VeoVideo
} from './veo.ts'
import { generalOptions } from '../shared/options.ts'
import { forRework } from '../shared/rework.ts'
import { soundOf } from '../shared/sound.ts'
import { googleCredential, googleToken } from './service-account.ts'
import { table } from '../../lib/table.ts'
import { defined } from '../../lib/defined.ts'
import { defineVendor } from '../define.ts'
import type {
  ProducedFile,
  ChannelConfig,
  HttpRequest,
  ModelSpec,
  Refusal,
  SourceVideo,
  VideoRequest
} from '../vendor.ts'

/* Veo and Gemini Omni on Vertex AI. Sources: cloud.google.com (Veo API reference, Veo 3.1, responsible AI for Veo), @google/genai 3.1.0 (converters). */

type Operation = { model: string; name: string } | { interaction: string }

const veo = {
  seconds: [4, 6, 8],
  defaultSeconds: 8,
  ratios: veoRatios,
  resolutions: ['720p', '1080p', '4k'],
  images: ['first', 'last', 'reference'],
  maxReferences: 3,
  maxVideos: 4,
  audio: true,
  // "The following models support extending videos" (cloud.google.com, Extend Veo videos, read 2026-11): all three below, from 1 to 30 seconds
  reworks: ['extend']
} as const satisfies ModelSpec

const models = table<ModelSpec>({
  'veo-3.1-generate-001': veo,
  'veo-3.1-fast-generate-001': veo,
  // 720p and 1080p, frames but no reference images: as resellers offer it (Runware, Krea)
  'veo-3.1-lite-generate-001': { ...veo, resolutions: ['720p', '1080p'], images: ['first', 'last'] },
  // others.md §0, §2b
  'gemini-omni-1.1-flash-preview': { ...omni, seconds: { min: 3, max: 10 } },
  'gemini-omni-1.2-flash': { ...omni, seconds: { min: 3, max: 15 } }
})

const isOmni = (model: string) => model.startsWith('gemini-omni')

const STORAGE = 'https://storage.googleapis.com'
/** Omni is served nowhere else (cloud.google.com, Interactions API) */
const GLOBAL = 'https://aiplatform.googleapis.com'

export const vertex = defineVendor<Operation>({
  id: 'vertex',
  name: 'Google Vertex AI (Veo, Omni)',
  baseUrl: 'https://us-central1-aiplatform.googleapis.com',
  keysUrl: 'https://console.cloud.google.com/iam-admin/serviceaccounts',
  docsUrl: 'https://cloud.google.com/vertex-ai/generative-ai/docs',
  credential: googleCredential,
  options: z.strictObject({
    ...generalOptions,
    project: z.string().optional().describe("the project that pays; default: the service account's"),
    location: z.string().optional().describe('the region; default: that of the base URL, else `global`'),
    storage_uri: z
      .string()
      .startsWith('gs://')
      .optional()
      .describe('`gs://bucket/folder/` that Veo writes to; without it every answer carries the whole video'),
    user_project: z.string().optional().describe('the project whose quota is used (`x-goog-user-project`)')
  }),
  models,
  prices: vertexPrices,
  facts: {
    source: 'cloud.google.com (Veo API reference) and @google/genai 3.1.0',
    checked: '2026-11',
    missing: "Omni's edits of earlier interactions",
    linkSeconds: null,
    linkRenews: false,
    downloadNeedsAuth: true,
    progress: false,
    inlineResults: true,
    cancel: 'none',
    lookup: 'none',
    callback: 'none',
    credentialOrigins: [STORAGE, GLOBAL]
  },

  token: googleToken,
  // the project is part of the credential, so it is added to the path here
  sign(request, { credential, options }, _now, token) {
    const { project = credential.project_id, user_project: quota } = options
    const { api_key: key } = credential
    return {
      ...request,
      path: inProject(request.path, project, key),
      headers: {
        ...request.headers,
        ...(key === undefined ? { authorization: `Bearer ${token}` } : { 'x-goog-api-key': key }),
        ...(typeof quota === 'string' && { 'x-goog-user-project': quota })
      }
    }
  },

  sound: video =>
    soundOf(specOf(video), isOmni(video.model) ? undefined : { field: 'generateAudio', on: true, off: false }),
  limits: specOf,
  submit(video, channel) {
    const spec = specOf(video)
    const omniModel = isOmni(video.model)
    const checked = check(video, spec, channel, omniModel ? omniHonours(video.model) : veoHonours(video))
    if (checked.kind === 'refuse') return checked
    const frames = channel.options.strict === false ? null : (omniModel ? frameRefusal : lastFrameRefusal)(video)
    if (frames) return frames
    const untyped = video.images.find(({ source }) => source.startsWith('gs://') && !typeOf(source))
    if (untyped) return refuse('image', `${untyped.source} must end in .png, .jpg, .jpeg or .webp`)
    const { storage_uri: storageUri } = channel.options
    if (omniModel) {
      // without a folder of the account's the video comes inside the answer
      const delivery =
        typeof storageUri === 'string' ? { delivery: 'uri', gcs_uri: storageUri } : { delivery: 'inline' }
      const { settings, warnings, ...priced } = omniSettings(video, spec, checked.seconds, delivery)
      const path = interactionsOf(channel)
      return {
        kind: 'draft',
        warnings: [...checked.warnings, ...warnings],
        ...priced,
        first: () => withBytes(video, ready => omniRequest(ready, settings, null, path))
      }
    }
    const extended = video.source && sourceIn(video.source)
    if (extended?.kind === 'refuse') return extended
    const { seconds, fps } = video.source ? {} : { ...checked, fps: video.fps }
    const made = veoParameters(video, spec, seconds, defined({ seed: video.seed, fps, storageUri }))
    if (made.kind === 'refuse') return made
    const { billing, unstated, parameters, warnings } = made
    return {
      kind: 'draft',
      warnings: [...checked.warnings, ...warnings],
      billing,
      unstated,
      first: () => withBytes(video, ready => veoRequest(ready, parameters, channel, extended?.video()))
    }
  },

  submitted(answer, video) {
    if (isOmni(video.model)) {
      const { data } = interactionStarted.safeParse(answer.body)
      if (answer.status >= 300 || !data) return googleRejected(answer)
      const running = data.status === 'in_progress'
      return {
        status: 'accepted',
        operation: { interaction: data.id },
        upstreamId: data.id,
        ...(running && { running })
      }
    }
    const { data } = veoStarted.safeParse(answer.body)
    if (answer.status >= 300 || !data) return googleRejected(answer)
    return { status: 'accepted', operation: { model: video.model, name: data.name }, upstreamId: data.name }
  },

  poll: (operation, channel) =>
    'interaction' in operation
      ? { method: 'GET', path: `${interactionsOf(channel)}/${encodeURIComponent(operation.interaction)}` }
      : {
          method: 'POST',
          path: `${pathOf(operation.model, channel)}:fetchPredictOperation`,
          body: { json: { operationName: operation.name } }
        },
  polled: (answer, operation) =>
    'interaction' in operation
      ? interactionPolled(answer, uri => (isUrl(uri) ? { at: { url: uri } } : producedFile({ gcsUri: uri })))
      : veoPolled(answer, producedFile),

  // reading a model is free, and needs the project's permission
  probe: ({ baseUrl }) => ({
    method: 'GET',
    path: `${new URL(baseUrl).origin}/v1/publishers/google/models/veo-3.1-generate-001`
  })
})

const veoHonours = ({ source }: VideoRequest): readonly Honoured[] =>
  source ? ['seed', 'negative_prompt'] : ['seed', 'fps', 'negative_prompt', 'size']
const omniHonours = (model: string): Honoured[] => (takesSeed(model) ? ['seed', 'size'] : ['size'])

function specOf(video: VideoRequest): ModelSpec {
  if (isOmni(video.model)) return models[video.model] ?? omni
  const spec = models[video.model] ?? { images: veo.images, maxReferences: 3, maxVideos: 4 }
  return veoSpec(video, forRework(spec, video, veoExtension))
}

const PROJECT = '{project}'

/** Returns a path with its project; an API key without one (express mode) has paths without project and location. */
function inProject(path: string, project: unknown, key: string | undefined): string {
  if (project === undefined && key !== undefined) return path.replace(/\/projects\/\{project\}\/locations\/[^/]+/, '')
  return path.replace(PROJECT, () => encodeURIComponent(String(project)))
}

/** Returns where interactions are: in the location `global`, whichever region the channel's models have. */
function interactionsOf({ baseUrl }: ChannelConfig): string {
  const { hostname } = new URL(baseUrl)
  const origin = hostname.endsWith('-aiplatform.googleapis.com') ? GLOBAL : ''
  return `${origin}/v1beta1/projects/${PROJECT}/locations/global/interactions`
}

/** Returns the model's path: the base URL is a bare host, or already ends with `…/publishers/google/models`. */
function pathOf(model: string, { baseUrl, options }: ChannelConfig): string {
  const { hostname, pathname } = new URL(baseUrl)
  const name = encodeURIComponent(model)
  if (pathname !== '/') return `/${name}`
  const [, region = 'global'] = /^([a-z]+-[a-z]+\d+)-aiplatform\./.exec(hostname) ?? []
  const { location = region } = options
  return `/v1/projects/${PROJECT}/locations/${encodeURIComponent(String(location))}/publishers/google/models/${name}`
}

function veoRequest(
  video: VideoRequest,
  parameters: Record<string, unknown>,
  channel: ChannelConfig,
  extended?: object
): HttpRequest {
  const { labels } = video.metadata
  const json = { ...veoBody(video, parameters, fileOf, extended), ...defined({ labels }) }
  return { method: 'POST', path: `${pathOf(video.model, channel)}:predictLongRunning`, body: { json } }
}

/** Returns the video that is extended: where Veo wrote it, or its bytes; anything else would have to be downloaded first. */
function sourceIn({ made, url }: SourceVideo): Refusal | { kind: 'fine'; video(): object } {
  const stored = storedAt.exec(made?.url ?? '')
  if (stored) {
    const [bucket, object] = stored.slice(1).map(part => decodeURIComponent(part))
    return { kind: 'fine', video: () => ({ gcsUri: `gs://${bucket}/${object}`, mimeType: 'video/mp4' }) }
  }
  if (url !== undefined && isDataUrl(url)) return { kind: 'fine', video: () => veoBytes(url) }
  return refuse(
    'video',
    'this channel can only extend a video that it wrote to its storage_uri, or a file that is sent'
  )
}

const storedAt = /^https:\/\/storage\.googleapis\.com\/storage\/v1\/b\/([^/]+)\/o\/([^/?]+)\?alt=media$/

function fileOf(source: string) {
  return source.startsWith('gs://') ? { gcsUri: source, mimeType: typeOf(source) } : veoBytes(source)
}

const types = table<string>({ png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', webp: 'image/webp' })

const typeOf = (uri: string) => types[/\.(\w+)$/.exec(uri)?.[1]?.toLowerCase() ?? '']

/** Returns where a video is: in Cloud Storage, read with the channel's token, or in the answer itself. */
function producedFile({ gcsUri, bytesBase64Encoded, mimeType }: VeoVideo): ProducedFile | null {
  if (bytesBase64Encoded) return { at: { data: { base64: bytesBase64Encoded, mimeType: mimeType ?? 'video/mp4' } } }
  const [, bucket, object] = /^gs:\/\/([^/]+)\/(.+)$/s.exec(gcsUri ?? '') ?? []
  if (!bucket || !object) return null
  const url = `${STORAGE}/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(object)}?alt=media`
  return { at: { url, auth: true } }
}
