import type { Logger } from 'pino'
import { request } from 'undici'

/* OTLP over HTTP as JSON (opentelemetry.io/docs/specs/otlp): spans are sent in batches, and never delay or fail what they are about. */

/** Numbers of the protocol. */
export const kinds = { internal: 1, server: 2, client: 3 } as const

export interface Span {
  traceId: string
  spanId: string
  /** null: the first of its trace */
  parentSpanId: string | null
  name: string
  kind: keyof typeof kinds
  /** milliseconds since 1970 */
  startedAt: number
  endedAt: number
  attributes: Record<string, string | number | boolean | null | undefined>
  /** what went wrong; null: nothing */
  error: string | null
}

interface Dependencies {
  /** without `/v1/traces` */
  endpoint: string
  headers: Readonly<Record<string, string>>
  serviceName: string
  version: string
  log: Logger
}

const SEND_EVERY = 2000
const AT_ONCE = 512
const MOST_WAITING = 4096
const TIMEOUT = 10_000
const STOP_WITHIN = 3000

/** Sends spans to an OpenTelemetry collector. While it does not answer, the newest 4,096 spans are kept. */
export function createExporter({ endpoint, headers, serviceName, version, log }: Dependencies) {
  const url = `${endpoint.replace(/\/$/, '')}/v1/traces`
  const waiting: Span[] = []
  let sending: Promise<void> | undefined
  let isLost = false
  const timer = setInterval(() => void flush(), SEND_EVERY)
  timer.unref()

  function flush(): Promise<void> {
    sending ??= sendAll().finally(() => (sending = undefined))
    return sending
  }

  async function sendAll(): Promise<void> {
    while (waiting.length) {
      const batch = waiting.splice(0, AT_ONCE)
      const problem = await post(batch)
      if (problem === null) isLost = false
      else {
        if (!isLost) log.warn({ reason: problem.reason }, 'traces not sent: the collector does not take them')
        isLost = true
        if (problem.isTemporary) waiting.unshift(...batch)
        return
      }
    }
  }

  async function post(batch: readonly Span[]): Promise<{ reason: string; isTemporary: boolean } | null> {
    try {
      const { statusCode, body } = await request(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(toOtlp(batch, { serviceName, version })),
        signal: AbortSignal.timeout(TIMEOUT)
      })
      await body.dump()
      if (statusCode < 300) return null
      return { reason: `HTTP ${statusCode}`, isTemporary: statusCode === 429 || statusCode >= 500 }
    } catch (error) {
      return { reason: error instanceof Error ? error.message || error.name : 'unknown', isTemporary: true }
    }
  }

  return {
    add(span: Span): void {
      if (waiting.length >= MOST_WAITING) waiting.shift()
      waiting.push(span)
      if (waiting.length === AT_ONCE) void flush()
    },

    flush,

    /** Sends what is left, for three seconds at most. */
    async stop(): Promise<void> {
      clearInterval(timer)
      let patience: NodeJS.Timeout | undefined
      const tooLong = new Promise<void>(resolve => (patience = setTimeout(resolve, STOP_WITHIN)))
      await Promise.race([flush().then(flush), tooLong])
      clearTimeout(patience)
    }
  }
}

export type Exporter = ReturnType<typeof createExporter>

/** Returns spans as an ExportTraceServiceRequest in JSON. */
export function toOtlp(spans: readonly Span[], { serviceName, version }: { serviceName: string; version: string }) {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ 'service.name': serviceName, 'service.version': version }) },
        scopeSpans: [{ scope: { name: 'reelay', version }, spans: spans.map(toSpan) }]
      }
    ]
  }
}

const toSpan = ({ traceId, spanId, parentSpanId, name, kind, startedAt, endedAt, attributes, error }: Span) => ({
  traceId,
  spanId,
  ...(parentSpanId !== null && { parentSpanId }),
  name,
  kind: kinds[kind],
  startTimeUnixNano: nanoseconds(startedAt),
  endTimeUnixNano: nanoseconds(Math.max(startedAt, endedAt)),
  attributes: attributesOf(attributes),
  // 2: error; what ended well has no status
  status: error === null ? {} : { code: 2, message: error }
})

const nanoseconds = (ms: number) => `${Math.round(ms)}000000`

function attributesOf(attributes: Span['attributes']) {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [{ key, value: toValue(value) }]
  )
}

function toValue(value: string | number | boolean) {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}
