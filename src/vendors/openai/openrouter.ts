import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { parseLossless } from '../../lib/json.ts'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { audioOf, billed, resolutionAmong, secondsIn, tierIn } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { forRework, notItsMaker, onlyMade } from '../shared/rework.ts'
import { passThrough } from '../shared/pass-through.ts'
import { mixedRefusal } from '../shared/frames.ts'
import { byRole, urlOrDataUrl } from '../shared/images.ts'
import { keptBack, ownFields } from './body.ts'
import { isRecord } from '../../lib/records.ts'
import { defined } from '../../lib/defined.ts'
import { readPoll, readSubmit } from './answers.ts'
import { generalOptions } from '../shared/options.ts'
import { generateAudio } from '../shared/sound.ts'
import { invalidSignature } from '../shared/reasons.ts'
import { defineVendor } from '../define.ts'
import type { ChannelConfig, Cost, Polled, VideoRequest } from '../vendor.ts'

/*
 * OpenRouter's video API: one body for the models of many makers. `GET /videos/models` lists what each accepts; other values are a 400.
 * Sources: openrouter.ai/docs api-reference/video-generation, cookbook/video-generation/video-generation-webhooks; @openrouter/sdk types.
 */

interface Operation {
  id: string
}

const options = z.strictObject({
  ...generalOptions,
  webhook_secret: z
    .string()
    .min(1)
    .optional()
    .describe('the workspace’s webhook signing secret; without it callbacks are not verified')
})

export const openrouter = defineVendor<Operation>({
  id: 'openrouter',
  name: 'OpenRouter',
  baseUrl: 'https://openrouter.ai/api/v1',
  keysUrl: 'https://openrouter.ai/settings/keys',
  docsUrl: 'https://openrouter.ai/docs',
  credential: apiKey,
  options,
  models: {},
  facts: {
    source: 'openrouter.ai/docs api-reference/video-generation; @openrouter/sdk 1.3 types',
    checked: '2026-11',
    missing: 'its whole catalogue: no model has a table here',
    linkSeconds: null, // some jobs have `expires_at`
    linkRenews: false,
    downloadNeedsAuth: true,
    progress: false,
    cancel: 'none',
    lookup: 'none',
    callback: 'signed',
    pollEveryMs: 10_000 // "recommended: every 10–30 seconds"
  },

  sign: (request, channel) => withApiKey(request, channel),

  submit(video, channel) {
    // with frames, reference images are ignored (video-generation guide, "Using images")
    const frames = mixedRefusal(video)
    if (frames) return frames
    const checked = check(video, forRework({}, video), channel, ['seed', 'user', 'size'])
    if (checked.kind === 'refuse') return checked
    const { source } = video
    if (source && !source.made) return onlyMade(source)
    // "the new job runs on the same model and endpoint that produced the previous one"
    if (source?.made && source.made.model !== video.model) return refuse('model', notItsMaker(video.model))
    const settings: Record<string, unknown> = {
      ...passThrough(video.metadata, ownFields),
      ...defined({ duration: checked.seconds, size: video.size, seed: video.seed, user: video.user })
    }
    const stated = {
      seconds: secondsIn(settings.duration) ?? (source?.rework === 'edit' ? source.seconds : undefined),
      resolution: tierIn(settings.size) ?? resolutionAmong(undefined, settings.resolution),
      audio: audioOf({}, settings.generate_audio),
      ...(source && { video: true })
    }
    return {
      kind: 'draft',
      warnings: [...checked.warnings, ...keptBack(video)],
      ...billed(video, stated, settings),
      first({ callbackUrl }) {
        const body = {
          ...settings,
          model: video.model,
          prompt: video.prompt,
          ...imagesOf(video),
          ...(source?.made && { previous_job_id: source.made.id }),
          ...(callbackUrl?.startsWith('https://') && { callback_url: callbackUrl })
        }
        return { kind: 'send', request: { method: 'POST', path: '/videos', body: { json: body } } }
      }
    }
  },

  sound: () => ({ word: generateAudio }),
  // "to edit or extend" (previous_job_id): what a model cannot continue it refuses itself
  limits: video => forRework({ reworks: ['edit', 'extend'] }, video),

  submitted: answer => readSubmit(answer, id => ({ id })),

  poll: ({ id }) => ({ method: 'GET', path: `/videos/${encodeURIComponent(id)}` }),

  polled(answer, { id }, channel) {
    const content = { method: 'GET' as const, path: `/videos/${encodeURIComponent(id)}/content`, query: { index: '0' } }
    return withCost(readPoll(answer, channel, { content, contentOnly: true, notFoundIsGone: true }), answer.body)
  },

  callback({ headers, rawBody }, channel, now) {
    const { webhook_secret } = optionsOf(channel)
    if (webhook_secret && !isSigned(webhook_secret, headers['x-openrouter-signature'] ?? '', rawBody, now))
      return invalidSignature
    const event = parseLossless(rawBody)
    const data = isRecord(event) && isRecord(event.data) ? event.data : {}
    return { status: 'accepted', upstreamId: typeof data.id === 'string' ? data.id : null }
  },

  probe: () => ({ method: 'GET', path: '/key' })
})

// true because a channel's options were parsed by `options` when it was stored
const optionsOf = (channel: ChannelConfig) => channel.options as z.infer<typeof options>

const imageUrl = (source: string) => ({ type: 'image_url', image_url: { url: urlOrDataUrl(source) } })

function imagesOf(video: VideoRequest) {
  const { first, last, references } = byRole(video)
  const frames = [
    ...(first === undefined ? [] : [{ ...imageUrl(first), frame_type: 'first_frame' }]),
    ...(last === undefined ? [] : [{ ...imageUrl(last), frame_type: 'last_frame' }])
  ]
  return {
    ...(frames.length && { frame_images: frames }),
    ...(references.length && { input_references: references.map(imageUrl) })
  }
}

const usage = z.object({ usage: z.object({ cost: z.number() }) })

function withCost(polled: Polled<Operation>, body: unknown): Polled<Operation> {
  const { data } = usage.safeParse(body)
  if (!data || (polled.status !== 'succeeded' && polled.status !== 'failed')) return polled
  const cost: Cost = { amount: data.usage.cost, currency: 'USD' }
  return { ...polled, cost }
}

const TOLERANCE_SECONDS = 300

// `t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over `<t>,<raw body>` (video-generation-webhooks guide)
function isSigned(secret: string, signature: string, rawBody: string, now: number): boolean {
  const { t = '', v1 = '' } = Object.fromEntries(signature.split(',').map(part => part.trim().split('=')))
  if (!(Math.abs(now / 1000 - Number(t || NaN)) <= TOLERANCE_SECONDS)) return false
  const expected = Buffer.from(createHmac('sha256', secret).update(`${t},${rawBody}`).digest('hex'))
  const given = Buffer.from(v1)
  return given.length === expected.length && timingSafeEqual(given, expected)
}
