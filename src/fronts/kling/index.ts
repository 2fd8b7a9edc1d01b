import { isRecord } from '../../lib/records.ts'
import type { Asked, Front, FrontRoute, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { idIn, ourId } from '../shared/ids.ts'
import { bodyOf, headerOf, numberIn, without } from '../shared/read.ts'
import { passedOn } from '../shared/content.ts'
import { invalid } from '../shared/refuse.ts'
import { reasonOf } from '../shared/state.ts'

/*
 * Kling's API as programs know it, at its own paths, behind new-api's prefix `/kling`, and at Cloudsway's. Sources: kling.md §3 to §5, cloudsway.md.
 */

const EXTEND = 'video-extend'
const operations = ['text2video', 'image2video', 'multi-image2video', 'omni-video', EXTEND] as const

const routesAt = (prefix: string) =>
  operations.flatMap(
    operation =>
      [
        {
          does: 'create',
          method: 'POST',
          path: `${prefix}/${operation}`,
          summary: `Create a task: ${operation}`,
          body:
            operation === EXTEND
              ? { video_id: 'video_019a5f00000070008000000000000001', prompt: 'It sails on' }
              : { model_name: 'kling-v1', prompt: 'A paper boat on a river', duration: '5', aspect_ratio: '16:9' },
          example: {
            code: 0,
            message: 'SUCCEED',
            request_id: 'req_1',
            data: { task_id: 'video_019a5f00000070008000000000000001', task_status: 'submitted' }
          },
          read: operation === EXTEND ? readExtension : read,
          write: (video, request) => done(request, show(video, request))
        },
        {
          does: 'list',
          method: 'GET',
          path: `${prefix}/${operation}`,
          summary: `List tasks: ${operation}`,
          read({ query }) {
            const limit = numberIn(query, 'pageSize', 30, 500)
            return { limit, skip: (Math.max(numberIn(query, 'pageNum', 1, 1000), 1) - 1) * limit }
          },
          write: (videos, _page, request) =>
            done(
              request,
              videos.map(video => show(video))
            )
        },
        {
          does: 'get',
          method: 'GET',
          path: `${prefix}/${operation}/{id}`,
          summary: `Retrieve a task: ${operation}`,
          id: idIn,
          write: (video, request) => done(request, show(video))
        }
      ] satisfies FrontRoute[]
  )

const prefixes = ['/v1/videos', '/kling/v1/videos', '/v1/ai/{endpoint}/kling/videos'] as const

// what an Idempotency-Key may have, less our prefix
const LONGEST_REFERENCE = 240

export const kling = {
  id: 'kling',
  name: 'Kling and Cloudsway',
  base: '',
  owns: /^(\/kling(\/|$)|\/v1\/ai(\/|$)|\/v1\/videos\/((text|image|multi-image)2video|omni-video|video-extend)(\/|$))/,
  auth: '`Authorization: Bearer`; or Kling’s JWT with a key of ours as access key',
  key: keyOf,
  routes: prefixes.flatMap(routesAt),
  callback: { field: 'callback_url', tells: ['started', 'ended'], write: video => show(video) },
  error,
  twins: [
    { vendor: 'kling', model: 'kling-v2-6' },
    { vendor: 'cloudsway', model: 'kling-v1', options: { endpoint_path: 'EP' } }
  ],
  clients: [],
  limits: [
    '`external_task_id` makes a create repeatable, but is no id to ask by; it is echoed by the create alone.',
    'A JWT is read, not verified: its access key must be a key of ours, and is as secret as a Bearer.',
    'Lists have the tasks of all operations. `video-extend` continues the first video of a task.'
  ]
} satisfies Front

/** Returns the access key of a JWT that is a key of ours: the secret key behind its signature is nothing that we have. */
function keyOf(request: WireRequest): string | undefined {
  const [, payload] = /^Bearer +[\w-]+\.([\w-]+)\.[\w-]*$/i.exec(headerOf(request, 'authorization') ?? '') ?? []
  if (payload === undefined) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return isRecord(claims) && typeof claims.iss === 'string' ? claims.iss : undefined
  } catch {
    return undefined
  }
}

