import { audioOf, billed, hasVideo, isFilled, resolutionAmong, secondsIn, usualSeconds } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { modelOf, ratios, sizes, type DashscopeModel } from './models.ts'
import { urlOrOwn } from '../shared/content-items.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { mixedRefusal } from '../shared/frames.ts'
import { byRole, isUrl } from '../shared/images.ts'
import { closest, images, requires, supports } from '../shared/reasons.ts'
import { isRecord, recordOf } from '../../lib/records.ts'
import { defined } from '../../lib/defined.ts'
import { followsImage, shapeOf } from '../shared/ratio-and-resolution.ts'
import { resolutionOfSize } from '../shared/resolution.ts'
import type { ChannelConfig, Draft, Priced, ImageRole, Refusal, VideoRequest, Warning } from '../vendor.ts'

/* The body of Model Studio's video synthesis: one endpoint, three generations of fields (others.md §5). */

/** Fields of `input` that clients may set at the top of their metadata; anything else there is a parameter (dashscope SDK). */
const inputFields = [
  'audio_url',
  'template',
  'function',
  'reference_url',
  'reference_video_urls',
  'reference_video_description'
] as const

const allResolutions = ['480P', '720P', '1080P'] as const

/** A draft without its path. */
interface Sketch extends Omit<Draft, 'first' | 'model'> {
  body(): object
}

export function describe(video: VideoRequest, channel: ChannelConfig): Refusal | Sketch {
  const spec = modelOf(video.model)
  const checked = check(video, spec, channel, spec.honoured)
  if (checked.kind === 'refuse') return checked
  const image = channel.options.strict === false ? null : imageRefusal(video, spec)
  if (image) return image

  const shape = shapeParameters(video, spec, channel)
  const client = clientFields(video)
  const takes = (field: 'seed' | 'negative_prompt') => spec.honoured.includes(field)
  const { fields: parameters, warnings: overruled } = mergeUnder(
    { ...shape.parameters, ...defined({ duration: checked.seconds, seed: takes('seed') ? video.seed : undefined }) },
    { ...client.rest, ...client.parameters },
    ['prompt']
  )
  const { fields: input, warnings: inside } = mergeUnder(
    {
      ...(video.prompt && { prompt: video.prompt }),
      ...(video.negativePrompt && takes('negative_prompt') && { negative_prompt: video.negativePrompt }),
      ...imageFields(video, spec)
    },
    client.input,
    [],
    'metadata.input'
  )
  return {
    kind: 'draft',
    warnings: [...checked.warnings, ...shape.warnings, ...overruled, ...inside],
    ...statement(video, spec, shape.parameters, { parameters, input: client.input }),
    body: () => ({
      model: video.model,
      input,
      parameters
    })
  }
}

// the default size is of the model's largest tier (models.ts); the default resolution is not documented
function statement(
  video: VideoRequest,
  spec: DashscopeModel,
  own: Record<string, unknown>,
  { parameters, input }: { parameters: Record<string, unknown>; input: Record<string, unknown> }
): Priced {
  const names = spec.resolutions ?? allResolutions
  const words =
    spec.shape === 'size'
      ? [tierOfSize(parameters.size), tierOfSize(own.size), resolutionOfSize(video, names), names.at(-1)]
      : [parameters.resolution, own.resolution, resolutionOfSize(video, names)]
  const media = spec.takes === 'media' || spec.takes === 'reference_urls' ? video.metadata.media : undefined
  const mode = spec.shape === 'mode' ? String(parameters.mode ?? 'pro').toLowerCase() : undefined
  return billed(
    video,
    {
      seconds: secondsIn(parameters.duration) ?? usualSeconds(spec),
      resolution: mode === undefined ? resolutionAmong(names, ...words) : mode === 'pro' ? '1080P' : '720P',
      ...defined({ mode }),
      audio: audioOf(spec, parameters.audio),
      video: hasVideo(media) || isFilled(input.reference_video_urls)
    },
    { ...parameters, ...input }
  )
}

const tierOfSize = (size: unknown) =>
  Object.keys(sizes).find(tier => Object.values(sizes[tier] ?? {}).some(one => one === size))

function imageRefusal(video: VideoRequest, spec: DashscopeModel): Refusal | null {
  const { first, references } = byRole(video)
  // with videos in metadata no image is required
  const media = Array.isArray(video.metadata.media) && video.metadata.media.length > 0
  const others = media || video.metadata.reference_video_urls !== undefined
  if (spec.needs === 'first' && first === undefined && !others)
    return refuse('image', requires(video.model, images.first))
  if (spec.needs === 'reference' && !references.length && !others)
    return refuse('images', `${requires(video.model, images.reference)}; set metadata.image_roles`)
  if (spec.takes === 'reference_urls' && references.some(source => !isUrl(source) && !source.startsWith('oss://')))
    return refuse('images', `${video.model} accepts reference images only as URLs`)
  return spec.plainImages === undefined ? mixedRefusal(video) : null
}

