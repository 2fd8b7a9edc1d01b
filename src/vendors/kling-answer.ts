import { z } from 'zod'
import { parseLossless } from '../lib/json.ts'
import { excerpt, kindOfStatus, retryAfter } from './http-failure.ts'
import type { Asset, Callback, Cost, Failure, FailureKind, HttpAnswer, Polled, Submitted } from './vendor.ts'

/* Kling's answers, legacy (`task_id`, `task_status`, `succeed`) and standard (`id`, `status`, `succeeded`) alike: kling.md §2.6, §3.5, §5. */

/** What differs between those who serve Kling's answers. */
export interface Reading {
  /** seconds a result link lives, where documented */
  linkSeconds?: number
  /** the currency of `final_unit_deduction`, e.g. `kling-units` */
  units: string
  /** a refusal without one of Kling's codes */
  withoutCode(status: number, message: string): FailureKind
}

export interface KlingTask {
  id: string
  /** the echo of `external_task_id`; absent when there is none */
  reference?: string
  createdAt?: number
  polled: Polled<never>
}

const text = z.union([z.string(), z.number()]).nullish()

const envelopeSchema = z.object({ code: text, message: text, data: z.unknown().nullish() })

const taskSchema = z.object({
  task_id: text,
  id: text,
  task_status: text,
  status: text,
  task_status_msg: text,
  message: text,
  task_info: z.object({ external_task_id: text }).nullish(),
  external_id: text,
  created_at: z.number().nullish(),
  create_time: z.number().nullish(),
  task_result: z.object({ videos: z.array(z.object({ url: text, duration: text })).nullish() }).nullish(),
  outputs: z.array(z.object({ type: text, url: text, duration: text })).nullish(),
  final_unit_deduction: text,
  billing: z.array(z.object({ charge_type: text, amount: text, currency: text })).nullish()
})

type TaskAnswer = z.infer<typeof taskSchema>

const words: Record<string, 'queued' | 'running' | 'succeeded' | 'failed'> = {
  submitted: 'queued',
  processing: 'running',
  succeed: 'succeeded',
  succeeded: 'succeeded',
  failed: 'failed'
}

const kinds: Record<string, FailureKind> = {
  '1000': 'auth',
  '1001': 'auth',
  '1002': 'auth',
  '1003': 'auth',
  '1004': 'auth',
  '1100': 'permission',
  '1101': 'insufficient_balance',
  '1102': 'insufficient_balance',
  '1103': 'permission',
  '1200': 'invalid_request',
  '1201': 'invalid_request',
  '1202': 'invalid_request',
  '1203': 'invalid_request',
  '1300': 'content_policy',
  '1301': 'content_policy',
  '1302': 'rate_limit',
  '1303': 'concurrency_limit',
  '1304': 'permission',
  '5000': 'server',
  '5001': 'server',
  '5002': 'server'
}

const NOT_FOUND = '1203'
const TIMED_OUT = '5002'

/** What a submit was answered. */
export function asSubmitted<Operation>(
  answer: HttpAnswer,
  reading: Reading,
  operationOf: (id: string) => Operation
): Submitted<Operation> {
  const failure = readFailure(answer, reading)
  if (!failure) {
    const task = readTasks(answer, reading)?.[0]
    if (task) {
      const running = task.polled.status !== 'queued'
      return { status: 'accepted', operation: operationOf(task.id), upstreamId: task.id, ...(running && { running }) }
    }
    return { status: 'rejected', failure: { kind: 'unknown', message: excerpt(answer) }, outcomeUnknown: true }
  }
  // a code of Kling's own is a decision, but for the timeout; without one a 5xx may hide a task that was taken
  const { code } = failure
  const outcomeUnknown = code && kinds[code] ? code === TIMED_OUT || answer.status === 504 : answer.status >= 500
  return { status: 'rejected', failure, ...(outcomeUnknown && { outcomeUnknown }) }
}

/** What a poll was answered. Refusals of the question teach nothing about the task. */
export function asPolled(answer: HttpAnswer, reading: Reading, id: string): Polled<never> {
  const failure = readFailure(answer, reading)
  if (failure) return { status: 'unchanged', failure }
  const tasks = readTasks(answer, reading)
  if (!tasks) return { status: 'unchanged' }
  // the standard API answers an empty list for an id that it does not know (kling.md §2.6, live)
  if (tasks.length === 0) return { status: 'failed', failure: { kind: 'not_found', message: 'no such task' } }
  return tasks.find(task => task.id === id)?.polled ?? { status: 'unchanged' }
}

/** The tasks that a lookup found; empty only when they surely do not exist. */
export function answeredTasks(answer: HttpAnswer, reading: Reading): KlingTask[] | 'unclear' {
  const envelope = readEnvelope(answer)
  if (!envelope) return 'unclear'
  const failure = readFailure(answer, reading)
  if (!failure) return isEmpty(envelope.data) && envelope.code === '0' ? [] : (readTasks(answer, reading) ?? 'unclear')
  const gone = envelope.code === undefined ? answer.status === 404 : envelope.code === NOT_FOUND
  // the same 404 says that a model or an endpoint is missing (kling.md §5, cloudsway.md §5)
  const aboutTheTask = !/model|endpoint|provider|balancer|passageway/i.test(failure.message)
  return gone && aboutTheTask ? [] : 'unclear'
}

