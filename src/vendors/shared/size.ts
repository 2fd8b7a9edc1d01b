import type { VideoRequest } from '../vendor.ts'

/* Maps pixels to ratios and tiers, for all vendors. Cases: test/vectors/size-mapping.json */

const commonRatios = ['16:9', '9:16', '1:1', '4:3', '3:4', '21:9'] as const

export type Tier = '480p' | '720p' | '1080p' | '2k' | '4k'

/** Returns the ratio nearest to `width:height` by logarithmic distance. */
export function nearestRatio(width: number, height: number, ratios: readonly string[] = commonRatios): string {
  const distance = (ratio: string) => Math.abs(Math.log(width / height / ratioValue(ratio)))
  return ratios.reduce((best, ratio) => (distance(ratio) < distance(best) ? ratio : best))
}

/** Returns the tier by pixel count (vendors/others.md §2, checked against two vendors' tables). */
export function tierOf(width: number, height: number): Tier {
  const pixels = width * height
  if (pixels <= 520_000) return '480p'
  if (pixels <= 1_200_000) return '720p'
  if (pixels <= 2_400_000) return '1080p'
  return pixels <= 4_200_000 ? '2k' : '4k'
}

/** Returns the requested ratio: `metadata.aspect_ratio` as written, else the nearest of `ratios` to the size. */
export function ratioOf(video: VideoRequest, ratios?: readonly string[]): string | undefined {
  const { aspect_ratio: asked } = video.metadata
  if (typeof asked === 'string') return asked
  return video.width && video.height ? nearestRatio(video.width, video.height, ratios) : undefined
}

export function shortSide(video: VideoRequest): number | undefined {
  return video.width && video.height ? Math.min(video.width, video.height) : undefined
}

function ratioValue(ratio: string): number {
  const [width = 1, height = 1] = ratio.split(':').map(Number)
  return width / height
}
