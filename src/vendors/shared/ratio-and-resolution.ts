import { closest, ratioFollowsImage } from './reasons.ts'
import { resolutionOfSize } from './resolution.ts'
import { ratioOf, tierOf } from './size.ts'
import type { VideoRequest, Warning } from '../vendor.ts'

/** What vendors with a `ratio` and a `resolution` are told of a size. */
export interface Shape<Name extends string> {
  ratio?: string
  resolution?: Name | string
  warnings: Warning[]
}

/**
 * The ratio and resolution nearest to the client's size; `metadata.aspect_ratio` and `.resolution` as written win over it.
 * A size of another tier than the model makes (4K of a 1080p model) is taken down with a warning.
 */
export function shapeOf<Name extends string>(
  video: VideoRequest,
  ratios: readonly string[],
  resolutions: readonly Name[]
): Shape<Name> {
  const ratio = ratioOf(video, ratios)
  const wish = video.metadata.resolution
  const { width, height } = video
  const nearest = resolutionOfSize(video, resolutions)
  const resolution = typeof wish === 'string' ? wish : nearest
  const far = width && height && resolution === nearest && nearest && !sameTier(tierOf(width, height), nearest)
  return {
    ...(ratio && { ratio }),
    ...(resolution && { resolution }),
    warnings: far ? [{ field: 'size', reason: closest(`${width}x${height}`, nearest) }] : []
  }
}

/** Where the frames set the shape, a ratio that was asked for can only be reported. */
export function followsImage({ ratio }: { ratio?: string }): Warning[] {
  return ratio ? [{ field: 'size', reason: `${ratioFollowsImage}; ${ratio} is ignored` }] : []
}

// 768P is what its vendor calls 720p
function sameTier(tier: string, name: string): boolean {
  const word = name.toLowerCase()
  return word === tier || (tier === '720p' && word === '768p')
}
