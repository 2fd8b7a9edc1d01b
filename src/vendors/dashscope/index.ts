import { z } from 'zod'
import { fact, linkOrNone } from '../shared/answer-fields.ts'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { below } from '../shared/base-path.ts'
import { describe } from './body.ts'
import { dashscopeModels, modelOf, setsSound } from './models.ts'
import { excerpt, kindOfStatus, rejected, retryAfter, surelyRejected } from '../shared/http-failure.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import { findAlike } from '../shared/similarity.ts'
import { generalOptions } from '../shared/options.ts'
import { soundOf } from '../shared/sound.ts'
import { dashscopePrices } from './prices.ts'
import { defineVendor } from '../define.ts'
import type {
  Accepted,
  ChannelConfig,
  Failure,
  FailureKind,
  Found,
  HttpAnswer,
  LookupContext,
  Polled,
  Rejected,
  Submission,
  VideoRequest
} from '../vendor.ts'

/* Wan on Alibaba Model Studio (DashScope). Sources: Model Studio API references and error codes, dashscope SDK (others.md §5). */

interface Operation {
  id: string
  /** how many answers in a row did not know the task */
  unknown?: number
}

const DAY = 24 * 3600
const PAGE = 100
/** a task may be unknown shortly after its submit; after this many answers in a row it does not exist */
const GONE_AFTER = 3

export const dashscope = defineVendor<Operation>({
  id: 'dashscope',
  name: 'Alibaba Model Studio (Wan)',
  baseUrl: 'https://dashscope-intl.aliyuncs.com',
  // alibabacloud.com/help/model-studio/base-url: keys belong to one of them
  regions: [
    { id: 'global', baseUrl: 'https://dashscope-intl.aliyuncs.com', label: 'Global (Singapore)' },
    {
      id: 'cn',
      baseUrl: 'https://dashscope.aliyuncs.com',
      label: 'China (Beijing)',
      keysUrl: 'https://bailian.console.aliyun.com/?tab=model#/api-key'
    }
  ],
  keysUrl: 'https://modelstudio.console.alibabacloud.com',
  docsUrl: 'https://www.alibabacloud.com/help/en/model-studio',
  credential: apiKey,
  options: z.strictObject(generalOptions),
  models: dashscopeModels,
  prices: dashscopePrices,
  facts: {
    source: 'Alibaba Model Studio: video API references, error codes; dashscope-sdk-python',
    checked: '2026-11',
    missing: 'resold models of Kling, Vidu, PixVerse and MiniMax, read by their names; wan2.7-videoedit',
    linkSeconds: DAY,
    linkRenews: false,
    downloadNeedsAuth: false,
    progress: false,
    cancel: 'queued',
    lookup: 'list',
    callback: 'none'
  },

  sign: (request, channel) => withApiKey(request, channel),
  submit,
  sound: ({ model }) =>
    soundOf(modelOf(model), setsSound(model) ? { field: 'audio', on: true, off: false } : undefined),
  limits: ({ model }) => modelOf(model),

  submitted(answer) {
    const { data } = created.safeParse(answer.body)
    if (answer.status >= 300 || !data) return refused(answer)
    const { task_id, task_status } = data.output
    return { ...accepted(task_id), ...(task_status === 'RUNNING' && { running: true }) }
  },

  poll: ({ id }, channel) => ({ method: 'GET', path: `${tasksPath(channel)}/${encodeURIComponent(id)}` }),
  polled,

  cancel: ({ id }, channel) => ({ method: 'POST', path: `${tasksPath(channel)}/${encodeURIComponent(id)}/cancel` }),
  cancelled(answer) {
    if (answer.status < 300) return { status: 'cancelled' }
    const failure = failureOf(answer)
    // it is already running, or finished
    return failure.code === 'UnsupportedOperation' ? { status: 'unchanged' } : { status: 'unchanged', failure }
  },

  // by default the list covers 24 hours; the zone of its times is not documented, so no time is sent
  lookup: (video, channel) => ({
    method: 'GET',
    path: `${tasksPath(channel)}/`,
    query: { page_no: '1', page_size: String(PAGE), model_name: video.model }
  }),
  found,

  probe: channel => ({ method: 'GET', path: `${tasksPath(channel)}/`, query: { page_no: '1', page_size: '1' } })
})

const apiPath = (channel: ChannelConfig) => below(channel, '/api/v1')
const tasksPath = (channel: ChannelConfig) => `${apiPath(channel)}/tasks`

function submit(video: VideoRequest, channel: ChannelConfig): Submission {
  const described = describe(video, channel)
  if (described.kind === 'refuse') return described
  const { body, ...draft } = described
  const service = modelOf(video.model).takes === 'frame_urls' ? 'image2video' : 'video-generation'
  return {
    ...draft,
    first: () => ({
      kind: 'send',
      request: {
        method: 'POST',
        path: `${apiPath(channel)}/services/aigc/${service}/video-synthesis`,
        headers: {
          'x-dashscope-async': 'enable',
          ...(namesStored(video) && { 'x-dashscope-ossresourceresolve': 'enable' })
        },
        body: { json: body() }
      }
    })
  }
}

// whether the request refers to files that the vendor stores
const namesStored = ({ images, metadata }: VideoRequest) =>
  images.some(({ source }) => source.startsWith('oss://')) || JSON.stringify(metadata).includes('"oss://')

const accepted = (id: string): Accepted<Operation> => ({ status: 'accepted', operation: { id }, upstreamId: id })

// refused for lack of capacity: no task was created, although the status is 503
function refused(answer: HttpAnswer): Rejected {
  const failure = failureOf(answer)
  const full = /^Model(ServingError|Unavailable)/.test(failure.code ?? '')
  return full ? surelyRejected(failure) : rejected(answer, failure)
}

