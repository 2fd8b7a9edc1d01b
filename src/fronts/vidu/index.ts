import type { Asked, Front, FrontRoute, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { toIso } from '../../lib/time.ts'
import { codeOf, type Codes } from '../shared/codes.ts'
import { passedOn } from '../shared/content.ts'
import { createBody } from '../shared/create-body.ts'
import { bareId, idIn } from '../shared/ids.ts'
import { bodyOf } from '../shared/read.ts'
import { invalid } from '../shared/refuse.ts'
import { reasonOf, stateOf, type State } from '../shared/state.ts'

/* Vidu's API. Source: vidu.md (platform.vidu.com/docs: the four routes, get-generation, error-code). */

/** By route: the roles of its images, in order; the last one counts for all that follow. */
const roles = {
  text2video: [],
  img2video: ['first_frame'],
  'start-end2video': ['first_frame', 'last_frame'],
  reference2video: ['reference_image']
} as const

type Operation = keyof typeof roles

const creates = (Object.keys(roles) as Operation[]).map(
  operation =>
    ({
      does: 'create',
      method: 'POST',
      path: `/ent/v2/${operation}`,
      summary: `Create a task: ${operation}`,
      body: { model: 'viduq2', prompt: 'A paper boat on a river', duration: 5, resolution: '720p' },
      example: { task_id: '019a5f00000070008000000000000001', state: 'created', model: 'viduq2' },
      read: request => read(request, operation),
      write: (video, request) => ({ status: 200, body: { ...echo(request), ...created(video) } })
    }) satisfies FrontRoute
)

export const vidu = {
  id: 'vidu',
  name: 'Vidu',
  base: '',
  owns: /^\/ent\/v2(\/|$)/,
  auth: '`Authorization: Token`',
  routes: [
    ...creates,
    {
      does: 'get',
      method: 'GET',
      path: '/ent/v2/tasks/{id}/creations',
      summary: 'Retrieve a task',
      example: { id: '019a5f00000070008000000000000001', state: 'success', creations: [{ id: '…', url: '…' }] },
      id: idIn,
      write: video => ({ status: 200, body: show(video) })
    },
    {
      does: 'cancel',
      method: 'POST',
      path: '/ent/v2/tasks/{id}/cancel',
      summary: 'Cancel a task',
      id: idIn,
      write: (video, { requestId }) =>
        stateOf(video) === 'cancelled'
          ? { status: 200, body: {} }
          : failed(400, 'BadRequest', `task state is ${states[stateOf(video)]}, can not cancel`, requestId)
    }
  ],
  callback: { field: 'callback_url', tells: ['started', 'ended'], write: show },
  error,
  twins: [{ vendor: 'vidu', model: 'viduq2' }],
  clients: [],
  limits: [
    'Callbacks have the signature of Standard Webhooks, not that of Vidu, which is made with the key itself.',
    '`payload` is echoed by the create alone.',
    'A prompt is required, also with images.',
    '`subjects`, `bgm`, `off_peak` and other settings of Vidu’s own models are passed on as `metadata`, which not every vendor takes.',
    'No list, credits, templates, upscaling or lip-sync.'
  ]
} satisfies Front

// what only Vidu's own models know
const settings = [
  'style',
  'movement_amplitude',
  'bgm',
  'off_peak',
  'watermark',
  'wm_position',
  'wm_url',
  'meta_data',
  'is_rec',
  'voice_id',
  'audio_type',
  'auto_subjects',
  'subjects'
]

// of these: what changes the film, its sound or its price
const decisive = ['bgm', 'off_peak', 'is_rec', 'voice_id', 'audio_type', 'subjects']

function read(request: WireRequest, operation: Operation): Asked {
  const body = bodyOf(request)
  const images: unknown[] = [body.images ?? []].flat()
  const places = roles[operation]
  const most = operation === 'reference2video' ? Infinity : places.length
  if (images.length > most || (most < Infinity && images.length < most))
    throw invalid(
      'images',
      `${operation} takes ${most === 0 ? 'none' : most === 1 ? 'exactly one' : `exactly ${most}`}`
    )
  return {
    body: createBody(body, {
      images: images.map((url, index) => ({ url, role: places[Math.min(index, places.length - 1)] })),
      settings,
      // no seed and 0 are the same: any
      read: ['images', 'payload', ...(body.seed === 0 ? ['seed'] : [])]
    }),
    names: { image: 'images' },
    warnings: decisive.filter(name => body[name]).map(field => ({ field, reason: passedOn }))
  }
}

const echoed = [
  'prompt',
  'style',
  'duration',
  'seed',
  'aspect_ratio',
  'resolution',
  'bgm',
  'audio',
  'movement_amplitude',
  'payload',
  'off_peak',
  'watermark'
]

/** What the answer of a create repeats of it; images may be large. */
function echo(request: WireRequest) {
  const body = bodyOf(request)
  return Object.fromEntries(echoed.flatMap(name => (body[name] === undefined ? [] : [[name, body[name]]])))
}

const created = ({ id, model, createdAt }: FrontVideo) => ({
  task_id: bareId(id),
  state: 'created',
  model,
  created_at: toIso(createdAt)
})

const states = {
  queued: 'queueing',
  in_progress: 'processing',
  completed: 'success',
  failed: 'failed',
  cancelled: 'failed',
  expired: 'failed'
} as const satisfies Record<State, string>

function show(video: FrontVideo) {
  const { id, error: failure } = video
  const files = video.status === 'completed' ? video.files : []
  return {
    id: bareId(id),
    state: states[stateOf(video)],
    err_code: failure ? (reasons[failure.code] ?? 'InternalServiceFailure') : '',
    // theirs has the code alone
    ...(failure && { err_msg: reasonOf(video) }),
    progress: video.progress,
    creations: files.map(({ url }, number) => ({ id: number === 0 ? bareId(id) : `${bareId(id)}_${number}`, url }))
  }
}

const reasons: Readonly<Record<string, string>> = {
  content_policy_violation: 'CreationPolicyViolation',
  invalid_request: 'BadRequest',
  cancelled: 'UserCancelled'
}

const failed = (status: number, reason: string, message: string, requestId: string): Written => ({
  status,
  body: { code: status, reason, message, metadata: { trace_id: requestId } }
})

/** Vidu's reasons, with the status that each has (docs/error-code). */
const codes: Codes<string> = {
  named: {
    content_policy_violation: ['TaskPromptPolicyViolation', 400],
    invalid_api_key: ['Unauthorized', 401],
    not_signed_in: ['Unauthorized', 401],
    model_not_allowed: ['Forbidden', 403],
    permission_denied: ['Forbidden', 403],
    ip_not_allowed: ['Forbidden', 403],
    insufficient_quota: ['CreditInsufficient', 400],
    model_not_found: ['ModelUnavailable', 400],
    video_not_found: ['TaskNotFound', 404],
    not_found: ['NotFound', 404],
    conflict: ['Conflict', 409],
    idempotency_in_progress: ['OperationInProcess', 400],
    rate_limit_exceeded: ['TooManyRequests', 429],
    no_channel_available: ['SystemThrottling', 429],
    overloaded: ['SystemThrottling', 429]
  },
  request: 'BadRequest',
  server: 'InternalServiceFailure'
}

function error(refusal: Refusal): Written {
  const { code, status } = codeOf(codes, refusal)
  return failed(status, code, refusal.message, refusal.requestId)
}
