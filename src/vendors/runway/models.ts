import { defined } from '../../lib/defined.ts'
import { resolutionAmong, tierIn } from '../shared/billing.ts'
import type { Honoured } from '../shared/check.ts'
import { closest } from '../shared/reasons.ts'
import { nearestResolution } from '../shared/resolution.ts'
import { nearestRatio, ratioOf, tierOf } from '../shared/size.ts'
import type { ImageRole, ModelSpec, VideoRequest, Warning } from '../vendor.ts'

/* Source: @runwayml/sdk 4.20.1, types of text_to_video, image_to_video and video_to_video. Durations that these leave open are open here. */

/**
 * How a model takes a size: `ratio` in pixels, a ratio by name with a resolution, a resolution alone, `auto_<resolution>`, or the picture of its
 * source video, which a few ratios may extend.
 */
type Shape =
  | { by: 'pixels'; ratios: readonly string[]; required?: true }
  | { by: 'name'; ratios: readonly string[]; resolutions: readonly string[] }
  | { by: 'resolution'; resolutions: readonly string[] }
  | { by: 'auto'; resolutions: readonly string[] }
  | { by: 'source'; targets: readonly string[] }

export interface RunwayModel extends ModelSpec {
  /** on text_to_video; absent: a first frame is required */
  text?: Shape
  /** on image_to_video */
  frames: Shape
  honoured: readonly Honoured[]
  durationRequired?: true
  /** `audio` sets the sound; absent: it cannot be set */
  sound?: true
  /** only on video_to_video: a source video is required, and sets the length */
  fromVideo?: true
}

const wide = list('1280:720 720:1280')
const gen4Frames = list('1280:720 720:1280 1104:832 832:1104 960:960 1584:672')
const veoRatios = list('1280:720 720:1280 1080:1920 1920:1080')
const horseRatios = list(
  '1280:720 720:1280 960:960 1108:832 832:1108 1920:1080 1080:1920 1440:1440 1662:1248 1248:1662'
)
const seedance480 = list('992:432 864:496 752:560 640:640 560:752 496:864')
const seedance720 = list('1470:630 1280:720 1112:834 960:960 834:1112 720:1280')
const seedance1080 = list('2206:946 1920:1080 1664:1248 1440:1440 1248:1664 1080:1920')
const seedance4k = list('3840:1646 3840:2160 3840:2880 3840:3840 2880:3840 2160:3840')
const seedance25At480 = list('992:432 854:480 752:560 640:640 560:752 480:854')
const wan480 = list('832:480 720:544 624:624 544:720 480:832')
const wan720 = list('1280:720 1104:832 960:960 832:1104 720:1280')
const wan1080 = list('1920:1080 1648:1248 1440:1440 1248:1648 1080:1920')
const omniRatios = list('640:360 360:640 1280:720 720:1280 1920:1080 1080:1920 3840:2160 2160:3840')

const first: readonly ImageRole[] = ['first']
const firstLast: readonly ImageRole[] = ['first', 'last']
const all: readonly ImageRole[] = ['first', 'last', 'reference']

// `ratio` is "deprecated: ignored, the output follows the input video"
const aleph = {
  fromVideo: true,
  audio: false,
  promptLimit: 1000,
  honoured: ['seed'],
  reworks: ['edit']
} as const

