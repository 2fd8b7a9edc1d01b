import { defined } from '../lib/defined.ts'
import type { Image, ImageRole, VideoRequest } from '../vendors/vendor.ts'

/** A validated create request: the documented fields of both formats, `seconds` and `duration` merged. */
export interface UnifiedRequest {
  model: string
  prompt: string
  image?: string | undefined
  images?: readonly string[] | undefined
  seconds?: number | undefined
  size?: string | undefined
  width?: number | undefined
  height?: number | undefined
  fps?: number | undefined
  n?: number | undefined
  seed?: number | undefined
  negative_prompt?: string | undefined
  user?: string | undefined
  metadata?: Record<string, unknown> | undefined
}

/**
 * Returns the request for vendors. `metadata.seed`, `.duration`, `.negative_prompt`, `.image_tail` and `.image_urls` count as the fields they
 * stand for (the documents' examples send them that way); a top-level field wins over the one in metadata.
 */
export function toVideoRequest(request: UnifiedRequest, upstreamModel: string): VideoRequest {
  const {
    seed,
    duration,
    negative_prompt,
    image_tail,
    image_urls,
    image_roles,
    group: _group,
    ...metadata
  } = request.metadata ?? {}
  const [width, height] = dimensions(request)
  const seconds = request.seconds ?? toNumber(duration)
  const size = request.size ?? (width && height ? `${width}x${height}` : undefined)
  return defined({
    model: upstreamModel,
    prompt: request.prompt,
    images: toImages(request, image_tail, image_urls, image_roles),
    seconds,
    size,
    width,
    height,
    fps: request.fps,
    seed: request.seed ?? toNumber(seed),
    n: request.n,
    negativePrompt: request.negative_prompt ?? toText(negative_prompt),
    user: request.user,
    metadata
  })
}

/** `metadata.group` names requests that are compared with each other; vendors do not get it. */
export const groupOf = ({ metadata }: UnifiedRequest): string | null => {
  const name = metadata?.group
  return typeof name === 'string' && name !== '' ? name.slice(0, 64) : null
}

function toImages({ image, images = [] }: UnifiedRequest, tail: unknown, urls: unknown, roles: unknown): Image[] {
  const extra = Array.isArray(urls) ? urls.filter(url => typeof url === 'string') : []
  // the same image twice in `images` is intended (first and last frame of a loop); elsewhere it is a repetition
  const given = image === undefined || images.includes(image) ? images : [image, ...images]
  const sources = [...given, ...new Set(extra.filter(url => !given.includes(url)))]
  const named = Array.isArray(roles) ? (roles as ImageRole[]) : []
  const withRoles = sources.map((source, index) => ({
    source,
    role: named[index] ?? defaultRole(index, sources.length)
  }))
  if (typeof tail !== 'string' || tail === '') return withRoles
  return [...withRoles.filter(({ role }) => role !== 'last'), { source: tail, role: 'last' }]
}

// one image is the first frame, two are first and last, three or more are references
function defaultRole(index: number, count: number): ImageRole {
  if (count > 2) return 'reference'
  return index === 0 ? 'first' : 'last'
}

function dimensions({ size, width, height }: UnifiedRequest): [number?, number?] {
  const [, w, h] = /^(\d{1,5})\s*[x*×]\s*(\d{1,5})$/i.exec(size ?? '') ?? []
  if (w && h) return [Number(w), Number(h)]
  return width && height ? [width, height] : []
}

const toText = (value: unknown) => (typeof value === 'string' ? value : undefined)

function toNumber(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '' || typeof value === 'boolean') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}
