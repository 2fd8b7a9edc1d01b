import type { ManagedBy, Named } from './shared.ts'

/** One of `GET /admin/webhook_endpoints`. */
export interface Endpoint {
  id: string
  object: 'webhook_endpoint'
  name: string
  url: string
  event_types: string[]
  signing_secret_hint: string
  disabled: boolean
  disabled_reason: string | null
  failing_since: number | null
  counts_30d: { delivered: number; failed: number; pending: number }
  key: Named
  managed_by: ManagedBy | null
  created_at: number
  updated_at: number
}

/** One of `GET /admin/webhook_deliveries`. */
export interface Delivery {
  id: string
  object: 'webhook_delivery'
  event: { id: string; type: string }
  /** null: the request's callback_url */
  endpoint: string | null
  task: string | null
  url: string
  status: 'pending' | 'delivered' | 'failed'
  tries: number
  attempts: { at: number; status: number | null; error: string | null; ms: number }[]
  response_status: number | null
  response_body: string | null
  error: string | null
  next_try_at: number | null
  created_at: number
  delivered_at: number | null
}
