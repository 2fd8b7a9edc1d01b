import { billed, isFilled, secondsIn, usualSeconds } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { byRole, urlOrBase64 } from '../shared/images.ts'
import { idIsOurs, notSupported, ratioFollowsImage, supports } from '../shared/reasons.ts'
import { isOmni, klingRatios, noReferences, ratioRefusal, resolutionOf, type KlingModel } from './models.ts'
import type { Shape } from './shape.ts'
import { ratioOf } from '../shared/size.ts'
import { table } from '../../lib/table.ts'
import { defined } from '../../lib/defined.ts'
import type { ChannelConfig, Priced, VideoRequest, Warning } from '../vendor.ts'

/* Kling's legacy API: `/<capability>`, a flat body with `model_name`. Source: kling.md §3. */

/** std is about 720p, pro about 1080p (kling.md §3.1). */
const modes = table<string>({ '720p': 'std', '1080p': 'pro', '4k': '4k' })
const resolutionOfMode = table<string>({ std: '720p', pro: '1080p', '4k': '4k' })

export const legacy: Shape = {
  path: video => `/${capabilityOf(video)}`,
  submit(video, model, channel, { ownReference, own }) {
    const omni = isOmni(video.model)
    const checked = check(video, model, channel, omni ? ['size'] : ['size', 'negative_prompt'])
    if (checked.kind === 'refuse') return checked
    const resolved = resolutionOf(video, model, channel)
    if (resolved.kind === 'refuse') return resolved
    const { first, references } = byRole(video)
    if (references.length > 0 && !omni) return refuse('images', noReferences(video.model))

    // a first frame sets the aspect ratio; only text and reference images leave it open
    const framed = omni ? first !== undefined : video.images.length > 0
    const ratio = framed ? undefined : ratioOf(video, model.ratios ?? klingRatios)
    const shape = ratioRefusal(ratio, model, channel)
    if (shape) return shape
    const noCfg = model.cfgScale === false && channel.options.strict !== false
    const mode = modeOf(resolved.resolution, model)
    const images = pictures(video)
    const { fields: settings, warnings: overruled } = mergeUnder(
      {
        // the request's own word for it goes before the size
        ...defined({ mode: video.metadata.mode ?? mode, aspect_ratio: ratio || undefined }),
        ...(checked.seconds !== undefined && { duration: String(checked.seconds) }),
        ...(video.negativePrompt && !omni && { negative_prompt: video.negativePrompt })
      },
      passThrough(video.metadata, [...placed, ...(noCfg ? ['cfg_scale'] : [])]),
      [...(video.prompt ? ['prompt'] : []), ...Object.keys(images)]
    )
    return {
      kind: 'draft',
      warnings: [
        ...checked.warnings,
        ...resolved.warnings,
        ...dropped(video, ownReference, framed, noCfg),
        ...cameraWarnings(video, model, channel),
        ...overruled
      ],
      ...statement(video, model, mode, settings),
      body: ({ reference, callbackUrl }) => ({
        model_name: video.model,
        ...(video.prompt && { prompt: video.prompt }),
        ...images,
        ...settings,
        external_task_id: reference,
        ...(callbackUrl && { callback_url: callbackUrl }),
        ...own
      })
    }
  },
  query: (video, id) => ({ path: `/${capabilityOf(video)}/${encodeURIComponent(id)}` })
}

const placed = ['aspect_ratio', 'resolution', 'external_task_id']

function capabilityOf({ model, images }: VideoRequest): string {
  if (isOmni(model)) return 'omni-video'
  return images.length > 0 ? 'image2video' : 'text2video'
}

function pictures(video: VideoRequest): object {
  const { first, last, references } = byRole(video)
  if (isOmni(video.model)) {
    const list = [
      ...(first === undefined ? [] : [{ image_url: urlOrBase64(first), type: 'first_frame' }]),
      ...(last === undefined ? [] : [{ image_url: urlOrBase64(last), type: 'end_frame' }]),
      ...references.map(source => ({ image_url: urlOrBase64(source) }))
    ]
    return list.length > 0 ? { image_list: list } : {}
  }
  return {
    ...(first !== undefined && { image: urlOrBase64(first) }),
    ...(last !== undefined && { image_tail: urlOrBase64(last) })
  }
}

// a model with only one resolution has no mode (kling.md §3.4)
function modeOf(resolution: string | undefined, { resolutions }: KlingModel): string | undefined {
  return resolution && resolutions?.length !== 1 ? modes[resolution] : undefined
}

// defaults: mode std, silent (kling.md §3.1); mode pro for omni (§3.3)
function statement(
  video: VideoRequest,
  model: KlingModel,
  ofSize: string | undefined,
  settings: Record<string, unknown>
): Priced {
  const word = String(settings.mode).toLowerCase()
  const mode = resolutionOfMode[word] ? word : (ofSize ?? (isOmni(video.model) ? 'pro' : 'std'))
  const [only, ...others] = model.resolutions ?? []
  return billed(
    video,
    {
      seconds: secondsIn(settings.duration) ?? usualSeconds(model),
      ...(only !== undefined && others.length === 0
        ? { resolution: only }
        : { mode, resolution: resolutionOfMode[mode] }),
      audio: settings.sound !== undefined && settings.sound !== 'off',
      video: isFilled(settings.video_list) || typeof settings.video_url === 'string',
      voice: isFilled(settings.voice_list)
    },
    settings
  )
}

// kling.md §3.1: `config` is only for `simple`, with exactly one axis that is not 0. The vendor judges it: its documents' own example has two
function cameraWarnings(video: VideoRequest, model: KlingModel, { options }: ChannelConfig): Warning[] {
  const { camera_control: control } = video.metadata
  if (control === undefined || options.strict === false) return []
  const warn = (reason: string): Warning[] => [
    { field: 'metadata.camera_control', reason: `${reason}; sent as it is, the vendor may refuse it` }
  ]
  if (model.camera === false) return warn(notSupported(video.model))
  const { type, config } = Object(control) as { type?: unknown; config?: unknown } // true of any object; a primitive becomes an empty one
  const moved = Object.values(Object(config) as object).filter(axis => axis !== 0).length
  return type !== 'simple' || moved === 1 ? [] : warn('with the type simple, exactly one axis of config must not be 0')
}

function dropped(video: VideoRequest, ownReference: boolean, framed: boolean, noCfg: boolean): Warning[] {
  const { aspect_ratio, cfg_scale, external_task_id, resolution } = video.metadata
  const warnings: Warning[] = []
  if (framed && video.size) warnings.push({ field: 'size', reason: ratioFollowsImage })
  if (framed && aspect_ratio !== undefined) warnings.push({ field: 'metadata.aspect_ratio', reason: ratioFollowsImage })
  if (noCfg && cfg_scale !== undefined)
    warnings.push({ field: 'metadata.cfg_scale', reason: notSupported(video.model) })
  if (typeof resolution === 'string' && !modes[resolution.toLowerCase()])
    warnings.push({ field: 'metadata.resolution', reason: supports('Kling', Object.keys(modes)) })
  if (external_task_id !== undefined && !ownReference)
    warnings.push({ field: 'metadata.external_task_id', reason: idIsOurs })
  return warnings
}
