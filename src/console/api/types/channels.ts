import type { ManagedBy } from './shared.ts'

export type HealthState = 'ok' | 'cooling' | 'disabled'

/** One of `GET /admin/channels`. */
export interface Channel {
  id: string
  object: 'channel'
  name: string
  vendor: string
  base_url: string
  options: Record<string, unknown>
  models: Record<string, string>
  max_concurrency: number | null
  learned_limit: number | null
  submits_per_minute: number | null
  priority: number
  weight: number
  disabled: boolean
  built_in: boolean
  in_flight: number
  queued: number
  health: {
    state: HealthState
    reason: string | null
    since: number | null
    until: number | null
    last_error: { kind: string; code: string | null; message: string; at: number } | null
  }
  last_success_at: number | null
  credential_hint: string | null
  /** of the last 24 hours */
  stats: { ok: number; failed: number; p50_ms: number | null; p95_ms: number | null }
  /** a row of a configuration file: read-only here */
  managed_by: ManagedBy | null
  created_at: number
  deleted_at?: number | null
}

/** What `POST /admin/channels` takes. */
export interface NewChannel {
  name: string
  vendor: string
  base_url?: string
  credential: Record<string, string>
  options?: Record<string, unknown>
  models?: Record<string, string>
  max_concurrency?: number | null
  submits_per_minute?: number | null
  priority?: number
  weight?: number
}

export interface ChannelTest {
  object: 'channel.test'
  ok: boolean
  free: boolean
  message: string
  latency_ms: number | null
  kind: string | null
}

export interface CredentialField {
  name: string
  label: string
  secret: boolean
  optional: boolean
}

/** The part of a JSON Schema that options of channels use. */
export interface OptionSchema {
  type?: 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array'
  description?: string
  default?: unknown
  enum?: string[]
  properties?: Record<string, OptionSchema>
  required?: string[]
}

/** One of `GET /admin/vendors`. */
export interface Vendor {
  id: string
  object: 'vendor'
  name: string
  base_url: string
  regions: { id: 'cn' | 'global'; base_url: string; label: string; keys_url?: string | null }[]
  credential: { fields: CredentialField[] }
  options: OptionSchema
  models: { name: string; capabilities: Capabilities | null; prices: Price[] | null }[]
  facts: Record<string, unknown>
  free_probe: boolean
  keys_url: string | null
  docs_url: string | null
}

export interface Capabilities {
  seconds: number[] | { min: number; max: number } | null
  default_seconds: number | null
  aspect_ratios: string[] | null
  resolutions: string[] | null
  image_roles: ('first' | 'last' | 'reference')[] | null
  max_references: number | null
  audio: boolean | null
  prompt_limit: number | null
  max_videos: number
  retired: { since: string; replacement: string } | null
}

export interface Price {
  unit: 'second' | 'video'
  amount: string
  currency: string
  when?: Record<string, string | number | boolean>
}
