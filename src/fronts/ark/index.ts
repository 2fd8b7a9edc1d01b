import type { Asked, Front, FrontRoute, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { codeOf, type Codes } from '../shared/codes.ts'
import { passedOn, readContent } from '../shared/content.ts'
import { createBody } from '../shared/create-body.ts'
import { idIn, ourId, prefixedId } from '../shared/ids.ts'
import { FILTERED, filtersIn, pageOf, readPage, type NumberedPage } from '../shared/pages.ts'
import { bodyOf, numberIn, without } from '../shared/read.ts'
import { reasonOf, stateOf, unix, type State } from '../shared/state.ts'
import { readCommands } from './commands.ts'

/*
 * Seedance on Volcengine Ark and BytePlus ModelArk; new-api has the same behind `/doubao`. Sources: their video generation API pages (others.md §3),
 * @ai-sdk/bytedance 1.0.29.
 */

const routesAt = (prefix: string) => {
  const path = `${prefix}/api/v3/contents/generations/tasks`
  return [
    {
      does: 'create',
      method: 'POST',
      path,
      summary: 'Create a task',
      body: {
        model: 'doubao-seedance-2-0-260128',
        content: [{ type: 'text', text: 'A paper boat on a river' }],
        ratio: '16:9',
        duration: 5
      },
      example: { id: 'cgt-019a5f00000070008000000000000001' },
      read,
      write: ({ id }) => ({ status: 200, body: { id: prefixedId('cgt-', id) } })
    },
    {
      does: 'list',
      method: 'GET',
      path,
      summary: 'List tasks',
      read: request => readPage(pageIn(request)),
      write: (videos, page, request) => ({ status: 200, body: pageOf(videos.map(show), page, pageIn(request)) })
    },
    {
      does: 'get',
      method: 'GET',
      path: `${path}/{id}`,
      summary: 'Retrieve a task',
      example: { id: 'cgt-019a5f00000070008000000000000001', status: 'succeeded', content: { video_url: '…' } },
      id: idIn,
      write: video => ({ status: 200, body: show(video) })
    },
    {
      does: 'discard',
      method: 'DELETE',
      path: `${path}/{id}`,
      summary: 'Cancel a task, or delete one that has ended',
      id: idIn,
      write: () => ({ status: 200, body: {} })
    }
  ] satisfies FrontRoute[]
}

export const ark = {
  id: 'ark',
  name: 'Volcengine Ark (Seedance)',
  base: '/api/v3',
  owns: /^(\/doubao)?\/api\/v3(\/|$)/,
  auth: '`Authorization: Bearer`',
  routes: ['', '/doubao'].flatMap(routesAt),
  callback: { field: 'callback_url', tells: ['started', 'ended'], write: show },
  error,
  twins: [{ vendor: 'ark', base: '', model: 'doubao-seedance-2-0-260128' }],
  clients: ['@ai-sdk/bytedance'],
  limits: [
    'No last frame: `return_last_frame` is a warning.',
    '`usage` is what Ark’s formula says of the file (seconds × width × height × fps / 1024), whoever made it.',
    `\`total\` of a list counts what is known so far; filters look at the newest ${FILTERED} tasks.`,
    'A prompt is required, also with images.',
    'Videos, sound, `frames`, `draft` and `service_tier` are passed on as `metadata`, which not every vendor takes.'
  ]
} satisfies Front

// what only Ark's own models know
const settings = [
  'frames',
  'camera_fixed',
  'watermark',
  'service_tier',
  'execution_expires_after',
  'draft',
  'tools',
  'priority',
  'output_format',
  'omni_reference_task_type'
]

// of these: what changes the film or its price
const decisive = ['frames', 'service_tier', 'draft', 'omni_reference_task_type']

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  const { prompt: text, images, rest, warnings } = readContent(body.content)
  const { prompt, fields } = readCommands(text ?? '')
  const all: Record<string, unknown> = { ...fields, ...without(body, 'content', 'return_last_frame') }
  if (body.return_last_frame) warnings.push({ field: 'return_last_frame', reason: 'ignored: there is no last frame' })
  for (const field of decisive.filter(name => all[name] && all[name] !== 'default'))
    warnings.push({ field, reason: passedOn })
  return {
    body: {
      ...createBody(all, {
        images,
        settings,
        read: ['safety_identifier'],
        metadata: rest.length ? { content: rest } : {}
      }),
      ...(text !== undefined && { prompt }),
      ...(all.safety_identifier !== undefined && { user: all.safety_identifier })
    },
    names: { prompt: 'content', image: 'content', images: 'content', user: 'safety_identifier' },
    warnings
  }
}

