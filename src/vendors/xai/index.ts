import { z } from 'zod'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { audioOf, billed, resolutionAmong, secondsIn, usualSeconds } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { frameRefusal } from '../shared/frames.ts'
import { byRole, urlOrDataUrl } from '../shared/images.ts'
import { generalOptions } from '../shared/options.ts'
import { generateAudio, soundOf } from '../shared/sound.ts'
import { closest, supports } from '../shared/reasons.ts'
import { resolutionOfSize } from '../shared/resolution.ts'
import { ratioOf, tierOf } from '../shared/size.ts'
import { table } from '../../lib/table.ts'
import { defined } from '../../lib/defined.ts'
import { xaiPrices } from './prices.ts'
import { defineVendor } from '../define.ts'
import type { ChannelConfig, ModelSpec, Step, Submission, VideoRequest, Warning } from '../vendor.ts'
import { xaiPolled, xaiSubmitted, type XaiOperation } from './answer.ts'

/*
 * xAI Grok Imagine. Sources: docs.x.ai (model-capabilities/video/generation with its table of request modes, REST reference, models and pricing;
 * read 2026-11-30), @ai-sdk/xai 5.0.12 (errors, references at 720p).
 */

const general = {
  seconds: { min: 1, max: 15 },
  defaultSeconds: 8,
  ratios: ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3', '21:9', '5:2'],
  resolutions: ['480p', '720p'],
  images: ['first', 'reference'],
  maxReferences: 7,
  audio: true
} as const satisfies ModelSpec

const latest = {
  ...general,
  resolutions: ['480p', '720p', '1080p'],
  images: ['first', 'last', 'reference']
} as const satisfies ModelSpec

const models = table<ModelSpec>({
  'grok-imagine-video': general,
  'grok-imagine-video-1.5': latest,
  // references and last frames are of 1.5 alone
  'grok-imagine-video-1.5-lite': { ...latest, images: ['first'] }
})

export const xai = defineVendor<XaiOperation>({
  id: 'xai',
  name: 'xAI Grok Imagine',
  baseUrl: 'https://api.x.ai/v1',
  keysUrl: 'https://console.x.ai',
  docsUrl: 'https://docs.x.ai',
  credential: apiKey,
  options: z.strictObject(generalOptions),
  models,
  prices: xaiPrices,
  facts: {
    source: 'docs.x.ai (video guide) and @ai-sdk/xai 5.0.12',
    checked: '2026-11-30',
    linkSeconds: null,
    linkRenews: false,
    downloadNeedsAuth: false,
    progress: true,
    cancel: 'none',
    lookup: 'none',
    callback: 'none'
  },

  sign: (request, channel) => withApiKey(request, channel),
  submit,
  sound: video => soundOf(specOf(video), generateAudio),
  limits: specOf,

  submitted: xaiSubmitted,

  poll: ({ id }) => ({ method: 'GET', path: `/videos/${encodeURIComponent(id)}` }),
  polled: xaiPolled,

  probe: () => ({ method: 'GET', path: '/api-key' })
})

const PINS = 'grok-imagine-video-1.5'

function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  const { operation } = video.metadata
  if (operation === 'extend' || operation === 'edit') return rework(video, operation, channel)
  if (operation !== undefined) return refuse('metadata.operation', supports('xAI', ['extend', 'edit']))
  const spec = specOf(video)
  const checked = check(video, spec, channel, ['user', 'size'])
  if (checked.kind === 'refuse') return checked
  const { first, last, references } = byRole(video)
  // 1.5 pins frames beside references, and a last frame alone; "classic still rejects" both
  const frames = channel.options.strict === false || video.model === PINS ? null : frameRefusal(video)
  if (frames) return frames
  const ratio = ratioOf(video, general.ratios)
  const { resolution, warnings } = resolutionOf(video, spec)
  const { fields: settings, warnings: overruled } = mergeUnder(
    defined({ duration: checked.seconds, aspect_ratio: ratio || undefined, resolution, user: video.user }),
    passThrough(video.metadata, ['aspect_ratio', 'resolution']),
    [
      'prompt',
      ...(first === undefined ? [] : ['image']),
      ...(last === undefined ? [] : ['last_frame']),
      ...(references.length ? ['reference_images'] : [])
    ]
  )
  const names = spec.resolutions ?? latest.resolutions
  const stated = {
    seconds: secondsIn(settings.duration) ?? usualSeconds(spec),
    // docs.x.ai, video guide: 480p by default
    resolution: resolutionAmong(names, settings.resolution, resolutionOfSize(video, names), '480p'),
    audio: audioOf(spec, settings.generate_audio)
  }
  return {
    kind: 'draft',
    warnings: [...checked.warnings, ...warnings, ...overruled],
    ...billed(video, stated, settings),
    first: () =>
      posted('/videos/generations', {
        model: video.model,
        prompt: video.prompt,
        ...(first !== undefined && { image: { url: urlOrDataUrl(first) } }),
        ...(last !== undefined && { last_frame: { url: urlOrDataUrl(last) } }),
        ...(references.length && { reference_images: references.map(source => ({ url: urlOrDataUrl(source) })) }),
        ...settings
      })
  }
}

