import { defined } from '../../lib/defined.ts'
import { billed, resolutionAmong, usualSeconds } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { byRole, bytesOf, isUrl } from '../shared/images.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { closest, images, notSupported, ratioFollowsImage, requires, supports } from '../shared/reasons.ts'
import { resolutionOfSize } from '../shared/resolution.ts'
import { tierOf } from '../shared/size.ts'
import type { ChannelConfig, HttpRequest, Submission, VideoRequest, Warning } from '../vendor.ts'
import { tencentModels, type TencentModel } from './models.ts'

const VERSION = '2024-05-23'
const REGION = 'ap-guangzhou'

/** Returns the request of an action. All share one path; the signature is added later. */
export function actionRequest(action: string, json: object, { options }: Pick<ChannelConfig, 'options'>): HttpRequest {
  const { region = REGION } = options
  return {
    method: 'POST',
    path: '/',
    headers: { 'x-tc-action': action, 'x-tc-version': VERSION, 'x-tc-region': String(region) },
    body: { json }
  }
}

export function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  const spec = tencentModels[video.model]
  if (!spec) return refuse('model', supports('Tencent Cloud', Object.keys(tencentModels)))
  const { rates } = spec
  const checked = check(video, spec, channel, ['size', ...(rates?.includes(video.fps ?? 0) ? ['fps' as const] : [])])
  if (checked.kind === 'refuse') return checked
  const { first } = byRole(video)
  if (channel.options.strict !== false) {
    if (rates && first === undefined) return refuse('image', requires(video.model, images.first))
    if (!rates && !video.prompt) return refuse('prompt', requires(video.model, 'a prompt'))
    if (!spec.seconds && video.seconds !== undefined)
      return refuse('duration', `cannot be set: ${video.model} has a length of its own`)
    for (const field of ['resolution', 'Resolution']) {
      const asked = video.metadata[field]
      if (asked !== undefined && resolutionAmong(spec.resolutions, asked) !== String(asked).toLowerCase())
        return refuse(`metadata.${field}`, supports(video.model, spec.resolutions ?? []))
    }
  }
  const picture = pictureOf(video, spec)
  const { fields: settings, warnings: overruled } = mergeUnder(
    defined({ Resolution: picture.resolution, Fps: rates?.includes(video.fps ?? 0) ? video.fps : undefined }),
    passThrough(video.metadata, ['resolution', 'aspect_ratio']),
    ['Prompt', 'Image']
  )
  const stated = {
    seconds: usualSeconds(spec),
    // 480p, 720p or 1080p: the page of the general action names no default
    resolution: resolutionAmong(spec.resolutions, settings.Resolution)
  }
  return {
    kind: 'draft',
    warnings: [...checked.warnings, ...picture.warnings, ...overruled],
    ...billed(video, stated, settings),
    first() {
      const body = {
        ...(video.prompt && { Prompt: video.prompt }),
        ...(first !== undefined && { Image: isUrl(first) ? { Url: first } : { Base64: bytesOf(first).base64 } }),
        ...settings
      }
      return { kind: 'send', request: actionRequest(`Submit${spec.action}`, body, channel) }
    }
  }
}

function pictureOf(video: VideoRequest, { resolutions = [] }: TencentModel) {
  const { width, height, metadata, images: given } = video
  const warnings: Warning[] = []
  const resolution =
    resolutionAmong(resolutions, metadata.resolution, metadata.Resolution) ?? resolutionOfSize(video, resolutions)
  if (width && height && resolution && tierOf(width, height) !== resolution)
    warnings.push({ field: 'size', reason: closest(`${width}x${height}`, resolution) })
  if (metadata.aspect_ratio !== undefined)
    warnings.push({
      field: 'metadata.aspect_ratio',
      reason: given.length ? ratioFollowsImage : notSupported(video.model)
    })
  const asked = metadata.resolution !== undefined || metadata.Resolution !== undefined || (width && height)
  return { resolution: asked ? resolution : undefined, warnings }
}
