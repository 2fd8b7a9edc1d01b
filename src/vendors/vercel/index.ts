import { z } from 'zod'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { below } from '../shared/base-path.ts'
import { audioOf, billed, resolutionAmong, secondsIn, tierIn } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { mixedRefusal } from '../shared/frames.ts'
import { byRole, bytesOf, isUrl } from '../shared/images.ts'
import { generalOptions } from '../shared/options.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { supports } from '../shared/reasons.ts'
import { isRecord } from '../../lib/records.ts'
import { defined } from '../../lib/defined.ts'
import { vercelPolled, vercelSubmitted, type VercelOperation } from './answer.ts'
import { defineVendor } from '../define.ts'
import type { ChannelConfig, HttpRequest, Submission, VideoRequest, Warning } from '../vendor.ts'

/*
 * Vercel's AI Gateway: one protocol for the models of many makers. Source: @ai-sdk/gateway 4.0.146 (gateway-video-model.ts, gateway-provider.ts),
 * the protocol's only public description; src/fronts/gateway speaks it from the other side. A start is at most 300 KiB (peer notes): images as links.
 */

export const vercel = defineVendor<VercelOperation>({
  id: 'vercel',
  name: 'Vercel AI Gateway',
  baseUrl: 'https://ai-gateway.vercel.sh',
  keysUrl: 'https://vercel.com/ai-gateway',
  docsUrl: 'https://vercel.com/docs/ai-gateway',
  credential: apiKey,
  options: z.strictObject(generalOptions),
  models: {},
  facts: {
    source: '@ai-sdk/gateway 4.0.146; vercel.com/docs/ai-gateway/capabilities/video-generation',
    checked: '2026-11-30',
    missing: 'its whole catalogue: no model has a table here',
    linkSeconds: null,
    linkRenews: false,
    downloadNeedsAuth: false,
    progress: false,
    inlineResults: true,
    cancel: 'none',
    lookup: 'none',
    callback: 'none'
  },

  sign: (request, channel) =>
    withApiKey(
      {
        ...request,
        headers: { ...request.headers, 'ai-gateway-protocol-version': '0.0.1', 'ai-gateway-auth-method': 'api-key' }
      },
      channel
    ),
  submit,
  sound: () => ({ word: { field: 'generateAudio', on: true, off: false } }),

  submitted: (answer, { model }) => vercelSubmitted(answer, model),

  poll: ({ operation, model }, channel) => posted('status', model, { operation }, channel),
  polled: vercelPolled,

  // gateway-fetch-metadata.ts: what is left of the account
  probe: () => ({ method: 'GET', path: '/v1/credits' })
})

function posted(what: 'start' | 'status', model: string, json: object, channel: ChannelConfig): HttpRequest {
  return {
    method: 'POST',
    path: `${below(channel, '/v4/ai')}/video-model/${what}`,
    headers: { 'ai-model-id': model, 'ai-video-model-specification-version': '4' },
    body: { json }
  }
}

function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  if (!/^[\w.:@-]+(\/[\w.:@-]+)*$/.test(video.model))
    return refuse('model', 'must be an id of the gateway, as creator/model')
  const frames = mixedRefusal(video)
  if (frames) return frames
  const checked = check(video, {}, channel, ['seed', 'fps', 'size'])
  if (checked.kind === 'refuse') return checked
  const { aspect_ratio: ratio, resolution, ...metadata } = video.metadata
  if (ratio !== undefined && typeof ratio !== 'string') return refuse('metadata.aspect_ratio', supports('it', ['16:9']))
  const { options, warnings } = optionsIn(metadata.providerOptions)
  const { fields: settings, warnings: overruled } = mergeUnder(
    defined({
      aspectRatio: ratio,
      resolution: resolution ?? video.size,
      duration: checked.seconds,
      fps: video.fps,
      seed: video.seed
    }),
    passThrough(metadata, ['providerOptions']),
    ['prompt', 'n', 'image', 'frameImages', 'inputReferences']
  )
  const stated = {
    seconds: secondsIn(settings.duration),
    resolution: tierIn(settings.resolution) ?? resolutionAmong(undefined, settings.resolution, tierIn(video.size)),
    audio: audioOf({}, settings.generateAudio)
  }
  return {
    kind: 'draft',
    warnings: [...checked.warnings, ...warnings, ...overruled],
    ...billed(video, stated, { ...settings, ...options }),
    first({ reference }) {
      const body = { prompt: video.prompt, n: 1, ...settings, ...imagesOf(video), providerOptions: options }
      const request = posted('start', video.model, body, channel)
      // the same key twice is one video (release notes of @ai-sdk/gateway 4.0.44)
      return { kind: 'send', request: { ...request, headers: { ...request.headers, 'idempotency-key': reference } } }
    }
  }
}

/** The client's options for the makers, without the gateway's own: those choose other models and other accounts. */
function optionsIn(given: unknown): { options: Record<string, unknown>; warnings: Warning[] } {
  if (!isRecord(given)) return { options: {}, warnings: [] }
  const { gateway, ...options } = given
  const field = 'metadata.providerOptions.gateway'
  return {
    options,
    warnings: gateway === undefined ? [] : [{ field, reason: 'ignored: the channel decides where it is made' }]
  }
}

const fileOf = (source: string) => {
  if (isUrl(source)) return { type: 'url', url: source }
  const { mimeType, base64 } = bytesOf(source)
  return { type: 'file', mediaType: mimeType, data: base64 }
}

function imagesOf(video: VideoRequest) {
  const { first, last, references } = byRole(video)
  const frames = [
    ...(first === undefined ? [] : [{ image: fileOf(first), frameType: 'first_frame' }]),
    ...(last === undefined ? [] : [{ image: fileOf(last), frameType: 'last_frame' }])
  ]
  return {
    ...(first !== undefined && last === undefined && { image: fileOf(first) }),
    ...(last !== undefined && { frameImages: frames }),
    ...(references.length && { inputReferences: references.map(fileOf) })
  }
}
