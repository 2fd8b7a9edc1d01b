import { createHmac } from 'node:crypto'
import type { Price } from '../../vendors/vendor.ts'
import type { Asked, Front, FrontModel, FrontVideo, Refusal, Signing, WireRequest, Written } from '../front.ts'
import { idIn, ourId } from '../shared/ids.ts'
import { lengthsOf } from '../shared/lengths.ts'
import { metadataOf } from '../shared/metadata.ts'
import { bodyOf, numberIn, objectIn, without } from '../shared/read.ts'
import { toIso } from '../../lib/time.ts'
import { codedReason, stateOf, unix, type State } from '../shared/state.ts'

/*
 * OpenRouter's video API. Sources: openrouter.ai/docs api-reference/video-generation, @openrouter/sdk 1.3.19 (schemas, retries),
 * @openrouter/ai-sdk-provider 3.1.0.
 */

const path = '/api/v1/videos'

export const openrouter = {
  id: 'openrouter',
  name: 'OpenRouter',
  base: '/api/v1',
  owns: /^\/api\/v1\/videos(\/|$)/,
  auth: '`Authorization: Bearer`',
  routes: [
    {
      does: 'create',
      method: 'POST',
      path,
      summary: 'Create a video',
      body: { model: 'kling-v1', prompt: 'A paper boat on a river', duration: 5, aspect_ratio: '16:9' },
      example: { id: 'video_019a5f00000070008000000000000001', polling_url: '…', status: 'pending' },
      read,
      // its SDK takes 202 only
      write: (video, request) => ({ status: 202, body: show(video, request) })
    },
    {
      does: 'models',
      method: 'GET',
      path: `${path}/models`,
      summary: 'List video models',
      write: models => ({ status: 200, body: { data: models.map(showModel) } })
    },
    {
      does: 'get',
      method: 'GET',
      path: `${path}/{id}`,
      summary: 'Retrieve a video',
      id: idIn,
      write: (video, request) => ({ status: 200, body: show(video, request) })
    },
    {
      does: 'content',
      method: 'GET',
      path: `${path}/{id}/content`,
      summary: 'Download the file',
      file: ({ params, query }) => ({ id: ourId(params.id ?? ''), number: numberIn(query, 'index', 0, 9) })
    }
  ],
  callback: { field: 'callback_url', tells: ['ended'], write: showCallback, sign },
  error,
  twins: [{ vendor: 'openrouter' }],
  clients: ['@openrouter/sdk', '@openrouter/ai-sdk-provider'],
  limits: [
    'Callbacks are signed in `X-OpenRouter-Signature`, too: with the secret of the key’s callbacks.',
    '`previous_job_id` is continued with a `duration` and edited without one, where a model can do both. No upscaling.',
    '`session_id`, `trace` and `creativity` are ignored with a warning in the header `x-reelay-warnings`.',
    'A create whose answer was lost is made again, as its SDK does not mark repetitions: send an Idempotency-Key.'
  ]
} satisfies Front

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  const metadata = metadataOf(body, objectIn(objectIn(body, 'provider'), 'options'))
  const { previous_job_id: previous, ...rest } = without(body, 'provider')
  return {
    body: { ...rest, ...(Object.keys(metadata).length && { metadata }) },
    ...([undefined, null, ''].every(none => previous !== none) && reworked(String(previous), rest.duration))
  }
}

/** "to edit or extend" (its API reference): which of both, the model decides; one that can do both makes a longer one when a length is named. */
function reworked(previous: string, duration: unknown): Pick<Asked, 'rework' | 'names'> {
  const [does, or] =
    duration === undefined || duration === null ? (['edit', 'extend'] as const) : (['extend', 'edit'] as const)
  return { rework: { does, or, id: ourId(previous) }, names: { id: 'previous_job_id' } }
}

const statuses = {
  queued: 'pending',
  in_progress: 'in_progress',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  expired: 'expired'
} as const satisfies Record<State, string>

// the SDK refuses null: what is unknown is absent
function show(video: FrontVideo, { origin }: WireRequest) {
  const error = codedReason(video)
  const { cost, finishedAt } = video
  return {
    id: video.id,
    polling_url: `${origin}${path}/${video.id}`,
    status: statuses[stateOf(video)],
    ...(video.status === 'completed' && { unsigned_urls: video.files.map(({ url }) => url) }),
    ...(error !== undefined && { error }),
    ...(finishedAt !== null && cost?.currency === 'USD' && { usage: { cost: cost.amount / 1e6, is_byok: false } })
  }
}

/** openrouter.ai/docs, cookbook: "Get Video Results with Webhooks". */
function showCallback(video: FrontVideo, request: WireRequest) {
  const data = { ...show(video, request), model: video.model }
  const created = toIso(video.finishedAt ?? video.createdAt)
  return { type: `video.generation.${data.status}`, created_at: created, data }
}

function sign({ body, secret, time, id }: Signing) {
  const hash = createHmac('sha256', secret).update(`${time},${body}`).digest('hex')
  return { 'x-openrouter-signature': `t=${time},v1=${hash}`, 'x-openrouter-idempotency-key': id }
}

function showModel({ name, createdAt, spec = {}, prices }: FrontModel) {
  const frames = spec.images?.flatMap(role => (role === 'first' || role === 'last' ? [`${role}_frame`] : []))
  const skus = prices.filter(({ currency }) => currency === 'USD').map(price => [skuOf(price), price.amount])
  return {
    id: name,
    canonical_slug: name,
    name,
    created: unix(createdAt),
    allowed_passthrough_parameters: [],
    supported_durations: lengthsOf(spec),
    supported_resolutions: spec.resolutions ?? null,
    supported_aspect_ratios: spec.ratios ?? null,
    supported_sizes: null,
    supported_frame_images: frames ?? null,
    generate_audio: spec.audio ?? null,
    seed: null,
    creativity: null,
    upscale_factor: null,
    pricing_skus: skus.length ? Object.fromEntries(skus) : null
  }
}

const skuOf = ({ unit, when = {} }: Price) =>
  [unit, ...Object.entries(when).map(([name, value]) => `${name}=${String(value)}`)].join(' ')

// its SDK repeats a 5xx for up to an hour: what a repetition cannot mend is a 4xx
function error({ status, code, message, param, shouldRetry }: Refusal): Written {
  const settled = status >= 500 && shouldRetry === false
  const sent = code === 'video_not_ready' ? 409 : code === 'insufficient_quota' ? 402 : settled ? 400 : status
  return { status: sent, body: { error: { code: sent, message, metadata: { code, param } } } }
}
