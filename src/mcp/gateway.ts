/*
 * What the tools need of a gateway. Over HTTP they run inside the server (http/mcp-gateway.ts), over stdio they call one (cli/run/mcp-gateway.ts);
 * the objects are those of the HTTP API, in OpenAI's words.
 */

export interface Gateway {
  /** Creates a video. The same key with the same fields is the same video, paid once. Throws GatewayError. */
  create(fields: Fields, idempotencyKey: string): Promise<Video>
  /** Returns a video, after up to `seconds` unless it ends before. Throws GatewayError. */
  get(id: string, seconds: number, signal: AbortSignal): Promise<Video>
  list(query: { limit: number; after: string | undefined }): Promise<Page>
  cancel(id: string): Promise<Video>
  models(): Promise<Model[]>
  estimate(fields: Fields): Promise<Estimate>
}

/** The body of a create request. */
export type Fields = Record<string, unknown>

export interface Money {
  amount: string
  currency: string
}

export interface Warning {
  field: string
  reason: string
}

export interface Video {
  id: string
  model: string
  status: string
  progress: number
  prompt: string
  seconds: string
  size: string
  format: string
  url: string | null
  created_at: number
  expires_at: number | null
  metadata: {
    warnings?: readonly Warning[]
    queue_position?: number
    videos?: readonly { url: string | null }[]
    sandbox?: boolean
  }
  error: { code: string; message: string } | null
}

export interface Page {
  data: readonly Video[]
  last_id: string | null
  has_more: boolean
}

export interface Price extends Money {
  unit: string
  when?: Readonly<Record<string, string | number | boolean>> | undefined
}

export interface Model {
  id: string
  capabilities: object
  prices: readonly Price[] | null
}

export interface Estimate {
  model: string
  seconds: number | null
  size: string | null
  price: Money | null
  usual_ms: number | null
  queue: { position: number; seconds: number | null } | null
  covered: boolean | null
  unavailable_reason: string | null
  warnings: readonly Warning[]
}

/** Why the gateway refused; the message says what to do. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export const hasEnded = ({ status }: Video) => status === 'completed' || status === 'failed'
