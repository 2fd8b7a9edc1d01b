import { isRecord } from '../../lib/records.ts'
import type { Asked, Front, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { ourId } from '../shared/ids.ts'
import { bodyOf, without } from '../shared/read.ts'
import { refuse } from '../shared/refuse.ts'
import { reasonOf, unix } from '../shared/state.ts'

/* MiniMax's video API (Hailuo). Sources: others.md (platform.minimax.io), MiniMax-MCP. Every error has HTTP 200 and a number. */

const ok = { status_code: 0, status_msg: 'success' }
const idIn = (name: string) => (request: WireRequest) => ourId(String(request.query[name] ?? ''))

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
      example: { task_id: 'video_019a5f00000070008000000000000001', base_resp: ok },
      read,
      write: ({ id }) => ({ status: 200, body: { task_id: id, base_resp: ok } })
    },
    {
      does: 'get',
      method: 'GET',
      path: '/v1/query/video_generation',
      summary: 'Retrieve a task',
      id: idIn('task_id'),
      write: video => ({ status: 200, body: show(video) })
    },
    {
      does: 'get',
      method: 'GET',
      path: '/v1/files/retrieve',
      summary: 'Retrieve the file of a task',
      id: idIn('file_id'),
      write: video => ({ status: 200, body: file(video) })
    }
  ],
  error,
  twins: [{ vendor: 'minimax', model: 'MiniMax-Hailuo-02', seconds: 6 }],
  clients: [],
  limits: [
    'No callbacks: `callback_url` is refused.',
    '`prompt_optimizer`, `fast_pretreatment` and `aigc_watermark` are ignored with a warning in the header `x-reelay-warnings`.',
    'Ids are texts, not numbers; a file has the id of its task.'
  ]
} satisfies Front

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  if (body.callback_url) throw refuse('callback_url', "callbacks of MiniMax's kind are not sent; query the task")
  const { subject_reference: subjects, resolution, ...rest } = without(body, 'callback_url')
  const references = [subjects ?? []].flat().flatMap(one => (isRecord(one) ? [one.image ?? []].flat() : [one]))
  return {
    body: {
      ...rest,
      resolution: typeof resolution === 'string' ? resolution.toLowerCase() : resolution,
      ...(references.length && { reference_images: references })
    },
    names: { reference_images: 'subject_reference' }
  }
}

const statuses = {
  queued: 'Queueing',
  in_progress: 'Processing',
  completed: 'Success',
  failed: 'Fail'
} as const satisfies Record<FrontVideo['status'], string>

function show(video: FrontVideo) {
  const { id, status, error: failure } = video
  const [made] = status === 'completed' ? video.files : []
  const number = failure ? (failureNumbers[failure.code] ?? 1000) : 0
  return {
    task_id: id,
    status: statuses[status],
    ...(made && {
      file_id: id,
      video_width: made.width ?? video.width ?? 0,
      video_height: made.height ?? video.height ?? 0
    }),
    base_resp: failure ? { status_code: number, status_msg: reasonOf(video) } : ok
  }
}

function file({ id, createdAt, finishedAt, status, files: [made] }: FrontVideo) {
  if (status !== 'completed' || !made)
    return { base_resp: { status_code: 2013, status_msg: 'The file is not there yet.' } }
  return {
    file: {
      file_id: id,
      bytes: 0,
      created_at: unix(finishedAt ?? createdAt),
      filename: `${id}.mp4`,
      purpose: 'video_generation',
      download_url: made.url
    },
    base_resp: ok
  }
}

const failureNumbers: Readonly<Record<string, number>> = { content_policy_violation: 1027, invalid_request: 2013 }

const numbers: Readonly<Record<string, number>> = {
  content_policy_violation: 1026,
  invalid_api_key: 1004,
  not_signed_in: 1004,
  insufficient_quota: 1008,
  rate_limit_exceeded: 1002,
  upstream_timeout: 1001
}

function error({ status, code, message }: Refusal): Written {
  const number = numbers[code] ?? (status >= 500 ? 1000 : 2013)
  return { status: 200, body: { base_resp: { status_code: number, status_msg: message } } }
}