/** A callback is a task or the beginning of one: which one it is, is all that is believed. */
export function readCallback(rawBody: string): Callback {
  const task = taskSchema.pick({ task_id: true, id: true }).safeParse(parseLossless(rawBody))
  const id = task.data?.task_id ?? task.data?.id
  return filled(id) ? { status: 'accepted', upstreamId: String(id) } : { status: 'refused', reason: 'not a task' }
}

/** The refusal in an answer; null when it is none. Kling's codes go before the HTTP status: 429 is also an empty account. */
export function readFailure(answer: HttpAnswer, reading: Reading): Failure | null {
  const { code, message } = readEnvelope(answer) ?? {}
  const fine = answer.status >= 200 && answer.status < 300
  if (fine && (code === undefined || code === '0')) return null
  const said = message || excerpt(answer)
  const known = code === undefined ? undefined : kinds[code]
  return {
    kind: known ?? (fine ? 'unknown' : reading.withoutCode(answer.status, said)),
    message: said,
    ...(code !== undefined && code !== '0' && { code }),
    ...retryAfter(answer)
  }
}

/** The kind of failure that an HTTP status alone tells at Kling. */
export function withoutCode(status: number): FailureKind {
  return status === 404 ? 'invalid_request' : kindOfStatus(status)
}

function readEnvelope({ body }: HttpAnswer) {
  const parsed = envelopeSchema.safeParse(body)
  if (!parsed.success) return undefined
  const { code, message, data } = parsed.data
  return { ...(code != null && { code: String(code) }), ...(message != null && { message: String(message) }), data }
}

// undefined: not what the documents say
function readTasks(answer: HttpAnswer, reading: Reading): KlingTask[] | undefined {
  const data = readEnvelope(answer)?.data
  if (data == null) return undefined
  const tasks: KlingTask[] = []
  for (const one of [data].flat()) {
    const parsed = taskSchema.safeParse(one)
    const id = parsed.data?.task_id ?? parsed.data?.id
    if (!parsed.success || !filled(id)) return undefined
    const reference = parsed.data.task_info?.external_task_id ?? parsed.data.external_id
    const createdAt = parsed.data.created_at ?? parsed.data.create_time
    tasks.push({
      id: String(id),
      ...(filled(reference) && { reference: String(reference) }),
      ...(createdAt != null && { createdAt }),
      polled: readState(parsed.data, reading)
    })
  }
  return tasks
}

function readState(task: TaskAnswer, reading: Reading): Polled<never> {
  const state = words[String(task.task_status ?? task.status)] ?? 'running'
  if (state === 'queued' || state === 'running') return { status: state }
  const cost = readCost(task, reading)
  if (state === 'failed') {
    const message = String(task.task_status_msg ?? task.message ?? '') || 'the generation failed'
    return { status: 'failed', failure: { kind: kindOfText(message), message }, ...(cost && { cost }) }
  }
  const [first, ...rest] = readVideos(task, reading)
  if (!first) return { status: 'unchanged', failure: { kind: 'server', message: 'succeeded without a video' } }
  return { status: 'succeeded', videos: [first, ...rest], ...(cost && { cost }) }
}

// a failed task has only a text (kling.md §3.5)
function kindOfText(message: string): FailureKind {
  return /\brisk|safety|sensitive|policy|policies|violat|prohibit|nsfw|moderation|审核|敏感|违规|风控/i.test(message)
    ? 'content_policy'
    : 'server'
}

function readVideos({ task_result, outputs }: TaskAnswer, { linkSeconds }: Reading): Asset[] {
  const videos = task_result?.videos ?? outputs?.filter(({ type }) => type == null || type === 'video') ?? []
  return videos
    .filter(({ url }) => filled(url))
    .map(({ url, duration }) => ({
      at: { url: String(url) },
      ...(Number(duration) > 0 && { seconds: Number(duration) }),
      ...(linkSeconds !== undefined && { expiresInSeconds: linkSeconds })
    }))
}

// `billing` may hold a deduction per package: of the first one's currency, all are summed
function readCost({ final_unit_deduction, billing }: TaskAnswer, { units }: Reading): Cost | undefined {
  if (filled(final_unit_deduction)) return costOf(Number(final_unit_deduction), units)
  const charges = (billing ?? []).map(({ charge_type, amount, currency }) => ({
    amount: Number(amount),
    currency: charge_type === 'cash' && filled(currency) ? String(currency) : units
  }))
  const currency = charges[0]?.currency
  if (currency === undefined) return undefined
  return costOf(
    charges.filter(charge => charge.currency === currency).reduce((sum, { amount }) => sum + amount, 0),
    currency
  )
}

const costOf = (amount: number, currency: string) => (Number.isFinite(amount) ? { amount, currency } : undefined)

const filled = (value: unknown) => value != null && value !== ''

const isEmpty = (data: unknown) =>
  data == null || data === '' || (typeof data === 'object' && Object.keys(data).length === 0)
