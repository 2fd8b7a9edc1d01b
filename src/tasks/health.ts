import type { Logger } from 'pino'
import type { Channel, ChannelHealth } from '../db/index.ts'
import type { ChannelStore } from '../stores/channels.ts'
import type { Failure } from '../vendors/vendor.ts'
import { coolDown, meaningOf, passes } from './policy.ts'
import type { Routing } from './routing.ts'

interface Dependencies {
  channels: ChannelStore
  routing: Routing
  log: Logger
  now(): number
  /** a free question that proves the credential; null: the vendor has none */
  probe(channelId: string): Promise<boolean | null>
}

const RAISE_EVERY = 60_000
const PROBE_EVERY = 60_000
const POLL_FAILURES = 5
const POLL_PAUSE = 30_000

/** What vendors' refusals teach about their channels. Submits, polls and downloads are judged apart: a broken poll must not stop submits. */
export function createHealth({ channels, routing, log, now, probe }: Dependencies) {
  const polls = new Map<string, { failures: number; until: number }>()

  async function write(channel: Channel, set: Partial<Channel>, announce?: 'channel.disabled' | 'channel.recovered') {
    await channels.setHealth(channel.id, set, announce && { type: announce, reason: set.health?.reason ?? null }, now())
    routing.changed()
  }

  /** Slots that the vendor seems to have: one fewer than were taken when it said no. */
  const lowered = (channel: Channel) =>
    Math.max(1, Math.min(channel.learnedLimit ?? channel.maxConcurrency ?? Infinity, channel.inFlight) - 1)

  return {
    /** A submit was refused. */
    async refused(channel: Channel, failure: Failure): Promise<void> {
      const { health } = channel
      const failures = (health.failures ?? 0) + 1
      const known: ChannelHealth = { state: 'cooling', reason: failure.kind, since: now(), failures }
      if (meaningOf(failure).disable && !channel.builtIn) {
        log.error(
          { channel: channel.id, kind: failure.kind, code: failure.code },
          'channel disabled: its account needs mending'
        )
        await write(channel, { health: { ...known, state: 'disabled' } }, 'channel.disabled')
        return
      }
      const pause = coolDown(failure, failures - 1)
      if (pause === 0) return
      log.warn({ channel: channel.id, kind: failure.kind, code: failure.code, ms: pause }, 'channel rests')
      const fresh = (await channels.get(channel.id)) ?? channel
      await write(channel, {
        health: { ...known, until: now() + pause },
        ...(passes(failure) && { learnedLimit: lowered(fresh) })
      })
    },

    /** A submit was accepted: rest is over, and the learned limit grows by one a minute. */
    async accepted(channel: Channel): Promise<void> {
      const { health, learnedLimit, maxConcurrency } = channel
      if (health.state === 'ok' && learnedLimit === null) return
      const raise = learnedLimit !== null && now() - (health.since ?? 0) >= RAISE_EVERY
      if (health.state === 'ok' && !raise) return
      const raised = raise ? learnedLimit + 1 : learnedLimit
      const forgotten = raised !== null && maxConcurrency !== null && raised >= maxConcurrency
      await write(channel, {
        health: { state: 'ok', since: raise ? now() : (health.since ?? now()) },
        learnedLimit: forgotten ? null : raised
      })
    },

    /** Milliseconds for which this channel is not to be polled; 0: ask. */
    pollPause: (channelId: string) => Math.max(0, (polls.get(channelId)?.until ?? 0) - now()),

    /** A poll was answered, or was not. Five silent ones in a row give the vendor half a minute of quiet. */
    polled(channelId: string, answered: boolean) {
      if (answered) polls.delete(channelId)
      else {
        const failures = (polls.get(channelId)?.failures ?? 0) + 1
        polls.set(channelId, { failures, until: failures >= POLL_FAILURES ? now() + POLL_PAUSE : 0 })
      }
    },

    /** Disabled channels come back when a free probe succeeds. Run it now and then. */
    async revive(): Promise<void> {
      for (const channel of await channels.list()) {
        const { health } = channel
        if (health.state !== 'disabled' || channel.disabled || now() - (health.since ?? 0) < PROBE_EVERY) continue
        const good = await probe(channel.id)
        if (good) {
          log.info({ channel: channel.id }, 'channel recovered')
          await write(channel, { health: { state: 'ok' } }, 'channel.recovered')
        } else await write(channel, { health: { ...health, since: now() } })
      }
    }
  }
}

export type Health = ReturnType<typeof createHealth>
