import type { Db, Key, Task } from '../db/index.ts'
import { askedOf } from '../domain/asked.ts'
import { fingerprintOf, newTask, type CreateRequest } from '../domain/new-task.ts'
import { isResting, meaningOf, refusalMessage } from '../domain/policy.ts'
import { sizeOf } from '../domain/request.ts'
import { inTurn } from '../lib/in-turn.ts'
import type { Described } from './submit.ts'
import { ApiError } from '../errors.ts'
import { newId } from '../lib/ids.ts'
import type { Semaphore } from '../lib/semaphore.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { Failure, Price, Warning } from '../vendors/vendor.ts'
import { expectationOf, type Plan } from './describe.ts'
import type { Durations } from './durations.ts'
import type { Idempotency, Repetition } from './idempotency.ts'
import { warningsOf, type AskedRequest, type Planner } from './plan.ts'
import type { Pricing } from './pricing.ts'
import type { QueuePlace, QueuePosition } from './queue-position.ts'
import type { Worker } from './worker.ts'

export interface CreateOptions extends Repetition {
  /** how the body was read: fields that are ignored or changed */
  warnings: readonly Warning[]
  /** the trace context of the request; absent: it is not traced */
  traceparent?: string | undefined
}

export interface Estimate {
  model: string
  channelId: string
  /** of each video; undefined: unknown */
  seconds: number | undefined
  size: string | undefined
  /** as the vendor names it; undefined: unknown */
  resolution: string | undefined
  /** micro-units; null: unpriced */
  price: { amount: number; currency: string } | null
  /** the line of the price list that applies */
  rule: Price | null
  /** the median of the model's last tasks, in milliseconds; null: unknown */
  usual: number | null
  /** its place in the queue; null: it would be submitted at once */
  queue: QueuePlace | null
  /** whether the key's budget covers it; null: it has none */
  covered: boolean | null
  /** why it would wait although nothing is ahead of it; null: it would not */
  unavailable: string | null
  warnings: readonly Warning[]
}

/** What a new task needs from the idempotency check. */
interface Making {
  fingerprint: string
  claim(tx: Db, taskId: string): Promise<void>
}

interface Dependencies {
  store: TaskStore
  planner: Planner
  pricing: Pricing
  durations: Pick<Durations, 'usual'>
  worker: Worker
  idempotency: Idempotency
  queuePosition: QueuePosition
  now(): number
  owner: string
  submitWaitMs: number
  reconcileAfterMs: number
  /** longest wait for a slot */
  queueWaitMs: number
  /** excess creates wait here, so that polls still get database connections */
  withPermit: Semaphore
}

const LARGE = 4 * 1024 * 1024
const ALL_COOLING =
  'Every channel of this model pauses after errors. A new task waits until one accepts requests again.'