/** Returns the limits of a request's model, or of the operation that its metadata names (docs.x.ai, video editing and extension). */
function specOf({ model, images, metadata }: VideoRequest): ModelSpec {
  if (metadata.operation === 'extend') return { images: [], seconds: { min: 2, max: 10 } }
  if (metadata.operation === 'edit') return { images: [] }
  // "reference-to-video on grok-imagine-video allows up to 10 seconds"
  if (model === 'grok-imagine-video' && images.some(({ role }) => role === 'reference'))
    return { ...general, seconds: { min: 1, max: 10 } }
  return models[model] ?? { images: latest.images, resolutions: latest.resolutions }
}

const posted = (path: string, json: object): Step => ({
  kind: 'send',
  request: { method: 'POST', path, body: { json } }
})

// with reference images at most 720p (@ai-sdk/xai)
function resolutionOf(video: VideoRequest, spec: ModelSpec): { resolution?: unknown; warnings: Warning[] } {
  const { width, height, metadata } = video
  const field = metadata.resolution === undefined ? 'size' : 'metadata.resolution'
  const asked = metadata.resolution ?? resolutionOfSize(video, spec.resolutions ?? [])
  if (asked === '1080p' && video.images.some(({ role }) => role === 'reference'))
    return { resolution: '720p', warnings: [{ field, reason: 'with reference images at most 720p is supported' }] }
  const warnings: Warning[] = []
  if (field === 'size' && width && height && tierOf(width, height) !== asked)
    warnings.push({ field, reason: closest(`${width}x${height}`, String(asked)) })
  return { ...defined({ resolution: asked }), warnings }
}

/** Extends or edits the client's video (docs.x.ai, video editing and extension); the picture follows the source. */
function rework(video: VideoRequest, operation: 'extend' | 'edit', channel: ChannelConfig): Submission {
  const extend = operation === 'extend'
  const checked = check(video, specOf(video), channel, extend ? [] : ['user'])
  if (checked.kind === 'refuse') return checked
  const source = sourceVideo.safeParse(video.metadata.video).data
  if (!source) return refuse('metadata.video', `must name the video to ${operation}: a URL, {url} or {file_id}`)
  if (!extend && video.seconds !== undefined)
    return refuse('duration', 'cannot be set: an edited video keeps the length of its source')
  const shapes = ['aspect_ratio', 'resolution'].filter(key => video.metadata[key] !== undefined)
  const { fields: settings, warnings: overruled } = mergeUnder(
    defined({ duration: checked.seconds, user: extend ? undefined : video.user }),
    passThrough(video.metadata, ['aspect_ratio', 'resolution', 'operation', 'video', 'duration']),
    ['prompt']
  )
  // others.md §10: an extension has at most 10 s, an edited source at most 8.7 s
  const stated = { seconds: checked.seconds ?? (extend ? 10 : 8.7), video: true }
  return {
    kind: 'draft',
    warnings: [
      ...checked.warnings,
      ...overruled,
      ...shapes.map(key => ({ field: `metadata.${key}`, reason: 'ignored: the picture follows the source video' }))
    ],
    ...billed(video, stated, settings),
    first: () =>
      posted(extend ? '/videos/extensions' : '/videos/edits', {
        model: video.model,
        prompt: video.prompt,
        video: typeof source === 'string' ? { url: source } : source,
        ...settings
      })
  }
}

const sourceVideo = z.union([
  z.string().min(1),
  z.looseObject({ url: z.string() }),
  z.looseObject({ file_id: z.string() })
])