const created = z.object({ output: z.object({ task_id: z.string().min(1), task_status: z.string().nullish() }) })

const report = z.object({
  output: z.object({
    task_status: z.string(),
    video_url: linkOrNone,
    code: z.string().nullish(),
    message: z.string().nullish()
  }),
  usage: z
    .object({
      duration: fact,
      output_video_duration: fact,
      video_duration: fact,
      fps: fact
    })
    .nullish()
    .catch(null)
})

function polled(answer: HttpAnswer, { id, unknown = 0 }: Operation): Polled<Operation> {
  if (answer.status >= 300) return { status: 'unchanged', failure: failureOf(answer) }
  const { data } = report.safeParse(answer.body)
  if (!data) return { status: 'unchanged' }
  const { output, usage } = data
  const known = unknown ? { operation: { id } } : {}
  switch (output.task_status) {
    case 'PENDING':
      return { status: 'queued', ...known }
    case 'SUCCEEDED':
      return succeeded(output.video_url, usage)
    case 'FAILED':
      return { status: 'failed', failure: failureOfCode(output.code, output.message, 'unknown') }
    case 'CANCELED':
      return { status: 'failed', failure: { kind: 'cancelled', message: output.message || textOfKind('cancelled') } }
    case 'UNKNOWN':
      if (unknown + 1 < GONE_AFTER) return { status: 'running', operation: { id, unknown: unknown + 1 } }
      return {
        status: 'failed',
        failure: { kind: 'not_found', message: 'The vendor does not know this task: it keeps tasks for 24 hours.' }
      }
    default:
      return { status: 'running', ...known }
  }
}

function succeeded(url: string | null | undefined, usage: z.infer<typeof report>['usage']): Polled<Operation> {
  if (!url) return noVideo
  const seconds = usage?.output_video_duration ?? usage?.video_duration ?? usage?.duration
  const facts = { ...(seconds && { seconds }), ...(usage?.fps && { fps: usage.fps }) }
  return { status: 'succeeded', videos: [{ at: { url }, expiresInSeconds: DAY, ...facts }] }
}

const listed = z.object({
  data: z.array(
    z.object({
      task_id: z.string().min(1),
      status: z.string().nullish(),
      model_name: z.string().nullish(),
      start_time: z.union([z.number(), z.string()]).nullish()
    })
  ),
  total_page: z.number().nullish()
})

// the list is of the whole account, and has only model and time
function found(
  answer: HttpAnswer,
  video: VideoRequest,
  _channel: ChannelConfig,
  { sentAt }: LookupContext
): Found<Operation> {
  const { data } = listed.safeParse(answer.body)
  if (answer.status >= 300 || !data) return { status: 'unclear' }
  // without its own word for it, an empty list may be anybody's
  const isWhole = typeof data.total_page === 'number' && data.total_page <= 1
  const tasks = data.data.map(({ task_id, status, model_name, start_time }) => ({
    ...(Number.isFinite(Number(start_time ?? '-')) && { createdAt: Number(start_time) }),
    settings: { model: model_name },
    accepted: { ...accepted(task_id), ...(status === 'RUNNING' && { running: true }) }
  }))
  return findAlike(tasks, { sentAt, settings: { model: video.model } }, isWhole)
}

/** Model Studio, "Error codes". Codes have suffixes, so the first match counts. */
const kinds: readonly (readonly [RegExp, FailureKind])[] = [
  // not a policy violation: the inspection could not download the file
  [/^InvalidParameter\.DataInspection/, 'invalid_request'],
  [
    /^(DataInspectionFailed|data_inspection_failed|IPInfringementSuspect|FaqRuleBlocked|CustomRoleBlocked)/,
    'content_policy'
  ],
  [/^(InvalidApiKey|invalid_api_key)/, 'auth'],
  [/^(Arrearage|CommodityNotPurchased|PrepaidBillOverdue|PostpaidBillOverdue)/, 'insufficient_balance'],
  [/^(Throttling|LimitRequests|limit_)/, 'rate_limit'],
  [/AccessDenied|^access_denied|^ModelNotFound|^model_not_found/, 'permission'],
  [/^WorkSpaceNotFound/, 'misconfigured'],
  [/^(Invalid|BadRequest|Unsupported)/, 'invalid_request'],
  [
    /^(InternalError|internal_error|SystemError|RequestTimeOut|ServiceUnavailable|Model(ServiceFailed|ServingError|Unavailable))/,
    'server'
  ]
]

function failureOfCode(code: string | null | undefined, message: string | null | undefined, other: FailureKind) {
  // one code for two limits: of tokens per minute, and of what is free ("Rate limits", read 2026-11-29)
  const isSpent = /AllocationQuota/.test(code ?? '') && /free/i.test(message ?? '')
  const kind = isSpent ? 'insufficient_balance' : (kinds.find(([pattern]) => pattern.test(code ?? ''))?.[1] ?? other)
  const modelOnly = /^(ModelNotFound|model_not_found)/.test(code ?? '')
  return { kind, message: message || code || textOfKind(kind), ...(code && { code }), ...(modelOnly && { modelOnly }) }
}

function failureOf(answer: HttpAnswer): Failure {
  const { data } = z.object({ code: z.string().min(1), message: z.string().nullish() }).safeParse(answer.body)
  const kind = kindOfStatus(answer.status)
  if (!data) return { kind, message: excerpt(answer), ...retryAfter(answer) }
  return { ...failureOfCode(data.code, data.message, kind), ...retryAfter(answer) }
}
