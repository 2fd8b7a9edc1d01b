import { z } from 'zod'
import { fact, linkOrNone, textFact } from '../shared/answer-fields.ts'
import { billed, hasVideo, resolutionAmong, secondsIn } from '../shared/billing.ts'
import { check } from '../shared/check.ts'
import { contentItems } from '../shared/content-items.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { mixedRefusal } from '../shared/frames.ts'
import { excerpt, kindOfStatus, rejected, retryAfter, surelyRejected } from '../shared/http-failure.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import { findAlike } from '../shared/similarity.ts'
import { minimaxKinds, restOf, scopeOf } from './failures.ts'
import { h3Model, h3Ratios, h3Resolutions } from './models.ts'
import { followsImage, shapeOf } from '../shared/ratio-and-resolution.ts'
import { resolutionOfSize } from '../shared/resolution.ts'
import { table } from '../../lib/table.ts'
import { defined } from '../../lib/defined.ts'
import type {
  Accepted,
  Cancelled,
  ChannelConfig,
  Failure,
  Found,
  HttpAnswer,
  HttpRequest,
  LookupContext,
  Polled,
  Refusal,
  Submission,
  Submitted,
  VideoRequest,
  Warning
} from '../vendor.ts'

/* MiniMax v2, the H3 family. Source: platform.minimax.io, v2-video-generation.json. */

export interface V2Operation {
  api: 'v2'
  id: string
}

const PAGE = 100
const LIST = '/v2/query/video_generation'
/** the cheaper one of the resolutions that all H3 models support */
const DEFAULT_RESOLUTION = '768P'

export function submitV2(video: VideoRequest, channel: ChannelConfig): Submission {
  const described = describe(video, channel)
  if (described.kind === 'refuse') return described
  const { settings, warnings } = described
  const names = h3Model(video.model).resolutions ?? h3Resolutions
  const stated = {
    seconds: secondsIn(settings.duration),
    resolution: resolutionAmong(names, settings.resolution, resolutionOfSize(video, names), DEFAULT_RESOLUTION),
    video: hasVideo(video.metadata.content)
  }
  return {
    kind: 'draft',
    warnings,
    ...billed(video, stated, settings),
    first({ callbackUrl }) {
      const body = {
        model: video.model,
        content: contentItems(video, 'mm_file://'),
        ...(callbackUrl && { callback_url: callbackUrl }),
        ...settings
      }
      return { kind: 'send', request: { method: 'POST', path: '/v2/video_generation', body: { json: body } } }
    }
  }
}

/** Returns the settings of the body, also to find the task in a list. */
function describe(
  video: VideoRequest,
  channel: ChannelConfig
): Refusal | { kind: 'fine'; settings: Record<string, unknown>; warnings: Warning[] } {
  const spec = h3Model(video.model)
  const checked = check(video, spec, channel, ['size'])
  if (checked.kind === 'refuse') return checked
  const frames = channel.options.strict === false ? null : mixedRefusal(video)
  if (frames) return frames

  const shape = shapeOf(video, h3Ratios, spec.resolutions ?? h3Resolutions)
  const framed = video.images.some(({ role }) => role !== 'reference')
  const ratio = framed ? 'adaptive' : shape.ratio
  // length, resolution and, from text, a ratio are required
  const { ratio: given = '16:9', ...more } = passThrough(video.metadata, ['aspect_ratio', 'resolution', 'content'])
  const { fields: settings, warnings: overruled } = mergeUnder(
    {
      resolution: shape.resolution ?? DEFAULT_RESOLUTION,
      duration: checked.seconds ?? spec.defaultSeconds,
      ...defined({ ratio: ratio ?? (video.images.length ? undefined : given) })
    },
    { ...more, ...(video.metadata.ratio !== undefined && { ratio: given }) },
    ['prompt']
  )
  const warnings = [...checked.warnings, ...overruled, ...shape.warnings, ...(framed ? followsImage(shape) : [])]
  return { kind: 'fine', settings, warnings }
}

export function submittedV2(answer: HttpAnswer): Submitted<V2Operation> {
  const { data } = created.safeParse(answer.body)
  if (answer.status < 300 && data) return accepted(data.task_id)
  const failure = failureOfV2(answer)
  // overloaded: no task was created
  return answer.status === 529 ? surelyRejected(failure) : rejected(answer, failure)
}

export const pollV2 = ({ id }: V2Operation): HttpRequest => ({
  method: 'GET',
  path: `${LIST}/${encodeURIComponent(id)}`
})

export function polledV2(answer: HttpAnswer): Polled<V2Operation> {
  if (answer.status >= 300) return { status: 'unchanged', failure: failureOfV2(answer) }
  const { data } = z.object({ task: v2Task }).safeParse(answer.body)
  return data ? polledTask(data.task) : { status: 'unchanged' }
}

