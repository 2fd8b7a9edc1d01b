import { ApiError } from '../../errors.ts'
import { toIso } from '../../lib/time.ts'
import { isRecord } from '../../lib/records.ts'
import type { Asked, Front, FrontModel, FrontRoute, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { bareId, idIn, ourId } from '../shared/ids.ts'
import { bodyOf, headerOf, objectIn, without } from '../shared/read.ts'
import { invalid, refuse } from '../shared/refuse.ts'
import { reasonOf, stateOf, type State } from '../shared/state.ts'

/*
 * Veo on the Gemini API: a long-running operation, and a file that its clients download with the key. Sources: others.md §2a,
 * ai.google.dev/api/rest (errors), @google/genai 2.32.0, @ai-sdk/google 4.0.121.
 */

const base = '/v1beta'
const METHOD = 'predictLongRunning'
const digits = '019a5f00000070008000000000000001'

const creates = {
  does: 'create',
  method: 'POST',
  body: {
    instances: [{ prompt: 'A paper boat on a river' }],
    parameters: { durationSeconds: 8, aspectRatio: '16:9' }
  },
  example: { name: `models/veo-3.1-generate-preview/operations/${digits}` },
  read,
  write: (video: FrontVideo): Written => ({ status: 200, body: { name: nameOf(video) } })
} satisfies Partial<FrontRoute>

const contents = {
  does: 'content',
  method: 'GET',
  summary: 'Download a file',
  file({ params: { file = '', name = file } }: WireRequest) {
    const [, id = '', number = '0'] = /^(.*?)(?:n(\d))?(?::download)?$/.exec(name) ?? []
    return { id: ourId(id), number: Number(number) }
  }
} satisfies Partial<FrontRoute>

export const gemini = {
  id: 'gemini',
  name: 'Gemini API (Veo)',
  base,
  owns: /^\/v1beta(\/|$)/,
  auth: '`x-goog-api-key`, or `?key=`',
  key: request => headerOf(request, 'x-goog-api-key') ?? textOf(request.query.key),
  routes: [
    { ...creates, path: `${base}/models/{model}`, summary: 'Create a video' },
    {
      ...creates,
      path: `${base}/models/{model}/{name}`,
      summary: 'Create a video of a model with a slash in its name'
    },
    {
      does: 'models',
      method: 'GET',
      path: `${base}/models`,
      summary: 'List models',
      write: models => ({ status: 200, body: { models: models.map(showModel) } })
    },
    {
      does: 'get',
      method: 'GET',
      path: `${base}/models/{model}/operations/{id}`,
      summary: 'Retrieve an operation',
      id: idIn,
      write: (video, request) => ({ status: 200, body: show(video, request) })
    },
    { ...contents, path: `${base}/files/{file}` },
    // where @google/genai 2 looks for a link that is not https
    { ...contents, path: `${base}/files/{file}/{host}/v1beta/files/{name}` }
  ],
  callback: { field: 'webhookConfig.uris', tells: ['ended'], write: showCallback },
  error,
  twins: [{ vendor: 'gemini', model: 'veo-3.1-generate-preview', seconds: 8, cancels: false }],
  clients: ['@google/genai', '@ai-sdk/google'],
  limits: [
    'No mask: it is refused.',
    'A webhook has the signature of Standard Webhooks, not Google’s JWT, and none of `userMetadata`. That of a failure is ours, `video.failed`: Google documents none.',
    'A `video` is continued: one that was made here, by its link; or its bytes, or a link that anybody may follow.',
    '`personGeneration`, `enhancePrompt`, `compressionQuality` and `resizeMode` are passed on to the vendor.',
    'Links need the key. Of `@google/genai` versions 2.x: 3.x speaks another API.'
  ]
} satisfies Front

// what only Veo does
const settings = ['personGeneration', 'enhancePrompt', 'compressionQuality', 'resizeMode']

function read(request: WireRequest): Asked {
  const model = modelOf(request)
  const body = bodyOf(request)
  const { instances } = body
  const parameters = objectIn(body, 'parameters')
  const [instance] = Array.isArray(instances) ? instances : [instances]
  if (!isRecord(instance)) throw invalid('instances', 'must be a list of one object')
  if (Array.isArray(instances) && instances.length > 1) throw refuse('instances', 'only one instance is supported')
  const { uris, userMetadata } = objectIn(body, 'webhookConfig')
  const [callback, ...more]: unknown[] = [uris ?? []].flat()
  if (more.length) throw refuse('webhookConfig.uris', 'only one address is supported')
  if (parameters.storageUri) throw refuse('parameters.storageUri', 'files are not stored elsewhere; download the link')
  const { image, lastFrame, referenceImages, video, ...rest } = instance
  const source = sourceIn(video)
  const metadata = Object.fromEntries(settings.flatMap(name => (name in parameters ? [[name, parameters[name]]] : [])))
  return {
    body: {
      ...without(body, 'instances', 'parameters', 'labels', 'model', 'webhookConfig'),
      ...without(parameters, ...settings),
      ...rest,
      image: imageOf(image),
      lastFrame: imageOf(lastFrame),
      referenceImages: Array.isArray(referenceImages) ? referenceImages.map(referenceOf) : referenceImages,
      model,
      ...(callback !== undefined && { callback_url: callback }),
      ...source?.fields,
      ...(Object.keys(metadata).length && { metadata })
    },
    ...(source && { rework: { does: 'extend', ...source.rework } }),
    names: { callback_url: 'webhookConfig.uris', id: sourceName, video: sourceName },
    warnings: Object.entries({ labels: body.labels, 'webhookConfig.userMetadata': userMetadata }).flatMap(
      ([field, given]) => (given ? [{ field, reason: 'ignored: it is kept and shown nowhere' }] : [])
    )
  }
}

/** Returns the model of `…/models/name:method`. Throws not_found for other methods. */
function modelOf({ params: { model = '', name } }: WireRequest): string {
  const path = name === undefined ? model : `${model}/${name}`
  if (path.endsWith(`:${METHOD}`)) return path.slice(0, -METHOD.length - 1)
  throw new ApiError('not_found', { message: `Only models/{model}:${METHOD} is supported here.` })
}

// `{bytesBase64Encoded}`, or `{inlineData: {data}}` as Google's documents have it
const imageOf = (file: unknown) => (isRecord(file) && isRecord(file.inlineData) ? { data: file.inlineData.data } : file)

function referenceOf(reference: unknown, index: number) {
  if (!isRecord(reference)) return reference
  if (textOf(reference.referenceType)?.toLowerCase() === 'style')
    throw refuse(`instances.0.referenceImages.${index}.referenceType`, 'only asset is supported')
  return imageOf(reference.image ?? reference)
}

const sourceName = 'instances.0.video'

/** Reads the video that is continued: its link as we gave it, bytes as Google's client and its documents name them, or another link. */
function sourceIn(video: unknown): { fields?: { video: unknown }; rework?: { id: string } } | null {
  if (video === undefined || video === null) return null
  if (!isRecord(video)) throw invalid(sourceName, 'must be an object')
  const { uri, gcsUri, bytesBase64Encoded, encodedVideo = bytesBase64Encoded } = video
  if (gcsUri !== undefined)
    throw refuse(`${sourceName}.gcsUri`, 'files of Google Cloud are not read here; send the bytes')
  if (typeof encodedVideo === 'string') return { fields: { video: `data:video/mp4;base64,${encodedVideo}` } }
  const [, id, number = '0'] =
    /\/v1beta\/files\/([0-9a-f]{32})(?:n(\d))?(?::download)?(?:\?|$)/.exec(textOf(uri) ?? '') ?? []
  if (number !== '0') throw refuse(`${sourceName}.uri`, 'only the first file of a video can be continued')
  return id === undefined ? { fields: { video: uri } } : { rework: { id: ourId(id) } }
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

const nameOf = ({ id, model }: FrontVideo) => `models/${encodeURIComponent(model)}/operations/${bareId(id)}`

/** google/rpc/code.proto */
const codes = {
  failed: 13,
  cancelled: 1,
  expired: 4
} as const satisfies Partial<Record<State, number>>
const INVALID_ARGUMENT = 3

// its client takes the letters and digits behind `files/` for the name
const fileOf = ({ id }: FrontVideo, number: number) => `${bareId(id)}${number === 0 ? '' : `n${number}`}`
const linkOf = (video: FrontVideo, number: number, { origin }: WireRequest) =>
  `${origin}${base}/files/${fileOf(video, number)}:download?alt=media`

const samplesOf = (video: FrontVideo, request: WireRequest) =>
  video.files.map((_, number) => ({ video: { uri: linkOf(video, number, request) } }))

/** ai.google.dev/gemini-api/docs/webhooks (envelope, event catalog); a failure in the words of its other events. */
function showCallback(video: FrontVideo, request: WireRequest) {
  const isMade = video.status === 'completed'
  const { code, message } = failureOf(video, codes.failed)
  return {
    type: isMade ? 'video.generated' : 'video.failed',
    version: 'v1',
    timestamp: toIso(video.finishedAt ?? video.createdAt),
    data: {
      id: nameOf(video),
      ...(isMade
        ? { output_file_uri: linkOf(video, 0, request), file_name: `files/${fileOf(video, 0)}` }
        : { error_code: code, error_message: message })
    }
  }
}

function show(video: FrontVideo, request: WireRequest) {
  const name = nameOf(video)
  const state = stateOf(video)
  switch (state) {
    case 'queued':
    case 'in_progress':
      return { name }
    case 'completed':
      return { name, done: true, response: { generateVideoResponse: { generatedSamples: samplesOf(video, request) } } }
    case 'failed':
    case 'cancelled':
    case 'expired':
      return { name, done: true, error: failureOf(video, codes[state]) }
  }
}

function failureOf(video: FrontVideo, code: number) {
  const [message, reason] = [reasonOf(video), video.error?.code]
  if (reason === 'content_policy_violation')
    return { code: INVALID_ARGUMENT, message: `${message} (violates the content policies)` }
  return { code: reason === 'invalid_request' ? INVALID_ARGUMENT : code, message }
}

const showModel = ({ name }: FrontModel) => ({
  name: `models/${name}`,
  displayName: name,
  supportedGenerationMethods: [METHOD]
})

/** The words of Google's errors by HTTP status; for others those of 400 and 500. */
const statuses: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  410: 'NOT_FOUND',
  416: 'OUT_OF_RANGE',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED'
}

function error({ status, code, message, param, requestId }: Refusal): Written {
  const type = (name: string) => ({ '@type': `type.googleapis.com/google.rpc.${name}` })
  const details = [
    { ...type('ErrorInfo'), reason: code.toUpperCase(), domain: 'reelay' },
    ...(param === null ? [] : [{ ...type('BadRequest'), fieldViolations: [{ field: param, description: message }] }]),
    { ...type('RequestInfo'), requestId }
  ]
  const word = statuses[status] ?? (status >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT')
  return { status, body: { error: { code: status, message, status: word, details } } }
}
