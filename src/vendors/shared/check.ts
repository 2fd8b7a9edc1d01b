import { defined } from '../../lib/defined.ts'
import { byRole, imageProblem } from './images.ts'
import { notSupported, supports } from './reasons.ts'
import type { ChannelConfig, ImageRole, ModelSpec, Refusal, VideoRequest, Warning } from '../vendor.ts'

export const refuse = (param: string, reason: string): Refusal => ({ kind: 'refuse', param, reason })

/** Optional fields that a vendor supports; any other is dropped with a warning. */
export type Honoured = 'seed' | 'fps' | 'negative_prompt' | 'user' | 'size'

/**
 * Checks a request against its model's table. Returns the refusal, or the seconds to send and the warnings so far.
 * What would change the price or the picture (duration, n, image roles, prompt length) is refused; other fields are dropped with a warning.
 * The channel's general options (options.ts) make this stricter or more lenient.
 */
export function check(
  video: VideoRequest,
  spec: ModelSpec,
  channel: ChannelConfig,
  honoured: readonly Honoured[]
): Refusal | { kind: 'fine'; seconds?: number; warnings: Warning[] } {
  const warnings = unsupported(video, honoured)
  // who asked changes nothing of the video
  const dropped = warnings.find(({ field }) => field !== 'user')
  if (dropped && channel.options.drop_unsupported === false) return refuse(dropped.field, dropped.reason)
  if (spec.retired) {
    const { since, replacement } = spec.retired
    warnings.push({
      field: 'model',
      reason: `the vendor retired ${video.model} on ${since}; replacement: ${replacement}`
    })
  }
  // true of the type only: the client's metadata names the roles
  const { role } = video.images.find(image => !roles.includes(image.role)) ?? {}
  if (role !== undefined) return refuse('image_roles', `${String(role)} is not a role; use ${roles.join(', ')}`)
  const problem = video.images.map(({ source }) => imageProblem(source)).find(reason => reason !== null)
  if (problem) return refuse('image', problem)
  const { maxVideos = 1 } = spec
  if ((video.n ?? 1) > maxVideos)
    return refuse('n', `${video.model} makes at most ${maxVideos} ${maxVideos === 1 ? 'video' : 'videos'} per request`)
  if (channel.options.strict === false) {
    return { kind: 'fine', warnings, ...defined({ seconds: video.seconds }) }
  }

  if (spec.promptLimit && video.prompt.length > spec.promptLimit) {
    return refuse('prompt', `${video.model} accepts at most ${spec.promptLimit} characters`)
  }
  const image = imageRefusal(video, spec)
  if (image) return image

  if (video.seconds !== undefined && !isLegal(video.seconds, spec))
    return refuse('duration', supports(video.model, secondsOf(spec), 'seconds'))
  return { kind: 'fine', warnings, ...defined({ seconds: video.seconds }) }
}

function unsupported(video: VideoRequest, honoured: readonly Honoured[]): Warning[] {
  const given: Record<Honoured, unknown> = {
    seed: video.seed,
    fps: video.fps,
    negative_prompt: video.negativePrompt,
    // personal data: only vendors with a field for it get it
    user: video.user,
    size: video.size
  }
  return (Object.keys(given) as Honoured[])
    .filter(field => given[field] !== undefined && !honoured.includes(field))
    .map(field => ({ field, reason: notSupported(video.model) }))
}

const roles: readonly ImageRole[] = ['first', 'last', 'reference']

function imageRefusal(video: VideoRequest, spec: ModelSpec): Refusal | null {
  const { references } = byRole(video)
  const twice = (['first', 'last'] as const).find(role => video.images.filter(image => image.role === role).length > 1)
  if (twice) return refuse('images', `only one image can have the role ${twice}`)
  for (const { role } of video.images) {
    if (spec.images && !spec.images.includes(role)) {
      const accepted = spec.images.length ? `only ${spec.images.join(', ')}` : 'no images'
      return refuse('image', `${video.model} accepts ${accepted}; this image has the role ${role}`)
    }
  }
  if (spec.maxReferences !== undefined && references.length > spec.maxReferences) {
    return refuse('images', `${video.model} accepts at most ${spec.maxReferences} reference images`)
  }
  return null
}

function isLegal(asked: number, { seconds, choosesSeconds }: ModelSpec): boolean {
  if (!seconds || (choosesSeconds && asked === -1)) return true
  if (!('min' in seconds)) return seconds.includes(asked)
  return Number.isInteger(asked) && asked >= seconds.min && asked <= seconds.max
}

function secondsOf({ seconds = [] }: ModelSpec): readonly (string | number)[] {
  return 'min' in seconds ? [`${seconds.min} to ${seconds.max}`] : seconds
}
