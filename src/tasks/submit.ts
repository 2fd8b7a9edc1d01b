import type { Logger } from 'pino'
import type { Attempt, Channel, Task } from '../db/index.ts'
import { passCheckpoint } from '../lib/checkpoint.ts'
import { IMAGE_LIMIT_MB } from '../lib/image-type.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { Exchange } from '../upstream/exchange.ts'
import { UpstreamError, type UpstreamProblem } from '../upstream/upstream-error.ts'
import type {
  Accepted,
  ChannelConfig,
  Failure,
  Rejected,
  Step,
  Submission,
  Vendor,
  VideoRequest
} from '../vendors/vendor.ts'
import type { ChannelHealthService } from './channel-health.ts'
import { advance, type TaskEvent } from '../domain/lifecycle.ts'
import { acceptedEvent } from '../domain/outcome.ts'
import type { Durations } from './durations.ts'
import { coolDown, isAmbiguousStatus, MAX_WAITS, meaningOf, passes, retryDelay } from '../domain/policy.ts'
import { describe, describedFor, type Description } from './describe.ts'
import type { Route } from '../domain/route.ts'
import type { Routing } from './routing.ts'

export interface SubmitDependencies {
  tasks: TaskStore
  health: ChannelHealthService
  routing: Routing
  exchange: Exchange
  durations: Durations
  log: Logger
  now(): number
  random(): number
  /** unique per process: the name on leases */
  owner: string
  /** a submit that may have left rests this long before it is looked up */
  reconcileAfterMs: number
  /** an accepted task must end within this */
  deadlineMs: number
  /** base of the callback addresses given to vendors; null when none is public */
  callbackUrl(channelId: string, attemptId: string): string | null
}

/** What is to be made, and what routes made of it a moment ago; a task that waited is described anew. */
export interface Described {
  video: VideoRequest
  descriptions?: readonly Description[]
}

interface Sending {
  vendor: Vendor
  config: ChannelConfig
  task: Task
  attempt: Attempt
  video: VideoRequest
}

const HAND_OVER = 2000

