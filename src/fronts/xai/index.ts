import type { Asked, Front, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { idIn, prefixedId } from '../shared/ids.ts'
import { bodyOf, objectIn, without } from '../shared/read.ts'
import { refuse } from '../shared/refuse.ts'
import { codedReason, stateOf } from '../shared/state.ts'

/*
 * xAI's Grok Imagine. It polls where OpenAI's clients do, `GET /v1/videos/{id}`: the prefix of its ids tells them apart, so that our own ids stay
 * OpenAI's. Sources: others.md §10, docs.x.ai, @ai-sdk/xai 5.0.12.
 */

const PREFIX = 'xvid_'
// xAI counts in 1e-10 US dollars, we in 1e-6
const TICKS = 1e4

export const xai = {
  id: 'xai',
  name: 'xAI',
  base: '/v1',
  owns: /^\/v1\/videos\/(generations|xvid_[^/]*)\/?$/,
  auth: '`Authorization: Bearer`',
  routes: [
    {
      does: 'create',
      method: 'POST',
      path: '/v1/videos/generations',
      summary: 'Create a video',
      body: { model: 'grok-imagine-video', prompt: 'A paper boat on a river', duration: 5, aspect_ratio: '16:9' },
      example: { request_id: `${PREFIX}019a5f00000070008000000000000001` },
      read,
      write: video => ({ status: 200, body: startedXai(video) })
    },
    {
      does: 'get',
      method: 'GET',
      path: `/v1/videos/${PREFIX}{id}`,
      summary: 'Retrieve a video',
      example: { status: 'pending', progress: 20, model: 'grok-imagine-video' },
      id: idIn,
      write: show
    }
  ],
  error,
  twins: [{ vendor: 'xai' }],
  clients: ['@ai-sdk/xai'],
  limits: [
    '`POST /v1/videos/edits` and `/extensions` are shared with OpenAI: with `video.url` they answer as xAI’s, their errors are OpenAI’s.',
    'No `keyframes`, `reference_audios` and `output`: they are refused. In `metadata` they reach a vendor that has them.',
    'Files are not stored: `storage_options` is ignored with a warning in the header `x-reelay-warnings`.'
  ]
} satisfies Front

/** Returns the answer to a create, an edit or an extension. */
export const startedXai = ({ id }: Pick<FrontVideo, 'id'>) => ({ request_id: prefixedId(PREFIX, id) })

function read(request: WireRequest): Asked {
  const body = bodyOf(request)
  const only = (what: string) => `only ${what} here; a model of xAI takes it in metadata`
  if (hasItems(body.keyframes)) throw refuse('keyframes', only('image and last_frame are supported'))
  if (hasItems(body.reference_audios))
    throw refuse('reference_audios', only('references that are images are supported'))
  if (objectIn(body, 'output').upload_url)
    throw refuse('output.upload_url', 'files are not uploaded; download the link')
  return {
    body: without(body, 'storage_options'),
    warnings: body.storage_options
      ? [{ field: 'storage_options', reason: 'ignored: files are not stored for later requests' }]
      : []
  }
}

const hasItems = (value: unknown) => value !== undefined && value !== null && [value].flat().length > 0

function show(video: FrontVideo): Written {
  const { model, progress, cost, seconds } = video
  const usage = cost?.currency === 'USD' ? { usage: { cost_in_usd_ticks: cost.amount * TICKS } } : {}
  const [file] = video.files
  switch (stateOf(video)) {
    case 'queued':
    case 'in_progress':
      return { status: 202, body: { status: 'pending', progress, model } }
    case 'completed':
      return {
        status: 200,
        body: {
          status: 'done',
          progress: 100,
          model,
          video: { url: file?.url, duration: file?.seconds ?? seconds, respect_moderation: true },
          ...usage
        }
      }
    case 'expired':
      return { status: 200, body: { status: 'expired', model } }
    case 'failed':
    case 'cancelled':
      return { status: 200, body: { status: 'failed', model, error: failureOf(video), ...usage } }
  }
}

// codes of VideoError (xai-proto), which has none for content: its clients read the words
function failureOf(video: FrontVideo) {
  const [message, code] = [codedReason(video), video.error?.code]
  if (code === 'content_policy_violation' || code === 'invalid_request') return { code: 'invalid_argument', message }
  return { code: code === 'cancelled' ? code : 'internal_error', message }
}

function error({ status, code, message }: Refusal): Written {
  return { status, body: { code, error: message } }
}
