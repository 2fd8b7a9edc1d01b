import type { Money, Named } from './shared.ts'
import type { Task } from './tasks.ts'

/** `GET /admin/overview`: the numbers of a time, and `before` of the equally long time before it. */
export interface Overview {
  object: 'overview'
  from: number
  to: number
  spent: (Money & { before: string | null })[]
  made: { count: number; before: number | null; seconds: number }
  success: { rate: number | null; ok: number; failed: number; refused: number; before: number | null }
  time_to_video: {
    p50_ms: number | null
    p95_ms: number | null
    before: { p50_ms: number | null; p95_ms: number | null }
  }
  now: {
    running: number
    waiting: number
    slots_used: number
    slots_total: number | null
    oldest_waiting_s: number | null
  }
  latest: Task[]
}

/** One of `GET /admin/series`. */
export interface Point {
  at: number
  ok: number
  failed: number
  refused: number
  spent: Record<string, string>
  p50_ms: number | null
  p95_ms: number | null
}

/** One of `GET /admin/failures`. */
export interface FailureGroup {
  error: string
  vendor_code: string | null
  model: string
  channel: Named | null
  count: number
  last_at: number
  sample_id: string
}

/** One of `GET /admin/attention`: what needs a person now. Kinds may be added. */
export interface Attention {
  kind: string
  severity: 'bad' | 'warn'
  subject: { type: string; id: string | null; name: string | null } | null
  since: number | null
  /** a code of ours where there is one, else a sentence */
  reason: string | null
  facts?: AttentionFacts
  action: { label_key: string; href: string }
}

export interface AttentionFacts {
  count?: number
  held?: Money
  used?: Money
  budget?: Money
  percent?: number
  window?: 'total' | 'daily' | 'weekly' | 'monthly'
  waiting?: number
  /** files that never can be archived */
  lost?: number
  resets_at?: number
  /** when a channel that cools down is tried again */
  until?: number
  vendor?: string
  models?: string[]
  free_bytes?: number
  total_bytes?: number
  /** of a damaged row */
  columns?: string[]
  version?: string
}
