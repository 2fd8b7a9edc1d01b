import type { Asked, Front, FrontModel, FrontRoute, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { bareId, idIn, ourId } from '../shared/ids.ts'
import { bodyOf, headerOf, objectIn, without } from '../shared/read.ts'
import { invalid } from '../shared/refuse.ts'
import { stateOf, type State } from '../shared/state.ts'
import { toIso } from '../../lib/time.ts'

/* Replicate's predictions. Sources: replicate.com/docs/reference/http, npm replicate 1.4.0, @ai-sdk/replicate 3.0.46. */

const LONGEST_WAIT = 60
const PAGE = 100

const creates = {
  does: 'create',
  method: 'POST',
  body: { input: { prompt: 'A paper boat on a river', duration: 5, aspect_ratio: '16:9' } },
  example: { id: '019a5f00000070008000000000000001', status: 'starting', output: null },
  read,
  waits,
  // `run` takes an answer that is not `starting` for the end
  write(video: FrontVideo, request: WireRequest) {
    const shown = show(video, request)
    return { status: 201, body: shown.status === 'processing' ? { ...shown, status: 'starting' } : shown }
  }
} satisfies Partial<FrontRoute>

const answer = (video: FrontVideo, request: WireRequest): Written => ({ status: 200, body: show(video, request) })
export const replicate = {
  id: 'replicate',
  name: 'Replicate',
  base: '/v1',
  owns: /^\/v1\/(predictions(\/|$)|(models|deployments)\/[^/]+\/[^/]+(\/|$))/,
  auth: '`Authorization: Bearer` or `Token`',
  routes: [
    { ...creates, path: '/v1/predictions', summary: 'Create a prediction of a version' },
    { ...creates, path: '/v1/models/{id}/{name}/predictions', summary: 'Create a prediction of a model' },
    { ...creates, path: '/v1/deployments/{id}/{name}/predictions', summary: 'Create a prediction of a deployment' },
    {
      does: 'list',
      method: 'GET',
      path: '/v1/predictions',
      summary: 'List predictions',
      read: ({ query: { cursor } }) => ({
        limit: PAGE,
        ...(typeof cursor === 'string' && { after: ourId(cursor) })
      }),
      write(videos, { hasMore }, request) {
        const last = videos.at(-1)
        const next = hasMore && last ? `${request.origin}/v1/predictions?cursor=${bareId(last.id)}` : null
        return { status: 200, body: { previous: null, next, results: videos.map(video => show(video, request)) } }
      }
    },
    {
      does: 'get',
      method: 'GET',
      path: '/v1/predictions/{id}',
      summary: 'Retrieve a prediction',
      id: idIn,
      write: answer
    },
    {
      does: 'cancel',
      method: 'POST',
      path: '/v1/predictions/{id}/cancel',
      summary: 'Cancel a prediction',
      id: idIn,
      write: answer
    }
  ],
  callback: { field: 'webhook', tells: ['started', 'ended'], write: show },
  error,
  twins: [{ vendor: 'replicate', model: 'kwaivgi/kling-v2.5-turbo-pro' }],
  clients: ['replicate', '@ai-sdk/replicate'],
  limits: [
    '`webhook` is told of the start and of the end; of `webhook_events_filter` `output` and `logs` are told with `completed`.',
    '`owner/name` is a model of that name, else the model `name`; a version without a name is unknown.',
    'Warnings are in `logs`.'
  ]
} satisfies Front

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  const { id: owner, name } = request.params
  const named = owner !== undefined ? `${owner}/${name ?? ''}` : body.version
  if (typeof named !== 'string') throw invalid('version', 'must be owner/name')
  const { start_image: start, end_image: end, ...input } = objectIn(body, 'input')
  return {
    body: {
      ...without(body, 'input', 'version', 'webhook', 'webhook_events_filter', 'stream'),
      ...input,
      first_frame: start,
      last_frame: end,
      // owner/name:version
      model: named.split(':')[0],
      ...(body.webhook !== undefined && { callback_url: body.webhook })
    },
    ...toldOf(body.webhook_events_filter),
    names: { callback_url: 'webhook', first_frame: 'input.start_image', last_frame: 'input.end_image' }
  }
}

