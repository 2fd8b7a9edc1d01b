import { ApiError } from '../../errors.ts'
import { isRecord } from '../../lib/records.ts'
import type { Asked, Front, FrontRoute, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { bareId, ourId } from '../shared/ids.ts'
import { bodyOf, headerOf, objectIn } from '../shared/read.ts'
import { invalid, refuse } from '../shared/refuse.ts'

/*
 * Veo at the Gemini API: a long-running operation. Sources: ai.google.dev (Veo), @google/genai 2.32.0, whose download takes the letters and digits
 * behind `files/`, and @ai-sdk/google 4.0.121.
 */

const METHOD = ':predictLongRunning'

const files = {
  does: 'content',
  method: 'GET',
  summary: 'Download a file',
  file: ({ params }: WireRequest) => {
    const name = (params.name ?? params.file ?? '').replace(/:download$/, '')
    // the number of the video is behind the 32 digits of its id
    const number = name.length === 33 ? Number(name.slice(32)) || 0 : 0
    return { id: ourId(name.length === 33 ? name.slice(0, 32) : name), number }
  }
} satisfies Partial<FrontRoute>

export const gemini = {
  id: 'gemini',
  name: 'Google Gemini API (Veo)',
  base: '/v1beta',
  owns: /^\/v1beta(\/|$)/,
  auth: '`x-goog-api-key`, or `?key=`',
  key: request => {
    const { key } = request.query
    return headerOf(request, 'x-goog-api-key') ?? (typeof key === 'string' ? key : undefined)
  },
  routes: [
    {
      does: 'create',
      method: 'POST',
      path: '/v1beta/models/{model}',
      summary: 'Create a video',
      body: {
        instances: [{ prompt: 'A paper boat on a river' }],
        parameters: { durationSeconds: 5, aspectRatio: '16:9' }
      },
      example: { name: 'models/veo-3.1/operations/019a5f00000070008000000000000001' },
      read,
      write: ({ id, model }) => ({ status: 200, body: { name: `models/${model}/operations/${bareId(id)}` } })
    },
    {
      does: 'models',
      method: 'GET',
      path: '/v1beta/models',
      summary: 'List models',
      write: models => ({ status: 200, body: { models: models.map(({ name }) => showModel(name)) } })
    },
    {
      does: 'get',
      method: 'GET',
      path: '/v1beta/models/{model}/operations/{id}',
      summary: 'Retrieve an operation',
      id: ({ params }) => ourId(params.id ?? ''),
      write: (video, request) => ({ status: 200, body: show(video, request) })
    },
    { ...files, path: '/v1beta/files/{file}' },
    // where @google/genai 2.x asks for the `uri` of a server without TLS: it looks for the name behind https only
    { ...files, path: '/v1beta/files/{file}/{host}/v1beta/files/{name}' }
  ],
  error,
  twins: [{ vendor: 'gemini', model: 'veo-3.1-generate-preview', seconds: 8, cancels: false }],
  clients: ['@google/genai', '@ai-sdk/google'],
  limits: [
    '`video` (extension) and files of Google’s storage are refused.',
    '`personGeneration` and `enhancePrompt` are ignored with a warning in the header `x-reelay-warnings`.',
    'Of `@google/genai` versions 2.x: 3.x speaks another API.'
  ]
} satisfies Front

function read(request: WireRequest): Asked {
  const { model: action = '' } = request.params
  if (!action.endsWith(METHOD)) throw new ApiError('not_found', { message: `Only ${METHOD.slice(1)} is served.` })
  const body = bodyOf(request)
  const [instance, second] = [body.instances ?? []].flat()
  if (!isRecord(instance)) throw invalid('instances', 'must be a list with one object')
  if (second !== undefined) throw refuse('instances', 'only one instance is supported')
  const { image, lastFrame, referenceImages, ...rest } = instance
  const { sampleCount, durationSeconds, ...parameters } = objectIn(body, 'parameters')
  const references = [referenceImages ?? []].flat()
  const images = [
    ...(image ? [imageOf(image, 'instances.0.image', 'first_frame')] : []),
    ...(lastFrame ? [imageOf(lastFrame, 'instances.0.lastFrame', 'last_frame')] : []),
    ...references.map((one, index) =>
      imageOf(isRecord(one) ? one.image : one, `instances.0.referenceImages.${index}`, 'reference_image')
    )
  ]
  return {
    body: {
      ...rest,
      ...parameters,
      model: action.slice(0, -METHOD.length),
      n: sampleCount,
      seconds: durationSeconds,
      ...(images.length && { images })
    },
    names: { n: 'sampleCount', seconds: 'durationSeconds' }
  }
}

function imageOf(image: unknown, param: string, role: string) {
  const { bytesBase64Encoded, inlineData, gcsUri, fileUri } = isRecord(image) ? image : {}
  const data = isRecord(inlineData) ? inlineData.data : bytesBase64Encoded
  if (typeof data === 'string') return { url: `data:image/*;base64,${data}`, role }
  const uri = gcsUri ?? fileUri
  if (typeof uri === 'string' && /^https?:/.test(uri)) return { url: uri, role }
  throw refuse(param, 'must have bytesBase64Encoded')
}

function show({ id, model, status, files, error: failure }: FrontVideo, { origin }: WireRequest) {
  const name = `models/${model}/operations/${bareId(id)}`
  if (failure) {
    // as Google tells of what it filtered
    const filtered = { raiMediaFilteredCount: 1, raiMediaFilteredReasons: [failure.message] }
    return failure.code === 'content_policy_violation'
      ? { name, done: true, response: { generateVideoResponse: filtered } }
      : { name, done: true, error: { code: rpcCodes[failure.code] ?? 13, message: failure.message } }
  }
  if (status !== 'completed') return { name }
  const generatedSamples = files.map((_, number) => ({
    video: { uri: `${origin}/v1beta/files/${bareId(id)}${number || ''}:download?alt=media` }
  }))
  return { name, done: true, response: { generateVideoResponse: { generatedSamples } } }
}

// google.rpc.Code
const rpcCodes: Readonly<Record<string, number>> = { cancelled: 1, invalid_request: 3, expired: 4 }

const showModel = (name: string) => ({
  name: `models/${name}`,
  displayName: name,
  supportedGenerationMethods: [METHOD.slice(1)]
})

const statuses: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  410: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED'
}

function error({ status, message }: Refusal): Written {
  const word = statuses[status] ?? (status >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT')
  return { status, body: { error: { code: status, message, status: word } } }
}
