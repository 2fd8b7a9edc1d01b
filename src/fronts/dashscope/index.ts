import { isRecord } from '../../lib/records.ts'
import { toIso } from '../../lib/time.ts'
import type { Asked, Front, FrontRoute, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { codeOf, type Codes } from '../shared/codes.ts'
import { passedOn } from '../shared/content.ts'
import { createBody, framesOf } from '../shared/create-body.ts'
import { idIn, uuid } from '../shared/ids.ts'
import { FILTERED, filtersIn, pageOf, readPage, type NumberedPage } from '../shared/pages.ts'
import { bodyOf, numberIn, objectIn, without } from '../shared/read.ts'
import { invalid } from '../shared/refuse.ts'
import { reasonOf, stateOf, type State } from '../shared/state.ts'

/*
 * Wan on Alibaba Model Studio (DashScope); new-api has the same behind `/ali`. Sources: Model Studio video API references, error codes and the
 * dashscope SDK (others.md §5), @ai-sdk/alibaba 2.0.58.
 */

const operations = ['video-generation', 'image2video'] as const

const createAt = (prefix: string) =>
  operations.map(
    operation =>
      ({
        does: 'create',
        method: 'POST',
        path: `${prefix}/services/aigc/${operation}/video-synthesis`,
        summary: `Create a task: ${operation}`,
        body: {
          model: 'wan2.6-t2v',
          input: { prompt: 'A paper boat on a river' },
          parameters: { size: '1280*720', duration: 5 }
        },
        example: { output: { task_id: '019a5f00-0000-7000-8000-000000000001', task_status: 'PENDING' } },
        read,
        write: (video, request) =>
          done(request, { output: { task_id: uuid(video.id), task_status: statuses[stateOf(video)] } })
      }) satisfies FrontRoute
  )

const routesAt = (prefix: string): FrontRoute[] => [
  ...createAt(prefix),
  {
    does: 'list',
    method: 'GET',
    path: `${prefix}/tasks`,
    summary: 'List tasks',
    read: request => readPage(pageIn(request)),
    write(videos, page, request) {
      const asked = pageIn(request)
      const { items, total } = pageOf(videos.map(listed), page, asked)
      const { number, size } = asked
      return done(request, {
        data: items,
        page_no: number,
        page_size: size,
        total,
        total_page: Math.ceil(total / Math.max(size, 1))
      })
    }
  },
  {
    does: 'get',
    method: 'GET',
    path: `${prefix}/tasks/{id}`,
    summary: 'Retrieve a task',
    example: { output: { task_id: '019a5f00-0000-7000-8000-000000000001', task_status: 'SUCCEEDED', video_url: '…' } },
    id: idIn,
    write: (video, request) => done(request, show(video))
  },
  {
    does: 'cancel',
    method: 'POST',
    path: `${prefix}/tasks/{id}/cancel`,
    summary: 'Cancel a task',
    id: idIn,
    write: (video, request) =>
      stateOf(video) === 'cancelled'
        ? done(request, {})
        : failed(400, 'UnsupportedOperation', 'The task has ended.', request.requestId)
  }
]

export const dashscope = {
  id: 'dashscope',
  name: 'Alibaba Model Studio (Wan)',
  base: '/api/v1',
  owns: /^(\/ali)?\/api\/v1\/(services|tasks)(\/|$)/,
  auth: '`Authorization: Bearer`',
  routes: ['/api/v1', '/ali/api/v1'].flatMap(routesAt),
  error,
  twins: [{ vendor: 'dashscope', base: '', model: 'wan3.0-video' }],
  clients: ['@ai-sdk/alibaba'],
  limits: [
    'A prompt is required, also with images.',
    'Videos and sound among `media`, `reference_urls` and `audio_url` are passed on as `metadata`, which not every vendor takes.',
    `\`total\` of a list counts what is known so far; filters look at the newest ${FILTERED} tasks.`,
    'A running task is cancelled, too; a task that nobody knows is a 404, not `UNKNOWN`.'
  ]
} satisfies Front

// what only these models know
const settings = ['prompt_extend', 'watermark', 'shot_type', 'audio_setting', 'template', 'function']
const sounds = ['audio_url', 'reference_video_urls', 'reference_video_description']

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  const all: Record<string, unknown> = {
    ...without(body, 'input', 'parameters'),
    ...objectIn(body, 'parameters'),
    ...objectIn(body, 'input')
  }
  const frames = framesOf(all.img_url ?? all.first_frame_url, all.last_frame_url)
  const references = listIn([all.reference_urls, all.reference_url].flat(), 'reference_urls').map(({ url }) => ({
    type: isFilm(url) ? 'reference_video' : 'reference_image',
    url
  }))
  const items = [...references, ...listIn(all.media, 'media')]
  const images = items.filter(isImage).map(({ type, url }) => ({ url, role: type === 'image' ? undefined : type }))
  const rest = items.filter(item => !isImage(item))
  const passed = [...sounds.filter(name => all[name] !== undefined), ...(rest.length ? ['media'] : [])]
  const name = frames.length ? 'input.img_url' : 'input.media'
  return {
    body: createBody(all, {
      images: [...frames, ...images],
      settings: [...settings, ...sounds],
      read: ['img_url', 'first_frame_url', 'last_frame_url', 'reference_urls', 'reference_url', 'media'],
      metadata: rest.length ? { media: rest } : {}
    }),
    names: { prompt: 'input.prompt', image: name, images: name },
    warnings: passed.map(field => ({ field, reason: passedOn }))
  }
}

