import { z } from 'zod'
import { isRecord, recordOf } from '../../lib/records.ts'
import { table } from '../../lib/table.ts'
import { excerpt, kindOfStatus, rejected, retryAfter, surelyRejected } from '../shared/http-failure.ts'
import { noVideo } from '../shared/task-failure.ts'
import { placesIn } from './workflow.ts'
import type { Failure, HttpAnswer, Polled, ProducedFile, Submitted } from '../vendor.ts'

/* Reads ComfyUI's answers. Source: docs.comfy.org, "Server routes"; the lists of /queue and the errors of /prompt: its server.py and execution.py. */

export interface Operation {
  id: string
  /** how many polls in a row found it neither in the history nor in the queue */
  absent?: number
}

/** it may end between the look at the history and the one at the queue; after this many polls in a row it is gone */
const GONE_AFTER = 3

/** `graph`: the workflow that was sent, with its places; `given`: whether the client gave the value of a place. */
export function submitted(answer: HttpAnswer, graph: unknown, given: (place: string) => boolean): Submitted<Operation> {
  const id = started.safeParse(answer.body).data?.prompt_id
  if (answer.status < 300 && id) return { status: 'accepted', operation: { id }, upstreamId: id }
  // an error in its own words: the workflow was not queued
  const failure = valueRefused(answer.body, graph, given) ?? failureOf(answer)
  return failure.code === undefined ? rejected(answer, failure) : surelyRejected(failure)
}

export function polled(answer: HttpAnswer, operation: Operation): Polled<Operation> {
  const { status, body } = answer
  if (status >= 300 || !isRecord(body)) return unreadable(answer)
  if (!Object.hasOwn(body, operation.id))
    return { status: 'follow', request: { method: 'GET', path: '/queue' }, read: queue => inQueue(queue, operation) }
  const { data } = entry.safeParse(body[operation.id])
  return data ? stateOf(data) : { status: 'unchanged' }
}

// a restart, or whoever clears the queue, makes a prompt vanish
function inQueue(answer: HttpAnswer, { id, absent = 0 }: Operation): Polled<Operation> {
  const { data } = queue.safeParse(answer.body)
  if (answer.status >= 300 || !data) return unreadable(answer)
  const found = absent ? { operation: { id } } : {}
  const isIn = (list: unknown[]) => list.some(item => Array.isArray(item) && item[1] === id)
  if (isIn(data.queue_running)) return { status: 'running', ...found }
  if (isIn(data.queue_pending)) return { status: 'queued', ...found }
  if (absent + 1 < GONE_AFTER) return { status: 'running', operation: { id, absent: absent + 1 } }
  const message = 'ComfyUI does not know this prompt: it was restarted, or its queue or history was cleared.'
  return { status: 'failed', failure: { kind: 'not_found', message } }
}

const unreadable = (answer: HttpAnswer): Polled<Operation> => ({
  status: 'unchanged',
  ...(answer.status >= 300 && { failure: failureOf(answer) })
})

const started = z.object({ prompt_id: z.string().min(1) })
// items: [number, prompt id, workflow, …]
const queue = z.object({ queue_running: z.array(z.unknown()), queue_pending: z.array(z.unknown()) })
const file = z.object({ filename: z.string().min(1), subfolder: z.string().nullish(), type: z.string().nullish() })
const entry = z.object({
  outputs: z.record(z.string(), z.record(z.string(), z.unknown()).catch({})).catch({}),
  status: z
    .object({ status_str: z.string().nullish(), completed: z.boolean().nullish(), messages: z.unknown().optional() })
    .nullish()
    .catch(null)
})