// DELETE erases the record of a finished task, so it is only for tasks believed to be queued
export const cancelV2 = ({ id }: V2Operation): HttpRequest => ({
  method: 'DELETE',
  path: `/v2/video_generation/${encodeURIComponent(id)}`
})

export function cancelledV2(answer: HttpAnswer): Cancelled {
  if (answer.status >= 300) return { status: 'unchanged', failure: failureOfV2(answer) }
  const { data } = z.object({ action: z.string().nullish() }).safeParse(answer.body)
  // `deleted`: the task had already finished
  return data?.action === 'deleted' ? { status: 'unchanged' } : { status: 'cancelled' }
}

export const lookupV2 = (video: VideoRequest): HttpRequest => ({
  method: 'GET',
  path: LIST,
  query: { page_num: '1', page_size: String(PAGE), 'filter.model': video.model }
})

export function foundV2(
  answer: HttpAnswer,
  video: VideoRequest,
  channel: ChannelConfig,
  { sentAt }: LookupContext
): Found<V2Operation> {
  const { data } = z.object({ items: z.array(z.unknown()) }).safeParse(answer.body)
  const sent = describe(video, channel)
  if (answer.status >= 300 || !data || sent.kind === 'refuse') return { status: 'unclear' }
  const tasks = data.items.flatMap(item => v2Task.safeParse(item).data ?? [])
  return findAlike(
    tasks.map(task => ({
      ...(typeof task.created_at === 'number' && { createdAt: task.created_at * 1000 }),
      settings: settingsOf(task),
      accepted: accepted(task.id),
      polled: polledTask(task)
    })),
    { sentAt, settings: settingsOf(sent.settings) },
    tasks.length === data.items.length && data.items.length < PAGE
  )
}

/** A task, in answers, the list and callbacks. */
export const v2Task = z.object({
  id: z.string().min(1),
  model: textFact,
  status: z.string(),
  error: z.object({ code: z.union([z.string(), z.number()]).nullish(), message: z.string().nullish() }).nullish(),
  content: z.object({ url: linkOrNone }).nullish(),
  created_at: fact,
  resolution: textFact,
  duration: fact,
  ratio: textFact
})

function polledTask({ status, content, error, duration }: z.infer<typeof v2Task>): Polled<V2Operation> {
  switch (status) {
    case 'queued':
      return { status: 'queued' }
    case 'succeeded': {
      const url = content?.url
      if (!url) return noVideo
      return { status: 'succeeded', videos: [{ at: { url }, ...(duration && { seconds: duration }), fps: 24 }] }
    }
    case 'failed': {
      const code = String(error?.code ?? '')
      const kind = minimaxKinds[code] ?? 'unknown'
      return {
        status: 'failed',
        failure: { kind, message: error?.message || code || textOfKind(kind), ...(code && { code }) }
      }
    }
    case 'cancelled':
    case 'expired':
      return { status: 'failed', failure: { kind: status, message: error?.message || textOfKind(status) } }
    default:
      return { status: 'running' }
  }
}

const accepted = (id: string): Accepted<V2Operation> => ({
  status: 'accepted',
  operation: { api: 'v2', id },
  upstreamId: id
})

// the list shows what `adaptive` became
function settingsOf({ ratio, resolution, duration }: Record<string, unknown>): Record<string, unknown> {
  return { ratio: ratio === 'adaptive' || ratio === '' ? undefined : ratio, resolution, duration }
}

const created = z.object({ task_id: z.union([z.string().min(1), z.number()]).transform(String) })

const envelope = z.object({
  error: z.object({ type: z.string().nullish(), message: z.string().nullish() })
})

/** The number at the end of the message is more precise than the type. */
function failureOfV2(answer: HttpAnswer): Failure {
  const { data } = envelope.safeParse(answer.body)
  if (!data) return { kind: kindOfStatus(answer.status), message: excerpt(answer), ...retryAfter(answer) }
  const { type, message } = data.error
  const number = /\((\d+)\)\s*$/.exec(message ?? '')?.[1]
  const code = number ?? type
  return {
    kind: minimaxKinds[number ?? ''] ?? errorTypes[type ?? ''] ?? kindOfStatus(answer.status),
    message: message || type || excerpt(answer),
    ...(code && { code }),
    ...scopeOf(code ?? undefined),
    ...restOf(answer, message)
  }
}

const errorTypes = table<Failure['kind']>({
  authorized_error: 'auth',
  insufficient_balance_error: 'insufficient_balance',
  bad_request_error: 'invalid_request',
  unprocessable_entity_error: 'invalid_request',
  rate_limit_error: 'rate_limit',
  overloaded_error: 'server',
  server_error: 'server'
})