export const runwayModels = {
  'gen4.5': {
    seconds: { min: 2, max: 10 },
    defaultSeconds: 5,
    durationRequired: true,
    images: first,
    audio: false,
    promptLimit: 1000,
    honoured: ['seed', 'size'],
    text: { by: 'pixels', ratios: wide, required: true },
    frames: { by: 'pixels', ratios: gen4Frames, required: true }
  },
  gen4_turbo: {
    seconds: { min: 2, max: 10 },
    images: first,
    audio: false,
    promptLimit: 1000,
    honoured: ['seed', 'size'],
    frames: { by: 'pixels', ratios: gen4Frames, required: true }
  },
  'veo3.1': veo(),
  'veo3.1_fast': veo(),
  hailuo3: {
    images: all,
    maxReferences: 9,
    audio: true,
    honoured: ['size'],
    ...same({ by: 'name', ratios: ['21:9', '16:9', '4:3', '1:1', '3:4', '9:16'], resolutions: ['768p', '2k'] })
  },
  happyhorse_1_0: {
    images: first,
    promptLimit: 2500,
    honoured: ['size'],
    text: { by: 'pixels', ratios: horseRatios },
    frames: { by: 'resolution', resolutions: ['720p', '1080p'] }
  },
  seedance2: seedance([...seedance480, ...seedance720, ...seedance1080, ...seedance4k]),
  seedance2_fast: seedance([...seedance480, ...seedance720]),
  seedance2_mini: seedance([...seedance480, ...seedance720]),
  seedance2_5: {
    ...seedance([...seedance25At480, ...seedance720, ...seedance1080]),
    maxReferences: 30,
    promptLimit: 15_000
  },
  gemini_omni_flash: {
    seconds: { min: 3, max: 10 },
    images: first,
    honoured: ['size'],
    ...same({ by: 'pixels', ratios: wide })
  },
  'gemini_omni_flash_1.1': {
    seconds: { min: 3, max: 10 },
    images: all,
    honoured: ['size'],
    ...same({ by: 'pixels', ratios: omniRatios })
  },
  grok_imagine_1_5: {
    images: ['first', 'reference'],
    audio: true,
    honoured: ['size'],
    text: {
      by: 'name',
      ratios: ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3'],
      resolutions: ['480p', '720p', '1080p']
    },
    frames: { by: 'resolution', resolutions: ['480p', '720p', '1080p'] }
  },
  wan3: wan(),
  wan3_prime: wan(),
  // @runwayml/sdk before 4.20 (VideoToVideoCreateParams.Gen4Aleph); 4.20.1 lists only aleph2. The day is from a public client's notes
  gen4_aleph: {
    ...aleph,
    images: ['reference'],
    maxReferences: 1,
    retired: { since: '2026-07-30', replacement: 'aleph2' },
    ...same({ by: 'source', targets: [] })
  },
  aleph2: {
    ...aleph,
    images: [],
    ...same({ by: 'source', targets: ['16:9', '4:3', '3:2', '1:1', '2:3', '3:4', '9:16', '21:9'] })
  },
  h3_max: {
    images: firstLast,
    honoured: ['seed', 'size'],
    ...same({ by: 'resolution', resolutions: ['480p', '768p'] })
  }
} satisfies Record<string, RunwayModel>

/** Returns the fields of the body for a size, with a warning when the model has no such size. */
export function shapeFields(
  video: VideoRequest,
  shape?: Shape
): { fields: Record<string, string>; warnings: Warning[] } {
  const { width, height } = video
  const sized = width !== undefined && height !== undefined
  switch (shape?.by) {
    case 'pixels': {
      const ratio = pixelRatio(video, shape.ratios) ?? (shape.required && shape.ratios[0])
      const changed = sized && ratio && ratio !== `${width}:${height}`
      return {
        fields: ratio ? { ratio } : {},
        warnings: changed ? [{ field: 'size', reason: closest(`${width}x${height}`, ratio.replace(':', 'x')) }] : []
      }
    }
    case 'name': {
      const ratio = ratioOf(video, shape.ratios)
      const resolution = sized && nearestResolution(width, height, shape.resolutions)
      return { fields: defined({ ratio: ratio || undefined, resolution: resolution || undefined }), warnings: [] }
    }
    case 'resolution':
    case 'auto': {
      const resolution = sized && nearestResolution(width, height, shape.resolutions)
      if (!resolution) return { fields: {}, warnings: [] }
      return { fields: shape.by === 'auto' ? { ratio: `auto_${resolution}` } : { resolution }, warnings: [] }
    }
    case 'source': {
      const { aspect_ratio: asked } = video.metadata
      if (typeof asked !== 'string') return { fields: {}, warnings: [] }
      if (shape.targets.includes(asked)) return { fields: { targetAspectRatio: asked }, warnings: [] }
      return {
        fields: {},
        warnings: [{ field: 'metadata.aspect_ratio', reason: 'the picture follows the source video' }]
      }
    }
    case undefined:
      return { fields: sized ? { ratio: `${width}:${height}` } : {}, warnings: [] }
  }
}

