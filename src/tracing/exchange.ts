import { newSpanId, readTraceparent, spanIdOf, writeTraceparent } from '../lib/traceparent.ts'
import type { About, LoggedExchange } from '../tasks/exchange-log.ts'
import type { ChannelConfig, HttpAnswer, HttpRequest, Vendor } from '../vendors/vendor.ts'
import type { Exporter } from './exporter.ts'

interface Dependencies {
  exchange: LoggedExchange
  exporter: Pick<Exporter, 'add'>
  /** returns the name of the channel whose credential is used */
  channelOf(config: ChannelConfig): string | undefined
  now(): number
}

/** Returns an exchange whose calls about a traced task are spans, which vendors learn of by `traceparent`. */
export function traceExchange({ exchange, exporter, channelOf, now }: Dependencies): LoggedExchange {
  async function traced(
    vendor: Vendor,
    config: ChannelConfig,
    request: HttpRequest,
    about: About | undefined,
    send: (request: HttpRequest) => Promise<HttpAnswer>
  ): Promise<HttpAnswer> {
    const context = readTraceparent(about?.traceparent)
    if (!about || !context?.sampled) return send(request)
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
    try {
      const traceparent = writeTraceparent({ traceId, spanId, sampled: true })
      const answer = await send({ ...request, headers: { ...request.headers, traceparent } })
      end(answer.status, answer.status >= 400 ? `HTTP ${answer.status}` : null)
      return answer
    } catch (error) {
      end(null, error instanceof Error ? error.name : 'error')
      throw error
    }
  }

  return {
    ...exchange,
    submit: (vendor, config, request, about) =>
      traced(vendor, config, request, about, sent => exchange.submit(vendor, config, sent, about)),
    ask: (vendor, config, request, about) =>
      traced(vendor, config, request, about, sent => exchange.ask(vendor, config, sent, about))
  }
}

const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).hostname : undefined)
