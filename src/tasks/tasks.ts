import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Attempt, Key, LedgerEntry, Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { newId } from '../lib/ids.ts'
import type { LedgerStore } from '../stores/ledger.ts'
import type { TaskFilter, TaskStore } from '../stores/tasks.ts'
import type { Failure, Submission, VideoRequest } from '../vendors/vendor.ts'
import { meaningOf } from './policy.ts'
import { toVideoRequest, type UnifiedRequest } from './request.ts'
import type { Route, Routing } from './routing.ts'
import { claimsOf, type Worker } from './worker.ts'

/** What a client may add to the unified request. */
export interface CreateRequest extends UnifiedRequest {
  response_format?: string | undefined
  callback_url?: string | undefined
}

/** The same before a model was chosen for it. */
export type AskedRequest = Omit<CreateRequest, 'model'> & { model?: string | undefined }

interface Dependencies {
  store: TaskStore
  ledger: LedgerStore
  routing: Routing
  worker: Worker
  now(): number
  owner: string
  submitWaitMs: number
  settleMs: number
  deadlineMs: number
  defaultModel: string | undefined
}

/** What routes call: the life of a task as its owner sees it. */
export function createTasks({
  store,
  ledger,
  routing,
  worker,
  now,
  owner,
  submitWaitMs,
  settleMs,
  deadlineMs,
  defaultModel
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

  /** The routes that can honour the request, each with what it would send. Throws the first refusal when none can. */
  async function plan(request: CreateRequest & { model: string }) {
    const routes = await routing.routesFor(request.model)
    const plans = routes.map(route => ({ route, ...describe(route, request) }))
    const fit = plans.filter(({ submission }) => submission.kind !== 'refuse')
    if (fit.length) return fit
    const [first] = plans
    if (first?.submission.kind === 'refuse') {
      const { param, reason } = first.submission
      throw new ApiError(param === 'n' ? 'unsupported' : 'invalid_request', { param, message: `${param}: ${reason}` })
    }
    throw new ApiError('no_channel_available', { param: 'model' })
  }

  function describe(
    route: Route,
    request: CreateRequest
  ): { submission: Submission; video: VideoRequest; upstreamModel: string } {
    const video = toVideoRequest(request, route.upstreamModel)
    const context = { reference: 'att_00000000000070008000000000000000', now: now(), callbackUrl: null }
    const submission = route.vendor.submit(video, routing.configOf(route.channel), context)
    const upstreamModel = submission.kind === 'send' ? (submission.model ?? route.upstreamModel) : route.upstreamModel
    // a client's metadata may pick a variant, but only one that the operator put on the channel
    if (upstreamModel !== route.upstreamModel && !Object.values(route.channel.models).includes(upstreamModel)) {
      return {
        submission: { kind: 'refuse', param: 'metadata', reason: `${upstreamModel} is not a model of this channel` },
        video,
        upstreamModel
      }
    }
    return { submission, video, upstreamModel }
  }

  async function create(
    key: Key,
    asked: AskedRequest,
    { unknownFields }: { unknownFields: readonly string[] }
  ): Promise<Task> {
    const request = { ...asked, model: await modelFor(key, asked.model) }
    const plans = await plan(request)
    const { video, submission } = plans[0]!
    const created = now()
    const task = newTask(key, request, video, created)
    task.warnings = [
      ...(submission.kind === 'send' ? submission.warnings : []),
      ...unknownFields.map(field => ({ field, reason: 'no such field; vendor parameters go into metadata' }))
    ]
    const claims = claimsOf(plans.map(({ route, upstreamModel }) => ({ ...route, upstreamModel })))
    const { task: row, attempt } = await store.create(task, video, claims, {
      owner,
      settleAt: created + settleMs,
      now: created
    })
    return attempt ? submitInline(row, attempt, video) : row
  }

  /** Submits while the client waits, so that the vendor's no becomes the POST's 4xx. */
  async function submitInline(task: Task, attempt: Attempt, video: VideoRequest): Promise<Task> {
    const cancelWait = new AbortController()
    const tooLong = sleep(submitWaitMs, null, { signal: cancelWait.signal }).catch(() => null)
    const submitted = worker.submit(task, attempt, video)
    const outcome = await Promise.race([submitted, tooLong])
    cancelWait.abort()
    if (outcome === null) {
      submitted.catch(() => {})
      return (await store.get(task.id)) ?? task
    }
    if (outcome.status === 'failed' && outcome.startedAt === null && outcome.failure) {
      await store.remove(task.id, now())
      throw toApiError(outcome.failure)
    }
    return outcome
  }

  function newTask(key: Key, request: CreateRequest, video: VideoRequest, created: number): Task {
    return {
      id: newId('video', created),
      keyId: key.id,
      partOf: null,
      model: request.model,
      status: 'queued',
      prompt: request.prompt,
      milliseconds: video.seconds === undefined ? null : Math.round(video.seconds * 1000),
      size: video.size ?? null,
      seed: video.seed ?? null,
      n: video.n ?? 1,
      user: request.user ?? null,
      remixedFrom: null,
      responseFormat: request.response_format ?? null,
      callbackUrl: request.callback_url ?? null,
      fingerprint: fingerprintOf(request),
      retryCount: 0,
      channelId: null,
      upstreamModel: null,
      attemptId: null,
      operation: null,
      progress: 0,
      result: null,
      failure: null,
      errorCode: null,
      errorMessage: null,
      warnings: [],
      cancelRequested: false,
      price: null,
      currency: null,
      prices: null,
      dueAt: created,
      leaseOwner: null,
      leaseUntil: null,
      fence: 0,
      tries: 0,
      deadlineAt: created + deadlineMs,
      queueTag: null,
      slot: false,
      createdAt: created,
      startedAt: null,
      finishedAt: null,
      expiresAt: null,
      deletedAt: null
    }
  }

  /** Somebody else's task does not exist. */
  async function get(key: Key, id: string): Promise<Task> {
    const task = await store.get(id)
    if (!task || task.deletedAt !== null || (task.keyId !== key.id && key.role !== 'admin'))
      throw new ApiError('video_not_found', { param: 'id' })
    return task
  }

  return {
    create,
    get,
    modelsOf,

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
    },

    /** For the operator: any task, with its attempts and what it cost. */
    async inspect(id: string): Promise<{ task: Task; attempts: Attempt[]; ledger: LedgerEntry[] }> {
      const task = await store.get(id)
      if (!task) throw new ApiError('video_not_found', { param: 'id' })
      const [attempts, entries] = await Promise.all([store.attemptsOf(id), ledger.ofTask(id)])
      return { task, attempts, ledger: entries }
    },

    /** For the operator: everybody's tasks. */
    search: (filter: TaskFilter) => store.list(filter),

    /** Place in the queue from 1; null when it does not wait. */
    async queuePosition({ queueTag }: Task): Promise<number | null> {
      return queueTag === null ? null : (await store.queued(queueTag)) + 1
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

/** SHA-256 over the fields in a fixed order: the same request, however it was written. */
function fingerprintOf(request: CreateRequest): string {
  const hash = createHash('sha256')
  for (const [name, value] of Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value !== undefined) hash.update(`${name}=${typeof value === 'string' ? value : JSON.stringify(value)}\0`)
  }
  return hash.digest('hex')
}
