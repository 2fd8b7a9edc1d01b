import { isRecord } from '../../lib/records.ts'
import { defined } from '../../lib/defined.ts'
import { table } from '../../lib/table.ts'
import { link } from '../shared/answer-fields.ts'
import { excerpt, kindOfStatus, rejected, retryAfter } from '../shared/http-failure.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import { usualWords, type Wire } from './presets.ts'
import type { Failure, FailureKind, HttpAnswer, Polled, Submitted } from '../vendor.ts'

/* Reads the answers of aggregators, by the paths and words of a channel. */

export interface PredictionOperation {
  id: string
  /** how many polls in a row did not know it */
  unknown?: number
}

/** it may be unknown shortly after its submit; after this many answers in a row it does not exist */
const GONE_AFTER = 5

export function submitted(answer: HttpAnswer, wire: Wire): Submitted<PredictionOperation> {
  const id = textAt(answer.body, wire.id_at)
  if (answer.status >= 300 || id === undefined || refusalCode(answer.body) !== undefined)
    return rejected(answer, failureOf(answer, wire))
  const isRunning = stateOf(answer.body, wire) === 'running' && textAt(answer.body, wire.status_at) !== undefined
  return { status: 'accepted', operation: { id }, upstreamId: id, ...(isRunning && { running: true }) }
}

export function polled(
  answer: HttpAnswer,
  { id, unknown = 0 }: PredictionOperation,
  wire: Wire
): Polled<PredictionOperation> {
  const { status, body } = answer
  const word = textAt(body, wire.status_at)?.toLowerCase()
  if (status >= 300 || word === undefined) {
    if (status < 300 && refusalCode(body) === undefined) return { status: 'unchanged' }
    const failure = failureOf(answer, wire)
    if (!isUnknown(answer, wire)) return { status: 'unchanged', failure }
    if (unknown + 1 < GONE_AFTER) return { status: 'unchanged', failure, operation: { id, unknown: unknown + 1 } }
    return { status: 'failed', failure }
  }
  const known = unknown ? { operation: { id } } : {}
  switch (stateOf(body, wire)) {
    case 'queued':
      return { status: 'queued', ...known }
    case 'running':
      return { status: 'running', ...known }
    case 'failed': {
      const message = textAt(body, wire.error_at)
      const code = wire.error_code_at === undefined ? undefined : textAt(body, wire.error_code_at)
      const kind = ends[word] ?? kindOfText(message ?? '')
      return { status: 'failed', failure: { kind, message: message || textOfKind(kind), ...defined({ code }) } }
    }
    case 'succeeded': {
      const [first, ...others] = linksIn(valueAt(body, wire.outputs_at)).map(url => ({ at: { url } }))
      return first ? { status: 'succeeded', videos: [first, ...others] } : noVideo
    }
  }
}

/** Returns the failure in an answer: the envelope's own code, which some send with HTTP 200, counts like an HTTP status. */
export function failureOf(answer: HttpAnswer, wire: Wire): Failure {
  const code = refusalCode(answer.body)
  const status = code ?? answer.status
  const message = textOf(answer, wire) ?? excerpt(answer)
  const isRefused = refusals.has(status) && isPolicy.test(message)
  const kind = status < 300 ? 'unknown' : isRefused ? 'content_policy' : kindOfStatus(status)
  return { kind, message, ...(code !== undefined && { code: String(code) }), ...retryAfter(answer) }
}

function textOf({ body }: HttpAnswer, wire: Wire): string | undefined {
  const others = ['message', 'msg', 'error.message', 'error', 'detail', 'errorMessage']
  return [wire.error_at, ...others].map(path => textAt(body, path)).find(text => text !== undefined)
}

/** Whether an answer says in its own words that there is no such prediction: a proxy's 404 does not. */
function isUnknown(answer: HttpAnswer, wire: Wire): boolean {
  const code = refusalCode(answer.body)
  return code === undefined ? answer.status === 404 && textOf(answer, wire) !== undefined : code === 404
}

// an envelope's `code` is 0 or 200 when all is well
function refusalCode(body: unknown): number | undefined {
  const code = isRecord(body) ? Number(body.code) : Number.NaN
  return Number.isInteger(code) && code >= 300 && code < 600 ? code : undefined
}

function stateOf(body: unknown, wire: Wire): 'queued' | 'running' | 'succeeded' | 'failed' {
  const word = textAt(body, wire.status_at)?.toLowerCase() ?? ''
  const states = ['succeeded', 'failed', 'queued'] as const
  return states.find(state => (wire[state] ?? usualWords[state]).some(one => one.toLowerCase() === word)) ?? 'running'
}

const ends = table<FailureKind>({ cancelled: 'cancelled', canceled: 'cancelled', expired: 'expired' })

// of a key, a balance or a limit such a word says nothing: `flagged for too many requests`
const refusals = new Set([400, 403, 422])
const isPolicy = /moderat|sensitive|nsfw|safety|content polic|flagged|prohibited/i

const kindOfText = (text: string): FailureKind => (isPolicy.test(text) ? 'content_policy' : 'unknown')

/** Returns the value at a dotted path; a text on the way is read as JSON. */
function valueAt(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    const inner = typeof value === 'string' ? parsed(value) : value
    // names come from options: `constructor` is in no answer
    return isRecord(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined
  }, body)
}

function textAt(body: unknown, path: string): string | undefined {
  const value = valueAt(body, path)
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Returns the links in a text, a list, or objects with one (`url`, `video`), at most `depth` levels down. */
function linksIn(value: unknown, depth = 4): string[] {
  if (depth === 0) return []
  if (typeof value === 'string') {
    const url = link.safeParse(value).data
    if (url !== undefined) return [url]
    return /^[[{"]/.test(value) ? linksIn(parsed(value), depth - 1) : []
  }
  if (Array.isArray(value)) return value.flatMap(one => linksIn(one, depth - 1))
  if (!isRecord(value)) return []
  const { url, video, video_url: other } = value
  return [url, video, other].map(one => linksIn(one, depth - 1)).find(found => found.length > 0) ?? []
}
