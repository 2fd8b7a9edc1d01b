import type { Logger } from 'pino'
import type { Disk } from '../assets/disk.ts'
import type { Attempt, Channel, Task } from '../db/index.ts'
import type { ChannelStore } from '../stores/channels.ts'
import type { FailPoint } from '../lib/failpoint.ts'
import type { TaskStore } from '../stores/tasks.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import type { Exchange } from '../upstream/exchange.ts'
import type {
  Accepted,
  Asset,
  ChannelConfig,
  Failure,
  Polled,
  Rejected,
  Submission,
  Succeeded,
  Vendor,
  VideoRequest
} from '../vendors/vendor.ts'
import { advance, type TaskEvent } from './lifecycle.ts'
import { coolDown, isDoubtful, MAX_WAITS, meaningOf, passes, pollDelay, retryDelay } from './policy.ts'
import type { Route, Routing } from './routing.ts'
import type { Pace } from './pace.ts'

/* The shell around the state machine: talks to vendors, turns what they say into events, writes the changes. */

interface Dependencies {
  tasks: TaskStore
  channels: ChannelStore
  routing: Routing
  exchange: Exchange
  /** where videos that came inside an answer are put down */
  disk: Disk
  pace: Pace
  log: Logger
  now(): number
  random(): number
  /** unique per process: the name on leases */
  owner: string
  /** a submit that may have left rests this long before it is looked up */
  settleMs: number
  /** base of the callback addresses given to vendors; null when none is public */
  callbackUrl(channelId: string, attemptId: string): string | null
  failPoint(point: FailPoint): void
}

const POLL_LEASE = 30_000
const MINIMUM_POLL = 2000
const SANDBOX_POLL = 500
const BATCH = 100
const NOT_FOUND_GRACE = 60_000
const LARGE_ANSWER = 300_000
const SETTLE_TRIES = 20

