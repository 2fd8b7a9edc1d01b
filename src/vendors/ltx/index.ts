import { z } from 'zod'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { audioOf, billed, resolutionAmong, tierIn } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { lastFrameRefusal } from '../shared/frames.ts'
import { byRole, urlOrDataUrl } from '../shared/images.ts'
import { generalOptions } from '../shared/options.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { shapeOf } from '../shared/ratio-and-resolution.ts'
import { resolutionOfSize } from '../shared/resolution.ts'
import { supports } from '../shared/reasons.ts'
import { generateAudio, soundOf } from '../shared/sound.ts'
import { defined } from '../../lib/defined.ts'
import { ltxPolled, ltxSubmitted, type LtxOperation } from './answer.ts'
import { models, rates, resolutions, sizes } from './models.ts'
import { ltxPrices } from './prices.ts'
import { defineVendor } from '../define.ts'
import type { ChannelConfig, ModelSpec, Refusal, Submission, VideoRequest, Warning } from '../vendor.ts'

/*
 * Lightricks' LTX. Sources: docs.ltx.video (quickstart, async-jobs, submit-image-to-video, get-job-status, errors). `/v2` answers with a job, and
 * is what LTX recommends; `/v1` is the same request, answered with the video itself.
 */

// LTX names no limit; its own examples wait for a connection that stays open
const WITHIN_MS = 15 * 60_000

export const ltx = defineVendor<LtxOperation>({
  id: 'ltx',
  name: 'LTX (Lightricks)',
  baseUrl: 'https://api.ltx.video',
  keysUrl: 'https://console.ltx.video',
  docsUrl: 'https://docs.ltx.video',
  credential: apiKey,
  options: z.strictObject({
    ...generalOptions,
    sync: z
      .boolean()
      .optional()
      .describe(
        'true: use the older API (`/v1`), which answers with the video itself; a restart meanwhile leaves the outcome unknown. Default: jobs (`/v2`), which survive it'
      )
  }),
  models,
  prices: ltxPrices,
  facts: {
    source: 'docs.ltx.video (async-jobs, submit-image-to-video, errors, models), docs.comfy.org (ltx-2-5)',
    checked: '2026-11-30',
    missing: 'audio to video, retake, extend, HDR and reframing',
    linkSeconds: 86_400,
    linkRenews: false,
    downloadNeedsAuth: false,
    progress: false,
    filmAtSubmit: true, // the option `sync`
    cancel: 'none',
    lookup: 'none',
    callback: 'none',
    pollEveryMs: 5000
  },

  sign: (request, channel) => withApiKey(request, channel),
  submit,
  sound: video => soundOf(specOf(video), generateAudio),
  limits: specOf,

  submitted: (answer, video, { options }) => ltxSubmitted(answer, endpointOf(video), options.sync === true),

  poll: ({ id, endpoint }) => ({ method: 'GET', path: `/v2/${endpoint}/${encodeURIComponent(id)}` }),
  polled: ltxPolled,

  // a job that does not exist: 404 with a good key, 401 with a bad one
  probe: () => ({ method: 'GET', path: '/v2/text-to-video/00000000-0000-4000-8000-000000000000' })
})

function specOf({ model }: VideoRequest): ModelSpec {
  return models[model] ?? { defaultSeconds: 6, ratios: ['16:9', '9:16'], resolutions, images: ['first', 'last'] }
}

const endpointOf = ({ images }: VideoRequest) => (images.length ? 'image-to-video' : 'text-to-video')

function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  const spec = specOf(video)
  const isStrict = channel.options.strict !== false
  const checked = check(video, spec, channel, ['fps', 'size'])
  if (checked.kind === 'refuse') return checked
  const seconds = checked.seconds ?? spec.defaultSeconds!
  const picture = pictureOf(video, spec)
  const { rate, warnings: aboutRate } = rateOf(video)
  const refusal = lastFrameRefusal(video) ?? shapeRefusal(video, spec) ?? tooLong(seconds, picture.resolution, rate)
  if (isStrict && refusal) return refusal
  const { first, last } = byRole(video)
  const { fields: settings, warnings: overruled } = mergeUnder(
    defined({ duration: seconds === -1 ? null : seconds, resolution: picture.size, fps: rate }),
    passThrough(video.metadata, ['aspect_ratio', 'resolution']),
    ['prompt', 'image_uri', 'last_frame_uri']
  )
  const longest = spec.seconds && 'length' in spec.seconds ? Math.max(...spec.seconds) : undefined
  const stated = {
    seconds: seconds === -1 ? longest : seconds,
    resolution: picture.resolution,
    // docs.ltx.video: true by default
    audio: audioOf(spec, settings.generate_audio, true)
  }
  return {
    kind: 'draft',
    warnings: [...checked.warnings, ...picture.warnings, ...aboutRate, ...overruled],
    ...billed(video, stated, settings),
    size: picture.size,
    first: () => ({
      kind: 'send',
      request: {
        method: 'POST',
        path: `/${channel.options.sync === true ? 'v1' : 'v2'}/${endpointOf(video)}`,
        body: {
          json: {
            model: video.model,
            prompt: video.prompt,
            ...(first !== undefined && { image_uri: urlOrDataUrl(first) }),
            ...(last !== undefined && { last_frame_uri: urlOrDataUrl(last) }),
            ...settings
          }
        }
      },
      ...(channel.options.sync === true && { film: { withinMs: WITHIN_MS } })
    })
  }
}

/** A size must be sent: what was asked for, else what LTX's own examples have. */
function pictureOf(video: VideoRequest, spec: ModelSpec) {
  const { ratios = [], resolutions: names = resolutions } = spec
  const { ratio, resolution = '1080p', warnings } = shapeOf(video, ratios, names)
  const size = sizes[ratio ?? '16:9']?.[resolution] ?? sizes['16:9']![resolution] ?? resolution
  const stated = resolutionAmong(names, resolution, tierIn(size), resolutionOfSize(video, names), '1080p')
  return { size, resolution: stated, warnings }
}

function shapeRefusal({ model, metadata }: VideoRequest, { ratios = [] }: ModelSpec): Refusal | null {
  const { aspect_ratio: ratio } = metadata
  const isKnown = ratio === undefined || ratios.some(one => one === ratio)
  return isKnown ? null : refuse('metadata.aspect_ratio', supports(model, ratios))
}

function rateOf({ fps, model }: VideoRequest): { rate?: number; warnings: Warning[] } {
  if (fps === undefined || rates.includes(fps)) return { ...defined({ rate: fps }), warnings: [] }
  return { warnings: [{ field: 'fps', reason: supports(model, rates, 'frames per second') }] }
}

// docs.ltx.video/models: beyond ten seconds only at 24 or 25 frames a second, and in 1080p at most
function tooLong(seconds: number, resolution: string | undefined, rate = 24): Refusal | null {
  if (seconds <= 10 || (rate <= 25 && resolution !== '2k' && resolution !== '4k')) return null
  return refuse('duration', 'more than 10 seconds are only possible up to 1080p, at 24 or 25 frames per second')
}
