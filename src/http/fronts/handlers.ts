import { PassThrough } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Task } from '../../db/index.ts'
import { ApiError } from '../../errors.ts'
import { storedCallback } from '../../domain/events.ts'
import type { Asked, Front, FrontRoute, FrontVideo, WireRequest, Written } from '../../fronts/front.ts'
import { intact } from '../../lib/damaged.ts'
import { defined } from '../../lib/defined.ts'
import { createMaking, type MakeServices } from '../create/make.ts'
import type { ReadRequest } from '../create/read.ts'
import type { Auth } from '../plugins/auth.ts'
import type { ContentSender } from '../routes/content.ts'
import type { ModelReader } from '../routes/models.ts'
import type { InlineReader } from '../video/inline-video.ts'
import { dependsOnTime, type Presenter } from '../video/presenter.ts'
import { untilEnded, watchUntil, whenGone } from '../video/watch.ts'
import type { Watches } from '../video/watches.ts'
import { readAsked, sendWritten, warn, type Handle } from './wire.ts'

export interface FrontServices extends MakeServices {
  auth: Auth
  presenter: Pick<Presenter, 'view' | 'advisePoll'>
  watches: Watches
  sendContent: ContentSender
  readModels: ModelReader
  readInline: InlineReader
  /** the address of the server for links in answers to a request */
  originOf(request: FastifyRequest): string
}

const HEARTBEAT_MS = 15_000
// disconnects a client that stops reading films in base64
const IDLE_MS = 60_000
// lists of wires that count pages instead of naming the last item
const MOST_SKIPPED = 1000

type Of<Does extends FrontRoute['does']> = FrontRoute & { does: Does }

