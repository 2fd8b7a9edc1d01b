import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Key, Task } from '../../db/index.ts'
import { ApiError } from '../../errors.ts'
import type { Pace } from '../../tasks/pace.ts'
import type { Results } from '../../tasks/results.ts'
import type { Repetition } from '../../tasks/replay.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import { present, wordsFor } from '../dialect.ts'
import type { Links } from '../link.ts'
import { listQuery, parse, parseCreate } from '../schemas.ts'
import { untilEnded, waitOf, whenGone, type Watches } from '../wait.ts'

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
// milliseconds; what most models take
const UNKNOWN_TIME = 60_000

/** Turns rows into the object of the request's vocabulary. */
export function createPresenter({ tasks, results, links, pace, now, statusDialect, sandboxChannel }: VideoServices) {
  return async (request: FastifyRequest, task: Task) => {
    const url =
      task.status === 'completed'
        ? (results.publicUrl(task) ?? links.make(task.id, `${request.protocol}://${request.host}`))
        : null
    return present(task, {
      words: wordsFor(request, request.key.dialect, statusDialect),
      url,
      queuePosition: await tasks.queuePosition(task),
      sandbox: task.channelId === sandboxChannel,
      now: now(),
      usual: pace.usual(task.model) ?? UNKNOWN_TIME
    })
  }
}

/** Both documented formats over the same handlers: `/v1/video/generations` and `/v1/videos`. */
export async function videoRoutes(app: FastifyInstance, services: VideoServices) {
  const { tasks, pace, watches, now } = services
  const show = createPresenter(services)

  async function answer(request: FastifyRequest, reply: FastifyReply, task: Task) {
    if (task.finishedAt === null) {
      const wait = pollAfter(task)
      reply.headers({ 'openai-poll-after-ms': String(wait), 'retry-after': String(Math.ceil(wait / 1000)) })
    }
    return show(request, task)
  }

  function pollAfter({ model, startedAt }: Task): number {
    const left = (pace.usual(model) ?? UNKNOWN_TIME) - (startedAt === null ? 0 : now() - startedAt)
    return Math.round(Math.min(Math.max(left / 4, 1000), SLOWEST_POLL))
  }

  async function create(request: FastifyRequest, reply: FastifyReply) {
    const { request: asked, unknownFields } = parseCreate(request.body)
    const { task, replayed } = await tasks.create(request.key, asked, { unknownFields, ...repetitionOf(request) })
    if (replayed) reply.header('idempotent-replayed', 'true')
    return answer(request, reply, task)
  }

  async function retrieve(request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply) {
    const { id } = request.params
    const wait = waitOf(request)
    const load = () => tasks.get(request.key, id)
    if (wait === null) return answer(request, reply, await load())
    if (request.headers.prefer !== undefined) reply.header('preference-applied', `wait=${wait}`)
    return answer(request, reply, await untilEnded(watches.open(id, whenGone(reply)), load, wait * 1000))
  }

  app.post('/video/generations', create)
  app.get<{ Params: { id: string } }>('/video/generations/:id', retrieve)

  app.post('/videos', create)
  app.get<{ Params: { id: string } }>('/videos/:id', retrieve)

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
