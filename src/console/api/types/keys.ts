import type { ManagedBy, Money } from './shared.ts'

export type BudgetWindow = 'total' | 'daily' | 'weekly' | 'monthly'

export interface Budget extends Money {
  window: BudgetWindow
  timezone: string
}

/** One of `GET /admin/keys`. */
export interface Key {
  id: string
  object: 'key'
  name: string
  hint: string
  role: 'member' | 'admin'
  scopes: string[] | null
  owner: string | null
  models: string[] | null
  ip_allowlist: string[] | null
  expires_at: number | null
  requests_per_minute: number | null
  max_concurrency: number | null
  max_queued: number | null
  budget: Budget | null
  dialect: string
  disabled: boolean
  spent: Money | null
  held: Money | null
  remaining: Money | null
  resets_at: number | null
  in_flight: number
  queued: number
  last_used_at: number | null
  last_used_ip: string | null
  /** of the secret before the last rotation, while it is valid */
  old_expires_at: number | null
  old_last_used_at: number | null
  days: { day: string; spent: Money; videos: number }[]
  managed_by: ManagedBy | null
  created_at: number
  revoked_at?: number | null
}

/** What `POST /admin/keys` takes. */
export interface NewKey {
  name: string
  role?: 'member' | 'admin'
  scopes?: string[] | null
  owner?: string | null
  models?: string[] | null
  ip_allowlist?: string[] | null
  expires_at?: number | null
  max_queued?: number | null
  max_concurrency?: number | null
  requests_per_minute?: number | null
  budget?: Budget | null
  dialect?: string
}

/** The one answer that contains the secret. */
export interface CreatedKey extends Key {
  key: string
}
