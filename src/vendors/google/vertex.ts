import { z } from 'zod'
import { check, refuse } from '../shared/check.ts'
import { lastFrameRefusal } from '../shared/frames.ts'
import { withBytes } from './bytes.ts'
import { googleRejected } from './failures.ts'
import { veoBody, veoBytes, veoParameters, veoPolled, veoRatios, veoSpec, veoStarted, type VeoVideo } from './veo.ts'
import { generalOptions } from '../shared/options.ts'
import { soundOf } from '../shared/sound.ts'
import { serviceAccount, serviceAccountToken } from './service-account.ts'
import { table } from '../../lib/table.ts'
import { defined } from '../../lib/defined.ts'
import { defineVendor } from '../define.ts'
import type { ProducedFile, ChannelConfig, HttpRequest, ModelSpec, VideoRequest } from '../vendor.ts'

/* Veo on Vertex AI. Sources: cloud.google.com (Veo API reference, Veo 3.1, responsible AI for Veo), @google/genai 3.1.0 (converters). */

interface Operation {
  model: string
  name: string
}

const veo = {
  seconds: [4, 6, 8],
  defaultSeconds: 8,
  ratios: veoRatios,
  resolutions: ['720p', '1080p', '4k'],
  images: ['first', 'last', 'reference'],
  maxReferences: 3,
  maxVideos: 4,
  audio: true
} as const satisfies ModelSpec

const models = table<ModelSpec>({
  'veo-3.1-generate-001': veo,
  'veo-3.1-fast-generate-001': veo,
  // 720p and 1080p, frames but no reference images: as resellers offer it (Runware, Krea)
  'veo-3.1-lite-generate-001': { ...veo, resolutions: ['720p', '1080p'], images: ['first', 'last'] }
})

const STORAGE = 'https://storage.googleapis.com'

export const vertex = defineVendor<Operation>({
  id: 'vertex',
  name: 'Google Vertex AI (Veo)',
  baseUrl: 'https://us-central1-aiplatform.googleapis.com',
  docsUrl: 'https://cloud.google.com/vertex-ai/generative-ai/docs',
  credential: serviceAccount,
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
  facts: {
    source: 'cloud.google.com (Veo API reference) and @google/genai 3.1.0',
    linkSeconds: null,
    linkRenews: false,
    downloadNeedsAuth: true,
    progress: false,
    inlineResults: true,
    cancel: 'none',
    lookup: 'none',
    callback: 'none',
    credentialOrigins: [STORAGE]
  },

  token: serviceAccountToken,
  // the project is part of the credential, so it is added to the path here
  sign(request, { credential, options }, _now, token) {
    const { project = credential.project_id, user_project: quota } = options
    return {
      ...request,
      path: request.path.replace(PROJECT, () => encodeURIComponent(String(project))),
      headers: {
        ...request.headers,
        authorization: `Bearer ${token}`,
        ...(typeof quota === 'string' && { 'x-goog-user-project': quota })
      }
    }
  },

  sound: video => soundOf(specOf(video), { field: 'generateAudio', on: true, off: false }),
  limits: specOf,
  submit(video, channel) {
    const spec = specOf(video)
    const checked = check(video, spec, channel, ['seed', 'fps', 'negative_prompt', 'size'])
    if (checked.kind === 'refuse') return checked
    const frames = channel.options.strict === false ? null : lastFrameRefusal(video)
    if (frames) return frames
    const untyped = video.images.find(({ source }) => source.startsWith('gs://') && !typeOf(source))
    if (untyped) return refuse('image', `${untyped.source} must end in .png, .jpg, .jpeg or .webp`)
    const { storage_uri: storageUri } = channel.options
    const made = veoParameters(video, spec, checked.seconds, defined({ seed: video.seed, fps: video.fps, storageUri }))
    if (made.kind === 'refuse') return made
    const { billing, unstated, parameters, warnings } = made
    return {
      kind: 'draft',
      warnings: [...checked.warnings, ...warnings],
      billing,
      unstated,
      first: () => withBytes(video, ready => veoRequest(ready, parameters, channel))
    }
  },

  submitted(answer, video) {
    const { data } = veoStarted.safeParse(answer.body)
    if (answer.status >= 300 || !data) return googleRejected(answer)
    return { status: 'accepted', operation: { model: video.model, name: data.name }, upstreamId: data.name }
  },

  poll: ({ model, name }, channel) => ({
    method: 'POST',
    path: `${pathOf(model, channel)}:fetchPredictOperation`,
    body: { json: { operationName: name } }
  }),
  polled: answer => veoPolled(answer, producedFile),

  // reading a model is free, and needs the project's permission
  probe: ({ baseUrl }) => ({
    method: 'GET',
    path: `${new URL(baseUrl).origin}/v1/publishers/google/models/veo-3.1-generate-001`
  })
})

function specOf(video: VideoRequest): ModelSpec {
  return veoSpec(video, models[video.model] ?? { images: veo.images, maxReferences: 3, maxVideos: 4 })
}

const PROJECT = '{project}'

/** Returns the model's path: the base URL is a bare host, or already ends with `…/publishers/google/models`. */
function pathOf(model: string, { baseUrl, options }: ChannelConfig): string {
  const { hostname, pathname } = new URL(baseUrl)
  const name = encodeURIComponent(model)
  if (pathname !== '/') return `/${name}`
  const [, region = 'global'] = /^([a-z]+-[a-z]+\d+)-aiplatform\./.exec(hostname) ?? []
  const { location = region } = options
  return `/v1/projects/${PROJECT}/locations/${encodeURIComponent(String(location))}/publishers/google/models/${name}`
}

function veoRequest(video: VideoRequest, parameters: Record<string, unknown>, channel: ChannelConfig): HttpRequest {
  const { labels } = video.metadata
  const json = { ...veoBody(video, parameters, fileOf), ...defined({ labels }) }
  return { method: 'POST', path: `${pathOf(video.model, channel)}:predictLongRunning`, body: { json } }
}

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
