import type { Asked, Front, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { ourId, prefixedId } from '../shared/ids.ts'
import { bodyOf } from '../shared/read.ts'
import { codedReason, stateOf } from '../shared/state.ts'

/* xAI's video API. Its path for a video is OpenAI's: the prefix of the id tells them apart. Sources: docs.x.ai, @ai-sdk/xai 5.0.12. */

const PREFIX = 'xvid_'
// 1e10 to the dollar
const TICKS_PER_MICRO = 1e4

export const xai = {
  id: 'xai',
  name: 'xAI',
  base: '/v1',
  owns: /^\/v1\/videos\/(generations(\/|$)|xvid_)/,
  auth: '`Authorization: Bearer`',
  routes: [
    {
      does: 'create',
      method: 'POST',
      path: '/v1/videos/generations',
      summary: 'Create a video',
      body: { model: 'kling-v1', prompt: 'A paper boat on a river', duration: 5, aspect_ratio: '16:9' },
      example: { request_id: 'xvid_019a5f00000070008000000000000001' },
      read,
      write: ({ id }) => ({ status: 200, body: { request_id: prefixedId(PREFIX, id) } })
    },
    {
      does: 'get',
      method: 'GET',
      path: `/v1/videos/${PREFIX}{id}`,
      summary: 'Retrieve a video',
      id: ({ params }) => ourId(params.id ?? ''),
      write: show
    }
  ],
  error,
  twins: [{ vendor: 'xai' }],
  clients: ['@ai-sdk/xai'],
  limits: ['No edits and extensions.', 'Audio references and keyframes are refused.']
} satisfies Front

function read(request: WireRequest): Asked {
  return { body: bodyOf(request) }
}

function show(video: FrontVideo): Written {
  const { model, progress, seconds, cost, error: failure } = video
  const usage = cost?.currency === 'USD' && { usage: { cost_in_usd_ticks: Math.round(cost.amount * TICKS_PER_MICRO) } }
  switch (stateOf(video)) {
    case 'queued':
    case 'in_progress':
      return { status: 202, body: { status: 'pending', progress, model } }
    case 'completed': {
      const [file] = video.files
      const made = { url: file?.url, duration: file?.seconds ?? seconds, respect_moderation: true }
      return { status: 200, body: { status: 'done', progress: 100, model, video: made, ...usage } }
    }
    case 'expired':
      return { status: 200, body: { status: 'expired' } }
    case 'failed':
    case 'cancelled': {
      const code = failure?.code === 'invalid_request' ? 'invalid_argument' : failure?.code
      return { status: 200, body: { status: 'failed', model, error: { code, message: codedReason(video) } } }
    }
  }
}

function error({ status, code, message }: Refusal): Written {
  return { status, body: { code, error: message } }
}
