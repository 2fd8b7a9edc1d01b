import type { BudgetWindow } from './keys.ts'
import type { Money } from './shared.ts'

/** One of `GET /admin/usage`: the groups that were asked for are filled. */
export interface UsageLine {
  key?: string | null
  model?: string | null
  channel?: string | null
  user?: string | null
  day?: string | null
  hour?: string | null
  week?: string | null
  month?: string | null
  /** of the groups that have one, by the group */
  names?: Record<string, string>
  videos: number
  seconds: number
  failed: number
  refused: number
  spent: Money
}

/** One of `GET /admin/audit`. */
export interface AuditEntry {
  id: string
  object: 'audit.entry'
  at: number
  actor: { kind: 'user' | 'key' | 'cli' | 'file' | 'system'; id: string | null; name: string | null }
  ip: string | null
  via: 'console' | 'api' | 'cli' | 'file' | 'sso'
  action: string
  target: { type: string; id: string | null; name: string | null } | null
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
  request_id: string | null
}

/** `GET /v1/usage`: of the key that asks. */
export interface OwnUsage {
  object: 'usage'
  spent: Money
  held: Money
  budget: (Money & { window: BudgetWindow; remaining: string; resets_at: number | null }) | null
  /** in other currencies than the budget's */
  others?: { spent: Money; held: Money }[]
  /** with `?days=1…90`: of the last days, oldest first, by days in UTC */
  days?: { day: string; spent: Money; videos: number }[]
  /** of the tasks that were created in those days; a line for each model and currency */
  models?: { model: string; spent: Money; videos: number; seconds: number }[]
}
