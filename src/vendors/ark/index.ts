import { z } from 'zod'
import { parseLossless } from '../../lib/json.ts'
import { fact, linkOrNone, textFact } from '../shared/answer-fields.ts'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { arkError, failureOfAnswer, failureOfError } from './failures.ts'
import { arkModels } from './models.ts'
import { rejected } from '../shared/http-failure.ts'
import { noVideo } from '../shared/task-failure.ts'
import { unknownBody } from '../shared/reasons.ts'
import { findAlike } from '../shared/similarity.ts'
import { generalOptions } from '../shared/options.ts'
import { readCommands } from '../shared/prompt-commands.ts'
import { generateAudio, soundOf } from '../shared/sound.ts'
import { arkPrices } from './prices.ts'
import { describe, specOf, submit, tasksPath } from './submit.ts'
import { defineVendor } from '../define.ts'
import type {
  Accepted,
  Callback,
  ChannelConfig,
  Found,
  HttpAnswer,
  LookupContext,
  Polled,
  VideoRequest
} from '../vendor.ts'

/* Seedance on Volcengine Ark and BytePlus ModelArk. Source: their video generation API pages (others.md §3). */

interface Operation {
  id: string
}

const DAY = 24 * 3600
const PAGE = 100

export const ark = defineVendor<Operation>({
  id: 'ark',
  name: 'Volcengine Ark (Seedance)',
  baseUrl: 'https://ark.cn-beijing.volces.com',
  // keys and models belong to one of them
  regions: [
    { id: 'cn', baseUrl: 'https://ark.cn-beijing.volces.com', label: 'China (Volcengine Ark, Beijing)' },
    {
      id: 'global',
      baseUrl: 'https://ark.ap-southeast.bytepluses.com',
      label: 'Global (BytePlus ModelArk, Johor)',
      keysUrl: 'https://console.byteplus.com/ark/region:ark+ap-southeast-1/apiKey'
    }
  ],
  keysUrl: 'https://console.volcengine.com/ark/region:ark+cn-beijing/apiKey',
  docsUrl: 'https://www.volcengine.com/docs/82379',
  credential: apiKey,
  options: z.strictObject({
    ...generalOptions,
    model_rules: z
      .record(z.string(), z.string())
      .optional()
      .describe(
        'the model behind an endpoint or a plan, whose limits apply, e.g. {"ep-…": "doubao-seedance-2-0-260128"}'
      )
  }),
  models: arkModels,
  prices: arkPrices,
  facts: {
    source: 'Volcengine Ark and BytePlus ModelArk: video generation API, error codes',
    linkSeconds: DAY,
    linkRenews: false,
    downloadNeedsAuth: false,
    progress: false,
    cancel: 'queued',
    lookup: 'list',
    callback: 'unsigned'
  },

  sign: (request, channel) => withApiKey(request, channel),
  readPrompt: readCommands,
  submit,
  // from 1.5 on (others.md §3)
  sound: (video, channel) => soundOf(specOf(video, channel), generateAudio),
  limits: specOf,

  submitted(answer) {
    const { data } = created.safeParse(answer.body)
    return answer.status < 300 && data ? accepted(data.id) : rejected(answer, failureOfAnswer(answer))
  },

  poll: ({ id }, channel) => ({ method: 'GET', path: taskPath(id, channel) }),
  polled(answer) {
    // tasks are stored for 7 days; the answer for a missing one is not documented, so a 404 does not end the task
    if (answer.status >= 300) return { status: 'unchanged', failure: failureOfAnswer(answer) }
    const { data } = arkTask.safeParse(answer.body)
    return data ? polledTask(data) : { status: 'unchanged' }
  },

  // DELETE erases the record of a finished task, so it is only for tasks believed to be queued
  cancel: ({ id }, channel) => ({ method: 'DELETE', path: taskPath(id, channel) }),
  cancelled: answer =>
    answer.status < 300 ? { status: 'cancelled' } : { status: 'unchanged', failure: failureOfAnswer(answer) },

  lookup: (video, channel) => ({
    method: 'GET',
    path: tasksPath(channel),
    query: {
      page_num: '1',
      page_size: String(PAGE),
      'filter.model': video.model,
      // otherwise only tasks of the default tier are listed
      ...(video.metadata.service_tier === 'flex' && { 'filter.service_tier': 'flex' })
    }
  }),
  found,

  callback,

  probe: channel => ({ method: 'GET', path: tasksPath(channel), query: { page_num: '1', page_size: '1' } })
})

