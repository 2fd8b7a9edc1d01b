import { refuse } from '../shared/check.ts'
import { closest, supports } from '../shared/reasons.ts'
import { shortSide } from '../shared/size.ts'
import { table } from '../../lib/table.ts'
import type { ChannelConfig, ModelSpec, Refusal, VideoRequest, Warning } from '../vendor.ts'

/* Kling's models. Source: Kling's capability matrix and the limits of its pages (kling.md §2.5, §3.1, §3.4). */

export interface KlingModel extends ModelSpec {
  /** false: no `camera_control`; absent: unknown */
  camera?: boolean
  /** false: no `cfg_scale`; absent: unknown */
  cfgScale?: boolean
  /** with sound only at 1080p, and silent with a last frame (kling.md §2.5, §3.4) */
  soundAt1080?: true
  /** std takes a last frame and ignores it (ArcReel's Kling backend, read 2026-11-29) */
  lastFrameInPro?: true
  /** it always has sound, and no setting for it */
  alwaysSounds?: true
}

/** Whether a model belongs to Kling's standard API (`kling-3.0`), not to the legacy one (`kling-v3`). */
export const isStandard = (model: string) => /^kling-(\d+\.\d|o1)/.test(model)

/** Whether a model accepts reference images and other sources, on both APIs. */
export const isOmni = (model: string) => /omni|[-_]o\d/i.test(model)

export const klingRatios = ['16:9', '9:16', '1:1'] as const

const retired = (replacement: string) => ({ retired: { since: '2026-09-15', replacement } })

const fiveOrTen = { seconds: [5, 10], defaultSeconds: 5, ratios: klingRatios, promptLimit: 2500 } as const
const threeToFifteen = { seconds: { min: 3, max: 15 }, defaultSeconds: 5, ratios: klingRatios } as const
const silent = { audio: false, camera: false } as const
const frames = { images: ['first', 'last'] } as const
const firstOnly = { images: ['first'] } as const
const hd = { resolutions: ['720p', '1080p'] } as const
const uhd = { resolutions: ['720p', '1080p', '4k'] } as const
const omni = { images: ['first', 'last', 'reference'], maxReferences: 7, promptLimit: 3072 } as const

const four = {
  defaultSeconds: 5,
  ratios: [...klingRatios, '21:9'],
  images: ['first', 'last'],
  promptLimit: 26_000
} as const

// kling.md §3.1: std is about 720p, pro about 1080p; a model with only one resolution has no mode
const stdAndPro = { modes: ['std', 'pro'] } as const
const upTo4k = { modes: ['std', 'pro', '4k'] } as const

// kling.md §0: v1 alone; not v1-5 (docs.klingai2.org, Video Extension, note 2)
const extended = { reworks: ['extend'] } as const

/** Models of the legacy API; resellers still serve the retired ones. */
export const legacyModels = {
  'kling-v1': { ...fiveOrTen, ...hd, ...stdAndPro, ...frames, ...extended, audio: false, camera: true },
  'kling-v1-5': { ...fiveOrTen, ...hd, ...stdAndPro, ...frames, audio: false, camera: true },
  'kling-v1-6': { ...fiveOrTen, ...hd, ...stdAndPro, ...frames, ...extended, ...silent },
  'kling-v2-master': { ...fiveOrTen, resolutions: ['720p'], ...firstOnly, ...silent, cfgScale: false },
  'kling-v2-1': { ...fiveOrTen, ...hd, ...stdAndPro, ...frames, ...silent, cfgScale: false },
  'kling-v2-1-master': { ...fiveOrTen, resolutions: ['1080p'], ...firstOnly, ...silent, cfgScale: false },
  'kling-v2-5-turbo': {
    ...fiveOrTen,
    ...hd,
    ...stdAndPro,
    ...frames,
    ...silent,
    lastFrameInPro: true,
    cfgScale: false
  },
  'kling-v2-6': {
    ...fiveOrTen,
    ...hd,
    ...stdAndPro,
    ...frames,
    audio: true,
    soundAt1080: true,
    lastFrameInPro: true,
    camera: false,
    cfgScale: false
  },
  'kling-v3': { ...threeToFifteen, ...uhd, ...upTo4k, ...frames, audio: true, promptLimit: 2500, camera: false },
  'kling-v3-omni': { ...threeToFifteen, ...uhd, ...upTo4k, ...omni, audio: true },
  'kling-video-o1': { ...threeToFifteen, seconds: { min: 3, max: 10 }, ...hd, ...stdAndPro, ...omni, audio: false }
} as const satisfies Record<string, KlingModel>

export const standardModels = {
  'kling-2.5-turbo': { ...fiveOrTen, ...hd, ...frames, audio: false },
  'kling-2.6': { ...fiveOrTen, ...hd, ...frames, audio: true, soundAt1080: true },
  'kling-3.0': { ...threeToFifteen, ...uhd, ...frames, audio: true },
  'kling-3.0-turbo': {
    ...threeToFifteen,
    ...hd,
    ...firstOnly,
    audio: true,
    alwaysSounds: true,
    promptLimit: 3072
  },
  'kling-3.0-omni': { ...threeToFifteen, ...uhd, ...omni, audio: true },
  'kling-o1': { ...threeToFifteen, seconds: { min: 3, max: 10 }, ...hd, ...omni, audio: false },
  // unverified: what ComfyUI's nodes offer (docs.comfy.org, Kling4TextToVideoNode, read 2026-11-29), on the wire of 3.0. Its references and
  // keyframes are not documented, so they are refused
  'kling-4.0': { ...four, ...hd, seconds: { min: 3, max: 30 } },
  'kling-4.0-flash': { ...four, resolutions: ['720p'], seconds: { min: 3, max: 20 } }
} as const satisfies Record<string, KlingModel>

