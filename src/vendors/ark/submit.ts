import { createHash } from 'node:crypto'
import { defined } from '../../lib/defined.ts'
import { arkModel, arkRatios, arkResolutions, type ArkModel } from './models.ts'
import { below } from '../shared/base-path.ts'
import {
  audioOf,
  billed,
  hasVideo,
  longestSeconds,
  resolutionAmong,
  secondsIn,
  usualSeconds
} from '../shared/billing.ts'
import { check } from '../shared/check.ts'
import { contentItems } from '../shared/content-items.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { frameRefusal } from '../shared/frames.ts'
import { followsImage, shapeOf } from '../shared/ratio-and-resolution.ts'
import { resolutionOfSize } from '../shared/resolution.ts'
import type { ChannelConfig, Priced, Refusal, Submission, VideoRequest, Warning } from '../vendor.ts'

/** The path where tasks are created and listed. */
export const tasksPath = (channel: ChannelConfig) => `${below(channel, '/api/v3')}/contents/generations/tasks`

export function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  const described = describe(video, channel)
  if (described.kind === 'refuse') return described
  const { settings, warnings } = described
  return {
    kind: 'draft',
    warnings,
    ...statement(video, settings, specOf(video, channel)),
    first: ({ callbackUrl }) => ({
      kind: 'send',
      request: {
        method: 'POST',
        path: tasksPath(channel),
        body: {
          json: {
            model: video.model,
            content: contentItems(video, 'asset://'),
            ...(callbackUrl && { callback_url: callbackUrl }),
            ...settings
          }
        }
      }
    })
  }
}

/** Returns the settings of the body, also to find the task in a list. */
export function describe(
  video: VideoRequest,
  channel: ChannelConfig
): Refusal | { kind: 'fine'; settings: Record<string, unknown>; warnings: Warning[] } {
  const spec = specOf(video, channel)
  const checked = check(video, spec, channel, spec.honoured)
  if (checked.kind === 'refuse') return checked
  const frames = channel.options.strict === false ? null : frameRefusal(video)
  if (frames) return frames

  const shape = shapeOf(video, spec.ratios ?? arkRatios, spec.resolutions ?? arkResolutions)
  const adaptive = spec.adaptiveFrames === true && video.images.some(({ role }) => role === 'first')
  const ratio = adaptive ? 'adaptive' : shape.ratio
  const own = {
    ...defined({
      resolution: shape.resolution,
      ratio,
      duration: checked.seconds,
      seed: spec.honoured.includes('seed') ? video.seed : undefined
    }),
    // hashed, as the documents ask: no personal data is sent
    ...(video.user && { safety_identifier: createHash('sha256').update(video.user).digest('hex') })
  }
  const given = passThrough(video.metadata, ['aspect_ratio', 'resolution', 'content'])
  const { fields: settings, warnings: overruled } = mergeUnder(own, given)
  const warnings = [...checked.warnings, ...overruled, ...shape.warnings, ...(adaptive ? followsImage(shape) : [])]
  return { kind: 'fine', settings, warnings }
}

/** Returns the rules of a request's model. */
export const specOf = ({ model }: VideoRequest, { options }: ChannelConfig): ArkModel =>
  arkModel(model, options.model_rules)

// others.md §3: by default generate_audio is true and service_tier `default`; 1.0 accepts `frames` (24 per second) instead of a duration
function statement(video: VideoRequest, settings: Record<string, unknown>, spec: ArkModel): Priced {
  const names = spec.resolutions ?? arkResolutions
  const usual = settings.duration === -1 ? longestSeconds(spec) : usualSeconds(spec)
  const seconds = secondsIn(settings.duration) ?? usual
  return billed(
    video,
    {
      seconds: seconds && Math.max(seconds, Number(settings.frames) / 24 || 0),
      resolution: resolutionAmong(names, settings.resolution, resolutionOfSize(video, names)),
      audio: audioOf(spec, settings.generate_audio, spec.audio),
      video: hasVideo(video.metadata.content),
      service_tier: settings.service_tier === 'flex' ? 'flex' : 'default'
    },
    settings
  )
}
