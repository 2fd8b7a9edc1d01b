import { z } from 'zod'
import { link, textFact } from '../shared/answer-fields.ts'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { audioOf, billed, resolutionAmong, usualSeconds } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { detailOf } from '../shared/detail.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { kindOfStatus, rejected, retryAfter, surelyRejected } from '../shared/http-failure.ts'
import { byRole, bytesOf, isUrl } from '../shared/images.ts'
import { generalOptions } from '../shared/options.ts'
import { soundOf } from '../shared/sound.ts'
import { recordOf } from '../../lib/records.ts'
import { resolutionOfSize } from '../shared/resolution.ts'
import { ratioOf } from '../shared/size.ts'
import { useField } from '../shared/reasons.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import { table } from '../../lib/table.ts'
import { defined } from '../../lib/defined.ts'
import { lumaPrices } from './prices.ts'
import { defineVendor } from '../define.ts'
import type {
  ChannelConfig,
  Failure,
  FailureKind,
  HttpAnswer,
  ModelSpec,
  Polled,
  Submission,
  VideoRequest,
  Warning
} from '../vendor.ts'

/* Luma Agents API. Sources: docs.agents.lumalabs.ai (guides: error handling, rate limits). */

interface Operation {
  id: string
}

const ray = {
  seconds: [5, 10],
  ratios: ['9:16', '3:4', '1:1', '4:3', '16:9', '21:9'],
  resolutions: ['360p', '540p', '720p', '1080p'],
  images: ['first', 'last'],
  audio: false,
  promptLimit: 6000
} as const satisfies ModelSpec

/** Settings inside the body's `video`; clients may set them at the top of their metadata. */
const videoSettings = ['resolution', 'loop', 'hdr', 'exr_export', 'keyframes', 'keyframe_indexes'] as const

export const luma = defineVendor<Operation>({
  id: 'luma',
  name: 'Luma Agents',
  baseUrl: 'https://agents.lumalabs.ai/v1',
  docsUrl: 'https://docs.agents.lumalabs.ai',
  credential: apiKey,
  options: z.strictObject(generalOptions),
  models: { 'ray-3.2': ray, 'ray-flash-3.2': ray },
  prices: lumaPrices,
  facts: {
    source: 'docs.agents.lumalabs.ai',
    checked: '2026-11',
    linkSeconds: 3600,
    linkRenews: true,
    downloadNeedsAuth: false,
    progress: false,
    cancel: 'none',
    lookup: 'none',
    callback: 'none'
  },

  sign: (request, channel) => withApiKey(request, channel),
  submit,
  sound: () => soundOf(ray),

  submitted(answer) {
    const { data } = generation.safeParse(answer.body)
    if (answer.status >= 300 || !data) {
      // "image ingestion unavailable": no generation exists yet
      return answer.status === 503 ? surelyRejected(failureOf(answer)) : rejected(answer, failureOf(answer))
    }
    return {
      status: 'accepted',
      operation: { id: data.id },
      upstreamId: data.id,
      ...(data.state === 'processing' && { running: true })
    }
  },

  poll: ({ id }) => ({ method: 'GET', path: `/generations/${encodeURIComponent(id)}` }),
  polled
})

