import { audioOf, billed, resolutionAmong, usualSeconds } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { lastFrameRefusal } from '../shared/frames.ts'
import { byRole, urlOrDataUrl } from '../shared/images.ts'
import { closest, notSupported, ratioFollowsImage, requires, supports, useField } from '../shared/reasons.ts'
import { heightOf } from '../shared/resolution.ts'
import { ratioOf, shortSide } from '../shared/size.ts'
import { table } from '../../lib/table.ts'
import { defined } from '../../lib/defined.ts'
import type { ChannelConfig, Image, ModelSpec, Submission, VideoRequest, Warning } from '../vendor.ts'
import { viduModels, type Route, type ViduModel } from './models.ts'

export function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  const { route, images } = routeOf(video)
  const { action, resolution, payload, aspect_ratio: askedRatio, ...metadata } = video.metadata
  const known = modelOf(video)
  const spec = specOf(video)
  const checked = check({ ...video, images }, spec, channel, ['seed', 'size'])
  if (checked.kind === 'refuse') return checked
  const { first, last, references } = byRole({ ...video, images })
  const hasRatio = route === 'text2video' || route === 'reference2video'

  if (channel.options.strict !== false) {
    if (typeof action === 'string' && action && actions[action] !== route)
      return refuse('metadata.action', `these images require ${route}`)
    if (known && !known.routes[route]) return refuse('image', `${video.model} does not support ${route}`)
    const frameless = lastFrameRefusal({ ...video, images })
    if (frameless) return frameless
    const frames = [first, last].filter(source => source !== undefined).length
    if (images.length !== frames && images.length !== references.length)
      return refuse('image', 'send a first frame, a first and a last frame, or only reference images')
    if (hasRatio && !video.prompt) return refuse('prompt', requires(route, 'a prompt'))
    if (typeof resolution === 'string' && known?.resolutions?.includes(resolution) === false)
      return refuse('metadata.resolution', supports(video.model, known.resolutions))
    if (hasRatio && typeof askedRatio === 'string' && known?.ratios?.includes(askedRatio) === false)
      return refuse('metadata.aspect_ratio', supports(video.model, known.ratios))
  }

  const warnings: Warning[] = [...checked.warnings]
  for (const field of unsupported.filter(name => metadata[name] !== undefined))
    warnings.push({ field: `metadata.${field}`, reason: notSupported('Vidu') })
  if (metadata.callback_url !== undefined)
    warnings.push({ field: 'metadata.callback_url', reason: useField('callback_url') })
  if (!hasRatio && askedRatio !== undefined)
    warnings.push({ field: 'metadata.aspect_ratio', reason: ratioFollowsImage })
  const ofSize = resolutionOf(video, known?.resolutions)
  const chosenResolution = resolution ?? ofSize
  if ((resolution ?? null) === null && ofSize !== undefined && heightOf(ofSize) !== shortSide(video))
    warnings.push({ field: 'size', reason: closest(`${video.width}x${video.height}`, ofSize) })
  const ratio = hasRatio ? ratioOf(video, known?.ratios ?? usualRatios) : undefined
  const { fields: settings, warnings: overruled } = mergeUnder(
    defined({
      duration: checked.seconds,
      seed: video.seed,
      aspect_ratio: ratio || undefined,
      resolution: chosenResolution
    }),
    passThrough(metadata, unsupported),
    ['prompt', 'images']
  )
  const stated = {
    seconds: checked.seconds ?? usualSeconds(spec),
    resolution: resolutionAmong(known?.resolutions, chosenResolution, ofSize),
    // vidu.md §3.1: q3 has sound by default, and off-peak must be requested
    audio: audioOf(spec, settings.audio, spec.audio),
    off_peak: settings.off_peak === true,
    references: route === 'reference2video'
  }
  return {
    kind: 'draft',
    warnings: [...warnings, ...overruled],
    ...billed(video, stated, settings),
    first({ reference, callbackUrl }) {
      const body = {
        ...settings,
        model: video.model,
        ...(images.length && {
          images: [first, last, ...references].filter(source => source !== undefined).map(urlOrDataUrl)
        }),
        ...(video.prompt && { prompt: video.prompt }),
        payload: typeof payload === 'string' && payload ? payload : reference,
        ...(callbackUrl && { callback_url: callbackUrl })
      }
      return { kind: 'send', request: { method: 'POST', path: `/ent/v2/${route}`, body: { json: body } } }
    }
  }
}

const modelOf = ({ model }: VideoRequest): ViduModel | undefined => (viduModels as Record<string, ViduModel>)[model]

/** Returns the limits of a request's model on the route that its images take. */
export function specOf(video: VideoRequest): ModelSpec {
  const known = modelOf(video)
  return { ...known, ...known?.routes[routeOf(video).route] }
}

// §3.1: an undocumented field is an error (FieldUnwanted)
const unsupported = ['camera_control', 'cfg_scale']

// new-api's names of the routes, and the vendor's
const actions = table<Route>({
  text2video: 'text2video',
  textGenerate: 'text2video',
  img2video: 'img2video',
  generate: 'img2video',
  'start-end2video': 'start-end2video',
  firstTailGenerate: 'start-end2video',
  reference2video: 'reference2video',
  referenceGenerate: 'reference2video'
})

/** Returns the route by the roles of the images; `metadata.action` may make one or two images references. */
function routeOf({ images, metadata }: VideoRequest): { route: Route; images: VideoRequest['images'] } {
  const has = (role: Image['role']) => images.some(image => image.role === role)
  if (actions[String(metadata.action)] === 'reference2video')
    return { route: 'reference2video', images: images.map(image => ({ ...image, role: 'reference' })) }
  if (has('reference') || Array.isArray(metadata.subjects)) return { route: 'reference2video', images }
  if (has('last')) return { route: 'start-end2video', images }
  return { route: has('first') ? 'img2video' : 'text2video', images }
}

const usualRatios = ['16:9', '9:16', '1:1', '4:3', '3:4']
const usualResolutions = ['540p', '720p', '1080p']

/** Returns Vidu's name for the short side of the size (§9). */
function resolutionOf(video: VideoRequest, names: readonly string[] = usualResolutions): string | undefined {
  const side = shortSide(video)
  return side === undefined ? undefined : (names.find(name => heightOf(name) >= side) ?? names.at(-1))
}