function listIn(value: unknown, name: string): Record<string, unknown>[] {
  const items: unknown[] = [value ?? []].flat().filter(item => item !== undefined && item !== null)
  return items.map((item, index) => {
    if (typeof item === 'string') return { url: item }
    if (isRecord(item)) return item
    throw invalid(`input.${name}.${index}`, 'must be an object with a type and a url')
  })
}

const isFilm = (url: unknown) => typeof url === 'string' && /\.(mp4|mov)([?#]|$)/i.test(url)

const isImage = ({ type }: Record<string, unknown>) =>
  type === undefined || type === 'image' || /^(first_frame|last_frame|reference_image)$/.test(String(type))

function pageIn({ query }: WireRequest): NumberedPage {
  return {
    number: numberIn(query, 'page_no', 1, 500),
    size: numberIn(query, 'page_size', 10, 100),
    filters: filtersIn(query, { model_name: 'model_name', status: 'status' })
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

/** As the list has a task; its times are milliseconds. */
const listed = (video: FrontVideo) => ({
  task_id: uuid(video.id),
  status: statuses[stateOf(video)],
  model_name: video.model,
  start_time: video.createdAt,
  ...(video.finishedAt !== null && { end_time: video.finishedAt })
})

function show(video: FrontVideo) {
  const { id, createdAt, startedAt, finishedAt, prompt, error: failure, files } = video
  const [file] = video.status === 'completed' ? files : []
  const seconds = file?.seconds ?? video.seconds
  return {
    output: {
      task_id: uuid(id),
      task_status: statuses[stateOf(video)],
      submit_time: stamp(createdAt),
      ...(startedAt !== null && { scheduled_time: stamp(startedAt) }),
      ...(finishedAt !== null && { end_time: stamp(finishedAt) }),
      orig_prompt: prompt,
      ...(file && { video_url: file.url }),
      ...(failure && { code: reasons[failure.code] ?? 'InternalError', message: reasonOf(video) })
    },
    ...(file && {
      usage: {
        video_count: files.length,
        ...(seconds !== null && { duration: seconds, output_video_duration: seconds, input_video_duration: 0 }),
        ...(file.width &&
          file.height && { SR: Math.min(file.width, file.height), size: `${file.width}*${file.height}` }),
        ...(file.fps && { fps: file.fps })
      }
    })
  }
}

/** `2026-11-30 14:08:25.000` */
const stamp = (time: number) => toIso(time).replace('T', ' ').replace(/Z$/, '')

const reasons: Readonly<Record<string, string>> = {
  content_policy_violation: 'DataInspectionFailed',
  invalid_request: 'InvalidParameter'
}

const done = ({ requestId }: WireRequest, body: object): Written => ({
  status: 200,
  body: { ...body, request_id: requestId }
})

const failed = (status: number, code: string, message: string, requestId: string): Written => ({
  status,
  body: { code, message, request_id: requestId }
})

/** Model Studio's codes, with the status that each has ("Error codes"). */
const codes: Codes<string> = {
  named: {
    content_policy_violation: ['DataInspectionFailed', 400],
    invalid_api_key: ['InvalidApiKey', 401],
    not_signed_in: ['InvalidApiKey', 401],
    model_not_allowed: ['Model.AccessDenied', 403],
    permission_denied: ['AccessDenied', 403],
    ip_not_allowed: ['AccessDenied', 403],
    insufficient_quota: ['Arrearage', 400],
    model_not_found: ['ModelNotFound', 404],
    rate_limit_exceeded: ['Throttling.RateQuota', 429],
    no_channel_available: ['ModelServingError', 503],
    overloaded: ['ServiceUnavailable', 503]
  },
  request: 'InvalidParameter',
  server: 'InternalError'
}

function error(refusal: Refusal): Written {
  const { code, status } = codeOf(codes, refusal)
  return failed(status, code, refusal.message, refusal.requestId)
}
