import type { About, WatchedExchange } from './watched-exchange.ts'
import type { Task } from '../db/index.ts'
import type { Clock } from '../lib/clock.ts'
import { passCheckpoint } from '../lib/checkpoint.ts'
import { defined } from '../lib/defined.ts'
import type { TaskStore } from '../stores/tasks.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import type { Polled, Succeeded } from '../vendors/vendor.ts'
import type { ChannelHealthService } from './channel-health.ts'
import { describe } from './describe.ts'
import { advance, isFannedOut, type TaskEvent } from '../domain/lifecycle.ts'
import { wholeLength } from '../domain/request.ts'
import { acceptedEvent, linkEndOf, pollEvery, producedEvent, withLinkEnd } from '../domain/outcome.ts'
import type { Durations } from './durations.ts'
import { aggregate } from '../domain/fan-out.ts'
import { expectedProgress, isTooSoon, pollDelay, retryDelay, UNKNOWN_TIME } from '../domain/policy.ts'
import type { Connection, Routing } from './routing.ts'
import type { Films } from './submit.ts'
import type { VendorCalls } from './vendor-calls.ts'

/** Stores videos that are inside an answer as files; `unchanged` when one of them is not a video. Other answers are returned as they are. */
export type StoreInline = (task: Task, polled: Final) => Promise<Final>

/** An answer to a poll that needs no further request. */
type Final = Exclude<Polled, { status: 'follow' }>

export interface PollerDependencies {
  tasks: TaskStore
  health: ChannelHealthService
  routing: Routing
  exchange: WatchedExchange
  calls: VendorCalls
  storeInline: StoreInline
  films: Pick<Films, 'find'>
  durations: Durations
  now(): number
  clock: Clock
  random(): number
  reconcileAfterMs: number
  deadlineMs: number
}

// lease for a poll that may download a whole video
const LARGE_ANSWER_LEASE = 300_000
const MAX_LOOKUPS = 20
// a vendor that rejects every submit and finds none of them contradicts itself
const MAX_RESUBMITS = 5
const LOOKUP_DELAY = 2000
// the longest Retry-After that is honoured
const LONGEST_WAIT = 10 * 60_000

