import type { Logger } from 'pino'
import { newSpanId, newTraceId, readTraceparent, spanIdOf, writeTraceparent } from '../lib/traceparent.ts'
import type { ToldMoment } from '../tasks/journal.ts'
import type { Task } from '../db/index.ts'
import { traceCalls } from './calls.ts'
import { createExporter } from './exporter.ts'

interface Dependencies {
  /** the collector's address, without `/v1/traces` */
  endpoint: string
  /** `name=value,name=value`, as OTEL_EXPORTER_OTLP_HEADERS */
  headers: string
  serviceName: string
  version: string
  now(): number
  log: Logger
}

/** A request that makes videos, while it is answered. */
export interface TracedRequest {
  /** stored with its tasks: their spans, in any process, belong to this one */
  traceparent: string
  end(answer: { route: string; status: number; taskId: string | null }): void
}

/**
 * Traces videos from the create request to the archive. A span is sent when it has ended, by whoever ended it: what spans of one task share is
 * in its row (`traceparent`) or follows from its id, so a trace survives restarts and has spans of several nodes.
 */
export function createTracing({ endpoint, headers, serviceName, version, now, log }: Dependencies) {
  const exporter = createExporter({ endpoint, headers: readHeaders(headers), serviceName, version, log })

  return {
    /** Begins the span of a request, in its client's trace if it sent a `traceparent`. */
    begin(method: string, header: string | undefined): TracedRequest {
      const parent = readTraceparent(header)
      const context = {
        traceId: parent?.traceId ?? newTraceId(),
        spanId: newSpanId(),
        sampled: parent?.sampled ?? true
      }
      const startedAt = now()
      return {
        traceparent: writeTraceparent(context),
        end({ route, status, taskId }) {
          if (!context.sampled) return
          exporter.add({
            traceId: context.traceId,
            spanId: context.spanId,
            parentSpanId: parent?.spanId ?? null,
            name: `${method} ${route}`,
            kind: 'server',
            startedAt,
            endedAt: now(),
            attributes: {
              'http.request.method': method,
              'http.route': route,
              'http.response.status_code': status,
              'reelay.task.id': taskId
            },
            error: status >= 500 ? `HTTP ${status}` : null
          })
        }
      }
    },

    /** A task has ended: the span of its whole life. */
    task({ what, task, key, channel, charged }: ToldMoment): void {
      const context = readTraceparent(task.traceparent)
      if (what !== 'ended' || !context?.sampled || task.finishedAt === null) return
      exporter.add({
        traceId: context.traceId,
        spanId: spanIdOf(task.id),
        parentSpanId: context.spanId,
        name: `generate_content ${task.model}`,
        kind: 'internal',
        startedAt: task.createdAt,
        endedAt: task.finishedAt,
        attributes: {
          'gen_ai.operation.name': 'generate_content',
          'gen_ai.output.type': 'video',
          'gen_ai.request.model': task.model,
          'gen_ai.response.model': task.upstreamModel,
          'gen_ai.response.id': task.id,
          'error.type': task.errorCode,
          'reelay.task.id': task.id,
          'reelay.key': key,
          'reelay.channel': channel,
          'reelay.charged': charged / 1_000_000,
          'reelay.currency': task.currency
        },
        error: task.errorCode
      })
    },

    /** A file of a task was copied to the archive, or could not be (`error`). */
    archive(
      task: Task,
      { startedAt, bytes, error }: { startedAt: number; bytes: number | null; error: string | null }
    ): void {
      const context = readTraceparent(task.traceparent)
      if (!context?.sampled) return
      exporter.add({
        traceId: context.traceId,
        spanId: newSpanId(),
        parentSpanId: spanIdOf(task.id),
        name: 'archive',
        kind: 'internal',
        startedAt,
        endedAt: now(),
        attributes: { 'reelay.task.id': task.id, 'reelay.bytes': bytes },
        error
      })
    },

    /** Makes spans of calls to vendors. */
    calls: (channelOf: Parameters<typeof traceCalls>[0]['channelOf']) => traceCalls({ channelOf, exporter, now }),

    flush: exporter.flush,
    stop: exporter.stop
  }
}

export type Tracing = ReturnType<typeof createTracing>

/** Reads `name=value` pairs; values are URL-encoded (opentelemetry.io/docs/specs/otel/protocol/exporter). */
function readHeaders(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split(',')
      .map(pair => pair.split('='))
      .filter(([name = '', ...value]) => name.trim() !== '' && value.length > 0)
      .map(([name = '', ...value]) => [name.trim().toLowerCase(), decodeURIComponent(value.join('=').trim())])
  )
}
