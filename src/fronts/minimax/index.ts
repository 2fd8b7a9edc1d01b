import { isRecord } from '../../lib/records.ts'
import type { Asked, Front, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { codeOf, type Codes } from '../shared/codes.ts'
import { createBody, framesOf } from '../shared/create-body.ts'
import { bareId, ourId } from '../shared/ids.ts'
import { bodyOf } from '../shared/read.ts'
import { invalid } from '../shared/refuse.ts'
import { reasonOf, unix } from '../shared/state.ts'

/* MiniMax v1 (Hailuo). Sources: platform.minimax.io, video pages, query and files (others.md §4), MiniMax-MCP. */

const fine = { base_resp: { status_code: 0, status_msg: 'success' } }

export const minimax = {
  id: 'minimax',
  name: 'MiniMax (Hailuo)',
  base: '',
  owns: /^\/v1\/(video_generation|query\/video_generation|files\/retrieve)(\/|$)/,
  auth: '`Authorization: Bearer`',
  routes: [
    {
      does: 'create',
      method: 'POST',
      path: '/v1/video_generation',
      summary: 'Create a task',
      body: { model: 'MiniMax-Hailuo-02', prompt: 'A paper boat on a river', duration: 6, resolution: '768P' },
      example: { task_id: '019a5f00000070008000000000000001', ...fine },
      read,
      write: ({ id }) => ({ status: 200, body: { task_id: bareId(id), ...fine } })
    },
    {
      does: 'get',
      method: 'GET',
      path: '/v1/query/video_generation',
      summary: 'Retrieve a task',
      example: { task_id: '019a5f00000070008000000000000001', status: 'Processing', file_id: '', ...fine },
      id: ({ query }) => ourId(textIn(query, 'task_id')),
      write: video => ({ status: 200, body: show(video) })
    },
    {
      does: 'get',
      method: 'GET',
      path: '/v1/files/retrieve',
      summary: 'Retrieve the file of a task',
      example: { file: { file_id: '019a5f00000070008000000000000001', download_url: '…' }, ...fine },
      id: ({ query }) => ourId(textIn(query, 'file_id').replace(/_\d$/, '')),
      write: (video, { query }) => showFile(video, textIn(query, 'file_id'))
    }
  ],
  callback: { field: 'callback_url', tells: ['started', 'ended'], challenge: 'challenge', write: showCallback },
  error,
  twins: [{ vendor: 'minimax', model: 'MiniMax-Hailuo-02', seconds: 6 }],
  clients: [],
  limits: [
    'Each callback is preceded by its `challenge`; a receiver that does not echo it is asked again, for three days.',
    'A prompt is required, also with images.',
    'Ids are text, not numbers; the `file_id` is that of the task.',
    'Errors have HTTP 200 and a `base_resp`, as theirs have.'
  ]
} satisfies Front

// what only these models know
const settings = ['prompt_optimizer', 'fast_pretreatment', 'aigc_watermark']

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  const frames = framesOf(body.first_frame_image, body.last_frame_image)
  const references = [body.subject_reference ?? []].flat().flatMap((subject, index) => {
    if (!isRecord(subject)) throw invalid(`subject_reference.${index}`, 'must be an object with a type and an image')
    return [subject.image ?? []].flat().map(url => ({ url, role: 'reference_image' }))
  })
  const name = frames.length ? 'first_frame_image' : 'subject_reference'
  return {
    body: createBody(body, {
      images: [...frames, ...references],
      settings,
      read: ['first_frame_image', 'last_frame_image', 'subject_reference']
    }),
    names: { image: name, images: name }
  }
}

function textIn(query: WireRequest['query'], name: string): string {
  const value = query[name]
  if (typeof value === 'string' && value !== '') return value
  throw invalid(name, 'is required')
}

const statuses = {
  queued: 'Queueing',
  in_progress: 'Processing',
  completed: 'Success',
  failed: 'Fail'
} as const satisfies Record<FrontVideo['status'], string>

function show(video: FrontVideo) {
  const { id, status, error: failure } = video
  const [file] = status === 'completed' ? video.files : []
  return {
    task_id: bareId(id),
    status: statuses[status],
    file_id: file ? bareId(id) : '',
    ...(file?.width && file.height && { video_width: file.width, video_height: file.height }),
    ...(failure ? { base_resp: { status_code: reasons[failure.code] ?? 1000, status_msg: reasonOf(video) } } : fine)
  }
}

const told = { queued: 'processing', in_progress: 'processing', completed: 'success', failed: 'failed' } as const

/** A callback has its own words for the status (others.md §4). */
function showCallback(video: FrontVideo) {
  const { task_id, file_id, base_resp } = show(video)
  return { task_id, status: told[video.status], file_id, base_resp }
}

const reasons: Readonly<Record<string, number>> = { content_policy_violation: 1027, invalid_request: 2013 }

/** Several videos of one task have the same id with their number behind it. */
function showFile({ id, files, finishedAt, createdAt }: FrontVideo, asked: string): Written {
  const file = files[Number(/_(\d)$/.exec(asked)?.[1] ?? 0)]
  if (!file) return refused(2013, 'file_id: this task has no such file, or not yet.')
  return {
    status: 200,
    body: {
      file: {
        file_id: asked,
        created_at: unix(finishedAt ?? createdAt),
        filename: `${bareId(id)}.mp4`,
        purpose: 'video_generation',
        download_url: file.url
      },
      ...fine
    }
  }
}

const refused = (code: number, message: string): Written => ({
  status: 200,
  body: { base_resp: { status_code: code, status_msg: message } }
})

/** MiniMax's error numbers (platform.minimax.io, "Error codes"). */
const codes: Codes<number> = {
  named: {
    content_policy_violation: [1026, 200],
    invalid_api_key: [1004, 200],
    not_signed_in: [1004, 200],
    model_not_allowed: [2061, 200],
    permission_denied: [2061, 200],
    ip_not_allowed: [2061, 200],
    insufficient_quota: [1008, 200],
    rate_limit_exceeded: [1002, 200],
    overloaded: [1002, 200],
    request_timeout: [1001, 200],
    upstream_timeout: [1001, 200]
  },
  request: 2013,
  server: 1000
}

function error(refusal: Refusal): Written {
  return refused(codeOf(codes, refusal).code, refusal.message)
}