/** Follows submitted tasks to their end: reconciles submits without an answer, polls, cancels. */
export function createPoller({
  tasks,
  health,
  routing,
  exchange,
  calls,
  storeInline,
  films,
  durations,
  now,
  clock,
  random,
  reconcileAfterMs,
  deadlineMs
}: PollerDependencies) {
  const write = (task: Task, event: TaskEvent) => tasks.apply(task, advance(task, event, now()), now())

  /** Makes one step of a claimed task and writes the result. */
  async function step(task: Task): Promise<void> {
    if (isFannedOut(task)) {
      await write(task, aggregate(task, await tasks.childrenOf(task.id)))
      return
    }
    const connection = task.channelId === null ? undefined : await routing.channel(task.channelId)
    if (!connection) {
      await write(task, {
        type: 'failed',
        failure: { kind: 'misconfigured', message: 'The channel of this task was deleted.' }
      })
      return
    }
    const event = task.operation === null ? await reconcile(task, connection) : await observe(task, connection)
    passCheckpoint('polled')
    const moved = await write(task, event)
    if (moved && moved.finishedAt !== null) passCheckpoint('ended')
    if (moved?.status === 'completed' && moved.startedAt !== null)
      durations.record(moved.model, now() - moved.startedAt)
  }

  /** Returns what follows when a step threw an error: it counts like an unusable answer, and the deadline ends the task all the same. */
  function afterError(task: Task): TaskEvent {
    if (!isFannedOut(task)) {
      if (task.operation === null && task.tries >= MAX_LOOKUPS) return { type: 'outcome_unknown' }
      if (task.operation !== null && clock.since(task.deadlineAt) > 0)
        return {
          type: 'given_up',
          code: task.cancelRequested ? 'cancelled' : 'expired',
          followUpIn: LOOKUP_DELAY,
          cancelLater: true
        }
    }
    return { type: 'unreachable', retryIn: retryDelay(task.tries, LOOKUP_DELAY, random()) }
  }

  /** A submit without a usable answer: looks up whether the vendor accepted it. */
  async function reconcile(task: Task, { channel, vendor, config }: Connection): Promise<TaskEvent> {
    const attempt = (await tasks.attemptsOf(task.id)).find(({ id }) => id === task.attemptId)
    const video = await tasks.request(task.id)
    if (!attempt || !video) return { type: 'outcome_unknown' }
    const context = { reference: attempt.reference, sentAt: attempt.startedAt }
    const { upstreamModel } = attempt
    const { seconds } = describe({ channel, vendor, upstreamModel }, config, { ...video, model: upstreamModel })
    // the answer was the video, and whoever stored it could not write so
    const film = vendor.facts.filmAtSubmit ? await films.find(attempt) : null
    if (film) return producedEvent(film, { sentAt: attempt.startedAt, seconds })
    const sent = { ...video, model: upstreamModel, ...defined({ seconds }) }
    const lookup = vendor.lookup?.(sent, config, context)
    if (!lookup || !vendor.found) return { type: 'outcome_unknown' }
    try {
      const answer = await exchange.ask(vendor, config, lookup, about(task, 'lookup'))
      const found = vendor.found(answer, sent, config, context)
      const isTaken =
        found.status === 'found' && (await tasks.isTaken(channel.id, found.accepted.upstreamId, attempt.id))
      if (found.status === 'found' && !isTaken) {
        await health.recordSubmit(channel, true)
        return acceptedEvent(found.accepted, {
          channel,
          vendor,
          seconds: wholeLength(video.source, seconds),
          typical: durations.typical(task.model),
          random: random(),
          deadlineAt: now() + deadlineMs
        })
      }
      // by our own reference the vendor has only this one; a list may still get ours, and this one is another's that is alike
      if (isTaken && vendor.facts.lookup === 'reference') return { type: 'outcome_unknown' }
      // a callback may start this early: absence proves nothing before reconcileAfterMs has passed
      const age = clock.since(attempt.startedAt)
      // a start in the future: the clock was set back, and enough time has passed since
      const remaining = age < -LONGEST_WAIT ? 0 : reconcileAfterMs - age
      if (found.status === 'absent' && remaining > 0)
        return { type: 'ambiguous', reason: 'not found yet', reconcileAt: now() + remaining }
      if (found.status === 'absent') {
        const again = vendor.facts.lookup === 'reference' && task.tries < MAX_RESUBMITS
        return again ? { type: 'absent' } : { type: 'outcome_unknown' }
      }
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
    }
    const isLate = clock.since(attempt.startedAt) > deadlineMs
    if (isLate || task.tries >= MAX_LOOKUPS) return { type: 'outcome_unknown' }
    return { type: 'unreachable', retryIn: retryDelay(task.tries, Math.min(reconcileAfterMs, LOOKUP_DELAY), random()) }
  }

  /** Polls a task and returns what follows; ends it when it is cancelled or past its deadline. */
  async function observe(task: Task, connection: Connection): Promise<TaskEvent> {
    const { channel, vendor } = connection
    const pause = health.polls.pause(channel.id)
    const isLate = clock.since(task.deadlineAt) > 0
    // whoever cancels does not wait for a vendor that is not called
    if (pause > 0 && task.cancelRequested)
      return { type: 'given_up', code: 'cancelled', followUpIn: pause, cancelLater: true }
    if (pause > 0 && !isLate) return { type: 'paused', retryIn: Math.round(pause * (1 + random())) }
    const polled = await storeInline(task, await poll(task, connection))
    if (polled.status === 'succeeded') {
      const result = withLinkEnd(polled, vendor, now())
      return { type: 'succeeded', result, expiresAt: linkEndOf(result) }
    }
    if (polled.status === 'failed' && !isTooSoon(polled.failure, clock.since(task.startedAt ?? 0))) {
      const again = !task.cancelRequested && polled.failure.kind === 'server' && (await mayTryElsewhere(task))
      return again
        ? { type: 'retried', failure: polled.failure }
        : { type: 'failed', failure: polled.failure, ...defined({ cost: polled.cost }) }
    }
    const over = task.cancelRequested ? 'cancelled' : isLate ? 'expired' : null
    if (over) {
      const answer = await calls.cancel(task, connection, polled)
      if (answer === 'cancelled') return { type: over }
      const followUpIn = pollEvery(channel, vendor)
      return { type: 'given_up', code: over, followUpIn, cancelLater: answer === 'unanswered' }
    }
    const minimum = pollEvery(channel, vendor)
    if (polled.status === 'unchanged' || polled.status === 'failed') {
      const { retryAfterSeconds } = polled.failure ?? {}
      const retryIn =
        retryAfterSeconds === undefined
          ? retryDelay(task.tries, minimum, random())
          : Math.max(Math.min(retryAfterSeconds * 1000, LONGEST_WAIT), minimum)
      return { type: 'unreachable', retryIn, ...('operation' in polled && defined({ operation: polled.operation })) }
    }
    const elapsed = now() - (task.startedAt ?? now())
    const typical = durations.typical(task.model)
    return {
      type: 'running',
      pollIn: pollDelay(elapsed, typical, minimum, random()),
      ...(polled.progress !== undefined && { progress: atLeastShown(task, polled.progress, elapsed, typical) }),
      ...defined({ operation: polled.operation })
    }
  }

  /** The vendor's first progress, raised to the estimate that clients have seen until then. */
  const atLeastShown = ({ progress }: Task, reported: number, elapsed: number, typical: number | null) =>
    progress === 0 && reported > 0 ? Math.max(reported, expectedProgress(elapsed, typical ?? UNKNOWN_TIME)) : reported

  /** The model's `retry_failed`: whether a generation that failed at the vendor may be tried on another channel. */
  async function mayTryElsewhere(task: Task): Promise<boolean> {
    const model = await routing.find(task.model)
    if (!model?.settings?.retryFailed) return false
    const tried = new Set((await tasks.attemptsOf(task.id)).map(({ channelId }) => channelId))
    return (await routing.routesFor(task.model).catch(() => [])).some(({ channel }) => !tried.has(channel.id))
  }

  async function poll(task: Task, connection: Connection) {
    // an answer that contains the video takes long
    if (connection.vendor.facts.inlineResults) await tasks.renew(task, now() + LARGE_ANSWER_LEASE)
    return calls.poll(task, connection)
  }

  /** Polls a finished task again to renew its links. Returns null when the vendor does not renew links or the poll fails. */
  async function renewLink(task: Task): Promise<Succeeded | null> {
    const connection = task.channelId === null ? undefined : await routing.channel(task.channelId)
    if (!connection?.vendor.facts.linkRenews) return null
    const polled = await poll(task, connection)
    if (polled.status !== 'succeeded') return null
    const renewed = withLinkEnd(polled, connection.vendor, now())
    await tasks.renewResult(task.id, renewed)
    return renewed
  }

  return { step, afterError, renewLink }
}

export type Poller = ReturnType<typeof createPoller>

const about = ({ id, attemptId, traceparent }: Task, step: About['step']): About => ({
  taskId: id,
  attemptId,
  step,
  traceparent
})
