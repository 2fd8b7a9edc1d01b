import type { Asked, Front, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { codeOf, type Codes } from '../shared/codes.ts'
import { createBody, framesOf } from '../shared/create-body.ts'
import { bareId, ourId } from '../shared/ids.ts'
import { bodyOf, headerOf } from '../shared/read.ts'
import { invalid } from '../shared/refuse.ts'
import { reasonOf, stateOf, type State } from '../shared/state.ts'

/* Jimeng on Volcengine Visual, behind new-api's prefix. Source: jimeng.md (volcengine.com docs 85621). */

const path = '/jimeng'
const result = 'CVSync2AsyncGetResult'
const key = { req_key: 'jimeng_t2v_v30' }

export const jimeng = {
  id: 'jimeng',
  name: 'Jimeng (Volcengine Visual)',
  base: path,
  owns: /^\/jimeng(\/|$)/,
  auth: '`Authorization: Bearer`; or Volcengine’s signature with a key of ours as access key',
  key: keyOf,
  routes: [
    {
      does: 'create',
      method: 'POST',
      path,
      summary: 'Create a task (Action=CVSync2AsyncSubmitTask)',
      when: ({ query }) => query.Action === 'CVSync2AsyncSubmitTask',
      body: { ...key, prompt: 'A paper boat on a river', frames: 121, aspect_ratio: '16:9', seed: -1 },
      example: { code: 10_000, data: { task_id: '019a5f00000070008000000000000001' }, message: 'Success' },
      read,
      write: ({ id }, request) => done(request, { task_id: bareId(id) })
    },
    {
      does: 'get',
      method: 'POST',
      path,
      summary: 'Retrieve a task (Action=CVSync2AsyncGetResult)',
      body: { ...key, task_id: '019a5f00000070008000000000000001' },
      id(request) {
        const { Action: action = result } = request.query
        if (action !== result) throw invalid('Action', `must be CVSync2AsyncSubmitTask or ${result}`)
        const { task_id: id } = bodyOf(request)
        if (typeof id !== 'string' && typeof id !== 'number') throw invalid('task_id', 'is required')
        return ourId(String(id))
      },
      write: show
    }
  ],
  error,
  twins: [{ vendor: 'jimeng', base: path, model: 'jimeng_t2v_v30', credential: 'KEY|anything' }],
  clients: [],
  limits: [
    'A signature is read, not verified: its access key must be a key of ours, and is as secret as a Bearer.',
    'A prompt is required, also with images; `req_json` of a query is ignored.',
    'A task that failed for no reason of its own request is `done` without a `video_url`; its `message` says why.'
  ]
} satisfies Front

/** Returns the access key of `HMAC-SHA256 Credential=<access key>/…` that is a key of ours: its secret key is nothing that we have. */
function keyOf(request: WireRequest): string | undefined {
  return /^HMAC-SHA256 +Credential=([^/,\s]+)\//i.exec(headerOf(request, 'authorization') ?? '')?.[1]
}

// what only Jimeng's own models know
const settings = ['template_id', 'camera_strength']

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  const { req_key: model, frames, image_urls: urls, binary_data_base64: bytes } = body
  const [first, last, ...others]: unknown[] = [urls ?? [], bytes ?? []].flat(2)
  const name = Array.isArray(urls) && urls.length ? 'image_urls' : 'binary_data_base64'
  if (others.length) throw invalid(name, 'there may be a first and a last frame')
  return {
    body: {
      ...createBody(body, {
        images: framesOf(first, last),
        settings,
        read: ['req_key', 'frames', 'image_urls', 'binary_data_base64', 'return_url']
      }),
      model,
      ...(frames !== undefined && { duration: secondsOf(frames) })
    },
    names: { model: 'req_key', duration: 'frames', image: name, images: name }
  }
}

// 24 a second, and one
function secondsOf(frames: unknown): number {
  const seconds = (Number(frames) - 1) / 24
  if (!Number.isInteger(seconds) || seconds < 1) throw invalid('frames', 'must be 24 for each second, and one')
  return seconds
}

const statuses = {
  queued: 'in_queue',
  in_progress: 'generating',
  completed: 'done',
  failed: 'done',
  cancelled: 'done',
  expired: 'expired'
} as const satisfies Record<State, string>

function show(video: FrontVideo, request: WireRequest): Written {
  const { error: failure } = video
  const known = failure && reasons[failure.code]
  if (known) return refused(400, known, reasonOf(video) ?? '', request.requestId)
  const data = {
    status: statuses[stateOf(video)],
    video_url: (video.status === 'completed' ? video.files[0]?.url : undefined) ?? '',
    resp_data: '',
    binary_data_base64: null,
    image_urls: null
  }
  return done(request, data, reasonOf(video))
}

/** An error instead of a status is the task's own failure. */
const reasons: Readonly<Record<string, number>> = { content_policy_violation: 50_516, invalid_request: 50_215 }

const done = ({ requestId }: Pick<WireRequest, 'requestId'>, data: object, message = 'Success'): Written => ({
  status: 200,
  body: { code: 10_000, data, message, request_id: requestId, status: 10_000, time_elapsed: '0ms' }
})

const refused = (status: number, code: number, message: string, requestId: string): Written => ({
  status,
  body: { code, data: null, message, request_id: requestId, status: code, time_elapsed: '0ms' }
})

/** Jimeng's numbers, with the status that each has (jimeng.md §6). */
const codes: Codes<number> = {
  named: {
    content_policy_violation: [50_413, 400],
    model_not_allowed: [50_400, 403],
    permission_denied: [50_400, 403],
    ip_not_allowed: [50_400, 403],
    insufficient_quota: [50_400, 403],
    model_not_found: [50_204, 400],
    rate_limit_exceeded: [50_429, 429],
    no_channel_available: [50_430, 429],
    overloaded: [50_430, 429]
  },
  request: 50_215,
  server: 50_500
}

function error(refusal: Refusal): Written {
  const { code: ours, message, requestId } = refusal
  if (ours === 'video_not_found') return done(refusal, { status: 'not_found', video_url: '' }, message)
  // Volcengine's gateway refuses credentials, before the service is reached
  if (ours === 'invalid_api_key' || ours === 'not_signed_in') {
    const Error = { CodeN: 100_009, Code: 'InvalidAccessKey', Message: message }
    return { status: 401, body: { ResponseMetadata: { RequestId: requestId, Service: 'cv', Error } } }
  }
  const { code, status } = codeOf(codes, refusal)
  return refused(status, code, message, requestId)
}
