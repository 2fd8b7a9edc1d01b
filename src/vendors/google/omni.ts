import { z } from 'zod'
import { linkOrNone, textFact } from '../shared/answer-fields.ts'
import { billed, hasVideo, resolutionAmong, usualSeconds } from '../shared/billing.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { googleError, googleFailure, operationFailure } from './failures.ts'
import { byRole, bytesOf } from '../shared/images.ts'
import { isRecord, recordOf } from '../../lib/records.ts'
import { defined } from '../../lib/defined.ts'
import { resolutionOfSize } from '../shared/resolution.ts'
import { ratioOf } from '../shared/size.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import type {
  ProducedFile,
  Priced,
  HttpAnswer,
  HttpRequest,
  ModelSpec,
  Polled,
  VideoRequest,
  Warning
} from '../vendor.ts'

/* Gemini Omni's Interactions: a call that runs in the background and ends with steps of text and video. */

/** What all Omni models support. */
export const omni = {
  ratios: ['16:9', '9:16'],
  resolutions: ['360p', '720p', '1080p', '4k'],
  images: ['first', 'last', 'reference'],
  maxReferences: 10,
  audio: true
} as const satisfies ModelSpec

/** Omni 1.2 supports a seed (cloud.google.com, Generate videos). */
export const takesSeed = (model: string) => model.startsWith('gemini-omni-1.2')

interface OmniSettings {
  generation_config: Record<string, unknown>
  response_format: Record<string, unknown>
}

/** Returns what is sent besides prompt and images, and what it means for the price. */
export function omniSettings(
  video: VideoRequest,
  spec: ModelSpec,
  seconds: number | undefined,
  delivery: Record<string, string> = {}
): Priced & { settings: OmniSettings; warnings: Warning[] } {
  const { metadata } = video
  const ratio = ratioOf(video, omni.ratios)
  const ofSize = resolutionOfSize(video, omni.resolutions)
  const resolution = metadata.resolution ?? ofSize
  const references = video.images.some(({ role }) => role === 'reference')
  const task = references ? 'reference_to_video' : video.images.length ? 'image_to_video' : 'text_to_video'
  const config = passThrough(recordOf(metadata.generation_config))
  // the length is billed and the type is ours: neither comes from metadata
  const format = passThrough(recordOf(metadata.response_format), ['duration', 'type'])
  const own = {
    type: 'video',
    delivery: format.delivery ?? 'uri',
    ...delivery,
    ...defined({ aspect_ratio: ratio || undefined, resolution }),
    ...(seconds !== undefined && { duration: `${seconds}s` })
  }
  const { fields: response_format, warnings } = mergeUnder(own, format, [], 'metadata.response_format')
  const { fields: generation_config, warnings: overruled } = mergeUnder(
    {
      ...defined({ seed: takesSeed(video.model) ? video.seed : undefined }),
      // images decide the task; without them the client may continue or edit a video
      video_config: { task: video.images.length ? task : (recordOf(config.video_config).task ?? task) }
    },
    config,
    [],
    'metadata.generation_config'
  )
  // others.md §2b: 720p by default, always with sound
  const stated = {
    seconds: seconds ?? usualSeconds(spec),
    resolution: resolutionAmong(omni.resolutions, response_format.resolution, resolution, ofSize, '720p'),
    audio: true,
    video: hasVideo(metadata.input)
  }
  const settings = { generation_config, response_format }
  return {
    settings,
    warnings: [...warnings, ...overruled],
    ...billed(video, stated, { ...settings, ...passThrough(metadata, placed) })
  }
}

/** Returns the submit to Interactions; the images are already bytes. */
export function omniRequest(
  video: VideoRequest,
  settings: OmniSettings,
  callbackUrl: string | null,
  path = '/interactions'
): HttpRequest {
  const { first, last, references } = byRole(video)
  const { metadata } = video
  const pictures = [first, last, ...references].filter(source => source !== undefined)
  const body = {
    ...passThrough(metadata, placed),
    model: video.model,
    input: [
      ...pictures.map(source => {
        const { base64, mimeType } = bytesOf(source)
        return { type: 'image', data: base64, mime_type: mimeType }
      }),
      // videos and audio, as the client wrote them
      ...(Array.isArray(metadata.input) ? metadata.input.filter(item => !(isRecord(item) && 'text' in item)) : []),
      { type: 'text', text: video.prompt }
    ],
    background: true,
    store: true,
    ...settings,
    ...(callbackUrl && { webhook_config: { uris: [callbackUrl] } })
  }
  return { method: 'POST', path, body: { json: body } }
}

// `agent` would replace the model that is billed
const placed = [
  'aspect_ratio',
  'resolution',
  'input',
  'background',
  'store',
  'stream',
  'agent',
  'generation_config',
  'response_format'
]

const part = z.object({
  type: z.string().nullish(),
  text: z.string().nullish(),
  // in Cloud Storage, on Vertex
  uri: z.union([linkOrNone, z.string().startsWith('gs://')]),
  data: z.string().nullish(),
  mime_type: textFact
})

/** An interaction, in the answer to a submit, a poll or a cancel. */
export const interactionStarted = z.object({
  id: z.string().min(1),
  status: z.string().nullish(),
  steps: z.array(z.object({ type: z.string().nullish(), content: z.array(part).nullish() })).nullish(),
  error: googleError
})

/** Reads the answer to a poll. `file` returns the produced file behind a link. */
export function interactionPolled<Operation>(
  answer: HttpAnswer,
  file: (uri: string) => ProducedFile | null
): Polled<Operation> {
  if (answer.status >= 400) return { status: 'unchanged', failure: googleFailure(answer) }
  const { data } = interactionStarted.safeParse(answer.body)
  if (!data) return { status: 'unchanged' }
  const { error } = data
  const because = (words: string) => error?.message ?? words
  switch (data.status ?? '') {
    case 'queued':
      return { status: 'queued' }
    case 'completed': {
      const parts = (data.steps ?? [])
        .filter(({ type }) => type === 'model_output')
        .flatMap(({ content }) => content ?? [])
      const [first, ...others] = parts.filter(({ type }) => type === 'video').flatMap(one => fileOfPart(one, file))
      if (first) return { status: 'succeeded', videos: [first, ...others] }
      const words = parts
        .map(({ text }) => text ?? '')
        .join(' ')
        .trim()
      // an answer of text is a refusal
      if (words) return { status: 'failed', failure: { kind: 'content_policy', message: words } }
      return noVideo
    }
    case 'failed':
      return { status: 'failed', failure: operationFailure(error ?? {}) }
    case 'cancelled':
      return { status: 'failed', failure: { kind: 'cancelled', message: because(textOfKind('cancelled')) } }
    case 'budget_exceeded':
      return {
        status: 'failed',
        failure: {
          kind: 'insufficient_balance',
          message: because('The vendor stopped the task: its budget is exceeded.')
        }
      }
    case 'incomplete':
    case 'requires_action':
      return {
        status: 'failed',
        failure: { kind: 'unknown', message: because(`The task ended with the status ${data.status}.`) }
      }
    default:
      return { status: 'running' }
  }
}

function fileOfPart(
  { uri, data, mime_type }: z.infer<typeof part>,
  file: (uri: string) => ProducedFile | null
): ProducedFile[] {
  const linked = uri ? file(uri) : null
  if (linked) return [linked]
  return data ? [{ at: { data: { base64: data, mimeType: mime_type ?? 'video/mp4' } } }] : []
}
