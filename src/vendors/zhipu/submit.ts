import { defined } from '../../lib/defined.ts'
import { audioOf, billed, secondsIn, sizeIn, tierIn, usualSeconds } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { frameRefusal } from '../shared/frames.ts'
import { byRole, urlOrDataUrl } from '../shared/images.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { closest, idIsOurs, images, notSupported, requires } from '../shared/reasons.ts'
import { nearestRatio, ratioOf, tierOf } from '../shared/size.ts'
import type { ChannelConfig, Submission, VideoRequest, Warning } from '../vendor.ts'
import { below } from '../shared/base-path.ts'
import { zhipuModels, type ZhipuModel } from './models.ts'

/** Below the address of the platform, as its documents write it. */
export const PREFIX = '/api/paas/v4'

/** Returns the limits of a request's model; an unlisted one is sent in the words of CogVideoX-3. */
export const modelOf = ({ model }: VideoRequest): ZhipuModel =>
  zhipuModels[model] ?? { sizes: zhipuModels['cogvideox-3']!.sizes! }

export function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  const spec = modelOf(video)
  const checked = check(video, spec, channel, ['size', 'user', ...(frameRates.has(video.fps) ? ['fps' as const] : [])])
  if (checked.kind === 'refuse') return checked
  const { first, last, references } = byRole(video)
  if (channel.options.strict !== false) {
    const refused = needed(video, spec) ?? frameRefusal(video)
    if (refused) return refused
    if (spec.unmeasured && video.seconds !== undefined)
      return refuse('duration', `cannot be set: ${video.model} has a length of its own`)
  }
  const picture = pictureOf(video, spec)
  const user = userOf(video)
  const { fields: settings, warnings: overruled } = mergeUnder(
    defined({
      ...picture.fields,
      duration: spec.unmeasured ? undefined : checked.seconds,
      fps: frameRates.has(video.fps) ? video.fps : undefined,
      user_id: user.id
    }),
    passThrough(video.metadata, ['aspect_ratio', 'resolution', 'request_id']),
    ['prompt', ...(video.images.length ? ['image_url'] : [])]
  )
  const stated = {
    seconds: secondsIn(settings.duration) ?? usualSeconds(spec),
    // "the short side is 1080 unless a size is given"
    resolution: spec.resolutions?.[0] ?? tierIn(settings.size) ?? '1080p',
    audio: audioOf(spec, settings.with_audio, false)
  }
  return {
    kind: 'draft',
    warnings: [
      ...checked.warnings,
      ...picture.warnings,
      ...user.warnings,
      ...overruled,
      ...(video.metadata.request_id === undefined ? [] : [{ field: 'metadata.request_id', reason: idIsOurs }])
    ],
    ...billed(video, stated, settings),
    ...defined({ size: sizeIn(settings.size) }),
    first({ reference }) {
      const sources = [first, last, ...references].filter(source => source !== undefined).map(urlOrDataUrl)
      const list = sources.length > 1 || listed.test(video.model)
      const body = {
        model: video.model,
        ...(video.prompt && { prompt: video.prompt }),
        ...(sources.length && { image_url: list ? sources : sources[0] }),
        ...settings,
        request_id: reference
      }
      return {
        kind: 'send',
        request: { method: 'POST', path: `${below(channel, PREFIX)}/videos/generations`, body: { json: body } }
      }
    }
  }
}

const frameRates = new Set<number | undefined>([30, 60])

// their `image_url` is always a list
const listed = /-(start-end|reference)$/

function needed({ model, images: given }: VideoRequest, { needs }: ZhipuModel) {
  return needs && !given.some(({ role }) => role === needs) ? refuse('image', requires(model, images[needs])) : null
}

/** The size or the aspect ratio, whichever the model takes, nearest to what is asked. */
function pictureOf(video: VideoRequest, { sizes, ratios, resolutions }: ZhipuModel) {
  const { width, height, metadata } = video
  const size = width && height ? `${width}x${height}` : undefined
  const warnings: Warning[] = []
  if (ratios) {
    const [only = ''] = resolutions ?? []
    if (width && height && tierOf(width, height) !== only)
      warnings.push({ field: 'size', reason: closest(size!, only) })
    return { fields: { aspect_ratio: ratioOf(video, ratios) }, warnings }
  }
  if (size === undefined && metadata.aspect_ratio === undefined && metadata.resolution === undefined)
    return { fields: {}, warnings }
  if (!sizes) {
    const field = size === undefined ? 'metadata.aspect_ratio' : 'size'
    return { fields: {}, warnings: [{ field, reason: `${notSupported(video.model)}; the picture follows the image` }] }
  }
  const chosen = sizes.find(one => one === size) ?? nearestSize(video, sizes)
  if (size !== undefined && chosen !== size) warnings.push({ field: 'size', reason: closest(size, chosen) })
  return { fields: { size: chosen }, warnings }
}

/** Returns, of the sizes with the nearest shape, the one of the asked tier, else of 1080p, else the first. */
function nearestSize({ width, height, metadata }: VideoRequest, sizes: readonly string[]): string {
  const [across = 16, down = 9] = (typeof metadata.aspect_ratio === 'string' ? metadata.aspect_ratio : '16:9')
    .split(':')
    .map(part => Number(part) || undefined)
  const shapes = sizes.map(size => size.replace('x', ':'))
  const shape = width && height ? nearestRatio(width, height, shapes) : nearestRatio(across, down, shapes)
  const alike = sizes.filter(size => valueOf(size) === valueOf(shape))
  const tier = width && height ? tierOf(width, height) : String(metadata.resolution ?? '1080p').toLowerCase()
  return alike.find(size => tierIn(size) === tier) ?? alike.find(size => tierIn(size) === '1080p') ?? alike[0]!
}

function valueOf(size: string): number {
  const [width = 1, height = 1] = size.split(/[x:]/).map(Number)
  return width / height
}

/** "6 to 128 characters" */
function userOf({ user }: VideoRequest): { id?: string; warnings: Warning[] } {
  if (user === undefined) return { warnings: [] }
  if (user.length >= 6 && user.length <= 128) return { id: user, warnings: [] }
  return { warnings: [{ field: 'user', reason: 'Zhipu accepts ids of 6 to 128 characters' }] }
}