function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  const spec: ModelSpec = video.model in luma.models ? ray : { images: ray.images }
  const checked = check(video, spec, channel, ['size'])
  if (checked.kind === 'refuse') return checked
  const { first, last } = byRole(video)
  const ratio = ratioOf(video, ray.ratios)
  const { settings, warnings } = settingsOf(video)
  const resolution = video.metadata.resolution ?? resolutionOfSize(video, ray.resolutions)
  if (channel.options.strict !== false) {
    const plain = first === undefined && last === undefined && settings.hdr !== true
    if (checked.seconds === 10 && !plain) return refuse('duration', 'with frames or hdr only 5 seconds are supported')
    if (resolution === '1080p' && (ratio === '9:16' || ratio === '3:4'))
      return refuse('size', '1080p is not supported for 9:16 and 3:4')
  }
  const { fields: sent, warnings: inside } = mergeUnder(
    {
      ...defined({ resolution }),
      ...(checked.seconds !== undefined && { duration: `${checked.seconds}s` })
    },
    settings,
    [...(first === undefined ? [] : ['start_frame']), ...(last === undefined ? [] : ['end_frame'])],
    'metadata.video'
  )
  const { fields: more, warnings: overruled } = mergeUnder(
    { ...(ratio && { aspect_ratio: ratio }), type: 'video' },
    passThrough(video.metadata, ['aspect_ratio', 'video', ...videoSettings]),
    ['prompt']
  )
  const stated = {
    seconds: checked.seconds ?? usualSeconds(spec),
    resolution: resolutionAmong(ray.resolutions, sent.resolution, resolutionOfSize(video, ray.resolutions)),
    audio: audioOf(ray)
  }
  return {
    kind: 'draft',
    warnings: [...checked.warnings, ...warnings, ...inside, ...overruled],
    ...billed(video, stated, { ...more, video: sent }),
    first() {
      const inner = {
        ...sent,
        ...(first !== undefined && { start_frame: media(first) }),
        ...(last !== undefined && { end_frame: media(last) })
      }
      const body = {
        model: video.model,
        prompt: video.prompt,
        ...(Object.keys(inner).length && { video: inner }),
        ...more
      }
      return { kind: 'send', request: { method: 'POST', path: '/generations', body: { json: body } } }
    }
  }
}

// the length is billed, so only the checked field sets it
function settingsOf({ metadata }: VideoRequest): { settings: Record<string, unknown>; warnings: Warning[] } {
  const nested = recordOf(metadata.video)
  const { duration, ...given } = nested
  const named = videoSettings.filter(key => metadata[key] !== undefined).map(key => [key, metadata[key]])
  const warnings = duration === undefined ? [] : [{ field: 'video.duration', reason: useField('duration') }]
  return { settings: { ...passThrough(given), ...Object.fromEntries(named) }, warnings }
}

function media(source: string) {
  if (isUrl(source)) return { url: source }
  const { base64, mimeType } = bytesOf(source)
  return { data: base64, media_type: mimeType }
}

const generation = z.object({
  id: z.string().min(1),
  state: z.string().nullish(),
  output: z.array(z.object({ type: textFact, url: link })).nullish(),
  failure_reason: textFact,
  failure_code: textFact
})

function polled(answer: HttpAnswer): Polled<Operation> {
  if (answer.status >= 400) return { status: 'unchanged', failure: failureOf(answer) }
  const { data } = generation.safeParse(answer.body)
  if (!data) return { status: 'unchanged' }
  switch (data.state ?? '') {
    case 'queued':
      return { status: 'queued' }
    case 'completed': {
      const videos = (data.output ?? []).filter(({ type }) => !type || type === 'video')
      const [first, ...others] = videos.map(({ url }) => ({ at: { url }, expiresInSeconds: 3600 }))
      if (!first) return noVideo
      return { status: 'succeeded', videos: [first, ...others] }
    }
    case 'failed': {
      const code = data.failure_code || undefined
      const kind = failureCodes[code ?? ''] ?? 'unknown'
      const message = data.failure_reason || code || textOfKind(kind)
      return { status: 'failed', failure: { kind, message, ...(code && { code }) } }
    }
    default:
      return { status: 'running' }
  }
}

/** docs.agents.lumalabs.ai/guides/error-handling, "Machine-readable codes"; `internal_error` is from another gateway. */
const failureCodes = table<FailureKind>({
  content_moderated: 'content_policy',
  generation_failed: 'server',
  internal_error: 'server',
  output_not_found: 'server',
  budget_exhausted: 'insufficient_balance',
  image_too_large: 'invalid_request',
  unsupported_format: 'invalid_request',
  corrupt_input: 'invalid_request',
  invalid_request: 'invalid_request'
})

function failureOf(answer: HttpAnswer): Failure {
  const { message, param } = detailOf(answer)
  // both limits are a 429; the text tells them apart (guides/rate-limits)
  const concurrent = answer.status === 429 && /concurrent/i.test(message)
  return {
    kind: concurrent ? 'concurrency_limit' : kindOfStatus(answer.status),
    message,
    ...(param && { param }),
    ...retryAfter(answer)
  }
}