const events = ['start', 'output', 'logs', 'completed']

/** `webhook_events_filter`; without it everything is told. */
function toldOf(filter: unknown): Pick<Asked, 'tells'> {
  if (filter === undefined || filter === null) return {}
  if (!Array.isArray(filter) || filter.some(event => !events.includes(String(event))))
    throw invalid('webhook_events_filter', `must be a list of ${events.join(', ')}`)
  const ended = filter.some(event => event !== 'start')
  return {
    tells: [...(filter.includes('start') ? (['started'] as const) : []), ...(ended ? (['ended'] as const) : [])]
  }
}

/** `Prefer: wait`, or `wait=30`. */
function waits(request: WireRequest): number | null {
  const [, seconds] = /\bwait(?:\s*=\s*"?(\d{1,3}))?/i.exec(headerOf(request, 'prefer') ?? '') ?? [null, null]
  if (seconds === null) return null
  return Math.min(seconds === undefined ? LONGEST_WAIT : Number(seconds), LONGEST_WAIT)
}

const statuses = {
  queued: 'starting',
  in_progress: 'processing',
  completed: 'succeeded',
  failed: 'failed',
  cancelled: 'canceled',
  expired: 'failed'
} as const satisfies Record<State, string>

function show(video: FrontVideo, { origin }: WireRequest) {
  const { createdAt, startedAt, finishedAt, files, prompt, seconds } = video
  const id = bareId(video.id)
  const urls = files.map(({ url }) => url)
  const url = `${origin}/v1/predictions/${id}`
  return {
    id,
    model: video.model,
    version: 'hidden',
    input: { prompt, ...(seconds !== null && { duration: seconds }) },
    logs: logsOf(video),
    output: video.status !== 'completed' ? null : urls.length === 1 ? urls[0] : urls,
    data_removed: false,
    error: errorOf(video),
    source: 'api',
    status: statuses[stateOf(video)] as string,
    created_at: toIso(createdAt),
    started_at: startedAt === null ? null : toIso(startedAt),
    completed_at: finishedAt === null ? null : toIso(finishedAt),
    urls: { get: url, cancel: `${url}/cancel` },
    metrics: finishedAt === null ? {} : { predict_time: (finishedAt - (startedAt ?? finishedAt)) / 1000 }
  }
}

// E005 is Replicate's code for what it flags
const errorOf = ({ error: failure }: FrontVideo) =>
  failure && (failure.code === 'content_policy_violation' ? `${failure.message} (E005)` : failure.message)

/** Warnings, and progress as tqdm writes it, which clients read. */
function logsOf({ warnings, status, progress }: FrontVideo): string {
  const lines = warnings.map(({ field, reason }) => `${field}: ${reason}`)
  const bar = '█'.repeat(Math.floor(progress / 10)).padEnd(10)
  return [...lines, ...(status === 'in_progress' ? [` ${progress}%|${bar}| ${progress}/100`] : [])].join('\n')
}

/** A model in Replicate's list, which `GET /v1/models` carries beside OpenAI's. */
export function showReplicateModel({ name, owner }: Pick<FrontModel, 'name' | 'owner'>, origin: string) {
  const [first, ...rest] = name.split('/')
  const [by, title] = rest.length ? [first, rest.join('/')] : [owner, name]
  return {
    url: `${origin}/v1/models/${by}/${title}`,
    owner: by,
    name: title,
    description: null,
    visibility: 'private',
    run_count: 0,
    latest_version: null
  }
}

function error({ status, code, message }: Refusal): Written {
  return { status, body: { title: code, detail: message, status } }
}
