import { defined } from '../../lib/defined.ts'
import { table } from '../../lib/table.ts'
import { below } from '../shared/base-path.ts'
import { audioOf, billed, longestSeconds, resolutionAmong, secondsIn } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { lastFrameRefusal } from '../shared/frames.ts'
import { byRole, urlOrBase64 } from '../shared/images.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { closest } from '../shared/reasons.ts'
import { ratioOf, tierOf, type Tier } from '../shared/size.ts'
import type { ChannelConfig, ModelSpec, Submission, VideoRequest, Warning } from '../vendor.ts'

const resolutions = ['hd', 'fhd', 'qhd', 'uhd'] as const

const flux = {
  seconds: { min: 5, max: 20 },
  choosesSeconds: true,
  ratios: ['21:9', '2:1', '16:9', '4:3', '1:1', '3:4', '9:16'],
  resolutions,
  images: ['first', 'last'],
  audio: true
} as const satisfies ModelSpec

export const bflModels = table<ModelSpec>({ 'flux-3-video': flux })

/** Returns the limits of a request: a video that is continued has no frames, and at most 15 more seconds. */
export function specOf({ model, metadata }: VideoRequest): ModelSpec {
  const spec: ModelSpec = bflModels[model] ?? { images: flux.images }
  return metadata.start_video === undefined ? spec : { ...spec, images: [], seconds: { min: 5, max: 15 } }
}

/** Below the address of the API. */
export const PREFIX = '/v1'

export function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  const spec = specOf(video)
  const checked = check(video, spec, channel, ['size', 'user'])
  if (checked.kind === 'refuse') return checked
  const { metadata } = video
  const refused = lastFrameRefusal(video) ?? modeRefusal(video)
  if (refused) return refused
  const { first, last } = byRole(video)
  const frames = [first, last].filter(source => source !== undefined)
  const picture = resolutionOf(video)
  const { id: user, warnings } = userOf(video)
  const { fields: settings, warnings: overruled } = mergeUnder(
    defined({
      aspect_ratio: ratioOf(video, flux.ratios),
      duration: checked.seconds === -1 ? 'auto' : checked.seconds,
      resolution: picture.resolution,
      user
    }),
    passThrough(metadata, ['aspect_ratio', 'resolution', 'mode']),
    ['prompt', ...(frames.length ? ['keyframes'] : [])]
  )
  const continues = settings.start_video !== undefined
  const stated = {
    // `auto` is the default: as long as the content needs
    seconds: secondsIn(settings.duration) ?? longestSeconds(spec),
    resolution: resolutionAmong(resolutions, settings.resolution, picture.ofSize, 'hd'),
    audio: audioOf(spec, settings.generate_audio, true),
    video: continues
  }
  const { start_video: _, keyframes, ...priced } = settings
  return {
    kind: 'draft',
    warnings: [...checked.warnings, ...picture.warnings, ...warnings, ...overruled],
    ...billed(video, stated, priced),
    first: () => ({
      kind: 'send',
      request: {
        method: 'POST',
        path: `${below(channel, PREFIX)}/${encodeURIComponent(video.model)}`,
        body: {
          json: {
            mode: continues ? 'v2v' : frames.length || keyframes !== undefined ? 'i2v' : 't2v',
            prompt: video.prompt,
            ...(frames.length && { keyframes: frames.map(urlOrBase64) }),
            ...settings
          }
        }
      }
    })
  }
}

/** A draft ends with a cache file, and what is made of one has no prompt: neither is a video of this request. */
function modeRefusal({ metadata }: VideoRequest) {
  const name = ['draft', 'draft_cache'].find(key => metadata[key] !== undefined && metadata[key] !== false)
  return name ? refuse(`metadata.${name}`, 'drafts are not supported: their result is not a video') : null
}

const names = table<(typeof resolutions)[number]>({
  '480p': 'hd',
  '720p': 'hd',
  '1080p': 'fhd',
  '1440p': 'qhd',
  '2k': 'qhd',
  '2160p': 'uhd',
  '4k': 'uhd'
})
const tierFor = table<Tier>({ hd: '720p', fhd: '1080p', qhd: '2k', uhd: '4k' })

/** BFL's name of a resolution, from metadata or the size. */
function resolutionOf({ width, height, metadata }: VideoRequest) {
  const { resolution } = metadata
  const tier = width && height ? tierOf(width, height) : undefined
  const ofSize = tier && (names[tier] ?? 'hd')
  if (typeof resolution === 'string')
    return { resolution: names[resolution.toLowerCase()] ?? resolution, ofSize, warnings: [] }
  const warnings: Warning[] =
    ofSize && tierFor[ofSize] !== tier ? [{ field: 'size', reason: closest(`${width}x${height}`, ofSize) }] : []
  return { resolution: resolution ?? ofSize, ofSize, warnings }
}

/** "an opaque identifier of 1 to 256 characters" */
function userOf({ user }: VideoRequest): { id?: string; warnings: Warning[] } {
  if (user === undefined || (user.length > 0 && user.length <= 256)) return { ...defined({ id: user }), warnings: [] }
  return { warnings: [{ field: 'user', reason: 'BFL accepts ids of at most 256 characters' }] }
}
