import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../../errors.ts'
import type { Front, FrontRoute, Paging, WireRequest } from '../../fronts/front.ts'
import { defined } from '../../lib/defined.ts'
import { createMaking, type MakeServices } from '../create/make.ts'
import { parse } from '../parse.ts'
import type { ContentSender } from '../routes/content.ts'
import { videoQuery } from '../routes/list.ts'
import type { ModelReader } from '../routes/models.ts'
import type { Presenter } from '../video/presenter.ts'
import { createCreates, type CreateServices } from './creates.ts'
import { createEvents, type EventServices } from './events.ts'
import { createPolls, type PollServices } from './polls.ts'
import { createShowing, type ShowingServices } from './showing.ts'
import { sendWritten, type Handle } from './wire.ts'

export interface FrontServices extends MakeServices, CreateServices, EventServices, PollServices, ShowingServices {
  tasks: MakeServices['tasks']
  presenter: Pick<Presenter, 'view' | 'progress' | 'advisePoll'>
  sendContent: ContentSender
  readModels: ModelReader
}

// lists of wires that count pages instead of naming the last item
const MOST_SKIPPED = 1000

type Of<Does extends FrontRoute['does']> = FrontRoute & { does: Does }

/** Returns what makes the handler of a front's route. */
export function createHandlers(services: FrontServices) {
  const { tasks, presenter, sendContent, readModels } = services
  const making = createMaking(services)
  const showing = createShowing(services)
  const create = createCreates(services, { making, showing })
  const poll = createPolls(services, showing)
  const stream = createEvents(services, showing)

  async function list(route: Of<'list'>, wire: WireRequest, request: FastifyRequest, reply: FastifyReply) {
    const paging: Paging = route.read?.(wire) ?? defined(parse(videoQuery, wire.query))
    const { limit, skip = 0, after, order = 'desc' } = paging
    if (skip > MOST_SKIPPED)
      throw new ApiError('invalid_request', { message: `This list ends after ${MOST_SKIPPED} items.` })
    const found =
      limit === 0 ? [] : await tasks.list(request.key, { limit: skip + limit + 1, order, ...defined({ after }) })
    const shown = found.slice(skip, skip + limit).map(task => showing.whole(task, wire, route, reply))
    return sendWritten(reply, route.write(await Promise.all(shown), { hasMore: found.length > skip + limit }, wire))
  }

  /** Cancels or deletes a video. */
  async function end(
    route: Of<'cancel' | 'delete' | 'discard'>,
    wire: WireRequest,
    request: FastifyRequest,
    reply: FastifyReply
  ) {
    const id = route.id(wire)
    const cancels =
      route.does === 'cancel' || (route.does === 'discard' && (await tasks.get(request.key, id)).finishedAt === null)
    const task = await (cancels ? making.cancel : making.remove)(request, id)
    if (cancels) presenter.advisePoll(reply, task)
    return sendWritten(reply, route.write(await showing.whole(task, wire, route, reply), wire))
  }

  return (front: Front, route: FrontRoute): Handle => {
    switch (route.does) {
      case 'create':
        return (wire, request, reply) => create(front, route, wire, request, reply)
      case 'get':
        return (wire, request, reply) => poll(route, wire, request, reply)
      case 'list':
        return (wire, request, reply) => list(route, wire, request, reply)
      case 'cancel':
      case 'delete':
      case 'discard':
        return (wire, request, reply) => end(route, wire, request, reply)
      case 'events':
        return (wire, request, reply) => stream(route, wire, request, reply)
      case 'content':
        return (wire, request, reply) => {
          const { id, number, variant = 'video' } = route.file(wire)
          return sendContent(request, reply, id, () => ({ variant, number }))
        }
      case 'models':
        return async (wire, request, reply) => sendWritten(reply, route.write(await readModels(request.key), wire))
    }
  }
}
