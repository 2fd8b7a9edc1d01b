import type { Attempt, Db, Key, LedgerEntry, Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { newId } from '../lib/ids.ts'
import type { Turns } from '../lib/turns.ts'
import type { AssetStore } from '../stores/assets.ts'
import type { LedgerStore } from '../stores/ledger.ts'
import type { TaskFilter } from '../stores/task-reads.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { Failure, Refusal, Warning } from '../vendors/vendor.ts'
import { describe, isPlan, type Description, type Plan } from './describe.ts'
import type { Drain } from './throughput.ts'
import type { Places } from './queue-position.ts'
import { meaningOf } from '../domain/policy.ts'
import type { Pace } from './durations.ts'
import type { Pricing } from './pricing.ts'
import type { Repetition, Replay } from './idempotency.ts'
import { fingerprintOf, newTask, type CreateRequest } from '../domain/new-task.ts'
import { toVideoRequest } from '../domain/request.ts'
import type { Recent } from './cache.ts'
import type { Route } from '../domain/route.ts'
import type { Routing } from './routing.ts'
import type { Worker } from './worker.ts'

/** The same before a model was chosen for it. */
export type AskedRequest = Omit<CreateRequest, 'model'> & { model?: string | undefined }

/** The routes that can honour a request, and all that were asked. */
interface Plans {
  plans: Plan[]
  descriptions: readonly Description[]
}

export interface Estimate {
  model: string
  channelId: string | null
  /** micro-units; null: unpriced */
  price: { amount: number; currency: string } | null
  warnings: readonly Warning[]
}

export interface CreateOptions extends Repetition {
  /** fields of the body that nobody reads */
  unknownFields: readonly string[]
}

/** What a new task takes from the request's first reading. */
interface Making {
  fingerprint: string
  claim(tx: Db, taskId: string): Promise<void>
}

interface Dependencies {
  store: TaskStore
  recent: Recent
  ledger: LedgerStore
  routing: Routing
  pricing: Pricing
  worker: Worker
  replay: Replay
  assets: AssetStore
  drain: Drain
  pace: Pace
  places: Places
  now(): number
  owner: string
  submitWaitMs: number
  settleMs: number
  /** longest wait for a slot */
  queueWaitMs: number
  defaultModel: string | undefined
  /** why a URL may not be called; null: it may */
  refuseAddress(url: string): string | null
  /** a flood of creates waits here, not where polls wait for a connection */
  inTurn: Turns
}

/** What routes call: the life of a task as its owner sees it. */
export function createTasks({
  store,
  recent,
  ledger,
  routing,
  pricing,
  worker,
  replay,
  assets,
  drain,
  pace,
  places,
  now,
  owner,
  submitWaitMs,
  settleMs,
  queueWaitMs,
  defaultModel,
  refuseAddress,
  inTurn
}: Dependencies) {
  /** The model to use: the one named, else the default, else the only one this key may use. */
  async function modelFor(key: Key, named: string | undefined): Promise<string> {
    const model = named ?? defaultModel ?? (await onlyModel(key))
    if (model === undefined)
      throw new ApiError('invalid_request', {
        param: 'model',
        message: 'Name a model. GET /v1/models lists the ones this key may use.'
      })
    if (key.models && !key.models.includes(model))
      throw new ApiError('model_not_allowed', { param: 'model', message: `This key may not use ${model}.` })
    return model
  }

  async function onlyModel(key: Key): Promise<string | undefined> {
    const models = await modelsOf(key)
    return models.length === 1 ? models[0] : undefined
  }

  async function modelsOf(key: Key): Promise<string[]> {
    const names = await routing.names()
    return key.models ? names.filter(name => key.models!.includes(name)) : names
  }

  /**
   * The routes that can honour the request, each with what it would send, and into how many parts it goes: several videos that no vendor makes
   * in one submit are made one by one. Throws the first refusal when nobody can.
   */
  async function plan(request: CreateRequest): Promise<Plans & { parts: number }> {
    const routes = await routing.routesFor(request.model)
    const whole = fitting(routes, request)
    if (whole.plans.length) return { ...whole, parts: 1 }
    const { n = 1 } = request
    const single = n > 1 && whole.refused?.param === 'n' ? fitting(routes, { ...request, n: 1 }) : whole
    if (single.plans.length) return { ...single, parts: n }
    if (!single.refused) throw new ApiError('no_channel_available', { param: 'model' })
    const { param, reason } = single.refused
    throw new ApiError('invalid_request', { param, message: `${param}: ${reason}` })
  }

  function fitting(routes: readonly Route[], request: CreateRequest): Plans & { refused?: Refusal } {
    const descriptions = routes.map(route =>
      describe(route, routing.configOf(route.channel), toVideoRequest(request, route.upstreamModel))
    )
    const refused = descriptions.map(({ submission }) => submission).find(submission => submission.kind === 'refuse')
    return { plans: descriptions.filter(isPlan), descriptions, ...(refused && { refused }) }
  }

  /** Makes the task and submits it when a slot is free; the vendor's no becomes an error here when it comes in time. */
  async function create(
    key: Key,
    asked: AskedRequest,
    options: CreateOptions
  ): Promise<{ task: Task; replayed: boolean }> {
    const request = await checked(key, asked)
    const { seed = request.metadata?.seed, callback_url: callback } = request
    const fingerprint = fingerprintOf(request)
    const identity = {
      fingerprint,
      reusable: (seed ?? null) !== null && callback === undefined
    }
    return replay.once(key, identity, options, claim => createNew(key, request, { ...options, fingerprint, claim }))
  }

  async function checked(key: Key, asked: AskedRequest): Promise<CreateRequest> {
    const refused = asked.callback_url === undefined ? null : refuseAddress(asked.callback_url)
    if (refused !== null)
      throw new ApiError('invalid_request', { param: 'callback_url', message: `callback_url: ${refused}` })
    return { ...asked, model: await modelFor(key, asked.model) }
  }

  async function createNew(
    key: Key,
    request: CreateRequest,
    { unknownFields, fingerprint, claim }: Pick<CreateOptions, 'unknownFields'> & Making
  ): Promise<Task> {
    const { plans, descriptions, parts: count } = await plan(request)
    const described = { video: plans[0]!.video, descriptions }
    const warnings = warningsOf(plans[0]!, unknownFields)
    const { task: row, started } = await inTurn(() =>
      write(key, request, { plans, count, warnings, fingerprint, claim })
    )
    if (count > 1) {
      for (const part of started) worker.submit(part.task, part.attempt, described).catch(() => {})
      return row
    }
    const submitted = started[0]
      ? worker.submit(started[0].task, started[0].attempt, described)
      : (await worker.startNow(row.id, described))?.submitted
    return submitted ? decided(key, row, submitted) : row
  }

  async function write(
    key: Key,
    request: CreateRequest,
    {
      plans,
      count,
      warnings,
      fingerprint,
      claim
    }: Making & {
      plans: readonly Plan[]
      count: number
      warnings: Warning[]
    }
  ) {
    const { video } = plans[0]!
    const created = now()
    const made = { id: newId('video', created), fingerprint, created, deadlineAt: created + queueWaitMs }
    const task = { ...newTask(key, request, video, made), warnings }
    const held = await pricing.hold(key, request.model, plans, count)
    // a task that is made by its parts holds no money itself
    if (count === 1) Object.assign(task, held)
    const parts = Array.from({ length: count > 1 ? count : 0 }, (): Task => ({
      ...task,
      ...held,
      id: newId('video', created),
      partOf: task.id,
      n: 1
    }))
    const routes = plans.map(({ route, upstreamModel }) => ({ ...route, upstreamModel }))
    return store.create(task, video, routes, {
      owner,
      settleAt: created + settleMs,
      now: created,
      parts,
      check: tx => claim(tx, task.id),
      admit: tx => admit(tx, key, created)
    })
  }

  /** What a request would cost at most and where it would go, submitted to nobody. Throws what creating it would. */
  async function estimate(key: Key, asked: AskedRequest, unknownFields: readonly string[]): Promise<Estimate> {
    const request = await checked(key, asked)
    const { plans, parts } = await plan(request)
    const [best] = plans
    const price = await pricing.priceOf(request.model, plans)
    return {
      model: request.model,
      channelId: best?.route.channel.id ?? null,
      price: price && { amount: price.amount * parts, currency: price.currency },
      warnings: best ? warningsOf(best, unknownFields) : []
    }
  }

  function warningsOf({ submission }: Plan, unknownFields: readonly string[]): Warning[] {
    return [
      ...submission.warnings,
      ...unknownFields.map(field => ({ field, reason: 'no such field; vendor parameters go into metadata' }))
    ]
  }

  /** The queue's limits: refused before anything is written. */
  async function admit(tx: Db, key: Key, at: number): Promise<void> {
    if (key.maxQueued !== null && (await store.queuedOf(tx, key.id)) >= key.maxQueued) {
      throw new ApiError('rate_limit_exceeded', {
        message: `This key may have ${key.maxQueued} tasks waiting, and has. Try again when some have started.`,
        retryAfterSeconds: retryAfter(1, at)
      })
    }
    const tooMany = await places.admit(tx)
    if (tooMany > 0)
      throw new ApiError('overloaded', {
        message: 'Too many tasks are waiting. Try again later.',
        retryAfterSeconds: retryAfter(tooMany, at)
      })
  }

  /** Nothing left the queue lately: by the model's usual time and its slots. Seconds; null: nothing is known. */
  async function usualWait(model: string, position: number): Promise<number | null> {
    const usual = pace.usual(model)
    const slots = await routing.slotsOf(model)
    return usual === null || !slots ? null : Math.ceil((usual * position) / slots / 1000)
  }

  const retryAfter = (position: number, at: number) => Math.min(Math.max(drain.secondsFor(position, at) ?? 10, 1), 60)

  /** Waits a while for the submit, so that the vendor's no becomes the POST's 4xx. */
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
      await replay.forget(key, task.id)
      throw toApiError(outcome.failure)
    }
    return outcome
  }

  const get = async (key: Key, id: string) => owned(key, await store.get(id))

  /** Somebody else's task does not exist. */
  function owned(key: Key, task: Task | undefined): Task {
    if (!task || task.deletedAt !== null || (task.keyId !== key.id && key.role !== 'admin'))
      throw new ApiError('video_not_found', { param: 'id' })
    return task
  }

  return {
    create,
    estimate,
    get,
    modelsOf,

    /** The same for a poll: at once when it was asked for a moment ago. */
    look(key: Key, id: string): Task | Promise<Task> {
      const found = recent.get(id)
      return found instanceof Promise ? found.then(task => owned(key, task)) : owned(key, found)
    },

    /** The task behind a link that carries its own permission. */
    async getSigned(id: string): Promise<Task> {
      const task = await store.get(id)
      if (!task || task.deletedAt !== null) throw new ApiError('video_not_found', { param: 'id' })
      return task
    },

    async list(key: Key, filter: Omit<TaskFilter, 'keyId'>): Promise<Task[]> {
      return store.list({ ...filter, keyId: key.id })
    },

    /** Ends a task. One that has ended already stays as it is. */
    async cancel(key: Key, id: string): Promise<Task> {
      const task = await get(key, id)
      if (task.finishedAt !== null) return task
      return (await worker.cancel(id)) ?? task
    },

    async remove(key: Key, id: string): Promise<void> {
      const task = await get(key, id)
      if (task.finishedAt === null) await worker.cancel(id)
      await store.remove(id, now())
      await assets.unwant([id, ...(await store.partsOf(id)).map(part => part.id)], now())
    },

    /** What happened to a task; the caller has made sure that it may be told. */
    history: (id: string) => store.eventsOf(id),

    /** For the operator: any task, with its attempts and what it cost. */
    async inspect(id: string): Promise<{ task: Task; attempts: Attempt[]; ledger: LedgerEntry[] }> {
      const task = await store.get(id)
      if (!task) throw new ApiError('video_not_found', { param: 'id' })
      const parts = await store.partsOf(id)
      const [attempts, entries] = await Promise.all([
        store.attemptsOf(id),
        ledger.ofTasks([id, ...parts.map(part => part.id)])
      ])
      const [{ price, currency } = task] = parts
      // what was fanned out costs what its parts do
      const whole = price === null ? task : { ...task, price: price * Math.max(parts.length, 1), currency }
      return { task: whole, attempts, ledger: entries }
    },

    /** For the operator: everybody's tasks. */
    search: (filter: TaskFilter) => store.list(filter),

    /** Place in the queue from 1, and how long it may take to get a slot; null when it does not wait. */
    async waiting({ queueTag, model }: Task): Promise<{ position: number; seconds: number | null } | null> {
      if (queueTag === null) return null
      const position = await places.placeOf(queueTag)
      return { position, seconds: drain.secondsFor(position, now()) ?? (await usualWait(model, position)) }
    }
  }
}

export type Tasks = ReturnType<typeof createTasks>

/** The vendor's no, as the client who made the request should read it. */
export function toApiError(failure: Failure): ApiError {
  const { code } = meaningOf(failure)
  if (code !== 'upstream_error') return new ApiError(code, { message: failure.message, param: failure.param })
  const hopeless = failure.kind !== 'server' && failure.kind !== 'rate_limit' && failure.kind !== 'concurrency_limit'
  return new ApiError(code, { cause: failure, ...(hopeless && { shouldRetry: false }) })
}
