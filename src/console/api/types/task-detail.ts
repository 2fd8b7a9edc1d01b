import type { Delivery } from './webhooks.ts'
import type { Named } from './shared.ts'
import type { Task } from './tasks.ts'

export type StepKind =
  | 'queued'
  | 'submit'
  | 'reconcile'
  | 'running'
  | 'poll'
  | 'archived'
  | 'delivery'
  | 'cancel'
  | 'decided'

/** One line of a task's timeline. */
export interface Step {
  kind: StepKind
  at_ms: number
  ended_at_ms: number | null
  /** the id of an attempt */
  attempt: string | null
  channel: Named | null
  note: string | null
  /** how many polls are folded into one line */
  count: number | null
}

export interface TaskFile {
  variant: 'video' | 'thumbnail' | 'last_frame' | 'spritesheet'
  number: number
  state: string
  bytes: number | null
  type: string | null
  width: number | null
  height: number | null
  fps: number | null
  codec: string | null
  seconds: number | null
  kept_until: number | null
}

export interface Attempt {
  id: string
  channel: Named
  upstream_model: string
  upstream_id: string | null
  outcome: string | null
  failure: { kind: string; code: string | null; message: string } | null
  cost: string | null
  started_at_ms: number
  ended_at_ms: number | null
}

export interface LedgerEntry {
  id: string
  kind: 'hold' | 'capture' | 'release' | 'adjust'
  amount: string
  currency: string
  reason: string | null
  created_at: number
}

/** What was asked, as it was kept: either a link, or what the bytes were. */
export interface AskedImage {
  role: 'first' | 'last' | 'reference'
  type: string | null
  bytes: number | null
  sha256: string | null
  url: string | null
}

/** The fields of a create request under our own names. */
export interface AskedRequest {
  model?: string
  prompt?: string
  negative_prompt?: string
  seconds?: number
  size?: string
  width?: number
  height?: number
  fps?: number
  n?: number
  seed?: number
  audio?: boolean
  user?: string
  metadata?: Record<string, unknown>
  images?: AskedImage[]
  source?: AskedSource
}

/** The video that it was made from: one of ours, a link, or what is kept of a file. */
export interface AskedSource {
  rework: 'edit' | 'extend' | 'remix'
  id?: string
  url?: string | Omitted
}

/** What is kept of a long binary value. */
export interface Omitted {
  omitted: { type: string | null; bytes: number; sha256: string }
}

/** `GET /admin/tasks/{id}`. */
export interface TaskDetail extends Task {
  /** null: it was not kept */
  request: AskedRequest | null
  timeline: Step[]
  files: TaskFile[]
  attempts: Attempt[]
  ledger: LedgerEntry[]
  deliveries: Delivery[]
}

/** One of `GET /admin/tasks/{id}/exchanges`: secrets masked, images left out. */
export interface Exchange {
  id: string
  /** its id */
  attempt: string | null
  step: 'submit' | 'poll' | 'lookup' | 'cancel' | 'download' | 'upload'
  at_ms: number
  ms: number
  request: { method: string; url: string; headers: Record<string, string>; body: unknown }
  response: { status: number; headers: Record<string, string>; body: unknown } | null
  error: string | null
  truncated: boolean
}
