import type { Logger } from 'pino'
import type { Channel, ChannelHealth } from '../db/index.ts'
import { createBreaker } from '../lib/breaker.ts'
import type { ChannelStore } from '../stores/channels.ts'
import type { Failure } from '../vendors/vendor.ts'
import { coolDown, meaningOf, passes, withRest } from '../domain/policy.ts'
import type { Routing } from './routing.ts'

interface Dependencies {
  channels: ChannelStore
  routing: Routing
  log: Logger
  now(): number
  /** makes a free call that proves the credential; null: the vendor has none */
  probe(channelId: string): Promise<boolean | null>
}

const RAISE_EVERY = 60_000
const PROBE_EVERY = 60_000
const MAX_UNANSWERED = 5
const BREAKER_PAUSE = 30_000

/**
 * Derives the health of channels from vendors' answers. Submits, polls and downloads count separately: a broken CDN must not stop submits. A
 * channel whose submits fail cools down, longer each time; then it gets one trial submit at a time, across all nodes, until one is accepted.
 */
export function createChannelHealth({ channels, routing, log, now, probe }: Dependencies) {
  const breaker = () => createBreaker({ now, after: MAX_UNANSWERED, pauseMs: BREAKER_PAUSE })
  const [submits, polls, downloads] = [breaker(), breaker(), breaker()]

  async function write(
    channel: Channel,
    { health, ...set }: Partial<Channel> & { health: ChannelHealth },
    announce?: 'channel.disabled' | 'channel.recovered'
  ) {
    // what becomes of the channel ends no model's rest, also none that began while it was asked
    const { resting } = ((await channels.get(channel.id)) ?? channel).health
    const whole = { ...(resting && { resting }), ...health }
    const event = announce && { type: announce, reason: health.reason ?? null }
    await channels.setHealth(channel.id, { ...set, health: whole }, event, now())
    routing.changed()
  }

  /** The limit that the vendor seems to have: one less than the tasks in flight when it rejected. */
  const lowered = (channel: Channel) =>
    Math.max(1, Math.min(channel.learnedLimit ?? channel.maxConcurrency ?? Infinity, channel.inFlight) - 1)

  /** Failing to write a channel's health must not fail the task it was learned from. */
  const quietly = (channel: Channel, work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => log.warn({ ...named(channel), err: error }, 'channel health could not be written'))

  /** A failure of the account disables the channel; any other lets it cool down, longer each time; one about a model lets that rest. */
  async function onRejection(channel: Channel, failure: Failure, upstreamModel: string): Promise<void> {
    const { health } = channel
    if (failure.modelOnly && !meaningOf(failure).disable) return restModel(channel, failure, upstreamModel)
    const failures = (health.failures ?? 0) + 1
    const known: ChannelHealth = { state: 'cooling', reason: failure.kind, since: now(), failures }
    // an account that says when it can be used again is not empty
    const isResting = failure.kind === 'insufficient_balance' && failure.retryAfterSeconds !== undefined
    if (meaningOf(failure).disable && !isResting && !channel.builtIn) {
      log.error(
        { ...named(channel), kind: failure.kind, code: failure.code },
        `channel disabled: ${failure.kind === 'auth' ? 'credential rejected' : 'insufficient balance'}`
      )
      await write(channel, { health: { ...known, state: 'disabled' } }, 'channel.disabled')
      return
    }
    submits.recordCall(channel.id, true)
    const pause = coolDown(failure, failures - 1)
    // the request was at fault: the vendor works again
    const isBack = meaningOf(failure).submit === 'fail' && health.state === 'cooling'
    if (pause === 0 && isBack) log.info(named(channel), 'channel recovered')
    if (pause === 0) return isBack ? write(channel, { health: { state: 'ok' }, probeAt: null }) : undefined
    const { kind, code } = failure
    log[levelFor(channel)]({ ...named(channel), kind, code, ms: pause }, 'channel cooling down')
    const fresh = (await channels.get(channel.id)) ?? channel
    await write(channel, {
      health: { ...known, until: now() + pause },
      probeAt: now(),
      ...(passes(failure) && { learnedLimit: lowered(fresh) })
    })
  }

  async function restModel(channel: Channel, failure: Failure, upstreamModel: string): Promise<void> {
    submits.recordCall(channel.id, true)
    const pause = coolDown(failure, 0)
    if (pause === 0) return
    const { kind, code } = failure
    log.warn({ ...named(channel), upstreamModel, kind, code, ms: pause }, 'model rests on this channel')
    const { health } = (await channels.get(channel.id)) ?? channel
    await write(channel, { health: withRest(health, upstreamModel, pause, now()) })
  }

  /** After several unanswered submits in a row, or an unanswered trial, the channel cools down. */
  async function onNoAnswer(channel: Channel): Promise<void> {
    const { health } = channel
    const times = submits.recordCall(channel.id, false)
    if (health.state === 'disabled' || (health.state === 'ok' && times < MAX_UNANSWERED)) return
    const failures = (health.failures ?? 0) + 1
    const pause = coolDown({ kind: 'server', message: '' }, failures - 1)
    log[levelFor(channel)](
      { ...named(channel), times, ms: pause },
      'channel cooling down: vendor does not answer submits'
    )
    await write(channel, {
      health: { state: 'cooling', reason: 'no_answer', since: now(), failures, until: now() + pause },
      probeAt: now() + pause
    })
  }

  /** Ends the cool-down; the learned limit grows by one a minute. */
  async function onAccepted(channel: Channel): Promise<void> {
    submits.recordCall(channel.id, true)
    const { health, learnedLimit, maxConcurrency } = channel
    if (health.state === 'ok' && learnedLimit === null) return
    const raise = learnedLimit !== null && now() - (health.since ?? 0) >= RAISE_EVERY
    if (health.state === 'ok' && !raise) return
    const raised = raise ? learnedLimit + 1 : learnedLimit
    if (health.state !== 'ok') log.info(named(channel), 'channel recovered')
    const reached = raised !== null && maxConcurrency !== null && raised >= maxConcurrency
    await write(channel, {
      health: { state: 'ok', since: raise ? now() : (health.since ?? now()) },
      probeAt: null,
      learnedLimit: reached ? null : raised
    })
  }

  return {
    /** Records a rejected submit of a model, by the vendor's name for it. Never throws. */
    recordRejection: (channel: Channel, failure: Failure, upstreamModel: string): Promise<void> =>
      quietly(channel, onRejection(channel, failure, upstreamModel)),

    /** Records a submit that was accepted, or that had no usable answer. Never throws. */
    recordSubmit: (channel: Channel, accepted: boolean): Promise<void> =>
      quietly(channel, accepted ? onAccepted(channel) : onNoAnswer(channel)),

    polls,
    downloads,

    /** Enables disabled channels again whose probe succeeds; each is probed at most once a minute. */
    async revive(): Promise<void> {
      for (const channel of await channels.list()) await quietly(channel, reviveOne(channel))
    }
  }

  async function reviveOne(channel: Channel): Promise<void> {
    const { health } = channel
    if (health.state !== 'disabled' || channel.disabled || now() - (health.since ?? 0) < PROBE_EVERY) return
    const works = await probe(channel.id)
    if (works) {
      log.info(named(channel), 'channel recovered')
      await write(channel, { health: { state: 'ok' }, probeAt: null }, 'channel.recovered')
      return
    }
    const { resting: _, ...state } = health
    await write(channel, { health: { ...state, since: now() } })
  }
}

export type ChannelHealthService = ReturnType<typeof createChannelHealth>

const named = ({ id, name }: Channel) => ({ channel: name, channelId: id })

/** A channel that cools down for longer has not changed its state. */
const levelFor = ({ health }: Channel) => (health.state === 'cooling' ? 'info' : 'warn')
