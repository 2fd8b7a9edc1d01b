import type { Watch, Watcher } from '../tasks/watched-exchange.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import type { ChannelConfig } from '../vendors/vendor.ts'
import type { Counters } from './counters.ts'

interface Dependencies {
  record: Counters['upstream']
  /** returns the name of the channel whose credential is used; undefined: it is not stored yet */
  channelOf(config: ChannelConfig): string | undefined
  /** milliseconds at an even rate */
  monotonic(): number
}

/** Counts and times every call to a vendor. */
export function measureCalls({ record, channelOf, monotonic }: Dependencies): Watcher {
  function watch(operation: string, config: ChannelConfig): Watch<{ status: number }> {
    const startedAt = monotonic()
    const end = (code: string) =>
      record(channelOf(config) ?? 'none', operation, code, Math.max(0, monotonic() - startedAt) / 1000)
    return {
      answered: ({ status }) => end(String(status)),
      failed: error => end(error instanceof UpstreamError ? error.problem : 'error')
    }
  }

  return {
    call: ({ operation, config, about }) =>
      watch(operation === 'submit' ? operation : (about?.step ?? 'check'), config),
    download: config => watch('download', config)
  }
}
