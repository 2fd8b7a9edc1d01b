import { defined } from '../../lib/defined.ts'
import { billed, resolutionAmong, usualSeconds } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { byRole, bytesOf, isUrl } from '../shared/images.ts'
import { images as imageNames, ratioFollowsImage, requires, supports, useField } from '../shared/reasons.ts'
import { aliasOf, specOf } from './models.ts'
import { ratioOf, shortSide } from '../shared/size.ts'
import type { Bytes, ChannelConfig, Step, Submission, VideoRequest, Warning } from '../vendor.ts'

const SUBMIT = 'CVSync2AsyncSubmitTask'

/**
 * Returns the query that selects an action: all share one path. A channel may have another pair, `…SubmitTask` and `…GetResult`, of another
 * version.
 */
export function action(verb: 'submit' | 'query', { options }: Pick<ChannelConfig, 'options'>): Record<string, string> {
  const { action: submitting = SUBMIT, result_action: asking, version = '2022-08-31' } = options
  const name = verb === 'submit' ? submitting : (asking ?? String(submitting).replace(/SubmitTask$/, 'GetResult'))
  return { Action: String(name), Version: String(version) }
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
    'seed',
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
  if (!withRatio && askedRatio !== undefined)
    warnings.push({ field: 'metadata.aspect_ratio', reason: ratioFollowsImage })

  const ratio = withRatio ? ratioOf(video, spec?.ratios) : undefined
  const { fields: settings, warnings: overruled } = mergeUnder(
    defined({ seed: video.seed, frames, aspect_ratio: ratio || undefined }),
    passThrough(metadata),
    ['prompt', 'image_urls', 'binary_data_base64']
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
      withImages(sources, channel, images => ({
        req_key: reqKey,
        ...(video.prompt && { prompt: video.prompt }),
        ...settings,
        ...images
      }))
  }
}

/** Jimeng accepts URLs or bytes, not both: URLs next to bytes are downloaded. */
function withImages(sources: readonly string[], channel: ChannelConfig, body: (images: object) => object): Step {
  const send = (images: object): Step => ({
    kind: 'send',
    request: { method: 'POST', path: '/', query: action('submit', channel), body: { json: body(images) } }
  })
  if (!sources.length) return send({})
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
