import { closest, ratioFollowsImage } from './reasons.ts'
import { resolutionOfSize } from './resolution.ts'
import { ratioOf, tierOf } from './size.ts'
import type { VideoRequest, Warning } from '../vendor.ts'

/** A size in the words of vendors that take a `ratio` and a `resolution`. */
export interface Shape<Name extends string> {
  ratio?: string
  resolution?: Name | string
  warnings: Warning[]
}

/**
 * Returns the ratio and resolution nearest to the client's size; `metadata.aspect_ratio` and `.resolution` override them as written,
 * but for the case of a resolution's name.
 * A size of a tier that the model lacks (4K on a 1080p model) becomes the nearest, with a warning.
 */
export function shapeOf<Name extends string>(
  video: VideoRequest,
  ratios: readonly string[],
  resolutions: readonly Name[]
): Shape<Name> {
  const ratio = ratioOf(video, ratios)
  const asked = video.metadata.resolution
  const { width, height } = video
  const nearest = resolutionOfSize(video, resolutions)
  const resolution = typeof asked === 'string' ? (resolutions.find(name => isSame(name, asked)) ?? asked) : nearest
  const far = width && height && resolution === nearest && nearest && !sameTier(tierOf(width, height), nearest)
  return {
    ...(ratio && { ratio }),
    ...(resolution && { resolution }),
    warnings: far ? [{ field: 'size', reason: closest(`${width}x${height}`, nearest) }] : []
  }
}

/** Warns about a requested ratio where the frames determine it. */
export function followsImage({ ratio }: { ratio?: string }): Warning[] {
  return ratio ? [{ field: 'size', reason: `${ratioFollowsImage}; ${ratio} is ignored` }] : []
}

const isSame = (name: string, asked: string) => name.toLowerCase() === asked.toLowerCase()

// 768P is what its vendor calls 720p
function sameTier(tier: string, name: string): boolean {
  const word = name.toLowerCase()
  return word === tier || (tier === '720p' && word === '768p')
}