/** Sends what costs money. The attempt's row is on disk before a byte leaves, and what became of it is written before anyone hears. */
export function createSubmit({
  tasks,
  health,
  routing,
  exchange,
  durations,
  log,
  now,
  random,
  owner,
  reconcileAfterMs,
  deadlineMs,
  callbackUrl
}: SubmitDependencies) {
  /**
   * Sends an attempt, and goes on to other channels while vendors surely refuse. Gives the task as it stands afterwards.
   * Never throws for a vendor's sake.
   */
  async function submit(task: Task, attempt: Attempt, described: Described): Promise<Task> {
    passCheckpoint('created')
    const tried: string[] = []
    let current = { task, attempt }
    for (;;) {
      const { event, channel } = await submitOnce(current.task, current.attempt, described)
      if (event.type !== 'rejected' && event.type !== 'not_sent') {
        const moved = await write(current.task, event)
        passCheckpoint('bound')
        // only now: nothing may come between the vendor's yes and its row, and no trouble with this is the task's
        if (channel) await health.recordSubmit(channel, event.type === 'accepted')
        return moved ?? current.task
      }

      tried.push(current.attempt.channelId)
      const failure: Failure = event.type === 'rejected' ? event.failure : { kind: 'server', message: event.reason }
      if (channel) await health.recordRejection(channel, failure)
      const { routes, waitFor } = await whereNext(current, failure, tried)
      const moved = await write(current.task, waitFor === undefined ? event : { ...event, waitFor })
      if (!moved || moved.finishedAt !== null) return moved ?? current.task
      const next = await tasks.startWaiting(moved, routes, { owner, reconcileAt: now() + reconcileAfterMs, now: now() })
      if (typeof next === 'string') return moved
      current = next
    }
  }

  const write = (task: Task, event: TaskEvent) => tasks.apply(task, advance(task, event, now()), now())

  async function submitOnce(
    task: Task,
    attempt: Attempt,
    { video, descriptions = [] }: Described
  ): Promise<{ event: TaskEvent; channel?: Channel }> {
    const route = await routing.channel(attempt.channelId)
    if (!route) return { event: { type: 'not_sent', reason: 'the channel is gone' } }
    const { channel, vendor, config } = route
    const { upstreamModel } = attempt
    const asked = { ...video, model: upstreamModel }
    try {
      const known = describedFor(attempt, config, descriptions)
      const { submission } = known ?? describe({ channel, vendor, upstreamModel }, config, asked)
      const outcome = await send(submission, { vendor, config, task, attempt, video: asked })
      return { channel, event: toEvent(outcome, task, attempt, { channel, vendor }) }
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

  async function send(
    submission: Submission,
    { vendor, config, task, attempt, video }: Sending
  ): Promise<Accepted<unknown> | Rejected> {
    // the first choice took the request; that this one cannot says nothing against either
    if (submission.kind === 'refuse')
      return { status: 'rejected', failure: { kind: 'unknown', message: submission.reason, param: submission.param } }
    const { reference, channelId, id } = attempt
    let step: Step | Rejected = submission.first({ reference, callbackUrl: callbackUrl(channelId, id) })
    while (!('status' in step)) {
      if (step.kind === 'fetch') step = await afterFetch(step)
      else if (step.kind === 'upload') step = step.next(await exchange.ask(vendor, config, step.request))
      else {
        // what came before may have taken long: the lease must outlast the answer, and must still be ours
        const late = now() - attempt.startedAt > reconcileAfterMs / 4
        if (late && !(await tasks.renew(task, now() + reconcileAfterMs)))
          throw new UpstreamError('preparing took too long', { sent: false })
        passCheckpoint('before-send')
        const answer = await exchange.submit(vendor, config, step.request)
        passCheckpoint('after-send')
        const outcome = vendor.submitted(answer, video, config)
        const doubt = outcome.status === 'rejected' && isAmbiguousStatus(answer.status, vendor.facts.sureRejections)
        return doubt ? { ...outcome, outcomeUnknown: true } : outcome
      }
    }
    return step
  }

  /** An image that cannot be had is the client's affair: no channel is blamed, and nobody was asked for anything. */
  async function afterFetch({ urls, next }: Extract<Step, { kind: 'fetch' }>): Promise<Step | Rejected> {
    try {
      return next(await exchange.fetch(urls))
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
      log.info({ err: error }, 'an image could not be fetched')
      const message = `image: ${imageProblems[error.problem] ?? 'could not be fetched from its URL'}.`
      return { status: 'rejected', failure: { kind: 'invalid_request', message, param: 'image' } }
    }
  }

  function toEvent(
    outcome: Accepted<unknown> | Rejected,
    task: Task,
    attempt: Attempt,
    { channel, vendor }: { channel: Channel; vendor: Vendor }
  ): TaskEvent {
    if (outcome.status === 'accepted') {
      return acceptedEvent(outcome, {
        channel,
        vendor,
        usual: durations.typical(task.model),
        random: random(),
        deadlineAt: now() + deadlineMs
      })
    }
    // sent again under its old reference: a refusal may mean that the vendor has had it all along
    const maybeTwin = isAgain(attempt) && meaningOf(outcome.failure).submit === 'fail'
    if (outcome.outcomeUnknown || maybeTwin) return doubtful(outcome.failure.message)
    return { type: 'rejected', failure: outcome.failure }
  }

  const doubtful = (reason: string): TaskEvent => ({ type: 'doubtful', reason, reconcileAt: now() + reconcileAfterMs })

  /** Other channels to try, and how long to wait when there are none; no `waitFor`: the task ends here. */
  async function whereNext(
    { task, attempt }: { task: Task; attempt: Attempt },
    failure: Failure,
    tried: readonly string[]
  ): Promise<{ routes: Route[]; waitFor?: number }> {
    if (meaningOf(failure).submit === 'fail') return { routes: [] }
    const all = await routing.routesFor(task.model).catch((): Route[] => [])
    // sent again where it was not found: another account would make it a second time if it turns up
    const stays = isAgain(attempt)
    const others = stays ? [] : all.filter(({ channel }) => !tried.includes(channel.id))
    // left alone by every pump for a moment: this node goes on with it at once, any node does if this one dies
    if (others.length) return { routes: others, waitFor: HAND_OVER }
    if (!(stays || passes(failure)) || task.tries >= MAX_WAITS || all.length === 0) return { routes: [] }
    return { routes: [], waitFor: Math.max(coolDown(failure, 0), retryDelay(Math.min(task.tries, 4), 1000, random())) }
  }

  return submit
}

const imageProblems: Partial<Record<UpstreamProblem, string>> = {
  not_an_image: 'what stands at its URL is not an image',
  too_large: `what stands at its URL is larger than ${IMAGE_LIMIT_MB} MB`,
  address_refused: 'its URL may not be fetched; give a public https:// address',
  timeout: 'its URL did not answer in time'
}

/** Whether it goes under the reference of an attempt that its vendor did not have. */
const isAgain = ({ id, reference }: Attempt) => reference !== id

export type Submit = ReturnType<typeof createSubmit>
