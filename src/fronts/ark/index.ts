import { isRecord } from '../../lib/records.ts'
import type { Asked, Front, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { ourId, prefixedId } from '../shared/ids.ts'
import { bodyOf, numberIn, without } from '../shared/read.ts'
import { invalid, refuse } from '../shared/refuse.ts'
import { stateOf, unix, type State } from '../shared/state.ts'

/* Volcengine Ark's tasks (Seedance). Sources: others.md §3, @ai-sdk/bytedance 1.0.29. */

const path = '/api/v3/contents/generations/tasks'
const idIn = ({ params }: WireRequest) => ourId(params.id ?? '')

export const ark = {
  id: 'ark',
  name: 'Volcengine Ark (Seedance)',
  base: '/api/v3',
  owns: /^\/api\/v3(\/|$)/,
  auth: '`Authorization: Bearer`',
  routes: [
    {
      does: 'create',
      method: 'POST',
      path,
      summary: 'Create a task',
      body: {
        model: 'seedance',
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
      read({ query }) {
        const limit = numberIn(query, 'page_size', 20, 500)
        return { limit, skip: (Math.max(numberIn(query, 'page_num', 1, 500), 1) - 1) * limit }
      },
      write: (videos, { hasMore }) => ({
        status: 200,
        body: { items: videos.map(show), total: videos.length + Number(hasMore) }
      })
    },
    {
      does: 'get',
      method: 'GET',
      path: `${path}/{id}`,
      summary: 'Retrieve a task',
      id: idIn,
      write: video => ({ status: 200, body: show(video) })
    },
    {
      does: 'delete',
      method: 'DELETE',
      path: `${path}/{id}`,
      summary: 'Cancel and delete a task',
      id: idIn,
      write: () => ({ status: 200, body: {} })
    }
  ],
  error,
  twins: [{ vendor: 'ark', model: 'doubao-seedance-1-0-pro-250528' }],
  clients: ['@ai-sdk/bytedance'],
  limits: [
    'No callbacks: `callback_url` is refused.',
    'Videos and audio in `content` are refused, as are `frames` and the tier `flex`.',
    'A deleted task is gone, also one that was only cancelled.'
  ]
} satisfies Front

/** The words of `--…` in a prompt, which set fields of the body. */
const commands: Readonly<Record<string, string>> = {
  rs: 'resolution',
  resolution: 'resolution',
  rt: 'ratio',
  ratio: 'ratio',
  dur: 'duration',
  duration: 'duration',
  fps: 'fps',
  framespersecond: 'fps',
  seed: 'seed',
  frames: 'frames'
}

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  if (body.callback_url) throw refuse('callback_url', "callbacks of Ark's kind are not sent; query the task")
  const { content, ...rest } = without(body, 'callback_url')
  if (!Array.isArray(content)) throw invalid('content', 'must be a list')
  const inPrompt: Record<string, unknown> = {}
  const texts: string[] = []
  const images: unknown[] = []
  for (const [index, item] of content.entries()) {
    if (!isRecord(item)) throw invalid(`content.${index}`, 'must be an object')
    if (item.type === 'text') texts.push(String(item.text ?? ''))
    else if (item.type === 'image_url') images.push(item)
    else throw refuse(`content.${index}.type`, 'only text and image_url are supported')
  }
  const prompt = texts
    .join('\n')
    .replaceAll(/(?:^|\s)--([a-z]{2,16})[ =]([^\s-][^\s]{0,20})/g, (all, name: string, value) => {
      const field = commands[name]
      if (field === undefined) return all
      inPrompt[field] = value
      return ''
    })
  return {
    body: { ...inPrompt, ...rest, prompt: prompt.trim(), ...(images.length && { images }) },
    names: { prompt: 'content', images: 'content' }
  }
}

const statuses = {
  queued: 'queued',
  in_progress: 'running',
  completed: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  expired: 'expired'
} as const satisfies Record<State, string>

function show(video: FrontVideo) {
  const { id, model, createdAt, startedAt, finishedAt, seconds, seed, error: failure } = video
  const [file] = video.status === 'completed' ? video.files : []
  const code =
    failure?.code === 'content_policy_violation' ? 'OutputVideoSensitiveContentDetected' : 'InternalServiceError'
  return {
    id: prefixedId('cgt-', id),
    model,
    status: statuses[stateOf(video)],
    error: failure && { code, message: failure.message },
    created_at: unix(createdAt),
    updated_at: unix(finishedAt ?? startedAt ?? createdAt),
    ...(file && { content: { video_url: file.url }, usage: { completion_tokens: 0, total_tokens: 0 } }),
    ...(seed !== null && { seed }),
    ...(seconds !== null && { duration: Math.round(seconds) }),
    ...(file?.fps && { framespersecond: file.fps })
  }
}

const codes: Readonly<Record<string, string>> = {
  invalid_api_key: 'AuthenticationError',
  content_policy_violation: 'InputTextSensitiveContentDetected',
  model_not_found: 'InvalidEndpointOrModel.NotFound',
  model_not_allowed: 'AccessDenied',
  permission_denied: 'AccessDenied',
  video_not_found: 'ResourceNotFound',
  rate_limit_exceeded: 'RateLimitExceeded',
  insufficient_quota: 'QuotaExceeded'
}

function error({ status, code, type, message, param }: Refusal): Written {
  const word = codes[code] ?? (status >= 500 ? 'InternalServiceError' : 'InvalidParameter')
  return { status, body: { error: { code: word, message, param: param ?? '', type } } }
}
