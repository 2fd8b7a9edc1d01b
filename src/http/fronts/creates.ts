import { PassThrough } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Task } from '../../db/index.ts'
import { storedCallback } from '../../domain/events.ts'
import type { Asked, Front, FrontRoute, WireRequest } from '../../fronts/front.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import type { Making } from '../create/make.ts'
import type { ReadRequest } from '../create/read.ts'
import { sendEvents } from '../event-stream.ts'
import type { Auth } from '../plugins/auth.ts'
import type { Presenter } from '../video/presenter.ts'
import { untilEnded, watchUntil, whenGone } from '../video/watch.ts'
import type { Watches } from '../video/watches.ts'
import type { Showing } from './showing.ts'
import { readAsked, sendWritten, warn } from './wire.ts'

export interface CreateServices {
  auth: Auth
  tasks: Pick<Tasks, 'get'>
  presenter: Pick<Presenter, 'advisePoll'>
  watches: Watches
}

type Create = FrontRoute & { does: 'create' }

const HEARTBEAT_MS = 15_000

/** Returns what answers the creates of fronts: at once, when the video has ended, or with a stream that ends with it. */
export function createCreates(
  { auth, tasks, presenter, watches }: CreateServices,
  { making, showing }: { making: Making; showing: Showing }
) {
  function waited(request: FastifyRequest, reply: FastifyReply, { id }: Task, seconds: number): Promise<Task> {
    const watch = watches.open(id, request.key.id, whenGone(reply), { admitted: true })
    return untilEnded(watch, () => tasks.get(request.key, id), seconds * 1000)
  }

  /** Holds the answer open with comments, and ends it with the one event that has the video. */
  function stream(route: Create, wire: WireRequest, request: FastifyRequest, reply: FastifyReply, { id }: Task) {
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
      const video = await showing.whole(await load(), wire, { inline: true }, reply)
      out.end(`data: ${JSON.stringify(route.streams?.(video, wire))}\n\n`)
    }
    end().catch((error: unknown) => {
      request.log.info({ err: error, requestId: request.id }, 'stream ended early')
      out.end()
    })
    out.write(': waiting\n\n')
    return sendEvents(reply, out)
  }

  return async (front: Front, route: Create, wire: WireRequest, request: FastifyRequest, reply: FastifyReply) => {
    const asked = route.read(wire)
    const wait = route.waits?.(wire) ?? null
    // refused while nothing is made yet
    if (route.streams || wait !== null) watches.admit(request.key.id)
    const made = await making.create(request, reply, () => called(front, asked, wire), asked.reference)
    if (!route.showsWarnings) warn(reply, made.warnings)
    if (route.streams || wait !== null) {
      // neither memory nor the budget of bodies is kept for those who wait
      request.body = undefined
      request.intake?.close()
      wire = { ...wire, body: undefined }
    }
    if (route.streams) return stream(route, wire, request, reply, made)
    const task = wait === null || made.finishedAt !== null ? made : await waited(request, reply, made, wait)
    presenter.advisePoll(reply, task)
    return sendWritten(reply, route.write(await showing.whole(task, wire, route, reply), wire))
  }
}

/** Reads a create; its callback is written in the words of the front that has callbacks. */
function called(front: Front, asked: Asked, { origin }: WireRequest): ReadRequest {
  const read = readAsked(asked)
  if (!front.callback || read.request.callback_url === undefined) return read
  const tells = asked.tells ?? front.callback.tells
  return { ...read, request: { ...read.request, callback_front: storedCallback({ front: front.id, tells, origin }) } }
}
