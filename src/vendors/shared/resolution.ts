import { tierOf, type Tier } from './size.ts'
import { table } from '../../lib/table.ts'
import type { VideoRequest } from '../vendor.ts'

const heights = table<number>({ '2k': 1440, '4k': 2160 })

/** Returns the vendor's resolution (`540p`, `768P`, `2k` …) for a size: the name of its tier, else the nearest by pixel count. */
export function nearestResolution<Name extends string>(
  width: number,
  height: number,
  names: readonly Name[]
): Name | undefined {
  const tier: Tier = tierOf(width, height)
  const same = names.find(name => name.toLowerCase() === tier)
  if (same) return same
  const distance = (name: string) => Math.abs(Math.log((width * height) / pixelsOf(name)))
  return names.length ? names.reduce((best, name) => (distance(name) < distance(best) ? name : best)) : undefined
}

/** The same for the size of a request; undefined when it has none. */
export function resolutionOfSize<Name extends string>(
  { width, height }: VideoRequest,
  names: readonly Name[]
): Name | undefined {
  return width && height ? nearestResolution(width, height, names) : undefined
}

/** Returns the short side that a resolution (`540p`, `2K` …) names. */
export const heightOf = (name: string): number => heights[name.toLowerCase()] ?? Number.parseInt(name, 10)

// a resolution is the short side of a 16:9 picture
const pixelsOf = (name: string): number => (heightOf(name) ** 2 * 16) / 9
