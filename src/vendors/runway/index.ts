import { z } from 'zod'
import { fact, link, textFact } from '../shared/answer-fields.ts'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { audioOf, billed, isFilled, usualSeconds } from '../shared/billing.ts'
import { check, refuse, type Honoured } from '../shared/check.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { frameRefusal } from '../shared/frames.ts'
import { excerpt, kindOfStatus, rejected, retryAfter } from '../shared/http-failure.ts'
import { byRole } from '../shared/images.ts'
import { generalOptions } from '../shared/options.ts'
import { soundOf } from '../shared/sound.ts'
import { images, requires } from '../shared/reasons.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import { resolutionIn, runwayModels, shapeFields, type RunwayModel } from './models.ts'
import { isTooLarge, uriOf, withImages } from './upload.ts'
import { unreachable } from '../shared/rework.ts'
import { runwayPrices } from './prices.ts'
import { defined } from '../../lib/defined.ts'
import { ifSeedance } from '../shared/prompt-commands.ts'
import { defineVendor } from '../define.ts'
import type {
  ChannelConfig,
  Cost,
  Priced,
  Failure,
  FailureKind,
  HttpAnswer,
  HttpRequest,
  Polled,
  Submission,
  VideoRequest,
  Warning
} from '../vendor.ts'

/* Runway API. Sources: docs.dev.runwayml.com (errors, task failures), @runwayml/sdk 4.20.1. */

interface Operation {
  id: string
}

const API_VERSION = '2024-11-06'

export const runway = defineVendor<Operation>({
  id: 'runway',
  name: 'Runway',
  baseUrl: 'https://api.dev.runwayml.com',
  keysUrl: 'https://dev.runwayml.com',
  docsUrl: 'https://docs.dev.runwayml.com',
  credential: apiKey,
  options: z.strictObject(generalOptions),
  models: runwayModels,
  prices: runwayPrices,
  facts: {
    source: 'docs.dev.runwayml.com and @runwayml/sdk 4.20.1',
    checked: '2026-11-30',
    missing: 'character performance; video_to_video of models other than Aleph',
    linkSeconds: 24 * 3600,
    linkRenews: true,
    downloadNeedsAuth: false,
    progress: true,
    cancel: 'any',
    lookup: 'none',
    callback: 'none',
    pollEveryMs: 5000
  },

  sign: (request, channel) =>
    withApiKey({ ...request, headers: { ...request.headers, 'x-runway-version': API_VERSION } }, channel),

  readPrompt: ifSeedance,
  submit,
  sound({ model }) {
    const spec: RunwayModel | undefined = modelOf(model)
    return spec ? soundOf(spec, spec.sound && audioWord) : { word: audioWord }
  },

  submitted(answer) {
    const accepted = created.safeParse(answer.body).data
    if (answer.status >= 300 || !accepted) return rejected(answer, failureOf(answer))
    return {
      status: 'accepted',
      operation: { id: accepted.id },
      upstreamId: accepted.id,
      ...costOf(accepted.estimatedCost)
    }
  },

  poll: ({ id }) => ({ method: 'GET', path: taskPath(id) }),
  polled,

  // DELETE erases the output of a finished task, so it is only for tasks believed to be running
  cancel: ({ id }) => ({ method: 'DELETE', path: taskPath(id) }),
  cancelled: answer =>
    answer.status < 300 ? { status: 'cancelled' } : { status: 'unchanged', failure: failureOf(answer) },

  probe: () => ({ method: 'GET', path: '/v1/organization' })
})

const audioWord = { field: 'audio', on: true, off: false } as const

const modelOf = (name: string): RunwayModel | undefined => (runwayModels as Record<string, RunwayModel>)[name]

const taskPath = (id: string) => `/v1/tasks/${encodeURIComponent(id)}`

function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  const model = modelOf(video.model)
  const checked = check(video, model ?? {}, channel, model?.honoured ?? ['seed', 'negative_prompt', 'size'])
  if (checked.kind === 'refuse') return checked
  const refused = channel.options.strict === false ? null : (sourceRefusal(video, model) ?? imageRefusal(video, model))
  if (refused) return refused
  const { settings, warnings, ...priced } = settingsOf(video, checked.seconds, model)
  return {
    kind: 'draft',
    warnings: [...checked.warnings, ...warnings],
    ...priced,
    first: () => withImages(video, ready => requestOf(ready, settings))
  }
}

