import { z } from 'zod'
import { parseLossless } from '../../lib/json.ts'
import { link } from '../shared/answer-fields.ts'
import { excerpt } from '../shared/http-failure.ts'
import { unknownBody } from '../shared/reasons.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import {
  isAbsent,
  isGone,
  kindOfText,
  mayExist,
  readEnvelope,
  readFailure,
  submitFailure,
  text,
  type Reading
} from './failures.ts'
import { table } from '../../lib/table.ts'
import { defined } from '../../lib/defined.ts'
import type { ProducedFile, Callback, Cost, HttpAnswer, Polled, Submitted } from '../vendor.ts'

/* Kling's answers, legacy (`task_id`, `task_status`, `succeed`) and standard (`id`, `status`, `succeeded`) alike: kling.md §2.6, §3.5. */

export interface KlingTask {
  id: string
  /** the echoed `external_task_id`; absent when there is none */
  reference?: string
  createdAt?: number
  polled: Polled<never>
}

// a malformed field besides the id must not lose a paid task
const taskSchema = z.object({
  task_id: text,
  id: text,
  task_status: text,
  status: text,
  task_status_msg: text,
  message: text,
  task_info: z.object({ external_task_id: text }).nullish().catch(null),
  external_id: text,
  created_at: text,
  create_time: text,
  task_result: z
    .object({ videos: z.array(z.object({ url: text, duration: text, cover_url: text, sheet_url: text })).nullish() })
    .nullish()
    .catch(null),
  outputs: z
    .array(z.object({ type: text, url: text, duration: text, cover_url: text, sheet_url: text }))
    .nullish()
    .catch(null),
  final_unit_deduction: text,
  billing: z
    .array(z.object({ charge_type: text, amount: text, currency: text }))
    .nullish()
    .catch(null)
})

type TaskAnswer = z.infer<typeof taskSchema>

const states = table<'queued' | 'running' | 'succeeded' | 'failed'>({
  submitted: 'queued',
  processing: 'running',
  succeed: 'succeeded',
  succeeded: 'succeeded',
  failed: 'failed'
})

/** Reads the answer to a submit. */
export function asSubmitted<Operation>(
  answer: HttpAnswer,
  reading: Reading,
  operationOf: (id: string) => Operation
): Submitted<Operation> {
  const failure = submitFailure(answer, reading)
  if (!failure) {
    const task = readTasks(answer, reading)?.[0]
    if (task) {
      const running = task.polled.status !== 'queued'
      return { status: 'accepted', operation: operationOf(task.id), upstreamId: task.id, ...(running && { running }) }
    }
    return { status: 'rejected', failure: { kind: 'unknown', message: excerpt(answer) }, outcomeUnknown: true }
  }
  return { status: 'rejected', failure, ...(mayExist(answer, failure) && { outcomeUnknown: true }) }
}

/**
 * Reads the answer to a poll. Of all refusals only "does not exist" says something about the task.
 * `standard`: that API returns an empty list for an unknown id (kling.md §2.6, live); its 404 means that the path is wrong.
 */
export function asPolled(answer: HttpAnswer, reading: Reading, id: string, standard: boolean): Polled<never> {
  const failure = readFailure(answer, reading)
  if (failure) {
    return !standard && isGone(answer, failure)
      ? { status: 'failed', failure: { ...failure, kind: 'not_found' } }
      : { status: 'unchanged', failure }
  }
  const tasks = readTasks(answer, reading)
  if (!tasks) return { status: 'unchanged' }
  if (tasks.length === 0 && standard && readEnvelope(answer)?.code === '0')
    return { status: 'failed', failure: { kind: 'not_found', message: textOfKind('not_found') } }
  return tasks.find(task => task.id === id)?.polled ?? { status: 'unchanged' }
}

/** Returns the tasks that a lookup found; empty only when they surely do not exist. `standard` as above. */
export function answeredTasks(answer: HttpAnswer, reading: Reading, standard: boolean): KlingTask[] | 'unclear' {
  const envelope = readEnvelope(answer)
  // a 404 without an envelope may come from a proxy, and an absent task is sent again
  if (envelope?.code === undefined && envelope?.message === undefined) return 'unclear'
  const failure = readFailure(answer, reading)
  if (!failure) return isEmpty(envelope.data) && envelope.code === '0' ? [] : (readTasks(answer, reading) ?? 'unclear')
  return !standard && isAbsent(answer, failure) ? [] : 'unclear'
}

/** Reads a callback: only the id of the task is used. */
export function readCallback(rawBody: string): Callback {
  const task = taskSchema.pick({ task_id: true, id: true }).safeParse(parseLossless(rawBody))
  const id = task.data?.task_id ?? task.data?.id
  return filled(id) ? { status: 'accepted', upstreamId: String(id) } : unknownBody
}

// undefined: not a documented answer
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
      ...(filled(createdAt) && { createdAt: Number(createdAt) }),
      polled: readState(parsed.data, reading)
    })
  }
  return tasks
}

function readState(task: TaskAnswer, reading: Reading): Polled<never> {
  const state = states[String(task.task_status ?? task.status)] ?? 'running'
  if (state === 'queued' || state === 'running') return { status: state }
  const cost = readCost(task, reading)
  if (state === 'failed') {
    const message = String(task.task_status_msg ?? task.message ?? '') || textOfKind('unknown')
    return { status: 'failed', failure: { kind: kindOfText(message), message }, ...defined({ cost }) }
  }
  const [first, ...rest] = readVideos(task, reading)
  if (!first) return { status: 'unchanged', failure: noVideo.failure }
  return { status: 'succeeded', videos: [first, ...rest], ...defined({ cost }) }
}

function readVideos({ task_result, outputs }: TaskAnswer, { linkSeconds }: Reading): ProducedFile[] {
  const videos = task_result?.videos ?? outputs?.filter(({ type }) => type == null || type === 'video') ?? []
  return videos
    .filter(({ url }) => link.safeParse(url).success)
    .map(({ url, duration, cover_url: cover, sheet_url: sheet }) => ({
      at: { url: String(url) },
      // the sandbox's
      ...(link.safeParse(cover).success && { coverUrl: String(cover) }),
      ...(link.safeParse(sheet).success && { sheetUrl: String(sheet) }),
      ...(Number(duration) > 0 && { seconds: Number(duration) }),
      ...defined({ expiresInSeconds: linkSeconds })
    }))
}

// `billing` may list a deduction per package: those in the first one's currency are summed
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