/** A page of the list; `filter.service_tier` is nothing that we can tell. */
function pageIn({ query }: WireRequest): NumberedPage {
  const { id, ...filters } = filtersIn(query, names)
  return {
    number: numberIn(query, 'page_num', 1, 500),
    size: numberIn(query, 'page_size', 10, 500),
    filters: { ...filters, ...(id && { id: id.map(text => prefixedId('cgt-', ourId(text))) }) }
  }
}

const names = { 'filter.task_ids': 'id', 'filter.model': 'model', 'filter.status': 'status' }

const statuses = {
  queued: 'queued',
  in_progress: 'running',
  completed: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  expired: 'expired'
} as const satisfies Record<State, string>

function show(video: FrontVideo) {
  const { id, model, createdAt, startedAt, finishedAt, seed, seconds, error: failure } = video
  const [file] = video.status === 'completed' ? video.files : []
  const tokens = file && tokensOf(file)
  return {
    id: prefixedId('cgt-', id),
    model,
    status: statuses[stateOf(video)],
    error: failure && { code: reasons[failure.code] ?? 'InternalServiceError', message: reasonOf(video) },
    created_at: unix(createdAt),
    updated_at: unix(finishedAt ?? startedAt ?? createdAt),
    ...(file && { content: { video_url: file.url } }),
    ...(tokens && { usage: { completion_tokens: tokens, total_tokens: tokens } }),
    ...(seed !== null && { seed }),
    ...(seconds !== null && { duration: Math.round(seconds) }),
    ...(file?.fps && { framespersecond: Math.round(file.fps) })
  }
}

const tokensOf = ({ seconds, width, height, fps }: FrontVideo['files'][number]) =>
  seconds && width && height && Math.round((seconds * width * height * (fps ?? 24)) / 1024)

const reasons: Readonly<Record<string, string>> = {
  content_policy_violation: 'OutputVideoSensitiveContentDetected',
  invalid_request: 'InvalidParameter'
}

/** Ark's codes, with the status that each has (Ark, "Error codes"). */
const codes: Codes<string> = {
  named: {
    content_policy_violation: ['InputTextSensitiveContentDetected', 400],
    invalid_api_key: ['AuthenticationError', 401],
    not_signed_in: ['AuthenticationError', 401],
    model_not_allowed: ['AccessDenied', 403],
    permission_denied: ['AccessDenied', 403],
    ip_not_allowed: ['AccessDenied', 403],
    insufficient_quota: ['AccountOverdueError', 403],
    model_not_found: ['InvalidEndpointOrModel.NotFound', 404],
    video_not_found: ['NotFound', 404],
    not_found: ['NotFound', 404],
    rate_limit_exceeded: ['AccountRateLimitExceeded', 429],
    no_channel_available: ['ServerOverloaded', 429],
    overloaded: ['ServerOverloaded', 429]
  },
  request: 'InvalidParameter',
  server: 'InternalServiceError'
}

function error(refusal: Refusal): Written {
  const { code, status } = codeOf(codes, refusal)
  const { message, type, param } = refusal
  return { status, body: { error: { code, message, param, type } } }
}
