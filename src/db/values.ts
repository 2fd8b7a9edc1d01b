import type { ImageRole } from '../vendors/vendor.ts'

/* What columns hold: words, and the objects of JSON columns. */

export type Role = 'member' | 'admin'
/** The role of a person who signs in to the console; what each may do: domain/permissions.ts */
export type UserRole = 'owner' | 'operator' | 'viewer'
/** What an admin key is restricted to; which permissions each has: domain/permissions.ts */
export type Scope =
  | 'admin:keys'
  | 'admin:channels'
  | 'admin:models'
  | 'admin:tasks'
  | 'admin:webhooks'
  | 'admin:users'
  | 'admin:settings'
  | 'admin:audit'
  | 'usage:read'
  | 'tasks:read'
  | 'metrics:read'
export type ActorKind = 'user' | 'key' | 'cli' | 'file' | 'system'
/** How a change was made */
export type Via = 'console' | 'api' | 'cli' | 'file' | 'sso'
/** What the configuration file can own */
export type ManagedKind = 'channel' | 'model' | 'key' | 'webhook_endpoint' | 'setting'
export type Dialect = 'auto' | 'openai' | 'unified'
/** `newapi`: `GET /v1/video/generations/{id}` answers in new-api's envelope, everything else as `auto` */
export type KeyDialect = Dialect | 'newapi'
/** what becomes of a duration that a model cannot make: the nearest that it can, the next longer one, or an error */
export type DurationPolicy = 'nearest' | 'up' | 'refuse'
export type Window = 'total' | 'daily' | 'weekly' | 'monthly'
export type TaskStatus = 'queued' | 'in_progress' | 'completed' | 'failed'
/** null while in flight; `unknown`: bytes left, but no usable answer came; `absent`: a lookup showed that the vendor does not have it */
export type Outcome = 'accepted' | 'rejected' | 'not_sent' | 'unknown' | 'absent'
export type LedgerKind = 'hold' | 'capture' | 'release' | 'adjust'

export interface Budget {
  amount: string
  currency: string
  window: Window
  timezone: string
}

export interface Candidate {
  channel: string
  upstream_model: string
  priority: number
  weight: number
}

/** The health of a channel, stored so that it survives a restart. */
export interface ChannelHealth {
  state: 'ok' | 'cooling' | 'disabled'
  /** why it is not ok */
  reason?: string
  since?: number
  failures?: number
  /** no submits before this */
  until?: number
  /** upstream models that the account cannot use now, and until when: the others go on */
  resting?: Record<string, number>
}

/** What a client asked for, without the bytes of its images; kept as long as its task. */
export interface AskedFields {
  /** every field of the request but its images; a long binary value is replaced by its size and hash */
  fields: Record<string, unknown>
  images: AskedImage[]
}

/** `bytes`, `sha256` and `type` are null, and `url` is set, when the client sent a link. */
export interface AskedImage {
  role: ImageRole
  type: string | null
  bytes: number | null
  sha256: string | null
  url: string | null
}

/** One request to a vendor and its answer, as the exchange log stores it: credentials masked, images left out. */
export interface LoggedRequest {
  method: string
  url: string
  headers: Record<string, string>
  body: unknown
}
export interface LoggedResponse {
  status: number
  headers: Record<string, string>
  body: unknown
}
export type ExchangeStep = 'submit' | 'poll' | 'lookup' | 'cancel' | 'download' | 'upload'

/** What an operator is told about. */
export type IncidentKind =
  | 'channel_disabled'
  | 'channel_cooling'
  | 'budget'
  | 'archive'
  | 'files_lost'
  | 'needs_decision'
  | 'disk'
export type Severity = 'warn' | 'bad'
export type AlertPhase = 'opened' | 'worsened' | 'recovered'

/** What was known of an incident when it was last seen, as far as it applies. */
export interface IncidentFacts {
  /** of the channel, the key or the folder that it is about */
  name?: string
  /** the vendor's name */
  vendor?: string
  reason?: string
  /** that nothing else serves */
  models?: string[]
  used?: string
  budget?: string
  currency?: string
  percent?: number
  window?: string
  /** milliseconds */
  resets_at?: number
  /** videos to decide, files that wait or are lost, rejections in a row */
  count?: number
  /** ids of some videos that it is about */
  videos?: string[]
  /** the node that has the disk */
  host?: string
  free_bytes?: number
  total_bytes?: number
}

/** One try to deliver a webhook. */
export interface DeliveryAttempt {
  /** when it began, in milliseconds */
  at: number
  /** null: no answer */
  status: number | null
  /** null: it was delivered */
  error: string | null
  ms: number
}
