import { defined } from '../lib/defined.ts'
import type { Image, ImageRole, MadeCharacter, Rework, SourceVideo, VideoRequest } from '../vendors/vendor.ts'

/** A validated create request in our own words, whatever format and names the client used. */
export interface UnifiedRequest {
  model: string
  prompt: string
  images?: readonly AskedImage[] | undefined
  source?: AskedSource | undefined
  /** by their ids here */
  characters?: readonly { id: string }[] | undefined
  seconds?: number | undefined
  size?: string | undefined
  width?: number | undefined
  height?: number | undefined
  fps?: number | undefined
  n?: number | undefined
  seed?: number | undefined
  negative_prompt?: string | undefined
  /** with sound or silent; absent: not said */
  audio?: boolean | undefined
  user?: string | undefined
  /** for the vendor, without the fields above; `aspect_ratio`, `resolution`, `mode` and `cfg_scale` are here */
  metadata?: Record<string, unknown> | undefined
  /** the client's own name of a field that it sent under another one, for refusals and warnings: `{duration: 'seconds'}` */
  names?: Readonly<Record<string, string>> | undefined
}

/** An http(s) URL, a `data:` URL or raw base64; without a role its place among the others decides. */
export interface AskedImage {
  source: string
  role?: ImageRole | undefined
}

/** The video that is edited, extended or remixed: one of ours by its `id`, else an http(s) or `data:` URL. */
export interface AskedSource {
  rework: Rework
  /** what is made of it instead where the model cannot do that; gone once that is decided */
  or?: Rework | undefined
  id?: string | undefined
  url?: string | undefined
}

/** Returns the client's own name of a field that a vendor refuses or warns about. */
export const nameOf = ({ names }: Pick<UnifiedRequest, 'names'>, field: string): string => names?.[field] ?? field

/** Returns the request for vendors. `source` and `characters`: what it is made of, as vendors are told of it. */
export function toVideoRequest(
  request: UnifiedRequest,
  upstreamModel: string,
  source?: SourceVideo,
  characters?: readonly MadeCharacter[]
): VideoRequest {
  const { group: _group, ...metadata } = request.metadata ?? {}
  const { prompt, images = [], seconds, fps, seed, n, negative_prompt: negativePrompt, audio, user } = request
  const [width, height] = dimensions(request)
  const size = request.size ?? (width && height ? `${width}x${height}` : undefined)
  return defined({
    model: upstreamModel,
    prompt,
    images: withRoles(images),
    source,
    characters,
    seconds,
    size,
    width,
    height,
    fps,
    seed,
    n,
    negativePrompt,
    audio,
    user,
    metadata
  })
}

/** `metadata.group` names requests that are compared with each other; vendors do not get it. */
export const groupOf = ({ metadata }: UnifiedRequest): string | null => {
  const name = metadata?.group
  return typeof name === 'string' && name !== '' ? name.slice(0, 64) : null
}

/** Returns about how many bytes a request takes in memory: its images and its video, which may be as large as a body. */
export const sizeOf = ({ images = [], source: video, prompt }: Pick<UnifiedRequest, 'images' | 'source' | 'prompt'>) =>
  images.reduce((sum, { source }) => sum + source.length, prompt.length + (video?.url?.length ?? 0))

/** Returns how long a video is of which `seconds` are made: an extension contains its source, an edit or remix is as long as it. */
export function wholeLength(source: SourceVideo | undefined, seconds: number | undefined): number | undefined {
  if (!source) return seconds
  if (source.rework !== 'extend') return seconds ?? source.seconds
  return seconds === undefined || source.seconds === undefined ? undefined : source.seconds + seconds
}

// of the images without a role: one is the first frame, two are first and last, three or more are references
function withRoles(images: readonly AskedImage[]): Image[] {
  const open = images.filter(({ role }) => role === undefined)
  const defaults: readonly ImageRole[] = open.length > 2 ? [] : ['first', 'last']
  return images.map(image => ({
    source: image.source,
    ...(image.role ? { role: image.role } : { role: defaults[open.indexOf(image)] ?? 'reference', assumed: true })
  }))
}

function dimensions({ size, width, height }: UnifiedRequest): [number?, number?] {
  const [, w, h] = /^(\d{1,5})\s*[x*×]\s*(\d{1,5})$/i.exec(size ?? '') ?? []
  if (w && h) return [Number(w), Number(h)]
  return width && height ? [width, height] : []
}
