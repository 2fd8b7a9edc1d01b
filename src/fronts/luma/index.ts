import { isRecord } from '../../lib/records.ts'
import type { Asked, Front, FrontRoute, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { ourId, uuid } from '../shared/ids.ts'
import { bodyOf, numberIn, objectIn, without } from '../shared/read.ts'
import { refuse } from '../shared/refuse.ts'
import { codedReason } from '../shared/state.ts'
import { toIso } from '../../lib/time.ts'

/* Luma Dream Machine, which its vendor calls legacy. Source: lumaai 1.19.1. */

const path = '/dream-machine/v1/generations'
const idIn = ({ params }: WireRequest) => ourId(params.id ?? '')

const creates = {
  does: 'create',
  method: 'POST',
  summary: 'Create a generation',
  body: { model: 'ray-2', prompt: 'A paper boat on a river', aspect_ratio: '16:9', duration: '5s' },
  example: { id: '019a5f00-0000-7000-8000-000000000001', state: 'queued', assets: null },
  read,
  write: (video: FrontVideo) => ({ status: 201, body: show(video) })
} satisfies Partial<FrontRoute>

export const luma = {
  id: 'luma',
  name: 'Luma Dream Machine',
  base: '/dream-machine/v1',
  owns: /^\/dream-machine(\/|$)/,
  auth: '`Authorization: Bearer`',
  routes: [
    { ...creates, path },
    { ...creates, path: `${path}/video` },
    {
      does: 'list',
      method: 'GET',
      path,
      summary: 'List generations',
      read: ({ query }) => ({ limit: numberIn(query, 'limit', 100, 100), skip: numberIn(query, 'offset', 0, 1000) }),
      write: (videos, { hasMore }, { query }) => {
        const [limit, offset] = [numberIn(query, 'limit', 100, 100), numberIn(query, 'offset', 0, 1000)]
        const generations = videos.map(show)
        return { status: 200, body: { generations, has_more: hasMore, count: generations.length, limit, offset } }
      }
    },
    {
      does: 'get',
      method: 'GET',
      path: `${path}/{id}`,
      summary: 'Retrieve a generation',
      id: idIn,
      write: video => ({ status: 200, body: show(video) })
    },
    {
      does: 'delete',
      method: 'DELETE',
      path: `${path}/{id}`,
      summary: 'Cancel and delete a generation',
      id: idIn,
      write: () => ({ status: 204 })
    }
  ],
  error,
  twins: [{ vendor: 'luma-legacy', model: 'ray-2' }],
  clients: ['lumaai'],
  limits: [
    'No callbacks: `callback_url` is refused.',
    'Keyframes of other generations and `loop` are refused.',
    '`concepts` are ignored with a warning in the header `x-reelay-warnings`.'
  ]
} satisfies Front

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  if (body.callback_url) throw refuse('callback_url', "callbacks of Luma's kind are not sent; poll the generation")
  if (body.loop === true) throw refuse('loop', 'is not supported')
  const { frame0, frame1 } = objectIn(body, 'keyframes')
  const images = [
    ...(frame0 ? [frameOf(frame0, 'keyframes.frame0', 'first')] : []),
    ...(frame1 ? [frameOf(frame1, 'keyframes.frame1', 'last')] : [])
  ]
  return {
    body: {
      ...without(body, 'callback_url', 'keyframes', 'loop', 'generation_type'),
      ...(images.length && { images })
    },
    names: { images: 'keyframes' }
  }
}

function frameOf(frame: unknown, param: string, role: string) {
  if (isRecord(frame) && typeof frame.url === 'string') return { url: frame.url, role }
  throw refuse(param, 'must be {type: "image", url}; other generations are not supported')
}

const states = {
  queued: 'queued',
  in_progress: 'dreaming',
  completed: 'completed',
  failed: 'failed'
} as const satisfies Record<FrontVideo['status'], string>

function show(video: FrontVideo) {
  const { id, model, prompt, status, createdAt, seconds } = video
  const [file] = status === 'completed' ? video.files : []
  return {
    id: uuid(id),
    generation_type: 'video',
    state: states[status],
    failure_reason: codedReason(video) ?? null,
    created_at: toIso(createdAt),
    assets: file ? { video: file.url } : null,
    model,
    request: {
      generation_type: 'video',
      model,
      prompt,
      ...(seconds !== null && { duration: `${Math.round(seconds)}s` })
    }
  }
}

function error({ status, message }: Refusal): Written {
  return { status, body: { detail: message } }
}