/** Turns requests into tasks, and estimates what they would cost. */
export function createCreation({
  store,
  planner,
  pricing,
  durations,
  worker,
  idempotency,
  queuePosition,
  now,
  owner,
  submitWaitMs,
  reconcileAfterMs,
  queueWaitMs,
  withPermit
}: Dependencies) {
  /** Creates the task and submits it when a slot is free. Throws the vendor's rejection if it arrives within `submitWaitMs`. */
  async function create(
    key: Key,
    asked: AskedRequest,
    options: CreateOptions
  ): Promise<{ task: Task; replayed: boolean }> {
    const request = await planner.checked(key, asked)
    const { seed, callback_url: callback } = request
    const fingerprint = await heavy(request, () => fingerprintOf(request))
    const identity = {
      fingerprint,
      reusable: seed !== undefined && callback === undefined
    }
    return idempotency.once(key, identity, options, claim =>
      createNew(key, request, { ...options, fingerprint, claim })
    )
  }

  async function createNew(
    key: Key,
    request: CreateRequest,
    { warnings: asked, traceparent, fingerprint, claim }: Omit<CreateOptions, keyof Repetition> & Making
  ): Promise<Task> {
    const { plans, descriptions, fanOut: count } = await planner.plan(key, request)
    const described = { video: plans[0]!.video, descriptions }
    const warnings = warningsOf(plans[0]!, request, asked)
    const { task: row, started } = await withPermit(() =>
      write(key, request, { plans, count, warnings, traceparent: traceparent ?? null, fingerprint, claim })
    )
    if (count > 1) {
      void submitEach(started, described)
      return row
    }
    const submitted = started[0]
      ? worker.submit(started[0].task, started[0].attempt, described)
      : (await worker.startNow(row.id, described))?.submitted
    return submitted ? decided(key, row, submitted) : row
  }

  /** Submits child tasks; those with large images one after the other, so that the images are in memory once. */
  async function submitEach(
    started: Awaited<ReturnType<TaskStore['create']>>['started'],
    described: Described
  ): Promise<void> {
    const isLarge = sizeOf(described.video) > LARGE
    for (const { task, attempt } of started) {
      const submitted = worker.submit(task, attempt, described).catch(() => {})
      if (isLarge) await submitted
    }
  }

  async function write(
    key: Key,
    request: CreateRequest,
    {
      plans,
      count,
      warnings,
      traceparent,
      fingerprint,
      claim
    }: Making & {
      plans: readonly Plan[]
      count: number
      warnings: Warning[]
      traceparent: string | null
    }
  ) {
    const { video } = plans[0]!
    const created = now()
    const made = { id: newId('video', created), fingerprint, traceparent, created, deadlineAt: created + queueWaitMs }
    const task = { ...newTask(key, request, video, expectationOf(plans[0]!), made), warnings }
    const held = await pricing.hold(key, request.model, plans, count)
    // a fanned-out task holds no money itself; its child tasks do
    if (count === 1) Object.assign(task, held)
    else task.currency = held.currency ?? null
    const children = Array.from({ length: count > 1 ? count : 0 }, (): Task => ({
      ...task,
      ...held,
      id: newId('video', created),
      parentId: task.id,
      n: 1
    }))
    const routes = plans.map(({ route, upstreamModel }) => ({ ...route, upstreamModel }))
    return store.create(task, video, routes, {
      owner,
      reconcileAt: created + reconcileAfterMs,
      now: created,
      children,
      asked: await heavy(request, () => askedOf(request, video)),
      check: tx => claim(tx, task.id),
      admit: tx => queuePosition.admit(tx, key)
    })
  }

  /** Returns what a request would cost at most and where it would go, without submitting it. Throws the same errors as `create`. */
  async function estimate(key: Key, asked: AskedRequest, warnings: readonly Warning[]): Promise<Estimate> {
    const request = await planner.checked(key, asked)
    const { plans, fanOut } = await planner.plan(key, request)
    // planning throws when nothing can serve the request
    const best = plans[0]!
    const { seconds, size } = expectationOf(best)
    const { resolution } = best.submission.billing
    const price = await pricing.priceOf(request.model, plans)
    const routes = plans.map(({ route }) => route)
    return {
      model: request.model,
      channelId: best.route.channel.id,
      seconds,
      size,
      resolution: typeof resolution === 'string' ? resolution : undefined,
      price: price && { amount: price.amount * fanOut, currency: price.currency },
      rule: price?.price ?? null,
      usual: await durations.usual(request.model),
      queue: await queuePosition.expected(key.id, request.model, routes),
      unavailable: routes.every(({ channel, upstreamModel }) => isResting(channel.health, upstreamModel, now()))
        ? ALL_COOLING
        : null,
      covered: key.budget ? await isCovered(key, request.model, plans, fanOut) : null,
      warnings: warningsOf(best, request, warnings)
    }
  }

  async function isCovered(key: Key, model: string, plans: readonly Plan[], count: number): Promise<boolean> {
    try {
      // it only looks; the hold itself is written with the task
      await pricing.hold(key, model, plans, count)
      return true
    } catch (error) {
      if (error instanceof ApiError && error.code === 'insufficient_quota') return false
      throw error
    }
  }

  /** Waits up to `submitWaitMs` for the submit, so that a rejection becomes the POST's own error. */
  async function decided(key: Key, task: Task, submitted: Promise<Task>): Promise<Task> {
    let timer: NodeJS.Timeout | undefined
    const tooLong = new Promise<null>(resolve => (timer = setTimeout(resolve, submitWaitMs, null)))
    const outcome = await Promise.race([submitted, tooLong]).finally(() => clearTimeout(timer))
    if (outcome === null) {
      submitted.catch(() => {})
      return (await store.get(task.id)) ?? task
    }
    if (outcome.status === 'failed' && outcome.startedAt === null && outcome.failure) {
      await store.remove(task.id, now())
      await idempotency.release(key, task.id)
      throw toApiError(outcome.failure)
    }
    return outcome
  }

  return { create, estimate }
}

export type Creation = ReturnType<typeof createCreation>

/** Reads a request with large files in a turn of its own: each of its steps takes some hundredths of a second. */
const heavy = async <T>(request: CreateRequest, read: () => T): Promise<T> =>
  sizeOf(request) > LARGE ? inTurn(read) : read()

/** Returns a vendor's rejection as the error for the client who made the request. */
export function toApiError(failure: Failure): ApiError {
  const { code } = meaningOf(failure)
  if (code !== 'upstream_error') return new ApiError(code, { message: refusalMessage(failure), param: failure.param })
  const isPermanent = failure.kind !== 'server' && failure.kind !== 'rate_limit' && failure.kind !== 'concurrency_limit'
  return new ApiError(code, { cause: failure, ...(isPermanent && { shouldRetry: false }) })
}