// what Kling's own models do, and others have no word for
const settings = [
  'camera_control',
  'multi_shot',
  'shot_type',
  'multi_prompt',
  'element_list',
  'voice_list',
  'watermark_info',
  'static_mask',
  'dynamic_masks',
  'video_list'
]

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  const { external_task_id: reference, model_name: model, image_list: list, ...rest } = body
  if (typeof reference === 'string' && reference.length > LONGEST_REFERENCE)
    throw invalid('external_task_id', `must have at most ${LONGEST_REFERENCE} characters`)
  const metadata = Object.fromEntries(settings.flatMap(name => (rest[name] === undefined ? [] : [[name, rest[name]]])))
  return {
    body: {
      ...without(rest, ...settings),
      model: model ?? rest.model,
      ...(Array.isArray(list) && { images: list.map(asImage) }),
      ...(Object.keys(metadata).length && { metadata })
    },
    names: { model: 'model_name', images: 'image_list' },
    warnings: Object.keys(metadata).map(field => ({ field, reason: passedOn })),
    ...(typeof reference === 'string' && reference !== '' && { reference: `kling:${reference}` })
  }
}

function readExtension(request: WireRequest): Asked {
  const { video_id: id, task_id: _, ...body } = bodyOf(request)
  if (typeof id !== 'string' || id === '') throw invalid('video_id', 'is required')
  const asked = read({ ...request, body })
  return { ...asked, rework: { does: 'extend', id: ourId(id) }, names: { ...asked.names, id: 'video_id' } }
}

// `{image}` and `{image_url, type?}`
const asImage = (item: unknown) => (isRecord(item) ? { type: 'reference_image', ...item } : item)

const statuses = {
  queued: 'submitted',
  in_progress: 'processing',
  completed: 'succeed',
  failed: 'failed'
} as const satisfies Record<FrontVideo['status'], string>

function show(video: FrontVideo, request?: WireRequest) {
  const { id, createdAt, startedAt, finishedAt, seconds } = video
  const reference = isRecord(request?.body) ? request.body.external_task_id : undefined
  return {
    task_id: id,
    task_status: statuses[video.status],
    task_status_msg: reasonOf(video) ?? '',
    task_info: reference === undefined ? {} : { external_task_id: reference },
    created_at: createdAt,
    updated_at: finishedAt ?? startedAt ?? createdAt,
    ...(video.status === 'completed' && {
      task_result: {
        videos: video.files.map((file, number) => ({
          id: number === 0 ? id : `${id}_${number}`,
          url: file.url,
          duration: String(file.seconds ?? seconds ?? '')
        }))
      }
    })
  }
}

const done = ({ requestId }: WireRequest, data: unknown): Written => ({
  status: 200,
  body: { code: 0, message: 'SUCCEED', request_id: requestId, data }
})

/** Kling's codes, with the status that each has (kling.md §5). */
const codes: Readonly<Record<string, readonly [code: number, status: number]>> = {
  invalid_api_key: [1002, 401],
  not_signed_in: [1002, 401],
  content_policy_violation: [1301, 400],
  model_not_allowed: [1103, 403],
  permission_denied: [1103, 403],
  ip_not_allowed: [1304, 429],
  model_not_found: [1203, 404],
  video_not_found: [1203, 404],
  not_found: [1203, 404],
  method_not_allowed: [1202, 404],
  rate_limit_exceeded: [1302, 429],
  insufficient_quota: [1102, 429],
  internal_error: [5000, 500],
  upstream_error: [5000, 500],
  overloaded: [5001, 503],
  no_channel_available: [5001, 503],
  upstream_timeout: [5002, 504]
}

function error({ status, code, message, requestId }: Refusal): Written {
  const [number, sent] = codes[code] ?? [status >= 500 ? 5000 : 1201, status]
  return { status: sent, body: { code: number, message, request_id: requestId } }
}