const taskPath = (id: string, channel: ChannelConfig) => `${tasksPath(channel)}/${encodeURIComponent(id)}`

const accepted = (id: string): Accepted<Operation> => ({ status: 'accepted', operation: { id }, upstreamId: id })

const created = z.object({ id: z.string().min(1) })

const arkTask = z.object({
  id: z.string().min(1),
  model: textFact,
  status: z.string(),
  content: z.object({ video_url: linkOrNone, last_frame_url: linkOrNone.catch(null) }).nullish(),
  usage: z.object({ completion_tokens: fact }).nullish().catch(null),
  error: arkError.nullish().catch(null),
  created_at: fact,
  seed: fact,
  resolution: textFact,
  ratio: textFact,
  duration: fact,
  framespersecond: fact
})

type ArkTask = z.infer<typeof arkTask>

function polledTask(task: ArkTask): Polled<Operation> {
  switch (task.status) {
    case 'queued':
      return { status: 'queued' }
    case 'succeeded':
      return succeeded(task)
    case 'failed':
      return { status: 'failed', failure: failureOfError(task.error, 'unknown') }
    case 'cancelled':
      return { status: 'failed', failure: failureOfError({ ...task.error, code: null }, 'cancelled') }
    case 'expired':
      return { status: 'failed', failure: failureOfError({ ...task.error, code: null }, 'expired') }
    default:
      return { status: 'running' }
  }
}

function succeeded({ content, usage, duration, framespersecond, seed }: ArkTask): Polled<Operation> {
  const { video_url: url, last_frame_url: lastFrameUrl } = content ?? {}
  if (!url) return noVideo
  const video = {
    at: { url },
    // by `return_last_frame`
    ...(lastFrameUrl && { lastFrameUrl }),
    expiresInSeconds: DAY,
    ...(duration && { seconds: duration }),
    ...(framespersecond && { fps: framespersecond })
  }
  return {
    status: 'succeeded',
    videos: [video],
    // only finished videos are billed, by output tokens
    ...(usage?.completion_tokens && { cost: { amount: usage.completion_tokens, currency: 'ark-tokens' } }),
    ...(typeof seed === 'number' && { seed })
  }
}

const listed = z.object({ items: z.array(z.unknown()), total: z.number().nullish() })

// the list has neither the prompt nor an id of ours, only settings and time
function found(
  answer: HttpAnswer,
  video: VideoRequest,
  channel: ChannelConfig,
  { sentAt }: LookupContext
): Found<Operation> {
  const { data } = listed.safeParse(answer.body)
  const sent = describe(video, channel)
  if (answer.status >= 300 || !data || sent.kind === 'refuse') return { status: 'unclear' }
  const tasks = data.items.flatMap(item => arkTask.safeParse(item).data ?? [])
  const complete = tasks.length === data.items.length && data.items.length < PAGE
  return findAlike(
    tasks.map(task => ({
      ...(typeof task.created_at === 'number' && { createdAt: task.created_at * 1000 }),
      settings: settingsOf(task),
      accepted: accepted(task.id),
      polled: polledTask(task)
    })),
    { sentAt, settings: settingsOf(sent.settings) },
    complete
  )
}

// the list shows what `adaptive` and -1 became
function settingsOf({ ratio, resolution, duration, seed }: Record<string, unknown>): Record<string, unknown> {
  const fixed = (value: unknown) => (value === 'adaptive' || value === -1 ? undefined : value)
  return { ratio: fixed(ratio), resolution, duration: fixed(duration), seed: fixed(seed) }
}

function callback({ rawBody }: { rawBody: string }): Callback {
  const { data } = created.safeParse(parseLossless(rawBody))
  return data ? { status: 'accepted', upstreamId: data.id } : unknownBody
}