function imageRefusal(video: VideoRequest, model?: RunwayModel) {
  const frames = frameRefusal(video)
  if (frames) return frames
  if (model && !model.text && byRole(video).first === undefined)
    return refuse('image', requires(video.model, images.first))
  return null
}

/**
 * Returns the client's source video, under the names that clients give it; undefined: there is none. A model that makes its own length takes none:
 * metadata must not make its price unknown.
 */
function sourceOf({ model, metadata, source }: VideoRequest): string | undefined {
  if (!modelOf(model)?.fromVideo) return undefined
  const given = source ? [source.url, source.made?.url] : sources.map(name => metadata[name])
  return given.find(
    (value): value is string => typeof value === 'string' && /^(https:|data:video\/|runway:)/.test(value.slice(0, 20))
  )
}

const sources = ['videoUri', 'video_url', 'video']

function sourceRefusal(video: VideoRequest, model?: RunwayModel) {
  const source = sourceOf(video)
  if (source === undefined && video.source) return unreachable
  // docs.dev.runwayml.com/assets/inputs
  if (video.source && source !== undefined && isTooLarge(source))
    return refuse('video', 'Runway accepts files of up to 5 MB in base64; send a URL')
  if (source === undefined)
    return model?.fromVideo ? refuse('metadata.video', requires(video.model, 'a source video')) : null
  if (isFramed(video)) return refuse('image', 'a source video cannot be combined with first and last frames')
  return video.seconds === undefined ? null : refuse('duration', 'cannot be set: the video is as long as its source')
}

const isFramed = ({ images }: VideoRequest) => images.some(({ role }) => role !== 'reference')

function settingsOf(
  video: VideoRequest,
  seconds: number | undefined,
  model?: RunwayModel
): Priced & { settings: Record<string, unknown>; warnings: Warning[] } {
  const shape = isFramed(video) ? model?.frames : model?.text
  const { fields, warnings } = shapeFields(video, shape)
  const duration = seconds ?? (model?.durationRequired && model.defaultSeconds)
  const { first, last, references } = byRole(video)
  const takes = (field: Honoured) => !model || model.honoured.includes(field)
  const own = {
    ...fields,
    ...(duration && { duration }),
    ...defined({ seed: takes('seed') ? video.seed : undefined }),
    ...(video.negativePrompt && takes('negative_prompt') && { negativePrompt: video.negativePrompt })
  }
  const given = passThrough(video.metadata, [
    'aspect_ratio',
    'duration',
    ...(shape?.by === 'pixels' ? ['resolution'] : []),
    ...(model?.fromVideo ? sources : [])
  ])
  const { fields: settings, warnings: overruled } = mergeUnder(own, given, [
    ...(video.prompt ? ['promptText'] : []),
    ...(first !== undefined || last !== undefined ? ['promptImage'] : []),
    ...(references.length ? ['references'] : [])
  ])
  const stated = {
    // a source video's length is not known before it has been read
    seconds: sourceOf(video) === undefined ? duration || usualSeconds(model ?? {}) : video.source?.seconds,
    resolution: resolutionIn(settings, shape) ?? resolutionIn(fields, shape),
    audio: audioOf(model ?? {}, settings.audio),
    video: sourceOf(video) !== undefined || isFilled(settings.referenceVideos)
  }
  return { settings, warnings: [...warnings, ...overruled], ...billed(video, stated, settings) }
}

function requestOf(video: VideoRequest, settings: Record<string, unknown>): HttpRequest {
  const { first, last, references } = byRole(video)
  const source = sourceOf(video)
  if (source !== undefined) {
    const json = {
      model: video.model,
      videoUri: source,
      ...(video.prompt && { promptText: video.prompt }),
      ...(references.length && { references: references.map(one => ({ type: 'image', uri: uriOf(one) })) }),
      ...settings
    }
    return { method: 'POST', path: '/v1/video_to_video', body: { json } }
  }
  const frames = isFramed(video)
  const body = {
    model: video.model,
    ...(frames && { promptImage: promptImage(first, last) }),
    ...(video.prompt && { promptText: video.prompt }),
    ...(references.length && { references: references.map(source => ({ uri: uriOf(source) })) }),
    ...settings
  }
  return { method: 'POST', path: frames ? '/v1/image_to_video' : '/v1/text_to_video', body: { json: body } }
}

