import { defined } from '../../lib/defined.ts'
import { isRecord } from '../../lib/records.ts'
import type { Asked, Front, FrontRoute, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { idIn, idOfLink, ourId, uuid } from '../shared/ids.ts'
import { bodyOf, numberIn, objectIn, without } from '../shared/read.ts'
import { refuse } from '../shared/refuse.ts'
import { codedReason } from '../shared/state.ts'
import { toIso } from '../../lib/time.ts'

/* Luma Dream Machine, which its vendor calls legacy. Sources: others.md §7, lumaai 1.19.1 (types, errors). */

const path = '/dream-machine/v1/generations'
const example = { id: '019a5f00-0000-7000-8000-000000000001', generation_type: 'video', state: 'queued', assets: null }
const creates = {
  does: 'create',
  method: 'POST',
  summary: 'Create a generation',
  body: { model: 'ray-2', prompt: 'A paper boat on a river', aspect_ratio: '16:9', duration: '5s' },
  example,
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
      ...creates,
      path: `${path}/video/modify`,
      summary: 'Edit a video',
      body: { model: 'ray-2', prompt: 'At night', mode: 'adhere_1', media: { url: 'https://example.com/video.mp4' } },
      read: readModify
    },
    {
      does: 'list',
      method: 'GET',
      path,
      summary: 'List generations',
      read: pageOf,
      write(videos, { hasMore }, request) {
        const { limit, skip: offset } = pageOf(request)
        const generations = videos.map(show)
        return { status: 200, body: { generations, count: generations.length, has_more: hasMore, limit, offset } }
      }
    },
    {
      does: 'get',
      method: 'GET',
      path: `${path}/{id}`,
      summary: 'Retrieve a generation',
      example,
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
  callback: { field: 'callback_url', tells: ['started', 'ended'], write: show },
  error,
  twins: [{ vendor: 'luma-legacy' }],
  clients: ['lumaai'],
  limits: [
    'Keyframes are images, or in `frame0` a generation that is continued. Modifying takes no `first_frame`, and its `mode` is ignored with a warning.',
    'No `loop` and no `concepts`: they are refused. In `metadata` they reach a vendor that has them.',
    'No images, upscaling, audio and reframing.'
  ]
} satisfies Front

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  if ((body.generation_type ?? 'video') !== 'video') throw refuse('generation_type', 'only video is supported')
  if (body.loop) throw refuse('loop', 'is not supported here; a model of Luma takes it in metadata')
  if ([body.concepts ?? []].flat().length)
    throw refuse('concepts', 'are not supported here; a model of Luma takes them in metadata')
  const { frame0, frame1 } = objectIn(body, 'keyframes')
  if (isRecord(frame0) && frame0.type === 'generation') {
    return {
      body: {
        ...without(body, 'generation_type', 'loop', 'concepts', 'keyframes'),
        last_frame: frameOf(frame1, 'keyframes.frame1')
      },
      rework: { does: 'extend', id: ourId(String(frame0.id)) },
      names: { id: 'keyframes.frame0.id', last_frame: 'keyframes.frame1' }
    }
  }
  return {
    body: {
      ...without(body, 'generation_type', 'loop', 'concepts', 'keyframes'),
      first_frame: frameOf(frame0, 'keyframes.frame0'),
      last_frame: frameOf(frame1, 'keyframes.frame1')
    },
    names: { first_frame: 'keyframes.frame0', last_frame: 'keyframes.frame1' }
  }
}

function frameOf(frame: unknown, param: string): unknown {
  if (!isRecord(frame)) return frame
  if (frame.type === 'generation') throw refuse(param, 'only frame0 can be a generation; send an image')
  return without(frame, 'type')
}

function readModify(request: WireRequest): Asked {
  const body = bodyOf(request)
  if (body.first_frame) throw refuse('first_frame', 'is not supported here')
  const { url } = objectIn(body, 'media')
  const id = typeof url === 'string' ? idOfLink(url, request.origin) : undefined
  return {
    body: { ...without(body, 'generation_type', 'media', 'mode', 'first_frame'), video: url },
    rework: { does: 'edit', ...defined({ id }) },
    names: { id: 'media.url', video: 'media.url' },
    warnings:
      body.mode === undefined
        ? []
        : [{ field: 'mode', reason: 'ignored: how far the video may change, its vendor decides' }]
  }
}

function pageOf({ query }: WireRequest) {
  return { limit: numberIn(query, 'limit', 100, 100), skip: numberIn(query, 'offset', 0, 1000) }
}

const states = {
  queued: 'queued',
  in_progress: 'dreaming',
  completed: 'completed',
  failed: 'failed'
} as const satisfies Record<FrontVideo['status'], string>

function show(video: FrontVideo) {
  const { id, model, prompt, status, createdAt, seconds, files } = video
  const [file] = status === 'completed' ? files : []
  const duration = seconds === null ? {} : { duration: `${Math.round(seconds)}s` }
  return {
    id: uuid(id),
    generation_type: 'video',
    state: states[status],
    failure_reason: codedReason(video) ?? null,
    created_at: toIso(createdAt),
    assets: file ? { video: file.url } : null,
    model,
    request: { generation_type: 'video', model, prompt, ...duration }
  }
}

function error({ status, message }: Refusal): Written {
  return { status, body: { detail: message } }
}
