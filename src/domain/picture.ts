import { table } from '../lib/table.ts'
import type { Draft, ModelSpec, VideoRequest } from '../vendors/vendor.ts'

/* How large the picture of a video will be, before there is a file that says it. Pure. */

interface Size {
  width: number
  height: number
}

/**
 * Returns the size as `WIDTHxHEIGHT`: in pixels as it is sent, else as asked where that is about what the resolution and the ratio give, else
 * what they give. Undefined when nothing is known, or when an input image decides and no size was asked for.
 */
export function expectedSize(
  video: VideoRequest,
  { size: sent, billing: { resolution } }: Pick<Draft, 'size' | 'billing'>,
  { ratios }: ModelSpec
): string | undefined {
  if (sent !== undefined) return sent
  const lines = typeof resolution === 'string' ? linesOf(resolution) : undefined
  const framed = video.images.some(({ role }) => role !== 'reference')
  if (lines === undefined || framed) return video.size
  const made = sizeAt(lines, ratioOf(video, ratios))
  const { width, height } = video
  return width && height && isLike({ width, height }, made) ? video.size : `${made.width}x${made.height}`
}

const named = ['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '21:9', '9:21', '4:5', '5:4', '2:1', '1:2']

/** Returns the name of a ratio, e.g. `16:9`, that a size in pixels has within two percent; null: it has none of the usual ones. */
export function ratioName(width: number, height: number): string | null {
  const distance = (name: string) => apart(valueOf(name), width / height)
  const [nearest] = named.toSorted((a, b) => distance(a) - distance(b))
  return nearest !== undefined && distance(nearest) < 0.02 ? nearest : null
}

// names that are no number of lines
const namedLines = table<number>({ '2k': 1440, '4k': 2160 })

function linesOf(resolution: string): number | undefined {
  const height = namedLines[resolution.toLowerCase()] ?? Number.parseInt(resolution, 10)
  return height >= 100 ? height : undefined
}

const USUAL = '16:9'

/** Returns the ratio that is asked for by name, else the model's nearest to the size, else its usual one. */
function ratioOf({ metadata, width, height }: VideoRequest, ratios: readonly string[] = []): number {
  const { aspect_ratio: named } = metadata
  if (typeof named === 'string' && valueOf(named) > 0) return valueOf(named)
  const known = ratios.map(valueOf).filter(ratio => ratio > 0)
  if (!width || !height) return ratios.includes(USUAL) ? valueOf(USUAL) : (known[0] ?? valueOf(USUAL))
  const asked = width / height
  return known.toSorted((a, b) => apart(a, asked) - apart(b, asked))[0] ?? asked
}

function valueOf(ratio: string): number {
  const [, width, height] = /^(\d{1,2}):(\d{1,2})$/.exec(ratio) ?? []
  return Number(width) / Number(height)
}

/** A resolution is the height of a 16:9 picture; other ratios have as many pixels, in even numbers. */
function sizeAt(height: number, ratio: number): Size {
  const pixels = height * height * valueOf(USUAL)
  const even = (side: number) => Math.round(side / 2) * 2
  return { width: even(Math.sqrt(pixels * ratio)), height: even(Math.sqrt(pixels / ratio)) }
}

const isLike = (asked: Size, made: Size) =>
  apart(asked.width / asked.height, made.width / made.height) < 0.2 &&
  apart(asked.width * asked.height, made.width * made.height) < 0.4

const apart = (a: number, b: number) => Math.abs(Math.log(a / b))