/** Returns what makes the handler of a front's route. */
export function createHandlers(services: FrontServices) {
  const { auth, tasks, presenter, watches, sendContent, readModels, readInline } = services
  const making = createMaking(services)
  // answers that do not depend on the time, as long as their row is the same
  const texts = new WeakMap<Task, { route: FrontRoute; url: string; origin: string; written: Written }>()

  async function create(
    front: Front,
    route: Of<'create'>,
    wire: WireRequest,
    request: FastifyRequest,
    reply: FastifyReply
  ) {
    const asked = route.read(wire)
    const wait = route.waits?.(wire) ?? null
    // refused while nothing is made yet
    if (route.streams || wait !== null) watches.admit(request.key.id)
    const made = await making.create(request, reply, () => called(front, asked, wire), asked.reference)
    warn(reply, made.warnings)
    if (route.streams || wait !== null) {
      // neither memory nor the budget of bodies is kept for those who wait
      request.body = undefined
      request.intake?.close()
      wire = { ...wire, body: undefined }
    }
    if (route.streams) return stream(route, wire, request, reply, made)
    const task = wait === null || made.finishedAt !== null ? made : await waited(request, reply, made, wait)
    presenter.advisePoll(reply, task)
    return sendWritten(reply, route.write(view(task, wire), wire))
  }

  const view = (task: Task, { origin }: WireRequest): FrontVideo => presenter.view(intact(task), origin)

  function waited(request: FastifyRequest, reply: FastifyReply, { id }: Task, seconds: number): Promise<Task> {
    const watch = watches.open(id, request.key.id, whenGone(reply), { admitted: true })
    return untilEnded(watch, () => tasks.get(request.key, id), seconds * 1000)
  }

  /** Holds the answer open with comments, and ends it with the one event that has the video. */
  function stream(route: Of<'create'>, wire: WireRequest, request: FastifyRequest, reply: FastifyReply, { id }: Task) {
    const gone = whenGone(reply)
    const watch = watches.open(id, request.key.id, gone, { admitted: true })
    const out = new PassThrough()
    const load = () => tasks.get(request.key, id)
    const look = async () => {
      // a session that ended or a key that was revoked ends the stream
      await auth.identify(request)
      return (await load()).finishedAt !== null
    }
    const idle = { everyMs: HEARTBEAT_MS, call: () => void (out.writableNeedDrain || out.write(': waiting\n\n')) }
    const end = async () => {
      await watchUntil(watch, look, { idle })
      if (gone.aborted) return void out.end()
      const video = await withFiles(await load(), wire, gone)
      reply.raw.setTimeout(IDLE_MS)
      out.end(`data: ${JSON.stringify(route.streams?.(video, wire))}\n\n`)
    }
    end().catch((error: unknown) => {
      request.log.info({ err: error, requestId: request.id }, 'stream ended early')
      out.end()
    })
    out.write(': waiting\n\n')
    return reply
      .headers({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
      .header('cache-control', 'no-store, no-transform')
      .send(out)
  }

  /** Returns a video with its files in base64, as far as they are small enough. */
  async function withFiles(task: Task, wire: WireRequest, gone: AbortSignal): Promise<FrontVideo> {
    const video = view(task, wire)
    if (task.status !== 'completed') return video
    const files = []
    for (const [number, file] of video.files.entries()) {
      const found = await readInline(task, number, gone)
      const { url, ...facts } = file
      files.push({ ...facts, url, base64: Buffer.isBuffer(found) ? found.toString('base64') : null })
    }
    return { ...video, files }
  }

  function get(route: Of<'get'>, wire: WireRequest, request: FastifyRequest, reply: FastifyReply) {
    const task = tasks.look(request.key, route.id(wire))
    return task instanceof Promise
      ? task.then(row => show(route, wire, request, reply, row))
      : show(route, wire, request, reply, task)
  }

  function show(
    route: Of<'get'>,
    wire: WireRequest,
    { url }: FastifyRequest,
    reply: FastifyReply,
    task: Task
  ): unknown {
    presenter.advisePoll(reply, task)
    if (route.inline) {
      reply.raw.setTimeout(IDLE_MS)
      return withFiles(task, wire, whenGone(reply)).then(video => sendWritten(reply, route.write(video, wire)))
    }
    const { origin, requestId } = wire
    const cached = texts.get(task)
    if (cached?.route === route && cached.url === url && cached.origin === origin)
      return sendWritten(reply, cached.written)
    let isPersonal = false
    const seen: WireRequest = {
      ...wire,
      get requestId() {
        isPersonal = true
        return requestId
      }
    }
    const written = asText(route.write(view(task, wire), seen))
    if (!isPersonal && !dependsOnTime(task)) texts.set(task, { route, url, origin, written })
    return sendWritten(reply, written)
  }

  async function list(route: Of<'list'>, wire: WireRequest, request: FastifyRequest, reply: FastifyReply) {
    const { limit, skip = 0, after, order = 'desc' } = route.read(wire)
    if (skip > MOST_SKIPPED)
      throw new ApiError('invalid_request', { message: `This list ends after ${MOST_SKIPPED} items.` })
    const found =
      limit === 0 ? [] : await tasks.list(request.key, { limit: skip + limit + 1, order, ...defined({ after }) })
    const page = found.slice(skip, skip + limit).map(task => view(task, wire))
    return sendWritten(reply, route.write(page, { hasMore: found.length > skip + limit }, wire))
  }

  return (front: Front, route: FrontRoute): Handle => {
    switch (route.does) {
      case 'create':
        return (wire, request, reply) => create(front, route, wire, request, reply)
      case 'get':
        return (wire, request, reply) => get(route, wire, request, reply)
      case 'list':
        return (wire, request, reply) => list(route, wire, request, reply)
      case 'cancel':
      case 'delete':
        return async (wire, request, reply) => {
          const end = route.does === 'cancel' ? making.cancel : making.remove
          return sendWritten(reply, route.write(view(await end(request, route.id(wire)), wire), wire))
        }
      case 'content':
        return (wire, request, reply) => {
          const { id, number, variant = 'video' } = route.file(wire)
          return sendContent(request, reply, id, () => ({ variant, number }))
        }
      case 'discard':
        return async (wire, request, reply) => {
          const id = route.id(wire)
          const { finishedAt } = await tasks.get(request.key, id)
          const end = finishedAt === null ? making.cancel : making.remove
          return sendWritten(reply, route.write(view(await end(request, id), wire), wire))
        }
      case 'models':
        return async (wire, request, reply) => sendWritten(reply, route.write(await readModels(request.key), wire))
    }
  }
}

/** Reads a create; its callback is written in the words of the front that has callbacks. */
function called(front: Front, asked: Asked, { origin }: WireRequest): ReadRequest {
  const read = readAsked(asked)
  if (!front.callback || read.request.callback_url === undefined) return read
  const tells = asked.tells ?? front.callback.tells
  return { ...read, request: { ...read.request, callback_front: storedCallback({ front: front.id, tells, origin }) } }
}

/** An answer whose body is text already. */
const asText = (written: Written): Written =>
  written.body === undefined || typeof written.body === 'string'
    ? written
    : { ...written, body: JSON.stringify(written.body) }
