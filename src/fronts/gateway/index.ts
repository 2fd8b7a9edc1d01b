import { isRecord } from '../../lib/records.ts'
import type { Asked, Front, FrontModel, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { ourId } from '../shared/ids.ts'
import { metadataOf } from '../shared/metadata.ts'
import { bodyOf, headerOf, objectIn, without } from '../shared/read.ts'
import { invalid, refuse } from '../shared/refuse.ts'
import { reasonOf, stateOf } from '../shared/state.ts'

/* The protocol of Vercel's AI Gateway, which `ai` speaks by default. Source: @ai-sdk/gateway 4.0.146, its own schemas. */

const path = '/v4/ai/video-model'
const example = { prompt: 'A paper boat on a river', n: 1, aspectRatio: '16:9', duration: 5 }

export const gateway = {
  id: 'gateway',
  name: 'Vercel AI Gateway',
  base: '/v4/ai',
  owns: /^\/v4\/ai(\/|$)/,
  auth: '`Authorization: Bearer`',
  routes: [
    {
      does: 'create',
      method: 'POST',
      path: `${path}/start`,
      summary: 'Create a video',
      body: example,
      example: { operation: { id: 'video_019a5f00000070008000000000000001' }, warnings: [] },
      read,
      write: video => ({ status: 200, body: { operation: { id: video.id }, warnings: warningsOf(video) } })
    },
    {
      does: 'create',
      method: 'POST',
      path,
      summary: 'Create a video and wait for it',
      body: example,
      read,
      write: video => ({ status: 200, body: event(video) }),
      streams: event
    },
    {
      does: 'get',
      method: 'POST',
      path: `${path}/status`,
      summary: 'Retrieve a video',
      body: { operation: { id: 'video_019a5f00000070008000000000000001' } },
      example: { status: 'pending' },
      inline: true,
      id: operationOf,
      write: video => ({ status: 200, body: status(video) })
    },
    {
      does: 'models',
      method: 'GET',
      path: '/v4/ai/config',
      summary: 'List models',
      write: models => ({ status: 200, body: { models: models.map(showModel) } })
    }
  ],
  // what theirs posts is not documented; `ai` waits for any post, and then asks for the status
  callback: {
    field: 'callbackUrl',
    tells: ['ended'],
    write: video => ({ operation: { id: video.id }, ...ending(video) })
  },
  error,
  twins: [{ vendor: 'vercel', base: '' }],
  clients: ['ai', '@ai-sdk/gateway'],
  limits: [
    'What Vercel posts to a `callbackUrl` is not documented, and `ai` does not read it: here it is the operation and its status, without the video.',
    '`providerOptions` are settings of the vendor; those of all providers are passed on.',
    'Videos are in the answer up to 25 MB each, larger ones a link.'
  ]
} satisfies Front

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  const {
    aspectRatio,
    resolution,
    duration,
    generateAudio,
    image,
    frameImages,
    inputReferences,
    callbackUrl,
    ...rest
  } = without(body, 'providerOptions')
  const metadata = metadataOf(body, objectIn(body, 'providerOptions'))
  const frames = listIn(frameImages, 'frameImages').map((frame, index) => ({
    ...fileOf(isRecord(frame) ? frame.image : undefined, `frameImages.${index}.image`),
    role: isRecord(frame) ? frame.frameType : undefined
  }))
  const references = listIn(inputReferences, 'inputReferences').map((file, index) => ({
    ...fileOf(file, `inputReferences.${index}`),
    role: 'reference_image'
  }))
  const first = image === undefined || image === null ? [] : [{ ...fileOf(image, 'image'), role: 'first_frame' }]
  const images = [...first, ...frames, ...references]
  return {
    body: {
      ...rest,
      model: headerOf(request, 'ai-model-id'),
      aspect_ratio: aspectRatio,
      resolution,
      duration,
      audio: generateAudio,
      ...(callbackUrl !== undefined && { callback_url: callbackUrl }),
      ...(images.length && { images }),
      ...(Object.keys(metadata).length && { metadata })
    },
    names: {
      model: 'ai-model-id',
      aspect_ratio: 'aspectRatio',
      audio: 'generateAudio',
      callback_url: 'callbackUrl'
    }
  }
}

function listIn(value: unknown, name: string): unknown[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value
  throw invalid(name, 'must be a list')
}

/** Returns a file of the protocol as an image of ours. */
function fileOf(file: unknown, param: string) {
  if (isRecord(file) && file.type === 'url' && typeof file.url === 'string') return { url: file.url }
  if (!isRecord(file) || typeof file.data !== 'string') throw invalid(param, 'must be a file with a url or data')
  const { mediaType, data } = file
  if (typeof mediaType === 'string' && /^(video|audio)\//.test(mediaType))
    throw refuse(param, 'only images are supported here, no video and no audio')
  return { url: data.startsWith('data:') ? data : `data:image/*;base64,${data}` }
}

function operationOf(request: WireRequest): string {
  const { operation } = bodyOf(request)
  const id = isRecord(operation) ? operation.id : operation
  if (typeof id !== 'string') throw invalid('operation', 'must be what start answered')
  return ourId(id)
}

const warningsOf = ({ warnings }: FrontVideo) =>
  warnings.map(({ field, reason }) => ({ type: 'unsupported', feature: field, details: reason }))

const videosOf = ({ files }: FrontVideo) =>
  files.map(({ base64, url, type }) =>
    base64 === null ? { type: 'url', url, mediaType: type } : { type: 'base64', data: base64, mediaType: type }
  )

function status(video: FrontVideo) {
  const ended = ending(video)
  return ended.status === 'completed' ? { ...ended, videos: videosOf(video), warnings: warningsOf(video) } : ended
}

/** The status of a video, and why it failed. */
function ending(video: FrontVideo) {
  switch (stateOf(video)) {
    case 'queued':
    case 'in_progress':
      return { status: 'pending' }
    case 'completed':
      return { status: 'completed' }
    case 'cancelled':
      return { status: 'cancelled' }
    case 'failed':
    case 'expired':
      return { status: 'error', error: reasonOf(video) }
  }
}

/** The one event of a stream. */
function event(video: FrontVideo) {
  if (video.status === 'completed')
    return { type: 'result', videos: videosOf(video), warnings: warningsOf(video), providerMetadata: {} }
  const message = reasonOf(video) ?? `The server stops. The video goes on: its id is ${video.id}.`
  const isRefused = video.error?.code === 'content_policy_violation' || video.error?.code === 'invalid_request'
  return {
    type: 'error',
    message,
    errorType: isRefused ? 'invalid_request_error' : 'internal_server_error',
    // `ai` repeats a 5xx by itself, which would be another video
    statusCode: isRefused ? 400 : 424,
    param: null
  }
}

const showModel = ({ name, owner }: FrontModel) => ({
  id: name,
  name,
  description: null,
  pricing: null,
  specification: { specificationVersion: 'v4', provider: owner, modelId: name },
  modelType: 'video'
})

const types: Readonly<Record<string, string>> = {
  authentication_error: 'authentication_error',
  permission_error: 'forbidden',
  rate_limit_error: 'rate_limit_exceeded',
  insufficient_quota: 'rate_limit_exceeded',
  server_error: 'internal_server_error'
}

function error({ status: sent, code, type, message, param }: Refusal): Written {
  const isModel = code === 'model_not_found'
  const kind = isModel ? code : sent === 404 ? 'not_found' : (types[type] ?? 'invalid_request_error')
  return { status: sent, body: { error: { message, type: kind, param: isModel ? null : param, code } } }
}
