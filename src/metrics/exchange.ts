import type { LoggedExchange } from '../tasks/exchange-log.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import type { ChannelConfig } from '../vendors/vendor.ts'
import type { Counters } from './counters.ts'

interface Dependencies {
  exchange: LoggedExchange
  record: Counters['upstream']
  /** returns the name of the channel whose credential is used; undefined: it is not stored yet */
  channelOf(config: ChannelConfig): string | undefined
  /** milliseconds at an even rate */
  monotonic(): number
}

/** Returns an exchange that counts and times every call to a vendor. */
export function measureExchange({ exchange, record, channelOf, monotonic }: Dependencies): LoggedExchange {
  async function timed<Answer extends { status: number }>(
    operation: string,
    config: ChannelConfig,
    send: () => Promise<Answer>
  ): Promise<Answer> {
    const startedAt = monotonic()
    const end = (code: string) =>
      record(channelOf(config) ?? 'none', operation, code, Math.max(0, monotonic() - startedAt) / 1000)
    try {
      const answer = await send()
      end(String(answer.status))
      return answer
    } catch (error) {
      end(error instanceof UpstreamError ? error.problem : 'error')
      throw error
    }
  }

  return {
    ...exchange,
    submit: (vendor, config, request, about) =>
      timed('submit', config, () => exchange.submit(vendor, config, request, about)),
    // without a task: a test of a channel, or an operator's lookup
    ask: (vendor, config, request, about) =>
      timed(about?.step ?? 'check', config, () => exchange.ask(vendor, config, request, about)),
    open: (vendor, config, target, options) =>
      timed('download', config, () => exchange.open(vendor, config, target, options))
  }
}