function promptImage(first?: string, last?: string) {
  if (first !== undefined && last === undefined) return uriOf(first)
  return [
    ...(first === undefined ? [] : [{ uri: uriOf(first), position: 'first' }]),
    ...(last === undefined ? [] : [{ uri: uriOf(last), position: 'last' }])
  ]
}

const credits = z.object({ credits: fact }).nullish().catch(null)
const created = z.object({ id: z.string().min(1), estimatedCost: credits })
const task = z.object({
  status: z.string(),
  progress: fact,
  output: z.array(link).nullish(),
  failure: textFact,
  failureCode: textFact,
  cost: credits
})

function costOf(spent: z.infer<typeof credits>): { cost?: Cost } {
  return typeof spent?.credits === 'number' ? { cost: { amount: spent.credits, currency: 'runway-credits' } } : {}
}

function polled(answer: HttpAnswer): Polled<Operation> {
  const { data } = task.safeParse(answer.body)
  // "aborted and deleted tasks will not be able to be fetched again" (SDK types, tasks.delete)
  if (answer.status === 404 && refusal.safeParse(answer.body).data?.error)
    return { status: 'failed', failure: { ...failureOf(answer), kind: 'not_found' } }
  if (answer.status >= 400) return { status: 'unchanged', failure: failureOf(answer) }
  if (!data) return { status: 'unchanged' }
  switch (data.status) {
    case 'PENDING':
    case 'THROTTLED': // the account's concurrency is full; still queued
      return { status: 'queued' }
    case 'SUCCEEDED': {
      const [first, ...others] = (data.output ?? []).map(url => ({ at: { url }, expiresInSeconds: 24 * 3600 }))
      if (!first) return noVideo
      return { status: 'succeeded', videos: [first, ...others], ...costOf(data.cost) }
    }
    case 'FAILED':
      return { status: 'failed', failure: taskFailure(data), ...costOf(data.cost) }
    case 'CANCELLED':
      return {
        status: 'failed',
        failure: { kind: 'cancelled', message: textOfKind('cancelled') },
        ...costOf(data.cost)
      }
    default:
      return {
        status: 'running',
        ...(typeof data.progress === 'number' && { progress: Math.round(data.progress * 100) })
      }
  }
}

/** The first matching prefix counts (docs.dev.runwayml.com/errors/task-failures). */
const failureCodes = [
  ['INPUT_PREPROCESSING.SAFETY', 'content_policy'],
  ['INPUT_PREPROCESSING.INTERNAL', 'server'],
  ['INPUT_PREPROCESSING', 'invalid_request'],
  ['SAFETY', 'content_policy'],
  ['ASSET.INVALID', 'invalid_request'],
  ['INTERNAL', 'server'],
  ['THIRD_PARTY', 'server']
] as const satisfies readonly (readonly [string, FailureKind])[]

function taskFailure({ failure, failureCode, cost }: z.infer<typeof task>): Failure {
  const code = failureCode ?? ''
  const [, kind] = failureCodes.find(([prefix]) => code === prefix || code.startsWith(`${prefix}.`)) ?? []
  // moderated output is billed; for other failures `cost` tells
  const billed = typeof cost?.credits === 'number' ? cost.credits > 0 : code.startsWith('SAFETY.OUTPUT')
  return {
    kind: kind ?? 'unknown',
    message: failure || code || textOfKind('unknown'),
    ...(code && { code }),
    ...(billed && { billed })
  }
}

const refusal = z.object({
  error: z.string().nullish(),
  issues: z
    .array(z.object({ path: z.array(z.union([z.string(), z.number()])).nullish(), message: z.string().nullish() }))
    .nullish()
})

function failureOf(answer: HttpAnswer): Failure {
  const { data } = refusal.safeParse(answer.body)
  const message = data?.error || excerpt(answer)
  const issue = data?.issues?.[0]
  // no credits left is a 400 with a text (reported by other gateways)
  const empty = answer.status === 400 && /credits/i.test(message)
  return {
    kind: empty ? 'insufficient_balance' : kindOfStatus(answer.status),
    message: issue?.message ? `${message}: ${issue.message}` : message,
    ...(issue?.path?.length && { param: issue.path.join('.') }),
    ...retryAfter(answer)
  }
}
