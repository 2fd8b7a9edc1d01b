import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Key, Task } from '../../db/index.ts'
import { ApiError } from '../../errors.ts'
import type { Pace } from '../../tasks/durations.ts'
import type { Results } from '../../files/results.ts'
import type { Repetition } from '../../tasks/idempotency.ts'
import { UNKNOWN_TIME } from '../../domain/policy.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import { present, wordsFor, type Words } from '../video/presenter.ts'
import type { Links } from '../video/signed-links.ts'
import { listQuery, parse, parseCreate } from '../video/schema.ts'
import { untilEnded, waitOf, whenGone, type Watches } from '../video/watch.ts'

export interface VideoServices {
  tasks: Tasks
  results: Results
  links: Links
  pace: Pace
  watches: Watches
  now(): number
  statusDialect: 'auto' | 'openai' | 'unified'
  sandboxChannel: string
}

const SLOWEST_POLL = 8000

/** Turns rows into the object of the request's vocabulary. */
export function createPresenter(services: VideoServices) {
  const { tasks, statusDialect } = services
  return async (request: FastifyRequest, task: Task) =>
    present(task, {
      ...viewOf(services, task, originOf(request)),
      words: wordsFor(request, request.key.dialect, statusDialect),
      waiting: await tasks.waiting(task)
    })
}

const originOf = ({ protocol, host }: FastifyRequest) => `${protocol}://${host}`

/** What the row alone does not tell, but for the vocabulary and the place in the queue. */
function viewOf({ results, links, pace, now, sandboxChannel }: VideoServices, task: Task, origin: string) {
  return {
    url: task.status === 'completed' ? (results.publicUrl(task) ?? links.make(task.id, origin)) : null,
    sandbox: task.channelId === sandboxChannel,
    now: now(),
    usual: pace.usual(task.model) ?? UNKNOWN_TIME
  }
}

/** An answer about one task: a task that goes on says when to ask again. */
function createAnswer(services: VideoServices) {
  const { pace, now } = services
  const show = createPresenter(services)

  function pollAfter({ model, startedAt }: Task): number {
    const left = (pace.usual(model) ?? UNKNOWN_TIME) - (startedAt === null ? 0 : now() - startedAt)
    return Math.round(Math.min(Math.max(left / 4, 1000), SLOWEST_POLL))
  }

  function tellWait(reply: FastifyReply, task: Task) {
    if (task.finishedAt !== null) return
    const wait = pollAfter(task)
    reply.header('openai-poll-after-ms', String(wait)).header('retry-after', String(Math.ceil(wait / 1000)))
  }

  return {
    tellWait,

    answer(request: FastifyRequest, reply: FastifyReply, task: Task) {
      tellWait(reply, task)
      return show(request, task)
    }
  }
}

type Poll = FastifyRequest<{ Params: { id: string } }>

/** Polls are nearly all the traffic: where the row is known they make no promise and no object. */
export async function pollRoutes(app: FastifyInstance, services: VideoServices) {
  const { tasks, watches } = services
  const { answer, tellWait } = createAnswer(services)
  const textOf = createText(services)

  function retrieve(route: string) {
    return (request: Poll, reply: FastifyReply): unknown => {
      const wait = waitOf(request)
      if (wait !== null) return waitFor(request, reply, wait)
      const task = tasks.look(request.key, request.params.id)
      return task instanceof Promise
        ? task.then(row => tell(request, reply, row, route))
        : tell(request, reply, task, route)
    }
  }

  function tell(request: Poll, reply: FastifyReply, task: Task, route: string): unknown {
    // its place in the queue must be asked for
    if (task.queueTag !== null) return answer(request, reply, task)
    tellWait(reply, task)
    reply.header('content-type', 'application/json; charset=utf-8')
    return textOf(request, task, route)
  }

  async function waitFor(request: Poll, reply: FastifyReply, seconds: number) {
    const { id } = request.params
    if (request.headers.prefer !== undefined) reply.header('preference-applied', `wait=${seconds}`)
    const watch = watches.open(id, whenGone(reply))
    return answer(request, reply, await untilEnded(watch, () => tasks.get(request.key, id), seconds * 1000))
  }

  for (const path of ['/video/generations/:id', '/videos/:id']) app.get(path, retrieve(app.prefix + path))
}

