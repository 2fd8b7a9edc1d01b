import type { Asked, Front, FrontRoute, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { ourId } from '../shared/ids.ts'
import { bodyOf, without } from '../shared/read.ts'
import { refuse } from '../shared/refuse.ts'
import { toIso } from '../../lib/time.ts'

/* Vidu's API. Source: vidu.md. */

const idIn = ({ params }: WireRequest) => ourId(params.id ?? '')

/** The places of the images of each route, in order; the last is that of all further ones. */
const places: Readonly<Record<string, readonly string[]>> = {
  text2video: [],
  img2video: ['first'],
  'start-end2video': ['first', 'last'],
  reference2video: ['reference']
}

export const vidu = {
  id: 'vidu',
  name: 'Vidu',
  base: '',
  owns: /^\/ent\/v2(\/|$)/,
  auth: '`Authorization: Token`',
  routes: [
    ...Object.keys(places).map(
      name =>
        ({
          does: 'create',
          method: 'POST',
          path: `/ent/v2/${name}`,
          summary: `Create a task: ${name}`,
          body: { model: 'viduq2', prompt: 'A paper boat on a river', duration: 5, aspect_ratio: '16:9' },
          example: { task_id: 'video_019a5f00000070008000000000000001', state: 'created' },
          read: request => read(request, places[name] ?? []),
          write: (video, request) => ({ status: 200, body: created(video, request) })
        }) satisfies FrontRoute
    ),
    {
      does: 'get',
      method: 'GET',
      path: '/ent/v2/tasks/{id}/creations',
      summary: 'Retrieve a task',
      id: idIn,
      write: video => ({ status: 200, body: show(video) })
    },
    {
      does: 'cancel',
      method: 'POST',
      path: '/ent/v2/tasks/{id}/cancel',
      summary: 'Cancel a task',
      id: idIn,
      write: () => ({ status: 200, body: {} })
    }
  ],
  error,
  twins: [{ vendor: 'vidu', model: 'viduq2' }],
  clients: [],
  limits: [
    'No callbacks: `callback_url` is refused.',
    '`off_peak`, `bgm`, subjects and voices are refused.',
    '`movement_amplitude`, `style` and `watermark` are ignored with a warning in the header `x-reelay-warnings`.',
    '`payload` is echoed by the create alone.'
  ]
} satisfies Front

function read(request: WireRequest, roles: readonly string[]): Asked {
  const body = bodyOf(request)
  if (body.callback_url) throw refuse('callback_url', "callbacks of Vidu's kind are not sent; query the task")
  const { images, ...rest } = without(body, 'callback_url', 'payload')
  const given = [images ?? []].flat()
  if (roles.length === 0 && given.length) throw refuse('images', 'text2video takes none')
  return {
    body: {
      ...rest,
      ...(given.length && { images: given.map((url, index) => ({ url, role: roles[index] ?? roles.at(-1) })) })
    }
  }
}

function created({ id, model, prompt, seconds, seed, createdAt }: FrontVideo, request: WireRequest) {
  const { payload } = bodyOf(request)
  return {
    task_id: id,
    state: 'created',
    model,
    prompt,
    duration: seconds === null ? 0 : Math.round(seconds),
    seed: seed ?? 0,
    ...(payload !== undefined && { payload }),
    created_at: toIso(createdAt)
  }
}

const states = {
  queued: 'queueing',
  in_progress: 'processing',
  completed: 'success',
  failed: 'failed'
} as const satisfies Record<FrontVideo['status'], string>

function show({ id, status, files, error: failure }: FrontVideo) {
  return {
    id,
    state: states[status],
    err_code: failure ? (failureCodes[failure.code] ?? failure.message) : '',
    creations: (status === 'completed' ? files : []).map(({ url }, number) => ({
      id: number === 0 ? id : `${id}_${number}`,
      url,
      cover_url: '',
      watermarked_url: ''
    }))
  }
}

const failureCodes: Readonly<Record<string, string>> = { content_policy_violation: 'CreationPolicyViolation' }

const reasons: Readonly<Record<string, string>> = {
  content_policy_violation: 'AuditSubmitIllegal',
  invalid_api_key: 'Unauthorized',
  video_not_found: 'TaskNotFound',
  rate_limit_exceeded: 'QuotaExceeded',
  insufficient_quota: 'CreditInsufficient'
}

function error({ status, code, message, requestId }: Refusal): Written {
  const reason = reasons[code] ?? (status >= 500 ? 'InternalServiceFailure' : 'FieldInvalid')
  return { status, body: { code: status, reason, message, metadata: { trace_id: requestId } } }
}
