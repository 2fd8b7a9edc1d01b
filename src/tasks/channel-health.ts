import type { Logger } from 'pino'
import type { Channel, ChannelHealth } from '../db/index.ts'
import { createBreaker } from '../lib/breaker.ts'
import type { ChannelStore } from '../stores/channels.ts'
import type { Failure } from '../vendors/vendor.ts'
import { coolDown, meaningOf, passes } from '../domain/policy.ts'
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
const SILENT = 5
const SILENCE_MS = 30_000

/**
 * What vendors' refusals and silence teach about their channels. Submits, polls and downloads are judged apart: a broken CDN must not stop
 * submits. A channel whose submits fail rests, ever longer; then one submit at a time tries it, on all nodes together, until one is accepted.
 */
export function createChannelHealth({ channels, routing, log, now, probe }: Dependencies) {
  const breaker = () => createBreaker({ now, after: SILENT, pauseMs: SILENCE_MS })
  const [submits, polls, downloads] = [breaker(), breaker(), breaker()]

  async function write(channel: Channel, set: Partial<Channel>, announce?: 'channel.disabled' | 'channel.recovered') {
    await channels.setHealth(channel.id, set, announce && { type: announce, reason: set.health?.reason ?? null }, now())
    routing.changed()
  }

  /** Slots that the vendor seems to have: one fewer than were taken when it said no. */
  const lowered = (channel: Channel) =>
    Math.max(1, Math.min(channel.learnedLimit ?? channel.maxConcurrency ?? Infinity, channel.inFlight) - 1)

  /** What is learned of a channel must not be the trouble of the task that taught it. */
  const quietly = (channel: Channel, work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) =>
      log.warn({ channel: channel.id, err: error }, 'what was learned of a channel could not be written')
    )

  /** An account that must be mended disables the channel; else it rests, ever longer. */
  async function onRefusal(channel: Channel, failure: Failure): Promise<void> {
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
    submits.recordCall(channel.id, true)
    const pause = coolDown(failure, failures - 1)
    // what is wrong is the request: somebody is there who can tell
    const isThere = meaningOf(failure).submit === 'fail' && health.state === 'cooling'
    if (pause === 0) return isThere ? write(channel, { health: { state: 'ok' }, probeAt: null }) : undefined
    log.warn({ channel: channel.id, kind: failure.kind, code: failure.code, ms: pause }, 'channel rests')
    const fresh = (await channels.get(channel.id)) ?? channel
    await write(channel, {
      health: { ...known, until: now() + pause },
      probeAt: now(),
      ...(passes(failure) && { learnedLimit: lowered(fresh) })
    })
  }

  /** After several in a row, or one that was a trial, the channel rests. */
  async function onSilence(channel: Channel): Promise<void> {
    const { health } = channel
    const times = submits.recordCall(channel.id, false)
    if (health.state === 'disabled' || (health.state === 'ok' && times < SILENT)) return
    const failures = (health.failures ?? 0) + 1
    const pause = coolDown({ kind: 'server', message: '' }, failures - 1)
    log.warn({ channel: channel.id, times, ms: pause }, 'channel rests: its vendor does not answer submits')
    await write(channel, {
      health: { state: 'cooling', reason: 'no_answer', since: now(), failures, until: now() + pause },
      probeAt: now() + pause
    })
  }

  /** Rest is over, and the learned limit grows by one a minute. */
  async function onAccepted(channel: Channel): Promise<void> {
    submits.recordCall(channel.id, true)
    const { health, learnedLimit, maxConcurrency } = channel
    if (health.state === 'ok' && learnedLimit === null) return
    const raise = learnedLimit !== null && now() - (health.since ?? 0) >= RAISE_EVERY
    if (health.state === 'ok' && !raise) return
    const raised = raise ? learnedLimit + 1 : learnedLimit
    const forgotten = raised !== null && maxConcurrency !== null && raised >= maxConcurrency
    await write(channel, {
      health: { state: 'ok', since: raise ? now() : (health.since ?? now()) },
      probeAt: null,
      learnedLimit: forgotten ? null : raised
    })
  }

  return {
    /** A submit was refused. Never throws. */
    recordRejection: (channel: Channel, failure: Failure): Promise<void> =>
      quietly(channel, onRefusal(channel, failure)),

    /** A submit was accepted, or nothing usable was heard of it. Never throws. */
    recordSubmit: (channel: Channel, accepted: boolean): Promise<void> =>
      quietly(channel, accepted ? onAccepted(channel) : onSilence(channel)),

    polls,
    downloads,

    /** Disabled channels come back when a free probe succeeds. Run it now and then. */
    async revive(): Promise<void> {
      for (const channel of await channels.list()) {
        const { health } = channel
        if (health.state !== 'disabled' || channel.disabled || now() - (health.since ?? 0) < PROBE_EVERY) continue
        const good = await probe(channel.id)
        if (good) {
          log.info({ channel: channel.id }, 'channel recovered')
          await write(channel, { health: { state: 'ok' }, probeAt: null }, 'channel.recovered')
        } else await write(channel, { health: { ...health, since: now() } })
      }
    }
  }
}

export type ChannelHealthService = ReturnType<typeof createChannelHealth>