/** The answer as text. What says the same at any moment is written once, and kept as long as its row is. */
function createText(services: VideoServices) {
  const texts = new WeakMap<Task, { words: Words; origin: string; text: string }>()

  return (request: Poll, task: Task, route: string): string => {
    const words = wordsFor(request, request.key.dialect, services.statusDialect, route)
    const origin = originOf(request)
    const known = texts.get(task)
    if (known && known.words === words && known.origin === origin) return known.text
    const text = JSON.stringify(present(task, { ...viewOf(services, task, origin), words }))
    if (!tellsTime(task)) texts.set(task, { words, origin, text })
    return text
  }
}

// without progress from the vendor the time that passed is shown
const tellsTime = ({ status, progress }: Task) => status === 'in_progress' && progress === 0

/** Both documented formats over the same handlers, `/v1/video/generations` and `/v1/videos`. */
export async function videoRoutes(app: FastifyInstance, services: VideoServices) {
  const { tasks } = services
  const show = createPresenter(services)
  const { answer } = createAnswer(services)

  async function create(request: FastifyRequest, reply: FastifyReply) {
    const { request: asked, unknownFields } = parseCreate(request.body)
    const { task, replayed } = await tasks.create(request.key, asked, { unknownFields, ...repetitionOf(request) })
    if (replayed) reply.header('idempotent-replayed', 'true')
    return answer(request, reply, task)
  }

  app.post('/video/generations', create)
  app.post('/videos', create)

  app.get('/videos', async request => {
    const { after, limit, order } = parse(listQuery, request.query)
    const found =
      limit === 0
        ? []
        : await tasks.list(request.key, {
            limit: limit + 1,
            order,
            ...(after !== undefined && { after: await cursorOf(request.key, after) })
          })
    const data = await Promise.all(found.slice(0, limit).map(task => show(request, task)))
    return page(data, found.length > limit)
  })

  // a cursor that names nothing is a mistake worth telling
  async function cursorOf(key: Key, after: string): Promise<string> {
    const task = await tasks.get(key, after).catch(() => null)
    if (!task) throw new ApiError('invalid_request', { param: 'after', message: `after: there is no video ${after}.` })
    return after
  }

  app.delete<{ Params: { id: string } }>('/videos/:id', async request => {
    const { id } = request.params
    await tasks.remove(request.key, id)
    return { id, object: 'video.deleted', deleted: true }
  })

  app.post<{ Params: { id: string } }>('/videos/:id/cancel', async (request, reply) =>
    answer(request, reply, await tasks.cancel(request.key, request.params.id))
  )

  for (const path of ['/videos/:id/remix', '/videos/edits', '/videos/extensions', '/videos/characters']) {
    // before the body is read: whatever video it brings would only be refused as no image
    const onRequest = async () => {
      throw new ApiError('unsupported', {
        message: 'No vendor behind this gateway can do this yet.',
        shouldRetry: false
      })
    }
    app.post(path, { onRequest }, onRequest)
  }
}

/** What the headers say of being a repetition. Throws invalid_request on a key nobody could mean. */
function repetitionOf({ headers }: FastifyRequest): Repetition {
  const { 'idempotency-key': idempotencyKey, 'x-stainless-retry-count': count } = headers
  if (
    idempotencyKey !== undefined &&
    (typeof idempotencyKey !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(idempotencyKey.trim()))
  ) {
    throw new ApiError('invalid_request', {
      param: 'Idempotency-Key',
      message: 'Idempotency-Key: must have 1 to 255 printable characters.'
    })
  }
  const retryCount = typeof count === 'string' && /^\d{1,4}$/.test(count) ? Number(count) : 0
  return { idempotencyKey: idempotencyKey?.trim(), retryCount }
}

/** A list as OpenAI's SDKs page through it. */
export function page<Item extends { id: string }>(data: Item[], hasMore: boolean) {
  return { object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: hasMore }
}