/** Models of Kling's own hosts, where 1.0 to 2.1-Master are retired. */
export const klingModels = table<KlingModel>({
  ...legacyModels,
  'kling-v1': { ...legacyModels['kling-v1'], ...retired('kling-v2-5-turbo') },
  'kling-v1-5': { ...legacyModels['kling-v1-5'], ...retired('kling-v2-5-turbo') },
  'kling-v1-6': { ...legacyModels['kling-v1-6'], ...retired('kling-v2-5-turbo') },
  'kling-v2-1': { ...legacyModels['kling-v2-1'], ...retired('kling-v2-5-turbo') },
  'kling-v2-master': { ...legacyModels['kling-v2-master'], ...retired('kling-v2-6') },
  'kling-v2-1-master': { ...legacyModels['kling-v2-1-master'], ...retired('kling-v2-6') },
  ...standardModels
})

/** The rules for an unlisted model: only what the wire itself cannot say is refused. */
export function generalModel(model: string): KlingModel {
  return { images: isOmni(model) ? omni.images : frames.images }
}

/** Returns the request at the resolution that its sound needs, with the warning, or a refusal where it asks for another one. */
export function forSound(
  video: VideoRequest,
  { soundAt1080 }: KlingModel,
  { options }: ChannelConfig
): Refusal | { kind: 'fine'; video: VideoRequest; warnings: Warning[] } {
  const { metadata, images } = video
  const asked = metadata.resolution ?? metadata.mode ?? video.size
  if (!video.audio || !soundAt1080 || options.strict === false) return { kind: 'fine', video, warnings: [] }
  if (images.some(({ role }) => role === 'last')) return refuse('audio', `${video.model} is silent with a last frame`)
  if (asked === undefined) {
    const reason = `${video.model} has sound only at 1080p; using 1080p`
    return {
      kind: 'fine',
      video: { ...video, metadata: { ...metadata, resolution: '1080p' } },
      warnings: [{ field: 'audio', reason }]
    }
  }
  const words = ['1080p', 'pro'].includes(String(metadata.resolution ?? metadata.mode).toLowerCase())
  const large =
    metadata.resolution === undefined && metadata.mode === undefined && tier(shortSide(video) ?? 0) === '1080p'
  if (words || large) return { kind: 'fine', video, warnings: [] }
  return refuse('audio', `${video.model} has sound only at 1080p`)
}

/** Returns the request at the resolution that its last frame needs, with the warning, or a refusal where it asks for another one. */
export function forLastFrame(
  video: VideoRequest,
  { lastFrameInPro }: KlingModel,
  { options }: ChannelConfig
): Refusal | { kind: 'fine'; video: VideoRequest; warnings: Warning[] } {
  const { metadata, images, model } = video
  const fine = { kind: 'fine', video, warnings: [] } as const
  if (!lastFrameInPro || options.strict === false || !images.some(({ role }) => role === 'last'))
    return { ...fine, warnings: [] }
  const word = metadata.mode ?? metadata.resolution
  if (word !== undefined) {
    if (['1080p', 'pro'].includes(String(word).toLowerCase())) return { ...fine, warnings: [] }
    return refuse(
      metadata.mode === undefined ? 'metadata.resolution' : 'metadata.mode',
      `${model} uses a last frame only in pro (1080p)`
    )
  }
  if (tier(shortSide(video) ?? 0) !== '720p') return { ...fine, warnings: [] }
  const reason = `${model} uses a last frame only in pro (1080p); using pro`
  return {
    kind: 'fine',
    video: { ...video, metadata: { ...metadata, resolution: '1080p' } },
    warnings: [{ field: 'size', reason }]
  }
}

/**
 * Returns `720p`, `1080p` or `4k` by `metadata.resolution`, else by the size's short side; none when the client set neither.
 * A larger size than the model supports becomes its largest, with a warning; an unsupported resolution is refused.
 */
export function resolutionOf(
  video: VideoRequest,
  { resolutions }: KlingModel,
  channel: ChannelConfig
): Refusal | { kind: 'fine'; resolution?: string; warnings: Warning[] } {
  const { resolution: asked } = video.metadata
  const side = shortSide(video)
  const resolution = typeof asked === 'string' ? asked.toLowerCase() : side && tier(side)
  if (!resolution) return { kind: 'fine', warnings: [] }
  if (!resolutions || resolutions.includes(resolution)) return { kind: 'fine', resolution, warnings: [] }
  if (typeof asked === 'string') {
    if (channel.options.strict === false) return { kind: 'fine', resolution, warnings: [] }
    return refuse('metadata.resolution', supports(video.model, resolutions))
  }
  const largest = resolutions.at(-1)!
  return {
    kind: 'fine',
    resolution: largest,
    warnings: [{ field: 'size', reason: closest(video.size ?? resolution, largest) }]
  }
}

export const noReferences = (model: string) => `${model} does not accept reference images`

/** Refuses a ratio that the model lacks. */
export function ratioRefusal(ratio: string | undefined, { ratios }: KlingModel, channel: ChannelConfig) {
  if (!ratio || !ratios || ratios.includes(ratio) || channel.options.strict === false) return null
  return refuse('metadata.aspect_ratio', supports('the model', ratios))
}

function tier(side: number): string {
  if (side < 1080) return '720p'
  return side < 2160 ? '1080p' : '4k'
}
