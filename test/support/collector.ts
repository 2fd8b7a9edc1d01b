import Fastify from 'fastify'

interface OtlpValue {
  stringValue?: string
  intValue?: string
  doubleValue?: number
  boolValue?: boolean
}

export interface ReceivedSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: { key: string; value: OtlpValue }[]
  status: { code?: number; message?: string }
}

interface ExportRequest {
  resourceSpans: {
    resource: { attributes: { key: string; value: OtlpValue }[] }
    scopeSpans: { spans: ReceivedSpan[] }[]
  }[]
}

/** An OpenTelemetry collector that takes OTLP over HTTP as JSON and keeps every span. */
export async function startCollector() {
  const spans: ReceivedSpan[] = []
  const posts: { headers: Record<string, unknown>; service: string | undefined }[] = []
  const app = Fastify({ forceCloseConnections: true })
  const collector = {
    url: '',
    spans,
    posts,
    /** the status of its answers */
    status: 200,
    named: (name: string) => spans.filter(span => span.name.startsWith(name)),
    close: () => app.close()
  }
  app.post<{ Body: ExportRequest }>('/v1/traces', async ({ body, headers }, reply) => {
    for (const { resource, scopeSpans } of body.resourceSpans) {
      const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue
      posts.push({ headers, service })
      if (collector.status === 200) spans.push(...scopeSpans.flatMap(scope => scope.spans))
    }
    return reply.code(collector.status).send({})
  })
  collector.url = await app.listen({ host: '127.0.0.1', port: 0 })
  return collector
}

/** Returns an attribute of a span as plain data. */
export function attributeOf({ attributes }: ReceivedSpan, name: string): string | number | boolean | undefined {
  const { stringValue, intValue, doubleValue, boolValue } = attributes.find(({ key }) => key === name)?.value ?? {}
  return stringValue ?? (intValue === undefined ? undefined : Number(intValue)) ?? doubleValue ?? boolValue
}