export function createWorker({
  tasks,
  channels,
  routing,
  exchange,
  disk,
  pace,
  log,
  now,
  random,
  owner,
  settleMs,
  callbackUrl,
  failPoint
}: Dependencies) {
  const underway = new Set<Promise<unknown>>()
  let stopping = false

  const write = (task: Task, event: TaskEvent) => {
    log.debug({ task: task.id, event: event.type }, 'task moved')
    return tasks.apply(task, advance(task, event, now()), now())
  }

  /* ── submitting ── */

  /**
   * Sends the attempt whose intent is already on disk, and goes on to other channels while vendors surely refuse.
   * Gives the task as it stands afterwards. Never throws for a vendor's sake.
   */
  async function submit(task: Task, attempt: Attempt, video: VideoRequest): Promise<Task> {
    failPoint('created')
    const tried: string[] = []
    let current: { task: Task; attempt: Attempt } = { task, attempt }
    for (;;) {
      const { event, channel } = await submitOnce(current.task, current.attempt, video)
      if (event.type === 'accepted' && channel) await healthy(channel)
      if (event.type !== 'rejected' && event.type !== 'not_sent') {
        const moved = await write(current.task, event)
        failPoint('bound')
        return moved ?? current.task
      }

      tried.push(current.attempt.channelId)
      const failure: Failure = event.type === 'rejected' ? event.failure : { kind: 'server', message: event.reason }
      if (channel) await rest(channel, failure)
      const { claims, waitFor } = await whereNext(current.task, failure, tried)
      const moved = await write(current.task, waitFor === undefined ? event : { ...event, waitFor })
      if (!moved || moved.finishedAt !== null) return moved ?? current.task
      const next = await tasks.startWaiting(moved, claims, { owner, settleAt: now() + settleMs, now: now() })
      if (!next) return moved
      current = next
    }
  }

  async function submitOnce(
    task: Task,
    attempt: Attempt,
    video: VideoRequest
  ): Promise<{ event: TaskEvent; channel?: Channel }> {
    const route = await routing.channel(attempt.channelId)
    if (!route) return { event: { type: 'not_sent', reason: 'the channel is gone' } }
    const { channel, vendor, config } = route
    try {
      const outcome = await describeAndSend(vendor, config, attempt, { ...video, model: attempt.upstreamModel })
      return { channel, event: toEvent(outcome, task, route) }
    } catch (error) {
      if (error instanceof UpstreamError) {
        log.warn({ task: task.id, channel: channel.id, sent: error.sent, err: error }, 'no answer to a submit')
        return { channel, event: error.sent ? doubtful(error.message) : { type: 'not_sent', reason: error.message } }
      }
      // a bug of ours after bytes may have left: nobody can say, so it must not be sent again
      log.error({ task: task.id, channel: channel.id, err: error }, 'submit broke')
      return { channel, event: doubtful('an internal error') }
    }
  }

  async function describeAndSend(vendor: Vendor, config: ChannelConfig, attempt: Attempt, video: VideoRequest) {
    const context = {
      reference: attempt.reference,
      now: attempt.startedAt,
      callbackUrl: callbackUrl(attempt.channelId, attempt.id)
    }
    let step: Submission | Rejected = vendor.submit(video, config, context)
    while (!('status' in step)) {
      if (step.kind === 'refuse') return rejected('invalid_request', step.reason, step.param)
      if (step.kind === 'fetch') step = step.next(await exchange.fetch(step.urls))
      else if (step.kind === 'upload') step = step.next(await exchange.ask(vendor, config, step.request))
      else {
        failPoint('before-send')
        const answer = await exchange.submit(vendor, config, step.request)
        failPoint('after-send')
        const outcome = vendor.submitted(answer, video, config)
        if (outcome.status === 'rejected' && isDoubtful(answer.status, vendor.facts.sureRejections))
          return { ...outcome, outcomeUnknown: true }
        return outcome
      }
    }
    return step
  }

  function toEvent(
    outcome: Accepted<unknown> | Rejected,
    task: Task,
    { channel, vendor }: Pick<Reach, 'channel' | 'vendor'>
  ): TaskEvent {
    if (outcome.status === 'rejected')
      return outcome.outcomeUnknown ? doubtful(outcome.failure.message) : { type: 'rejected', failure: outcome.failure }
    const { operation, upstreamId, progress, cost } = outcome
    const pollIn = pollDelay(0, pace.usual(task.model), pollEvery(channel, vendor), random())
    return {
      type: 'accepted',
      operation,
      upstreamId,
      pollIn,
      ...(progress !== undefined && { progress }),
      ...(cost && { cost })
    }
  }

  const doubtful = (reason: string): TaskEvent => ({ type: 'doubtful', reason, settleAt: now() + settleMs })

  /** Other channels to try, and how long to wait when there are none; no `waitFor`: the task ends here. */
  async function whereNext(
    task: Task,
    failure: Failure,
    tried: readonly string[]
  ): Promise<{ claims: ReturnType<typeof claimsOf>; waitFor?: number }> {
    if (meaningOf(failure).submit === 'fail') return { claims: [] }
    const routes = await routing.routesFor(task.model).catch((): Route[] => [])
    const others = claimsOf(routes.filter(({ channel }) => !tried.includes(channel.id)))
    if (others.length) return { claims: others, waitFor: 0 }
    if (!passes(failure) || task.tries >= MAX_WAITS || routes.length === 0) return { claims: [] }
    return { claims: [], waitFor: Math.max(coolDown(failure, 0), retryDelay(Math.min(task.tries, 4), 1000, random())) }
  }

  async function rest(channel: Channel, failure: Failure) {
    const failures = channel.health.failures ?? 0
    const milliseconds = coolDown(failure, failures)
    if (milliseconds === 0) return
    const health = {
      state: 'cooling',
      reason: failure.kind,
      since: now(),
      failures: failures + 1,
      until: now() + milliseconds
    } as const
    await channels.update(channel.id, { health })
    routing.changed()
    log.warn({ channel: channel.id, kind: failure.kind, code: failure.code, ms: milliseconds }, 'channel rests')
  }

  async function healthy(channel: Channel) {
    if (channel.health.state === 'ok') return
    await channels.update(channel.id, { health: { state: 'ok' } })
    routing.changed()
  }

  /* ── following ── */

  /** One step of a task in hand: settle its lost submit, cancel it, or poll it. */
  async function step(task: Task): Promise<void> {
    const route = task.channelId === null ? undefined : await routing.channel(task.channelId)
    if (!route) {
      await write(task, {
        type: 'failed',
        failure: { kind: 'misconfigured', message: 'The channel of this task is gone.' }
      })
      return
    }
    const event = task.operation === null ? await settle(task, route) : await observe(task, route)
    failPoint('polled')
    const moved = await write(task, event)
    if (moved && moved.finishedAt !== null) failPoint('ended')
    if (moved?.status === 'completed' && moved.startedAt !== null) pace.learn(moved.model, now() - moved.startedAt)
  }

  type Reach = NonNullable<Awaited<ReturnType<Routing['channel']>>>

  async function settle(task: Task, { channel, vendor, config }: Reach): Promise<TaskEvent> {
    const attempt = (await tasks.attemptsOf(task.id)).find(({ id }) => id === task.attemptId)
    const video = await tasks.request(task.id)
    if (!attempt || !video || !vendor.lookup || !vendor.found) return { type: 'outcome_unknown' }
    const context = { reference: attempt.reference, sentAt: attempt.startedAt }
    const asked = { ...video, model: attempt.upstreamModel }
    const minimum = Math.min(settleMs, MINIMUM_POLL)
    try {
      const answer = await exchange.ask(vendor, config, vendor.lookup(asked, config, context))
      const found = vendor.found(answer, asked, config, context)
      // a list knows only likeness: what another attempt holds is not ours
      const ours = found.status === 'found' && !(await tasks.isTaken(channel.id, found.accepted.upstreamId, attempt.id))
      if (found.status === 'found' && ours) return toEvent(found.accepted, task, { channel, vendor })
      if (found.status === 'absent')
        return vendor.facts.lookup === 'reference' ? { type: 'absent' } : { type: 'outcome_unknown' }
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
    }
    const late = task.tries >= SETTLE_TRIES || now() > task.deadlineAt
    return late
      ? { type: 'outcome_unknown' }
      : { type: 'unreachable', retryIn: retryDelay(task.tries, minimum, random()) }
  }

  async function observe(task: Task, reach: Reach): Promise<TaskEvent> {
    if (task.cancelRequested && (await cancelUpstream(task, reach))) return { type: 'cancelled' }
    const polled = await poll(task, reach)
    if (polled.status === 'succeeded') {
      const result = await putDown(task, polled)
      return { type: 'succeeded', result, expiresAt: linkEnd(result, reach.vendor, now()) }
    }
    if (polled.status === 'failed' && !isTooSoon(task, polled.failure))
      return { type: 'failed', failure: polled.failure }
    if (task.cancelRequested) return { type: 'cancelled' }
    if (now() > task.deadlineAt) {
      await cancelUpstream(task, reach)
      return { type: 'expired' }
    }
    const minimum = pollEvery(reach.channel, reach.vendor)
    if (polled.status === 'unchanged' || polled.status === 'failed') {
      const retryIn =
        polled.failure?.retryAfterSeconds !== undefined
          ? polled.failure.retryAfterSeconds * 1000
          : retryDelay(task.tries, minimum, random())
      return { type: 'unreachable', retryIn }
    }
    const pollIn = pollDelay(now() - (task.startedAt ?? now()), pace.usual(task.model), minimum, random())
    return {
      type: 'running',
      pollIn,
      ...(polled.progress !== undefined && { progress: polled.progress }),
      ...(polled.operation !== undefined && { operation: polled.operation })
    }
  }

  // vendors answer from replicas: a task may be unknown for a moment after it was accepted
  const isTooSoon = ({ startedAt }: Task, { kind }: Failure) =>
    kind === 'not_found' && now() - (startedAt ?? 0) < NOT_FOUND_GRACE

  async function poll(task: Task, { vendor, config }: Reach): Promise<Exclude<Polled, { status: 'follow' }>> {
    // a video inside an answer takes its time
    if (vendor.facts.inlineResults) await tasks.renew(task, now() + LARGE_ANSWER)
    try {
      let polled = vendor.polled(
        await exchange.ask(vendor, config, vendor.poll(task.operation, config)),
        task.operation,
        config
      )
      while (polled.status === 'follow') polled = polled.read(await exchange.ask(vendor, config, polled.request))
      if (polled.status === 'unchanged') log.info({ task: task.id, failure: polled.failure }, 'poll taught nothing')
      return polled
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
      log.info({ task: task.id, err: error }, 'poll got no answer')
      return { status: 'unchanged' }
    }
  }

  /** A video inside the answer becomes a file: rows stay small, and the answer is never asked for again. */
  async function putDown(task: Task, result: Succeeded): Promise<Succeeded> {
    const [first, ...others] = await Promise.all(
      result.videos.map(async (video, number): Promise<Asset> => {
        if (!('data' in video.at)) return video
        const name = `${task.id}/${number}.mp4`
        await disk.put(name, Buffer.from(video.at.data.base64, 'base64'))
        return { ...video, at: { kept: name } }
      })
    )
    return { ...result, videos: [first!, ...others] }
  }

  async function cancelUpstream(task: Task, { vendor, config }: Reach): Promise<boolean> {
    const request = vendor.cancel?.(task.operation, config)
    if (!request || !vendor.cancelled) return false
    try {
      return vendor.cancelled(await exchange.ask(vendor, config, request), task.operation).status === 'cancelled'
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
      return false
    }
  }

  /* ── the loop ── */

  function track<T>(work: Promise<T>): Promise<T> {
    underway.add(work)
    void work.finally(() => underway.delete(work)).catch(() => {})
    return work
  }

  async function safely(task: Task, work: () => Promise<unknown>) {
    try {
      await work()
    } catch (error) {
      // the lease runs out by itself, and the task is looked at again
      log.error({ task: task.id, err: error }, 'a step of a task broke')
    }
  }

  /** Submits waiting tasks while there are free slots. Gives how many left. */
  async function pump(): Promise<number> {
    const busy = new Set<string>()
    let started = 0
    while (!stopping) {
      const task = await tasks.nextWaiting(now(), [...busy])
      if (!task) break
      if (now() > task.deadlineAt || task.cancelRequested) {
        await write(task, task.cancelRequested ? { type: 'cancelled' } : { type: 'expired' })
        continue
      }
      const routes = await routing.routesFor(task.model).catch((): Route[] => [])
      const claims = claimsOf(routes.filter(({ channel }) => (channel.health.until ?? 0) <= now()))
      const reference = await lastReference(task)
      const next = await tasks.startWaiting(task, claims, {
        owner,
        settleAt: now() + settleMs,
        now: now(),
        ...(reference !== undefined && { reference })
      })
      if (!next) {
        busy.add(task.model)
        continue
      }
      started++
      const video = await tasks.request(task.id)
      if (video) void track(safely(next.task, () => submit(next.task, next.attempt, video)))
    }
    return started
  }

  // a submit that was surely not taken goes again under its old reference: if it was taken after all, the vendor refuses the twin
  async function lastReference(task: Task): Promise<string | undefined> {
    if (task.tries === 0) return undefined
    const last = (await tasks.attemptsOf(task.id)).at(-1)
    return last?.outcome === 'not_sent' ? last.reference : undefined
  }

  return {
    /** Submits a task that was just created with a slot. */
    submit: (task: Task, attempt: Attempt, video: VideoRequest) => track(submit(task, attempt, video)),

    /** One round: every due task one step, then the queue. Gives how many moved; resolves when the steps are done. */
    async tick(): Promise<number> {
      const due = stopping ? [] : await tasks.claimDue(owner, now(), now() + POLL_LEASE, BATCH)
      await Promise.all(due.map(task => track(safely(task, () => step(task)))))
      return due.length + (await pump())
    },

    /** Cancels a task now if it can be taken in hand; else it is cancelled when it comes round. Gives the task afterwards. */
    async cancel(id: string): Promise<Task | undefined> {
      await tasks.requestCancel(id)
      const task = await tasks.claim(id, owner, now(), now() + POLL_LEASE)
      if (!task) return tasks.get(id)
      if (task.queueTag !== null) await write(task, { type: 'cancelled' })
      else if (task.operation !== null) await track(safely(task, () => step({ ...task, cancelRequested: true })))
      return tasks.get(id)
    },

    /** A fresh poll of a finished task, for vendors whose links are renewed by it; null when nothing better came. */
    async renewLink(task: Task): Promise<Succeeded | null> {
      const reach = task.channelId === null ? undefined : await routing.channel(task.channelId)
      if (!reach?.vendor.facts.linkRenews) return null
      const polled = await poll(task, reach)
      if (polled.status !== 'succeeded') return null
      await tasks.renewResult(task.id, polled, linkEnd(polled, reach.vendor, now()))
      return polled
    },

    /** No new work; waits for what is on the wire (a paid submit is never aborted), then gives its leases back. */
    async stop(): Promise<void> {
      stopping = true
      await Promise.allSettled(underway)
      await tasks.releaseLeases(owner)
    }
  }
}

export type Worker = ReturnType<typeof createWorker>

// the sandbox is ours: asking it often costs nobody anything
const pollEvery = (channel: Channel, { facts }: Vendor) =>
  channel.builtIn ? SANDBOX_POLL : (facts.pollEveryMs ?? MINIMUM_POLL)

/** What the store needs of a route to take its slot. */
export const claimsOf = (routes: readonly Route[]) =>
  routes.map(({ channel, upstreamModel }) => ({ channelId: channel.id, upstreamModel }))

function rejected(kind: Failure['kind'], message: string, param?: string): Rejected {
  return { status: 'rejected', failure: { kind, message, ...(param !== undefined && { param }) } }
}

/** When the first of the result's links dies, in milliseconds; null when nobody knows. */
function linkEnd({ videos: [video] }: Succeeded, { facts }: Vendor, now: number): number | null {
  if (video.expiresAt !== undefined) return video.expiresAt * 1000
  const seconds = video.expiresInSeconds ?? facts.linkSeconds
  return seconds === null ? null : now + seconds * 1000
}