function stateOf({ outputs, status }: z.infer<typeof entry>): Polled<Operation> {
  if (status?.status_str === 'error') return { status: 'failed', failure: errorIn(status.messages) }
  // savers call their list images, gifs or videos: the file's name says what it is
  const files = Object.values(outputs)
    .flatMap(output => Object.values(output))
    .flatMap(list => (Array.isArray(list) ? list : []))
    .flatMap(one => file.safeParse(one).data ?? [])
    .filter(({ filename, type }) => /\.(mp4|webm|mov|mkv|gif|webp)$/i.test(filename) && type !== 'temp')
  const [first, ...others] = files.map(produced)
  if (first) return { status: 'succeeded', videos: [first, ...others] }
  // only its own word ends a task without a file
  return status?.status_str === 'success' && status.completed === true ? noVideo : { status: 'running' }
}

const produced = ({ filename, subfolder, type }: z.infer<typeof file>): ProducedFile => ({
  at: {
    fetch: { method: 'GET', path: '/view', query: { filename, subfolder: subfolder ?? '', type: type ?? 'output' } }
  }
})

// messages: ["execution_error", {exception_message, node_type, …}]
function errorIn(messages: unknown): Failure {
  const list: unknown[] = Array.isArray(messages) ? messages : []
  const details = list
    .filter(one => Array.isArray(one) && (one[0] === 'execution_error' || one[0] === 'execution_interrupted'))
    .map(one => ({ name: String((one as unknown[])[0]), told: recordOf((one as unknown[])[1]) })) // arrays, by the filter
  const [last] = details.slice(-1)
  if (last?.name === 'execution_interrupted') return { kind: 'cancelled', message: 'The workflow was interrupted.' }
  const { exception_message: text, exception_type: type } = last?.told ?? {}
  return {
    kind: 'server',
    message: typeof text === 'string' && text !== '' ? text : 'The workflow failed.',
    ...(typeof type === 'string' && type !== '' && { code: type })
  }
}

const refusal = z.object({
  error: z.object({ type: z.string().min(1), message: z.string().nullish(), details: z.string().nullish() })
})

/** A workflow that does not validate is the operator's: an unknown node, a model that is not there. */
export function failureOf(answer: HttpAnswer): Failure {
  const { data } = refusal.safeParse(answer.body)
  if (!data) return { kind: kindOfStatus(answer.status), message: excerpt(answer), ...retryAfter(answer) }
  const { type, message, details } = data.error
  return {
    kind: 'misconfigured',
    message: [message ?? type, details].filter(Boolean).join(': '),
    code: type,
    modelOnly: true
  }
}

const validation = z.object({
  node_errors: z.record(
    z.string(),
    z.object({
      errors: z.array(
        z.object({
          type: z.string(),
          message: z.string().catch(''),
          details: z.string().catch(''),
          extra_info: z.object({ input_name: z.string() })
        })
      )
    })
  )
})

const valueErrors = ['value_smaller_than_min', 'value_bigger_than_max', 'value_not_in_list']

/** Returns a failure of the request where every node at fault was given a value of the client's that it does not accept; else undefined. */
function valueRefused(body: unknown, graph: unknown, given: (place: string) => boolean): Failure | undefined {
  const { data } = validation.safeParse(body)
  const faults = Object.entries(data?.node_errors ?? {}).flatMap(([node, { errors }]) =>
    errors.map(({ type, message, details, extra_info }) => {
      const input = recordOf(recordOf(recordOf(graph)[node]).inputs)[extra_info.input_name]
      const place = valueErrors.includes(type) ? [...placesIn(input).keys()].find(given) : undefined
      return { place, code: type, message: [message, details].filter(Boolean).join(': ') || type }
    })
  )
  const [first] = faults
  // a model that is not there is a value that is not in a list, too, but the workflow's own
  if (!first || faults.some(({ place }) => place === undefined)) return undefined
  const { code, message, place = '' } = first
  return { kind: 'invalid_request', message, code, param: fields[place] ?? place }
}

const fields = table<string>({
  seconds: 'duration',
  frames: 'duration',
  width: 'size',
  height: 'size',
  last_image: 'image'
})
