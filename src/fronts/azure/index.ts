import { isRecord } from '../../lib/records.ts'
import type { Asked, Front, FrontRoute, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { bareId, idIn, ourId, prefixedId } from '../shared/ids.ts'
import { bodyOf, numberIn, without } from '../shared/read.ts'
import { invalid, refuse } from '../shared/refuse.ts'
import { stateOf, unix, type State } from '../shared/state.ts'

/*
 * Azure OpenAI's preview jobs API for Sora 1. Azure has retired it; programs for it remain. Sources: others.md (Azure), two public programs whose
 * flow was recorded, Microsoft's samples.
 */

const routesAt = (prefix: string) =>
  [
    {
      does: 'create',
      method: 'POST',
      path: `${prefix}/jobs`,
      summary: 'Create a job',
      body: { model: 'sora', prompt: 'A paper boat on a river', width: 1280, height: 720, n_seconds: 5 },
      example: { object: 'video.generation.job', id: 'task_019a5f00000070008000000000000001', status: 'queued' },
      read,
      write: video => ({ status: 201, body: show(video) })
    },
    {
      does: 'list',
      method: 'GET',
      path: `${prefix}/jobs`,
      summary: 'List jobs',
      read: ({ query }) => ({
        limit: numberIn(query, 'limit', 20, 100),
        ...(typeof query.after === 'string' && { after: ourId(query.after) })
      }),
      write(videos, { hasMore }) {
        const data = videos.map(show)
        return {
          status: 200,
          body: { object: 'list', data, has_more: hasMore, first_id: data[0]?.id, last_id: data.at(-1)?.id }
        }
      }
    },
    {
      does: 'get',
      method: 'GET',
      path: `${prefix}/jobs/{id}`,
      summary: 'Retrieve a job',
      id: idIn,
      write: video => ({ status: 200, body: show(video) })
    },
    {
      does: 'delete',
      method: 'DELETE',
      path: `${prefix}/jobs/{id}`,
      summary: 'Delete a job',
      id: idIn,
      write: () => ({ status: 204 })
    },
    {
      does: 'content',
      method: 'GET',
      path: `${prefix}/{id}/content/video`,
      summary: 'Download the file of a generation',
      file: ({ params }) => generationOf(params.id ?? '')
    },
    {
      does: 'content',
      method: 'GET',
      path: `${prefix}/{id}/content/thumbnail`,
      summary: 'Download the thumbnail of a generation',
      file: ({ params }) => ({ ...generationOf(params.id ?? ''), variant: 'thumbnail' })
    }
  ] satisfies FrontRoute[]

export const azure = {
  id: 'azure',
  name: 'Azure OpenAI (Sora 1 jobs)',
  base: '/openai/v1',
  owns: /^(\/openai)?\/v1\/video\/generations\/(jobs(\/|$)|[^/]+\/content\/\w)/,
  auth: '`Api-key`, or `Authorization: Bearer`',
  routes: ['/openai/v1/video/generations', '/v1/video/generations'].flatMap(routesAt),
  error,
  clients: [],
  twins: [{ vendor: 'azure', base: '', model: 'sora', options: { dialect: 'azure-jobs' } }],
  limits: [
    'One image, as the first frame: `inpaint_items` with another frame or `crop_bounds` are refused.',
    '`n_variants` may fan out into several tasks of the vendor.'
  ]
} satisfies Front

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  const files = [body.files ?? []].flat()
  if (files.length > 1) throw refuse('files', 'only one image is supported, as the first frame')
  const items = itemsIn(body.inpaint_items)
  for (const [index, item] of items.entries()) checkItem(item, `inpaint_items.${index}`)
  if (items.length > 0 && files.length === 0) throw invalid('inpaint_items', 'needs its image in files')
  return {
    body: {
      ...without(body, 'files', 'inpaint_items', 'type', 'n_variants', 'n_seconds'),
      n: body.n_variants,
      seconds: body.n_seconds,
      ...(files.length && {
        images: files.map(file => ({ ...(isRecord(file) ? file : { url: file }), role: 'first' }))
      })
    },
    names: { n: 'n_variants', seconds: 'n_seconds', images: 'files' }
  }
}

// one image is all that there can be
const LONGEST_ITEMS = 10_000

// forms have it as JSON
function itemsIn(value: unknown): unknown[] {
  if (typeof value !== 'string') return [value ?? []].flat()
  if (value.length > LONGEST_ITEMS) throw invalid('inpaint_items', `must have at most ${LONGEST_ITEMS} characters`)
  try {
    return [JSON.parse(value)].flat()
  } catch {
    throw invalid('inpaint_items', 'is not valid JSON')
  }
}

function checkItem(item: unknown, param: string) {
  if (!isRecord(item)) throw invalid(param, 'must be an object')
  if (item.type !== undefined && item.type !== 'image') throw refuse(`${param}.type`, 'only image is supported')
  if (Number(item.frame_index ?? 0) !== 0) throw refuse(`${param}.frame_index`, 'only the first frame is supported')
  const bounds = isRecord(item.crop_bounds) ? item.crop_bounds : {}
  const isWhole = Object.entries(bounds).every(([name, at]) => Number(at) === (/^(right|bottom)/.test(name) ? 1 : 0))
  if (!isWhole) throw refuse(`${param}.crop_bounds`, 'the image is used whole')
}

/** `gen_…`, with the number of the video behind it when it is not the first. */
function generationOf(text: string): { id: string; number: number } {
  const at = text.lastIndexOf('_')
  const number = text.slice(at + 1)
  return /^\d$/.test(number) ? { id: ourId(text.slice(0, at)), number: Number(number) } : { id: ourId(text), number: 0 }
}

const statuses = {
  queued: 'queued',
  in_progress: 'running',
  completed: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  expired: 'failed'
} as const satisfies Record<State, string>

function show(video: FrontVideo) {
  const { id, createdAt, finishedAt, expiresAt, model, prompt, seconds, n, error: failure } = video
  const [width, height] = sidesOf(video)
  const job = prefixedId('task_', id)
  const isPolicy = failure?.code === 'content_policy_violation'
  return {
    object: 'video.generation.job',
    id: job,
    status: statuses[stateOf(video)],
    created_at: unix(createdAt),
    finished_at: finishedAt === null ? null : unix(finishedAt),
    expires_at: expiresAt === null ? null : unix(expiresAt),
    generations: (video.status === 'completed' ? video.files : []).map((file, number) => ({
      object: 'video.generation',
      id: `gen_${bareId(id)}${number === 0 ? '' : `_${number}`}`,
      job_id: job,
      created_at: unix(finishedAt ?? createdAt),
      width: file.width ?? width,
      height: file.height ?? height,
      n_seconds: Math.round(file.seconds ?? seconds ?? 0),
      prompt
    })),
    prompt,
    model,
    n_variants: n,
    n_seconds: seconds === null ? null : Math.round(seconds),
    height,
    width,
    failure_reason: failure ? (isPolicy ? 'input_moderation' : failure.message) : null
  }
}

// of the file, else of what was asked for
function sidesOf({ width, height, size }: FrontVideo): (number | null)[] {
  const [across, down] = size.split('x').map(Number)
  return [width ?? (across || null), height ?? (down || null)]
}

function error({ status, code, type, message, param }: Refusal): Written {
  return { status, body: { error: { code, message, param, type } } }
}
