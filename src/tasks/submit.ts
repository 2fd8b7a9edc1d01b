import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { Attempt, Channel, Task } from '../db/index.ts'
import { passCheckpoint } from '../lib/checkpoint.ts'
import { damageIn, DamagedError } from '../lib/damaged.ts'
import type { ByteBudget, Share } from '../lib/byte-budget.ts'
import { IMAGE_LIMIT, IMAGE_LIMIT_MB } from '../lib/image-type.ts'
import { sizeOf, wholeLength } from '../domain/request.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { Opened } from '../upstream/download.ts'
import { UpstreamError, type UpstreamProblem } from '../upstream/upstream-error.ts'
import type {
  Accepted,
  ChannelConfig,
  Failure,
  HttpAnswer,
  ProducedFile,
  Rejected,
  Step,
  Submission,
  Vendor,
  VideoRequest
} from '../vendors/vendor.ts'
import type { ChannelHealthService } from './channel-health.ts'
import { advance, type TaskEvent } from '../domain/lifecycle.ts'
import { acceptedEvent, producedEvent } from '../domain/outcome.ts'
import type { Durations } from './durations.ts'
import { coolDown, isAmbiguous, MAX_WAITS, meaningOf, passes, retryDelay } from '../domain/policy.ts'
import { describe, describedFor, type Description } from './describe.ts'
import type { Route } from '../domain/route.ts'
import type { LongLeases } from './long-leases.ts'
import type { About, WatchedExchange } from './watched-exchange.ts'
import type { Routing } from './routing.ts'

export interface SubmitDependencies {
  tasks: TaskStore
  health: ChannelHealthService
  routing: Routing
  exchange: WatchedExchange
  durations: Durations
  log: Logger
  now(): number
  random(): number
  /** of the images that are in memory for submits */
  memory: ByteBudget
  films: Pick<Films, 'receive'>
  leases: Pick<LongLeases, 'during'>
  /** unique per process: the owner of its leases */
  owner: string
  /** a submit without an answer waits this long before it is looked up */
  reconcileAfterMs: number
  /** an accepted task must end within this */
  deadlineMs: number
  /** the callback URL for an attempt; null when the gateway has no public address */
  callbackUrl(channelId: string, attemptId: string): string | null
}

/** Where videos are stored that are the answer to a submit. */
export interface Films {
  /**
   * Stores the video while it arrives and returns what it is; `seconds`: the length that was sent. Throws UpstreamError when it is no video, too
   * large, or breaks off.
   */
  receive(attempt: Attempt, file: Opened & { ok: true }, seconds: number | null): Promise<ProducedFile>
  /** Returns the video of an attempt whose process died before it could write that it had stored it; null: there is none. */
  find(attempt: Attempt): Promise<ProducedFile | null>
}

/** The answer to a submit was the video. */
interface Produced {
  status: 'produced'
  video: ProducedFile
}

/** The request, and its descriptions when they were just made; a task that waited is described again. */
export interface Described {
  video: VideoRequest
  descriptions?: readonly Description[]
}

/** There is no memory for the images of a submit. */
class NoMemory extends Error {
  override readonly name = 'NoMemory'
  override readonly message = 'the gateway has no memory free for the images'
}

interface Sending {
  vendor: Vendor
  config: ChannelConfig
  task: Task
  attempt: Attempt
  video: VideoRequest
  /** the length that is sent */
  seconds: number | undefined
  /** released when it was sent */
  shares: Share[]
}

const NEXT_CHANNEL_WITHIN = 2000
const REMEMBERED = 60 * 60_000

