import { z } from 'zod'
import { textOfKind } from '../shared/task-failure.ts'
import { complaintOf, type Complaint } from './failures.ts'
import { isRecord } from '../../lib/records.ts'
import { table } from '../../lib/table.ts'
import type { FailureKind } from '../vendor.ts'

/*
 * OpenAI's video object as it is returned by OpenAI itself, new-api and its forks, vLLM-Omni, OpenRouter, Azure and other reelays.
 * Where a field may be found: vendors/others.md §1c, "tolerant parser rules".
 */

type State = 'queued' | 'running' | 'completed' | 'failed'

export interface WireVideo {
  id?: string
  /** null when the answer has no status */
  state: State | null
  /** the kind of failure that the status itself names */
  kind?: FailureKind
  complaint: Complaint | null
  progress?: number
  url?: string
  /** unix seconds */
  createdAt?: number
  expiresAt?: number
  model?: string
  prompt?: string
  seconds?: number
  size?: string
  seed?: number
  /** facts of the result, from `metadata` */
  result: { seconds?: number; width?: number; height?: number; fps?: number }
}

const states = table<State>({
  queued: 'queued',
  pending: 'queued',
  submitted: 'queued',
  not_start: 'queued',
  created: 'queued',
  in_progress: 'running',
  preprocessing: 'running',
  processing: 'running',
  running: 'running',
  generating: 'running',
  unknown: 'running', // new-api, before its first poll
  completed: 'completed',
  succeeded: 'completed',
  success: 'completed',
  succeed: 'completed',
  complete: 'completed',
  finished: 'completed',
  ready: 'completed',
  done: 'completed',
  failed: 'failed',
  failure: 'failed',
  error: 'failed',
  rejected: 'failed',
  timeout: 'failed',
  timed_out: 'failed',
  cancelled: 'failed',
  canceled: 'failed',
  deleted: 'failed', // SGLang
  expired: 'failed'
})

const failedWords = table<FailureKind>({
  cancelled: 'cancelled',
  canceled: 'cancelled',
  deleted: 'cancelled',
  expired: 'expired',
  timeout: 'expired',
  timed_out: 'expired'
})

// a field of an unexpected type counts as absent: one malformed field must not lose the answer of a paid task
const text = z.string().min(1).nullish().catch(null)
const number = z.coerce.number().finite().nullish().catch(null)
const id = z
  .union([z.string().min(1), z.number().transform(String)])
  .nullish()
  .catch(null)
const linked = z.object({ url: text, video_url: text }).nullish().catch(null)
const layer = z.object({
  id,
  task_id: id,
  request_id: id,
  status: text,
  progress: z.union([z.number(), z.string()]).nullish().catch(null),
  fail_reason: text,
  failure_reason: text,
  url: text,
  video_url: text,
  result_url: text,
  metadata: z
    .object({ url: text, duration: number, width: number, height: number, fps: number, seed: number })
    .nullish()
    .catch(null),
  video: linked,
  output: linked,
  outputs: linked,
  content: linked,
  unsigned_urls: z.array(z.string()).nullish().catch(null),
  created_at: number,
  expires_at: number,
  seconds: number,
  size: text,
  model: text,
  prompt: text,
  remixed_from_video_id: text
})
type Layer = z.infer<typeof layer>

/** Reads a video object, bare or in new-api's `{code,data}`; null when the answer is not an object. */
export function readVideo(body: unknown): WireVideo | null {
  if (!isRecord(body)) return null
  const layers = [body, body.data].filter(isRecord).map(one => layer.parse(one))
  const first = <Value>(pick: (one: Layer) => Value | null | undefined): Value | undefined => {
    for (const one of layers) {
      const value = pick(one)
      if (value !== null && value !== undefined) return value
    }
    return undefined
  }
  const word = first(one => one.status)
    ?.trim()
    .toLowerCase()
  const state = word === undefined ? null : (states[word] ?? 'running')
  const metadata = first(one => one.metadata) ?? {}
  const found = {
    id: first(one => one.id ?? one.task_id) ?? first(one => one.request_id),
    kind: failedWords[word ?? ''],
    progress: percent(first(one => one.progress)),
    url: first(linkIn),
    createdAt: unixSeconds(first(one => one.created_at)),
    expiresAt: unixSeconds(first(one => one.expires_at)),
    model: first(one => one.model),
    prompt: first(one => one.prompt),
    seconds: first(one => one.seconds),
    size: first(one => one.size),
    seed: metadata.seed
  }
  const reason = state === 'failed' ? first(one => one.fail_reason) : undefined
  return {
    state,
    complaint: complaintIn(body) ?? complaintIn(body.data) ?? (reason === undefined ? null : { message: reason }),
    result: known({
      seconds: metadata.duration,
      width: metadata.width,
      height: metadata.height,
      fps: metadata.fps
    }),
    ...known(found)
  }
}

function complaintIn(value: unknown): Complaint | null {
  if (!isRecord(value) || !saysSomething(value.error)) return null
  return complaintOf({ error: value.error }) ?? { message: textOfKind('unknown') }
}

// some upstreams send `{}`, `{message: null}` or `"none"` when there is no error
function saysSomething(error: unknown): boolean {
  if (typeof error === 'string') return !nothing.has(error.trim().toLowerCase())
  if (typeof error === 'object' && error !== null) return Object.values(error).some(saysSomething)
  return Boolean(error)
}

const nothing = new Set(['', 'none', 'null', 'nil', 'no error', 'ok', 'success', 'n/a'])

// on failure new-api puts the reason into `result_url`: only a URL or a path counts
function linkIn(one: Layer): string | undefined {
  const { metadata, video, output, outputs, content } = one
  const places = [
    metadata?.url,
    one.url,
    one.video_url,
    video?.url,
    output?.url,
    one.unsigned_urls?.[0],
    outputs?.video_url,
    one.result_url,
    content?.video_url,
    // some forks of new-api put the result here
    one.remixed_from_video_id
  ]
  return places.find(place => typeof place === 'string' && /^(https?:\/\/|data:|\/)/.test(place)) ?? undefined
}

type Known<Fields> = { [Key in keyof Fields]?: NonNullable<Fields[Key]> }

function known<Fields extends object>(fields: Fields): Known<Fields> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)
  // true because only null and undefined are left out
  return Object.fromEntries(entries) as Known<Fields>
}

function percent(value: number | string | undefined): number | undefined {
  const progress = typeof value === 'string' ? Number.parseFloat(value) : value
  return progress === undefined || Number.isNaN(progress) ? undefined : Math.min(Math.max(Math.round(progress), 0), 100)
}

// new-api's Kling channel sends milliseconds
function unixSeconds(value: number | undefined): number | undefined {
  if (value === undefined || value <= 0) return undefined
  return Math.floor(value > 1e11 ? value / 1000 : value)
}
