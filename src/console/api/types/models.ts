import type { Capabilities, Price } from './channels.ts'
import type { ManagedBy, Money } from './shared.ts'
import type { Warning } from './tasks.ts'

/** One of `GET /admin/models`. */
export interface Model {
  id: string
  object: 'model'
  name: string
  candidates: { channel: string; upstream_model: string; priority: number; weight: number }[]
  prices: Price[]
  retry_failed: boolean
  disabled: boolean
  usual_ms: number | null
  available: boolean
  unavailable_reason: string | null
  /** of all its channels together; null: unknown */
  capabilities: Capabilities | null
  modes: string[]
  /** the settings that a price may depend on */
  price_facts: string[]
  waiting: number
  managed_by: ManagedBy | null
}

/** `POST /v1/videos/estimate`. */
export interface Estimate {
  object: 'video.estimate'
  model: string
  channel: string | null
  price: Money | null
  seconds: number | null
  size: string | null
  width: number | null
  height: number | null
  resolution: string | null
  ratio: string | null
  rule: Price | null
  usual_ms: number | null
  queue: { position: number; seconds: number | null } | null
  /** whether the key's budget covers it; null: it has none */
  covered: boolean | null
  unavailable_reason: string | null
  warnings: Warning[]
}
