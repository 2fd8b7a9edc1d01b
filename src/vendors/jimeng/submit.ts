import { defined } from '../../lib/defined.ts'
import { billed, resolutionAmong, usualSeconds } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { byRole, bytesOf, isUrl } from '../shared/images.ts'
import {
  images as imageNames,
  notSupported,
  ratioFollowsImage,
  requires,
  supports,
  useField
} from '../shared/reasons.ts'
import { aliasOf, specOf } from './models.ts'
import { ratioOf, shortSide } from '../shared/size.ts'
import type { Bytes, ChannelConfig, Step, Submission, VideoRequest, Warning } from '../vendor.ts'

const ACTIONS = { submit: 'CVSync2AsyncSubmitTask', query: 'CVSync2AsyncGetResult' }

/**
 * Returns the query that selects an action: all share one path. Some models have actions of their own; a channel may have another pair,
 * `…SubmitTask` and `…GetResult`, of another version.
 */
export function action(
  verb: 'submit' | 'query',
  reqKey: string,
  { options }: Pick<ChannelConfig, 'options'>
): Record<string, string> {
  const { submit: usual, query } = specOf(reqKey)?.actions ?? ACTIONS
  const { action: chosen, result_action: asking, version = '2022-08-31' } = options
  const followed = chosen === undefined ? query : String(chosen).replace(/SubmitTask$/, 'GetResult')
  return { Action: String(verb === 'submit' ? (chosen ?? usual) : (asking ?? followed)), Version: String(version) }
}

export function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  const reqKey = reqKeyOf(video)
  const asked = askedFor(video)
  const { req_key: _, aspect_ratio: askedRatio, frames: askedFrames, ...metadata } = video.metadata
  const spec = specOf(reqKey)
  const strict = channel.options.strict !== false
  const withRatio = !video.images.length || spec?.ratioWithImage === true
  const sizeMatters = withRatio || aliasOf(asked) !== undefined
  const checked = check({ ...video, model: reqKey }, spec ?? {}, channel, [
    ...(spec?.without?.includes('seed') ? [] : ['seed' as const]),
    ...(sizeMatters ? ['size' as const] : [])
  ])
  if (checked.kind === 'refuse') return checked
  const warnings: Warning[] = [...checked.warnings]
  const { first, last, references } = byRole(video)
  const sources = [first, last, ...references].filter(source => source !== undefined)

  if (strict) {
    if (sources.length !== video.images.length) return refuse('images', `${reqKey} accepts one image of each role`)
    const missing = spec?.needs.find(role => video.images.every(image => image.role !== role))
    if (missing) return refuse('image', requires(reqKey, imageNames[missing]))
    if (spec?.unmeasured && video.seconds !== undefined)
      return refuse('duration', `cannot be set: ${reqKey} follows the video or sound that is given`)
    if (spec?.imageField && first !== undefined && !isUrl(first)) return refuse('image', `${reqKey} accepts only URLs`)
    if (!video.images.length && !video.prompt) return refuse('prompt', requires(reqKey, 'a prompt'))
    const field = spec?.fields?.find(name => metadata[name] === undefined)
    if (field) return refuse(`metadata.${field}`, requires(reqKey, field))
    if (metadata.binary_data_base64 !== undefined) return refuse('metadata.binary_data_base64', useField('image'))
    if (withRatio && typeof askedRatio === 'string' && askedRatio && spec?.ratios?.includes(askedRatio) === false)
      return refuse('metadata.aspect_ratio', supports(reqKey, spec.ratios))
  }
  // a request key without the field has only one length
  const fixed = spec?.frames === false && checked.seconds === spec.defaultSeconds
  const frames = checked.seconds === undefined || fixed ? undefined : framesOf(checked.seconds)
  // the length is billed, so only the checked field sets it
  if (askedFrames !== undefined && askedFrames !== (frames ?? framesOf(spec?.defaultSeconds ?? 5)))
    return refuse('metadata.frames', useField('duration'))
  if (spec?.without?.includes('prompt') && video.prompt)
    warnings.push({ field: 'prompt', reason: notSupported(reqKey) })
  if (!withRatio && askedRatio !== undefined)
    warnings.push({ field: 'metadata.aspect_ratio', reason: ratioFollowsImage })

  const taken = ['prompt', 'image_urls', 'binary_data_base64', ...(spec?.imageField ? [spec.imageField] : [])]
  const ratio = withRatio ? ratioOf(video, spec?.ratios) : undefined
  const { fields: settings, warnings: overruled } = mergeUnder(
    defined({
      seed: spec?.without?.includes('seed') ? undefined : video.seed,
      frames,
      aspect_ratio: ratio || undefined
    }),
    passThrough(metadata),
    taken
  )
  const stated = {
    seconds: checked.seconds ?? usualSeconds(spec ?? {}),
    resolution: resolutionAmong(spec?.resolutions)
  }
  return {
    kind: 'draft',
    warnings: [...warnings, ...overruled],
    ...billed(video, stated, settings),
    ...(asked !== video.model && { model: asked }),
    first: () =>
      withImages(sources, reqKey, channel, images => ({
        req_key: reqKey,
        ...(video.prompt && !spec?.without?.includes('prompt') && { prompt: video.prompt }),
        ...settings,
        ...images
      }))
  }
}

/** Jimeng accepts URLs or bytes, not both: URLs next to bytes are downloaded. */
function withImages(
  sources: readonly string[],
  reqKey: string,
  channel: ChannelConfig,
  body: (images: object) => object
): Step {
  const send = (images: object): Step => ({
    kind: 'send',
    request: { method: 'POST', path: '/', query: action('submit', reqKey, channel), body: { json: body(images) } }
  })
  if (!sources.length) return send({})
  const { imageField } = specOf(reqKey) ?? {}
  if (imageField) return send({ [imageField]: sources[0] })
  if (sources.every(isUrl)) return send({ image_urls: sources })
  const inBytes = (files: Record<string, Bytes>) =>
    send({ binary_data_base64: sources.map(source => files[source]?.base64 ?? bytesOf(source).base64) })
  const urls = sources.filter(isUrl)
  return urls.length ? { kind: 'fetch', urls, next: inBytes } : inBytes({})
}

// §4: 24 frames per second, plus one
const framesOf = (seconds: number) => 24 * seconds + 1

/** Returns the requested model: `metadata.req_key` selects another one, as documents/video-generation-interface.newapi.txt does. */
function askedFor({ model, metadata }: VideoRequest): string {
  return typeof metadata.req_key === 'string' && metadata.req_key ? metadata.req_key : model
}

/** Returns the request key of a request; queries must repeat it. */
export function reqKeyOf(video: VideoRequest): string {
  const asked = askedFor(video)
  const large = asked === 'jimeng_v30' && (shortSide(video) ?? 0) >= 1080
  const alias = aliasOf(large ? 'jimeng_v30_1080p' : asked)
  if (!alias) return asked
  const { first, last } = byRole(video)
  return alias[last !== undefined ? 'firstTail' : first !== undefined ? 'first' : 'text']
}
