import { newSpanId, readTraceparent, spanIdOf, writeTraceparent } from '../lib/traceparent.ts'
import type { Watcher } from '../tasks/watched-exchange.ts'
import type { ChannelConfig } from '../vendors/vendor.ts'
import type { Exporter } from './exporter.ts'

interface Dependencies {
  exporter: Pick<Exporter, 'add'>
  /** returns the name of the channel whose credential is used */
  channelOf(config: ChannelConfig): string | undefined
  now(): number
}

/** Makes spans of the calls about traced tasks, which vendors learn of by `traceparent`. */
export function traceCalls({ exporter, channelOf, now }: Dependencies): Watcher {
  return {
    call({ vendor, config, request, about }) {
      const context = readTraceparent(about?.traceparent)
      if (!about || !context?.sampled) return undefined
      const { traceId } = context
      const spanId = newSpanId()
      const startedAt = now()
      const end = (status: number | null, error: string | null) =>
        exporter.add({
          traceId,
          spanId,
          parentSpanId: spanIdOf(about.taskId),
          name: `${about.step} ${vendor.id}`,
          kind: 'client',
          startedAt,
          endedAt: now(),
          attributes: {
            'http.request.method': request.method,
            'server.address': hostOf(config.baseUrl),
            'http.response.status_code': status,
            'gen_ai.provider.name': vendor.id,
            'reelay.channel': channelOf(config),
            'reelay.task.id': about.taskId,
            'reelay.attempt.id': about.attemptId
          },
          error
        })
      return {
        headers: { traceparent: writeTraceparent({ traceId, spanId, sampled: true }) },
        answered: ({ status }) => end(status, status >= 400 ? `HTTP ${status}` : null),
        failed: error => end(null, error instanceof Error ? error.name : 'error')
      }
    }
  }
}

const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).hostname : undefined)