/** Returns the resolution that the fields of a body set; undefined when the model has none of them. */
export function resolutionIn({ ratio, resolution }: Record<string, unknown>, shape?: Shape): string | undefined {
  switch (shape?.by) {
    case 'pixels':
      return shape.ratios.some(one => one === ratio) ? tierIn(ratio) : undefined
    case 'name':
    case 'resolution':
      return resolutionAmong(shape.resolutions, resolution)
    case 'auto':
      return resolutionAmong(shape.resolutions, String(ratio).replace('auto_', ''))
    case 'source':
      return undefined
    case undefined:
      return resolutionAmong(undefined, resolution, tierIn(ratio))
  }
}

/** Returns the model's `W:H` for a size, or for a ratio by name (at 720p, or `metadata.resolution`). */
function pixelRatio(video: VideoRequest, ratios: readonly string[]): string | undefined {
  const { aspect_ratio: asked, resolution } = video.metadata
  if (typeof asked === 'string' && ratios.includes(asked)) return asked
  if (typeof asked === 'string') {
    const short = Number.parseInt(String(resolution), 10) || 720
    const [across = 16, down = 9] = asked.split(':').map(Number)
    const [width, height] = across >= down ? [(short * across) / down, short] : [short, (short * down) / across]
    return nearestPixels(width, height, ratios)
  }
  return video.width && video.height ? nearestPixels(video.width, video.height, ratios) : undefined
}

// the nearest aspect ratio of the same tier, and among equal ones the nearest pixel count
function nearestPixels(width: number, height: number, ratios: readonly string[]): string {
  const sameTier = ratios.filter(ratio => tierOf(...sides(ratio)) === tierOf(width, height))
  const pool = sameTier.length ? sameTier : ratios
  const [across, down] = sides(nearestRatio(width, height, pool))
  const away = (ratio: string) => Math.abs(Math.log((width * height) / (sides(ratio)[0] * sides(ratio)[1])))
  return pool
    .filter(ratio => sides(ratio)[0] * down === sides(ratio)[1] * across)
    .reduce((best, ratio) => (away(ratio) < away(best) ? ratio : best))
}

function sides(ratio: string): [number, number] {
  const [width = 1, height = 1] = ratio.split(':').map(Number)
  return [width, height]
}

function list(ratios: string): readonly string[] {
  return ratios.split(' ')
}

function same(shape: Shape): { text: Shape; frames: Shape } {
  return { text: shape, frames: shape }
}

function veo(): RunwayModel {
  return {
    seconds: [4, 6, 8],
    images: firstLast,
    audio: true,
    sound: true,
    promptLimit: 1000,
    honoured: ['seed', 'negative_prompt', 'size'],
    ...same({ by: 'pixels', ratios: veoRatios, required: true })
  }
}

function seedance(ratios: readonly string[]): RunwayModel {
  return {
    images: all,
    maxReferences: 9,
    audio: true,
    sound: true,
    promptLimit: 3500,
    honoured: ['seed', 'size'],
    ...same({ by: 'pixels', ratios })
  }
}

// with frames the first one sets the ratio
function wan(): RunwayModel {
  return {
    images: all,
    maxReferences: 10,
    audio: true,
    sound: true,
    honoured: ['size'],
    text: { by: 'pixels', ratios: [...wan480, ...wan720, ...wan1080] },
    frames: { by: 'auto', resolutions: ['480p', '720p', '1080p'] }
  }
}
