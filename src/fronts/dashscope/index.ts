import type { Asked, Front, FrontRoute, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { ourId, uuid } from '../shared/ids.ts'
import { bodyOf, numberIn, objectIn, without } from '../shared/read.ts'
import { stateOf, type State } from '../shared/state.ts'
import { toIso } from '../../lib/time.ts'

/* Alibaba's DashScope (Wan). Sources: others.md (Model Studio), @ai-sdk/alibaba 2.0.58. */

const services = '/api/v1/services/aigc'
const idIn = ({ params }: WireRequest) => ourId(params.id ?? '')

const creates = {
  does: 'create',
  method: 'POST',
  summary: 'Create a task',
  body: { model: 'wan', input: { prompt: 'A paper boat on a river' }, parameters: { size: '1280*720', duration: 5 } },
  example: { request_id: 'req_1', output: { task_id: '019a5f00-0000-7000-8000-000000000001', task_status: 'PENDING' } },
  read,
  write: (video: FrontVideo, { requestId }: WireRequest) => ({
    status: 200,
    body: { request_id: requestId, output: { task_id: uuid(video.id), task_status: statusOf(video) } }
  })
} satisfies Partial<FrontRoute>

export const dashscope = {
  id: 'dashscope',
  name: 'Alibaba DashScope (Wan)',
  base: '',
  owns: /^\/api\/v1\/(services|tasks)(\/|$)/,
  auth: '`Authorization: Bearer`',
  routes: [
    { ...creates, path: `${services}/video-generation/video-synthesis` },
    { ...creates, path: `${services}/image2video/video-synthesis` },
    {
      does: 'list',
      method: 'GET',
      path: '/api/v1/tasks',
      summary: 'List tasks',
      read({ query }) {
        const limit = numberIn(query, 'page_size', 10, 100)
        return { limit, skip: (Math.max(numberIn(query, 'page_no', 1, 1000), 1) - 1) * limit }
      },
      write: (videos, { hasMore }, { requestId, query }) => {
        const page = Number(query.page_no ?? 1)
        const data = videos.map(video => ({
          task_id: uuid(video.id),
          status: statusOf(video),
          model_name: video.model,
          start_time: video.createdAt
        }))
        return { status: 200, body: { request_id: requestId, data, page_no: page, total_page: page + Number(hasMore) } }
      }
    },
    {
      does: 'get',
      method: 'GET',
      path: '/api/v1/tasks/{id}',
      summary: 'Retrieve a task',
      id: idIn,
      write: (video, request) => ({ status: 200, body: show(video, request) })
    },
    {
      does: 'cancel',
      method: 'POST',
      path: '/api/v1/tasks/{id}/cancel',
      summary: 'Cancel a task',
      id: idIn,
      write: (_video, { requestId }) => ({ status: 200, body: { request_id: requestId } })
    }
  ],
  error,
  twins: [{ vendor: 'dashscope', model: 'wan2.5-t2v-preview' }],
  clients: ['@ai-sdk/alibaba'],
  limits: [
    'Audio and videos in `input` are refused.',
    '`prompt_extend`, `template` and `watermark` are ignored with a warning in the header `x-reelay-warnings`.'
  ]
} satisfies Front

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  const { img_url: image, reference_urls: references, media, ...input } = objectIn(body, 'input')
  const { resolution, ...parameters } = objectIn(body, 'parameters')
  return {
    body: {
      ...without(body, 'input', 'parameters'),
      ...input,
      ...parameters,
      first_frame: image,
      reference_images: references,
      images: media,
      resolution: typeof resolution === 'string' ? resolution.toLowerCase() : resolution
    },
    names: { first_frame: 'input.img_url', reference_images: 'input.reference_urls', images: 'input.media' }
  }
}

const statuses = {
  queued: 'PENDING',
  in_progress: 'RUNNING',
  completed: 'SUCCEEDED',
  failed: 'FAILED',
  cancelled: 'CANCELED',
  expired: 'FAILED'
} as const satisfies Record<State, string>

const statusOf = (video: FrontVideo) => statuses[stateOf(video)]

// `2026-11-30 13:32:37.000`, as its documents show it
const stamp = (time: number) => toIso(time).replace('T', ' ').replace('Z', '')

function show(video: FrontVideo, { requestId }: WireRequest) {
  const { createdAt, startedAt, finishedAt, prompt, seconds, error: failure } = video
  const [file] = video.status === 'completed' ? video.files : []
  return {
    request_id: requestId,
    output: {
      task_id: uuid(video.id),
      task_status: statusOf(video),
      submit_time: stamp(createdAt),
      ...(startedAt !== null && { scheduled_time: stamp(startedAt) }),
      ...(finishedAt !== null && { end_time: stamp(finishedAt) }),
      orig_prompt: prompt,
      ...(file && { video_url: file.url }),
      ...(failure && { code: failureCodes[failure.code] ?? 'InternalError', message: failure.message })
    },
    ...(file && { usage: { video_count: 1, video_duration: Math.round(file.seconds ?? seconds ?? 0) } })
  }
}

const failureCodes: Readonly<Record<string, string>> = {
  content_policy_violation: 'DataInspectionFailed',
  invalid_request: 'InvalidParameter'
}

const codes: Readonly<Record<string, string>> = {
  ...failureCodes,
  invalid_api_key: 'InvalidApiKey',
  model_not_found: 'ModelNotFound',
  model_not_allowed: 'Model.AccessDenied',
  permission_denied: 'AccessDenied',
  insufficient_quota: 'Arrearage',
  rate_limit_exceeded: 'Throttling.RateQuota'
}

function error({ status, code, message, requestId }: Refusal): Written {
  const word = codes[code] ?? (status >= 500 ? 'InternalError' : 'InvalidParameter')
  return { status, body: { code: word, message, request_id: requestId } }
}