/** Sends submits. The attempt's row is on disk before a byte leaves, and the outcome is written before anyone learns of it. */
export function createSubmit({
  tasks,
  health,
  routing,
  exchange,
  durations,
  log,
  now,
  random,
  memory,
  films,
  leases,
  owner,
  reconcileAfterMs,
  deadlineMs,
  callbackUrl
}: SubmitDependencies) {
  // of questions about models; schemas are large
  const answers = new LRUCache<string, { at: number; answer: HttpAnswer }>({ max: 50 })

  // well within the lease
  const memoryWaitMs = reconcileAfterMs / 3

  /**
   * Sends an attempt, and tries other channels while vendors certainly reject it. Returns the updated task. Never throws because of a vendor.
   * `described` null: the request is in the database. One that must wait for memory is read again later. Throws DamagedError.
   */
  function submit(task: Task, attempt: Attempt, described: Described | null): Promise<Task> {
    passCheckpoint('created')
    const share = described && memory.take(task.keyId, sizeOf(described.video))
    return share ? submitNow(task, attempt, described).finally(() => share.release()) : submitWithRoom(task, attempt)
  }

  async function submitWithRoom(task: Task, attempt: Attempt): Promise<Task> {
    const size = await tasks.requestSize(task.id)
    if (size === undefined) return task
    const share = await memory.wait(task.keyId, size, memoryWaitMs)
    try {
      const video = share && (await tasks.request(task.id))
      const [column] = video ? damageIn({ video }) : []
      if (column !== undefined) throw new DamagedError(`The column ${column} of this request is damaged.`)
      if (video) return await submitNow(task, attempt, { video })
    } finally {
      share?.release()
    }
    if (share) return task
    const waitFor = retryDelay(Math.min(task.tries, 4), 1000, random())
    return (await write(task, { type: 'not_sent', reason: new NoMemory().message, waitFor })) ?? task
  }

  async function submitNow(task: Task, attempt: Attempt, described: Described): Promise<Task> {
    const tried: string[] = []
    let current = { task, attempt }
    for (;;) {
      const { event, channel } = await submitOnce(current.task, current.attempt, described)
      if (event.type !== 'rejected' && event.type !== 'not_sent') {
        const moved = await write(current.task, event).catch(error => writeTaken(current, event, error))
        passCheckpoint('bound')
        if (moved && event.type === 'produced') durations.record(moved.model, now() - event.sentAt)
        // only now: nothing may delay the row of an accepted submit, and the channel's health must not fail the task
        if (channel) await health.recordSubmit(channel, event.type === 'accepted' || event.type === 'produced')
        return moved ?? current.task
      }

      tried.push(current.attempt.channelId)
      const failure: Failure = event.type === 'rejected' ? event.failure : { kind: 'server', message: event.reason }
      if (event.type === 'rejected') logRejection(current, failure, channel)
      if (channel) await health.recordRejection(channel, failure, current.attempt.upstreamModel)
      const { routes, waitFor } = await whereNext({ ...current, ...described }, failure, tried)
      const moved = await write(current.task, waitFor === undefined ? event : { ...event, waitFor })
      if (!moved || moved.finishedAt !== null) return moved ?? current.task
      const next = await tasks.startWaiting(moved, routes, { owner, reconcileAt: now() + reconcileAfterMs, now: now() })
      if (typeof next === 'string') return moved
      current = next
    }
  }

  const write = (task: Task, event: TaskEvent) => tasks.apply(task, advance(task, event, now()), now())

  /** A vendor that answers two submits with one id has said nothing about the second: its outcome is unknown. Throws any other error again. */
  async function writeTaken({ task, attempt }: { task: Task; attempt: Attempt }, event: TaskEvent, error: unknown) {
    const { id, channelId } = attempt
    const isTaken = event.type === 'accepted' && (await tasks.isTaken(channelId, event.upstreamId, id))
    if (!isTaken) throw error
    log.error({ task: task.id, channelId, upstreamId: event.upstreamId }, "submit: answered with another task's id")
    return write(task, ambiguous('the vendor answered with the id of another task'))
  }

  // the operator's own words for it: the client may get the error as its answer, and no task to look at
  function logRejection({ task, attempt }: { task: Task; attempt: Attempt }, failure: Failure, channel?: Channel) {
    const { model } = task
    const { kind, code } = failure
    const level = meaningOf(failure).code === 'upstream_error' ? 'warn' : 'info'
    log[level](
      { task: task.id, model, channel: channel?.name, channelId: attempt.channelId, kind, code, failure },
      'submit: rejected by vendor'
    )
  }

  async function submitOnce(
    task: Task,
    attempt: Attempt,
    { video, descriptions = [] }: Described
  ): Promise<{ event: TaskEvent; channel?: Channel }> {
    const route = await routing.channel(attempt.channelId)
    if (!route) return { event: { type: 'not_sent', reason: 'the channel was deleted' } }
    const { channel, vendor, config } = route
    const { upstreamModel } = attempt
    const request = { ...video, model: upstreamModel }
    const shares: Share[] = []
    try {
      const known = describedFor(attempt, config, descriptions)
      const { submission, seconds } = known ?? describe({ channel, vendor, upstreamModel }, config, request)
      const outcome = await send(submission, { vendor, config, task, attempt, video: request, seconds, shares })
      const whole = wholeLength(video.source, seconds)
      return { channel, event: toEvent(outcome, task, attempt, { channel, vendor, seconds: whole }) }
    } catch (error) {
      // the channel is not at fault
      if (error instanceof NoMemory) return { event: { type: 'not_sent', reason: error.message } }
      if (error instanceof UpstreamError) {
        log.warn(
          { task: task.id, channel: channel.name, channelId: channel.id, sent: error.sent, err: error },
          'submit: no answer'
        )
        return { channel, event: error.sent ? ambiguous(error.message) : { type: 'not_sent', reason: error.message } }
      }
      // a bug of ours, possibly after bytes have left: the outcome is unknown, so it must not be sent again
      log.error({ task: task.id, channel: channel.name, channelId: channel.id, err: error }, 'submit: internal error')
      return { channel, event: ambiguous('an internal error') }
    } finally {
      for (const share of shares) share.release()
    }
  }

  async function send(
    submission: Submission,
    { vendor, config, task, attempt, video, seconds, shares }: Sending
  ): Promise<Accepted<unknown> | Produced | Rejected> {
    // this route cannot serve the request, although the first choice could: neither is at fault
    if (submission.kind === 'refuse')
      return { status: 'rejected', failure: { kind: 'unknown', message: submission.reason, param: submission.param } }
    const { reference, channelId, id } = attempt
    const { id: taskId, traceparent } = task
    const about = (part: About['step']): About => ({ taskId, attemptId: attempt.id, step: part, traceparent })
    let step: Step | Rejected = submission.first({ reference, callbackUrl: callbackUrl(channelId, id) })
    while (!('status' in step)) {
      if (step.kind === 'fetch') step = await afterFetch(step, task.keyId, shares)
      else if (step.kind === 'upload')
        step = step.next(await (step.remembered ? askOnce : ask)(vendor, config, step.request, about('upload')))
      else {
        // earlier steps may have taken long: the lease must outlast the answer, and must still be ours
        const late = now() - attempt.startedAt > reconcileAfterMs / 4
        if (late && !(await tasks.renew(task, now() + reconcileAfterMs)))
          throw new UpstreamError('preparing took too long', { sent: false })
        passCheckpoint('before-send')
        let produced: ProducedFile | undefined
        const film = step.film && {
          ...step.film,
          receive: async (file: Opened & { ok: true }) => {
            produced = await films.receive(attempt, file, seconds ?? null)
          }
        }
        const sending = exchange.submit(vendor, config, step.request, { ...about('submit'), film })
        const answer = await (film ? leases.during(task, sending) : sending)
        passCheckpoint('after-send')
        if (produced) return { status: 'produced', video: produced }
        const outcome = vendor.submitted(answer, video, config)
        return outcome.status === 'rejected'
          ? { ...outcome, outcomeUnknown: isAmbiguous(outcome, answer.status) }
          : outcome
      }
    }
    return step
  }

  const ask: WatchedExchange['ask'] = (...call) => exchange.ask(...call)

  /** Asks about a model, once an hour; no answer fails no submit. */
  async function askOnce(...[vendor, config, request, about]: Parameters<WatchedExchange['ask']>): Promise<HttpAnswer> {
    const key = JSON.stringify([config.baseUrl, request])
    const known = answers.get(key)
    if (known && Math.abs(now() - known.at) < REMEMBERED) return known.answer
    const answer = await exchange.ask(vendor, config, request, about).catch((error: unknown): HttpAnswer => {
      if (!(error instanceof UpstreamError)) throw error
      log.info({ err: error }, 'the schema of a model could not be read')
      return { status: 0, headers: {}, body: '' }
    })
    if (answer.status >= 200 && answer.status < 300) answers.set(key, { at: now(), answer })
    return answer
  }

  /** Fetches images. One that cannot be fetched is the client's error, not the channel's: nothing was submitted. */
  async function afterFetch(
    { urls, next }: Extract<Step, { kind: 'fetch' }>,
    keyId: string,
    shares: Share[]
  ): Promise<Step | Rejected> {
    const share = await memory.wait(keyId, urls.length * IMAGE_LIMIT, memoryWaitMs)
    if (!share) throw new NoMemory()
    shares.push(share)
    try {
      const fetched = await exchange.fetch(urls)
      share.shrink(Object.values(fetched).reduce((sum, { base64 }) => sum + base64.length, 0))
      return next(fetched)
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
      log.info({ err: error }, 'image could not be fetched')
      const message = `image: ${imageProblems[error.problem] ?? 'its URL could not be fetched'}.`
      return { status: 'rejected', failure: { kind: 'invalid_request', message, param: 'image' } }
    }
  }

  function toEvent(
    outcome: Accepted<unknown> | Produced | Rejected,
    task: Task,
    attempt: Attempt,
    { channel, vendor, seconds }: { channel: Channel; vendor: Vendor; seconds: number | undefined }
  ): TaskEvent {
    if (outcome.status === 'accepted') {
      return acceptedEvent(outcome, {
        channel,
        vendor,
        seconds,
        typical: durations.typical(task.model),
        random: random(),
        deadlineAt: now() + deadlineMs
      })
    }
    if (outcome.status === 'produced') return producedEvent(outcome.video, { sentAt: attempt.startedAt, seconds })
    // sent again under its old reference: it may have been rejected as a duplicate, because the vendor had it all along
    const maybeDuplicate = isResubmit(attempt) && meaningOf(outcome.failure).submit === 'fail'
    if (outcome.outcomeUnknown || maybeDuplicate) return ambiguous(outcome.failure.message)
    return { type: 'rejected', failure: outcome.failure }
  }

  const ambiguous = (reason: string): TaskEvent => ({
    type: 'ambiguous',
    reason,
    reconcileAt: now() + reconcileAfterMs
  })

  /** Returns other channels to try, and how long to wait when there are none; no `waitFor`: the task fails. */
  async function whereNext(
    { task, attempt, video }: { task: Task; attempt: Attempt; video: VideoRequest },
    failure: Failure,
    tried: readonly string[]
  ): Promise<{ routes: Route[]; waitFor?: number }> {
    if (meaningOf(failure).submit === 'fail') return { routes: [] }
    const all = await routing.routesFor(task.model).catch((): Route[] => [])
    // a resubmit stays on its channel: if the first submit turns up after all, another account would make the video twice
    const stays = isResubmit(attempt)
    const others = stays ? [] : all.filter(({ channel }) => !tried.includes(channel.id) && hasAll(channel.id, video))
    // no node takes it from the queue for a moment: this one continues at once, and any node does if this one crashes
    if (others.length) return { routes: others, waitFor: NEXT_CHANNEL_WITHIN }
    if (!(stays || passes(failure)) || task.tries >= MAX_WAITS || all.length === 0) return { routes: [] }
    return { routes: [], waitFor: Math.max(coolDown(failure, 0), retryDelay(Math.min(task.tries, 4), 1000, random())) }
  }

  return submit
}

const imageProblems: Partial<Record<UpstreamProblem, string>> = {
  not_an_image: 'its URL does not return an image',
  too_large: `its URL returns more than ${IMAGE_LIMIT_MB} MB`,
  address_refused: 'its URL may not be fetched; use a public https:// address',
  timeout: 'its URL did not answer in time'
}

/** Whether a channel has the characters of a request. */
const hasAll = (channelId: string, { characters = [] }: VideoRequest) =>
  characters.every(character => character.channelId === channelId)

/** Whether an attempt reuses the reference of an earlier one that its vendor did not have. */
const isResubmit = ({ id, reference }: Attempt) => reference !== id

export type Submit = ReturnType<typeof createSubmit>
