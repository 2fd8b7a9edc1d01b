import { z } from 'zod'
import { defined } from '../../lib/defined.ts'
import { recordOf } from '../../lib/records.ts'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { below } from '../shared/base-path.ts'
import { audioOf, billed, resolutionAmong, secondsIn, tierIn, usualSeconds } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { byRole, urlOrBase64 } from '../shared/images.ts'
import { generalOptions } from '../shared/options.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { images, requires, useField } from '../shared/reasons.ts'
import { shapeOf } from '../shared/ratio-and-resolution.ts'
import { generateAudio, soundOf } from '../shared/sound.ts'
import { ratioOf } from '../shared/size.ts'
import { defineVendor } from '../define.ts'
import type { ChannelConfig, ModelSpec, Submission, VideoRequest, Warning } from '../vendor.ts'
import { togetherPolled, togetherSubmitted, type TogetherOperation } from './answer.ts'
import { togetherModels } from './models.ts'

/*
 * Together AI, /v2/videos: models of many makers. Sources: togethercomputer/openapi (/videos, ErrorData), together-ai SDK types,
 * docs.together.ai (docs/inference/videos, docs/wan2.7-quickstart, docs/error-codes, docs/rate-limits).
 */

const PREFIX = '/v2'

export const together = defineVendor<TogetherOperation>({
  id: 'together',
  name: 'Together AI',
  baseUrl: 'https://api.together.ai',
  keysUrl: 'https://api.together.ai/settings/projects/~current/api-keys',
  docsUrl: 'https://docs.together.ai',
  credential: apiKey,
  options: z.strictObject(generalOptions),
  models: togetherModels,
  facts: {
    source: 'docs.together.ai (video generation, errors), togethercomputer/openapi, together-ai SDK types',
    checked: '2026-11-30',
    missing: 'all but Wan 2.7: their limits are in no document',
    linkSeconds: null, // "URLs expire: download videos immediately"
    linkRenews: false,
    downloadNeedsAuth: false,
    progress: false,
    cancel: 'none',
    lookup: 'none',
    callback: 'none'
  },

  sign: (request, channel) => withApiKey(request, channel),
  submit,
  sound: video => soundOf(specOf(video), generateAudio),
  limits: specOf,

  submitted: togetherSubmitted,

  poll: ({ id }, channel) => ({ method: 'GET', path: `${below(channel, PREFIX)}/videos/${encodeURIComponent(id)}` }),
  polled: togetherPolled,

  // an unknown id is a 404
  probe: channel => ({ method: 'GET', path: `${below(channel, PREFIX)}/videos/00000000-0000-0000-0000-000000000000` })
})

function specOf({ model }: VideoRequest): ModelSpec {
  return togetherModels[model] ?? {}
}

function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  const spec = specOf(video)
  const checked = check(video, spec, channel, ['seed', 'fps', 'negative_prompt', 'size'])
  if (checked.kind === 'refuse') return checked
  const { fields: media, warnings: inside } = mergeUnder(
    mediaOf(video),
    recordOf(video.metadata.media),
    [],
    'metadata.media'
  )
  const [required] = spec.images ?? []
  if (channel.options.strict !== false && required && Object.keys(media).length === 0)
    return refuse('image', requires(video.model, images[required]))
  const picture = pictureOf(video, spec)
  const { fields: settings, warnings: overruled } = mergeUnder(
    defined({
      ...picture.fields,
      seconds: checked.seconds === undefined ? undefined : String(checked.seconds),
      fps: video.fps,
      seed: video.seed,
      negative_prompt: video.negativePrompt
    }),
    passThrough(video.metadata, ['aspect_ratio', 'resolution', 'media', 'seconds']),
    // the older names of what is in `media`
    ['prompt', ...(video.images.length ? ['frame_images', 'reference_images'] : [])]
  )
  const stated = {
    seconds: secondsIn(settings.seconds) ?? usualSeconds(spec),
    resolution: spec.resolutions
      ? resolutionAmong(spec.resolutions, settings.resolution, '1080P')
      : (tierIn(`${String(settings.width)}x${String(settings.height)}`) ??
        resolutionAmong(undefined, settings.resolution)),
    audio: audioOf(spec, settings.generate_audio),
    video: ['frame_videos', 'reference_videos', 'source_video'].some(name => media[name] !== undefined)
  }
  return {
    kind: 'draft',
    warnings: [
      ...checked.warnings,
      ...picture.warnings,
      ...inside,
      ...overruled,
      // the length is billed, so only the checked field sets it
      ...(video.metadata.seconds === undefined ? [] : [{ field: 'metadata.seconds', reason: useField('duration') }])
    ],
    ...billed(video, stated, settings),
    first: () => ({
      kind: 'send',
      request: {
        method: 'POST',
        path: `${below(channel, PREFIX)}/videos`,
        body: {
          json: {
            model: video.model,
            ...(video.prompt && { prompt: video.prompt }),
            ...settings,
            ...(Object.keys(media).length && { media })
          }
        }
      }
    })
  }
}

function mediaOf(video: VideoRequest): Record<string, unknown> {
  const { first, last, references } = byRole(video)
  const frames = Object.entries(defined({ first, last })).map(([frame, source]) => ({
    input_image: urlOrBase64(source),
    frame
  }))
  return {
    ...(frames.length && { frame_images: frames }),
    ...(references.length && { reference_images: references.map(urlOrBase64) })
  }
}

/** Wan 2.7 takes a resolution and a ratio, other models pixels. */
function pictureOf(video: VideoRequest, spec: ModelSpec): { fields: Record<string, unknown>; warnings: Warning[] } {
  if (spec.resolutions && spec.ratios) {
    const { warnings, ...fields } = shapeOf(video, spec.ratios, spec.resolutions)
    return { fields, warnings }
  }
  const { width, height, metadata } = video
  const pixels = width && height ? { width, height } : { ratio: ratioOf(video) }
  return { fields: defined({ ...pixels, resolution: metadata.resolution }), warnings: [] }
}