const mediaTypes: Record<ImageRole, string> = {
  first: 'first_frame',
  last: 'last_frame',
  reference: 'reference_image'
}

function imageFields(video: VideoRequest, { takes, mediaTypes: own }: DashscopeModel): Record<string, unknown> {
  const { first, last, references } = byRole(video)
  const url = (source: string) => urlOrOwn(source, 'oss://')
  if (takes === 'media') {
    const added: unknown[] = Array.isArray(video.metadata.media) ? video.metadata.media : []
    const given = video.images.map(({ source, role }) => ({ type: own?.[role] ?? mediaTypes[role], url: url(source) }))
    const media = [...given, ...added]
    return media.length ? { media } : {}
  }
  const single = takes === 'img_url' ? 'img_url' : 'first_frame_url'
  return {
    ...(first !== undefined && { [single]: url(first) }),
    ...(last !== undefined && { last_frame_url: url(last) }),
    ...referenceUrls(references.map(url), takes, video.metadata.media)
  }
}

/** The references, with the films of `metadata.media` behind the images where the model takes both by their addresses. */
function referenceUrls(images: readonly string[], takes: DashscopeModel['takes'], media: unknown) {
  const films = takes === 'reference_urls' && Array.isArray(media) ? media : []
  const urls = [...images, ...films.map(film => (isRecord(film) ? film.url : film)).filter(isText)]
  return urls.length ? { reference_urls: urls } : {}
}

const isText = (value: unknown): value is string => typeof value === 'string'

function shapeParameters(
  video: VideoRequest,
  spec: DashscopeModel,
  channel: ChannelConfig
): { parameters: Record<string, unknown>; warnings: Warning[] } {
  const resolutions = spec.resolutions ?? allResolutions
  if (spec.shape === 'size')
    return pixels(video, resolutions, spec.anySize === true || channel.options.strict === false)
  const { warnings, ...shape } = shapeOf(video, spec.ratios ?? ratios, resolutions)
  const { resolution, ratio } = shape
  if (spec.shape === 'ratio') {
    const follows = spec.framesSetRatio && video.images.some(({ role }) => role !== 'reference')
    if (!follows) return { parameters: defined({ resolution, ratio }), warnings }
    return { parameters: defined({ resolution }), warnings: [...warnings, ...followsImage(shape)] }
  }
  if (spec.shape === 'mode') {
    const mode = resolution && (resolution === '1080P' ? 'pro' : 'std')
    const framed = video.images.some(({ role }) => role === 'first')
    const more = framed ? followsImage(shape) : []
    return { parameters: defined({ mode, aspect_ratio: framed ? undefined : ratio }), warnings: [...warnings, ...more] }
  }
  return { parameters: defined({ resolution }), warnings: [...warnings, ...followsImage(shape)] }
}

/** Returns a `W*H` from the vendor's list; any other size becomes the nearest, with a warning. */
function pixels(video: VideoRequest, resolutions: readonly string[], asItIs: boolean) {
  const { width, height } = video
  const asked = width && height ? `${width}*${height}` : undefined
  if (asked && asItIs) return { parameters: { size: asked }, warnings: [] }
  const listed = resolutions.flatMap(name => Object.values(sizes[name] ?? {}))
  if (asked && listed.includes(asked)) return { parameters: { size: asked }, warnings: [] }
  const tier = shapeOf(video, ratios, resolutions).resolution ?? resolutions.at(-1) ?? ''
  const table = sizes[tier]
  if (!table)
    return {
      parameters: {},
      warnings: [{ field: 'metadata.resolution', reason: supports(video.model, resolutions) }]
    }
  const { ratio, resolution } = shapeOf(video, Object.keys(table), resolutions)
  if (!ratio && !resolution) return { parameters: {}, warnings: [] }
  const size = table[ratio ?? '16:9']
  if (!size)
    return {
      parameters: {},
      warnings: [{ field: 'size', reason: `${video.model} does not support ${ratio} at ${tier}` }]
    }
  const warnings = asked ? [{ field: 'size', reason: closest(`${width}x${height}`, size.replace('*', 'x')) }] : []
  return { parameters: { size }, warnings }
}

/** Returns the client's metadata by its place in the body. The length is billed, so only the checked field sets it. */
function clientFields({ metadata }: VideoRequest) {
  const named = inputFields.filter(field => metadata[field] !== undefined).map(field => [field, metadata[field]])
  const placed = ['aspect_ratio', 'resolution', 'media', 'input', 'parameters', ...inputFields]
  return {
    input: { ...Object.fromEntries(named), ...passThrough(recordOf(metadata.input)) },
    parameters: passThrough(recordOf(metadata.parameters), ['duration']),
    rest: passThrough(metadata, placed)
  }
}
