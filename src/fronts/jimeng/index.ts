import type { Asked, Front, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { bareId, ourId } from '../shared/ids.ts'
import { bodyOf, headerOf, without } from '../shared/read.ts'
import { invalid } from '../shared/refuse.ts'
import { stateOf } from '../shared/state.ts'

/* Jimeng at Volcengine's visual API, behind new-api's prefix `/jimeng`: one path, the action is in the query. Source: jimeng.md. */

const FRAMES_PER_SECOND = 24
const is = (action: string) => (request: WireRequest) => request.query.Action === action

export const jimeng = {
  id: 'jimeng',
  name: 'Jimeng (Volcengine)',
  base: '/jimeng',
  owns: /^\/jimeng(\/|$)/,
  auth: '`Authorization: Bearer`; or Volcengine’s signature with a key of ours as access key',
  key: keyOf,
  routes: [
    {
      does: 'get',
      method: 'POST',
      path: '/jimeng',
      summary: 'Retrieve a task (Action=CVSync2AsyncGetResult)',
      when: is('CVSync2AsyncGetResult'),
      body: { req_key: 'jimeng_t2v_v30', task_id: '019a5f00000070008000000000000001' },
      id: request => ourId(String(bodyOf(request).task_id ?? '')),
      write: (video, request) => show(video, request)
    },
    {
      does: 'create',
      method: 'POST',
      path: '/jimeng',
      summary: 'Create a task (Action=CVSync2AsyncSubmitTask)',
      body: { req_key: 'jimeng_t2v_v30', prompt: 'A paper boat on a river', frames: 121, aspect_ratio: '16:9' },
      example: {
        code: 10000,
        data: { task_id: '019a5f00000070008000000000000001' },
        message: 'Success',
        status: 10000
      },
      read,
      write: ({ id }, request) => done(request, { task_id: bareId(id) })
    }
  ],
  error,
  twins: [{ vendor: 'jimeng', model: 'jimeng_t2v_v30', credential: 'KEY|anything' }],
  clients: [],
  limits: [
    'A signature is read, not verified: its access key must be a key of ours, and is as secret as a Bearer.',
    '`req_key` is the model; `req_json` is ignored with a warning in the header `x-reelay-warnings`.',
    'A generation that failed for another reason than its content is `done` without a link, its reason in `message`.'
  ]
} satisfies Front

/** Returns the access key of a signed request, if it is a key of ours: what signed it is nothing that we have. */
function keyOf(request: WireRequest): string | undefined {
  return /^HMAC-SHA256 +Credential=([^/\s,]{1,200})\//i.exec(headerOf(request, 'authorization') ?? '')?.[1]
}

function read(request: WireRequest): Asked {
  if (!is('CVSync2AsyncSubmitTask')(request))
    throw invalid('Action', 'must be CVSync2AsyncSubmitTask or CVSync2AsyncGetResult')
  const body = bodyOf(request)
  const { req_key: model, frames, binary_data_base64: bytes, image_urls: urls, ...rest } = body
  const images = [bytes ?? [], urls ?? []].flat(2)
  if (frames !== undefined && !Number.isInteger(Number(frames))) throw invalid('frames', 'must be a whole number')
  return {
    body: {
      ...without(rest, 'task_id'),
      model,
      // 24 a second, and the first
      ...(frames !== undefined && { seconds: (Number(frames) - 1) / FRAMES_PER_SECOND }),
      ...(images.length && { images })
    },
    names: { model: 'req_key', seconds: 'frames', images: bytes === undefined ? 'image_urls' : 'binary_data_base64' }
  }
}

function done({ requestId }: WireRequest, data: unknown, message = 'Success'): Written {
  return {
    status: 200,
    body: { code: 10000, data, message, request_id: requestId, status: 10000, time_elapsed: '0ms' }
  }
}

function show(video: FrontVideo, request: WireRequest): Written {
  const { error: failure, files } = video
  switch (stateOf(video)) {
    case 'queued':
      return done(request, { status: 'in_queue' })
    case 'in_progress':
      return done(request, { status: 'generating' })
    case 'completed':
      return done(request, { status: 'done', video_url: files[0]?.url })
    case 'expired':
      return done(request, { status: 'expired' })
    case 'failed':
    case 'cancelled': {
      const { requestId } = request
      const isPolicy = failure?.code === 'content_policy_violation'
      if (!isPolicy) return done(request, { status: 'done', video_url: '' }, failure?.message)
      return {
        status: 400,
        body: { code: 50511, data: null, message: failure?.message, request_id: requestId, status: 50511 }
      }
    }
  }
}

const codes: Readonly<Record<string, number>> = {
  content_policy_violation: 50411,
  rate_limit_exceeded: 50429,
  insufficient_quota: 50430,
  permission_denied: 50400,
  model_not_allowed: 50400
}

function error({ status, code, message, requestId }: Refusal): Written {
  if (status === 401) {
    const gateway = { RequestId: requestId, Error: { CodeN: 100010, Code: 'SignatureDoesNotMatch', Message: message } }
    return { status, body: { ResponseMetadata: gateway } }
  }
  const number = codes[code] ?? (status >= 500 ? 50500 : 50215)
  return { status, body: { code: number, data: null, message, request_id: requestId, status: number } }
}
