import type { Asked, Front, FrontFile, FrontRoute, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { ourId, uuid } from '../shared/ids.ts'
import { bodyOf, headerOf } from '../shared/read.ts'
import { stateOf, type State } from '../shared/state.ts'

/*
 * fal's queue, and its direct calls. The client has no base URL, only a proxy that every call goes to with its address in a header; `/fal/queue`
 * has the paths of the queue themselves. Sources: fal.ai/docs (queue, model errors, request errors), @fal-ai/client 1.10.1.
 */

/** A direct call waits this long, in seconds: Node's fetch gives up after 300 without headers, and fal's client then repeats the call. */
const LONGEST_WAIT = 240

const prompt = { prompt: 'A paper boat on a river', duration: '5', aspect_ratio: '16:9' }

const submit = {
  does: 'create',
  method: 'POST',
  summary: 'Submit to the queue',
  body: prompt,
  example: { status: 'IN_QUEUE', request_id: '019a5f00-0000-7000-8000-000000000001', queue_position: 0 },
  read,
  waiting: true,
  write: (video: FrontVideo, request: WireRequest) =>
    withId(200, video, { status: 'IN_QUEUE', queue_position: aheadOf(video), ...linksOf(video, request) })
} satisfies Partial<FrontRoute>

const status = {
  does: 'get',
  method: 'GET',
  summary: 'Retrieve the status of a request',
  id: idIn,
  waiting: true,
  write: (video: FrontVideo, request: WireRequest) =>
    withId(states[stateOf(video)] === 'COMPLETED' ? 200 : 202, video, {
      status: states[stateOf(video)],
      ...(video.status === 'queued' && { queue_position: aheadOf(video) }),
      logs: [],
      ...linksOf(video, request)
    })
} satisfies Partial<FrontRoute>

const outcome = {
  does: 'get',
  method: 'GET',
  summary: 'Retrieve the result of a request',
  id: idIn,
  write: result
} satisfies Partial<FrontRoute>

const cancel = {
  does: 'cancel',
  method: 'PUT',
  summary: 'Cancel a request',
  id: idIn,
  write: (video: FrontVideo) =>
    stateOf(video) === 'cancelled'
      ? withId(202, video, { status: 'CANCELLATION_REQUESTED' })
      : withId(400, video, { status: 'ALREADY_COMPLETED' })
} satisfies Partial<FrontRoute>

const proxy = '/fal/proxy'
const call = 'Call a model, and wait for the result'
const byProxy = [
  { ...submit, path: proxy, when: isFor('queue.fal.run') },
  { ...submit, path: proxy, when: isFor('fal.run'), summary: call, waits: () => LONGEST_WAIT, write: result },
  { ...status, path: proxy, when: isAbout('/status') },
  { ...outcome, path: proxy, when: isAbout('') },
  { ...cancel, path: proxy, when: isAbout('/cancel') }
] satisfies FrontRoute[]

/** The parts of an endpoint's name: two to seven. */
const parts = ['owner', 'alias', 'third', 'fourth', 'fifth', 'sixth', 'seventh'] as const
const queue = (most: number) => ['/fal/queue', ...parts.slice(0, most).map(name => `{${name}}`)].join('/')
const inQueue = `${queue(2)}/requests/{id}`
const byPath = [
  ...parts.slice(1).map((_, index) => ({ ...submit, path: queue(index + 2) })),
  { ...status, path: `${inQueue}/status` },
  { ...outcome, path: inQueue },
  { ...cancel, path: `${inQueue}/cancel` }
] satisfies FrontRoute[]

export const fal = {
  id: 'fal',
  name: 'fal',
  base: proxy,
  owns: /^\/fal(\/|$)/,
  auth: '`Authorization: Key`',
  routes: [...byProxy, ...byPath],
  callback: { field: '?fal_webhook', tells: ['ended'], write: showCallback },
  error,
  twins: [{ vendor: 'fal', base: '/fal/queue', model: 'fal-ai/kling-video/v2.6/pro/text-to-video' }],
  clients: ['@fal-ai/client'],
  limits: [
    'The JavaScript client has no base URL: give it `proxyUrl: { url, when: "always" }`. `/fal/queue` has the paths of the queue, for other programs.',
    'Webhooks have the signature of Standard Webhooks, not that of fal, whose key only fal has.',
    'No `/status/stream`, and no storage: send files as data URIs.',
    `A direct call waits ${LONGEST_WAIT} seconds, then answers 408 with the id of the request: the client repeats a 504, which would be another video.`
  ]
} satisfies Front

interface Target {
  host: string
  /** the endpoint: what stands before the request */
  app: string
  /** absent: a call of the endpoint */
  id: string | undefined
  /** behind the id */
  rest: string
  webhook: unknown
}

/** Returns what a request is really for: the address in its header, or its path behind ours; undefined: nothing of fal's. */
function targetOf({ params, query, headers }: WireRequest): Target | undefined {
  if (params.owner !== undefined) {
    const app = parts.flatMap(name => params[name] ?? []).join('/')
    return { host: 'queue.fal.run', app, id: params.id, rest: '', webhook: query.fal_webhook }
  }
  const address = headerOf({ headers }, 'x-fal-target-url')
  if (address === undefined || !URL.canParse(address)) return undefined
  const { hostname: host, pathname, searchParams } = new URL(address)
  const [path = '', about] = pathname.split('/requests/', 2)
  const [id, ...rest] = about?.split('/').filter(Boolean) ?? []
  const app = path.split('/').filter(Boolean).join('/')
  return { host, app, id, rest: rest.map(part => `/${part}`).join(''), webhook: searchParams.get('fal_webhook') }
}

function isFor(host: string) {
  return (request: WireRequest) => {
    const target = targetOf(request)
    return target?.host === host && target.app !== '' && target.id === undefined
  }
}

function isAbout(rest: string) {
  return (request: WireRequest) => {
    const target = targetOf(request)
    return target?.host === 'queue.fal.run' && target.id !== undefined && target.rest === rest
  }
}

function idIn(request: WireRequest) {
  return ourId(targetOf(request)?.id ?? '')
}

function read(request: WireRequest): Asked {
  const { app, webhook } = targetOf(request) ?? {}
  return {
    body: { ...bodyOf(request), model: app, ...(webhook ? { callback_url: webhook } : {}) },
    names: { callback_url: 'fal_webhook' }
  }
}

const withId = (status: number, { id }: FrontVideo, body: object): Written => ({
  status,
  body: { request_id: uuid(id), ...body },
  headers: { 'x-fal-request-id': uuid(id) }
})

/** The links of a request; `owner/alias` is all that they have of the endpoint (two namespaces have one segment more). */
function linksOf({ id }: FrontVideo, request: WireRequest) {
  const names = targetOf(request)?.app.split('/') ?? []
  const app = names.slice(0, /^(workflows|comfy)$/.test(names[0] ?? '') ? 3 : 2).join('/')
  const url = `${request.origin}/fal/queue/${app}/requests/${uuid(id)}`
  return { response_url: url, status_url: `${url}/status`, cancel_url: `${url}/cancel` }
}

// a failure is only in the result
const states = {
  queued: 'IN_QUEUE',
  in_progress: 'IN_PROGRESS',
  completed: 'COMPLETED',
  failed: 'COMPLETED',
  cancelled: 'COMPLETED',
  expired: 'COMPLETED'
} as const satisfies Record<State, string>

/** How many wait before it. */
const aheadOf = ({ waiting }: FrontVideo) => (waiting ? waiting.position - 1 : 0)

/** The answer of the model; a failure is a 422 with its type. */
function result(video: FrontVideo, request: WireRequest): Written {
  const { status, error: failure, files, seed, prompt: asked } = video
  if (failure) {
    const type = reasons[failure.code] ?? 'downstream_service_error'
    return withId(422, video, { detail: [{ loc: ['body'], msg: failure.message, type, input: { prompt: asked } }] })
  }
  if (status !== 'completed') {
    const isCall = isFor('fal.run')(request)
    return withId(isCall ? 408 : 400, video, { detail: 'Request is still in progress' })
  }
  const [film, ...others] = files.map((file, number) => fileOf(file, `${uuid(video.id)}${number || ''}.mp4`))
  return withId(200, video, {
    video: film,
    ...(others.length && { videos: [film, ...others] }),
    ...(seed !== null && { seed })
  })
}

/** fal.ai/docs, model APIs, webhooks. */
function showCallback(video: FrontVideo, request: WireRequest) {
  const id = uuid(video.id)
  const { status, body } = result(video, request)
  const isFine = status === 200
  return {
    request_id: id,
    gateway_request_id: id,
    status: isFine ? 'OK' : 'ERROR',
    error: isFine ? null : (video.error?.message ?? null),
    payload: body
  }
}

const fileOf = ({ url, type, width, height, fps, seconds }: FrontFile, name: string) => ({
  url,
  content_type: type,
  file_name: name,
  ...(width && height && { width, height }),
  ...(fps && { fps }),
  ...(seconds && { duration: seconds })
})

/** Types of fal.ai/docs, model errors and request errors. */
const reasons: Readonly<Record<string, string>> = {
  content_policy_violation: 'content_policy_violation',
  invalid_request: 'value_error',
  cancelled: 'client_cancelled',
  expired: 'generation_timeout'
}

/** What is wrong with the input is a 422 that names the field; all else is a text. */
function error({ status, code, message, param, shouldRetry }: Refusal): Written {
  const isInput = status === 400 || code === 'content_policy_violation'
  const loc = ['body', ...(param === null ? [] : param.split('.'))]
  if (isInput)
    return { status: 422, body: { detail: [{ loc, msg: message, type: reasons[code] ?? 'value_error' }], message } }
  // an empty account is locked there; and its client repeats 429 and 5xx
  const sent = code === 'insufficient_quota' ? 403 : status >= 500 && shouldRetry === false ? 400 : status
  return { status: sent, body: { detail: message, message } }
}
