import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../../errors.ts'
import { defined } from '../../lib/defined.ts'
import type { Repetition } from '../../tasks/idempotency.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import { parse } from '../parse.ts'
import { needs, recordAdmin } from '../plugins/caller.ts'
import type { Presenter } from '../video/presenter.ts'
import { changeOf, createMaker, readIdempotencyKey, type MakeServices } from '../create/make.ts'
import { IMAGES_BODY_LIMIT } from '../plugins/intake.ts'
import { families } from './families.ts'
import { listQuery, page } from './list.ts'

export interface VideoServices extends MakeServices {
  tasks: Tasks
  presenter: Presenter
}

export const query = listQuery('video', 'video')

/** The routes of both formats, `/v1/video/generations` and `/v1/videos`, with the same handlers. */
export async function videoRoutes(app: FastifyInstance, { tasks, presenter, audit, tracing }: VideoServices) {
  const make = createMaker({ tasks, audit, tracing })

  async function create(request: FastifyRequest, reply: FastifyReply) {
    const { task, replayed } = await make(request, reply, request.body, repetitionOf(request))
    if (replayed) reply.header('idempotent-replayed', 'true')
    return presenter.answer(request, reply, task)
  }

  for (const family of families) {
    app.post(family, { ...needs('tasks:write'), bodyLimit: IMAGES_BODY_LIMIT }, create)

    app.get(family, needs('tasks:read'), async request => {
      const { after, limit, order } = parse(query, request.query)
      const found = limit === 0 ? [] : await tasks.list(request.key, { limit: limit + 1, order, ...defined({ after }) })
      const data = await Promise.all(found.slice(0, limit).map(task => presenter.show(request, task)))
      return page(data, found.length > limit)
    })

    app.delete<{ Params: { id: string } }>(`${family}/:id`, needs('tasks:write'), async request => {
      const { id } = request.params
      await recordAdmin(audit, request, changeOf('task.delete', await tasks.remove(request.key, id)))
      return { id, object: 'video.deleted', deleted: true }
    })

    app.post<{ Params: { id: string } }>(`${family}/:id/cancel`, needs('tasks:write'), async (request, reply) => {
      const task = await tasks.cancel(request.key, request.params.id)
      await recordAdmin(audit, request, changeOf('task.cancel', task))
      return presenter.answer(request, reply, task)
    })
  }

  for (const path of ['/videos/:id/remix', '/videos/edits', '/videos/extensions', '/videos/characters']) {
    // before the body is read: a video in it would be refused as not an image
    const onRequest = async () => {
      throw new ApiError('unsupported', {
        message: 'This operation is not supported yet.',
        shouldRetry: false
      })
    }
    app.post(path, { ...needs('tasks:write'), onRequest }, onRequest)
  }
}

/** Returns what the headers say about a repetition. Throws invalid_request on a malformed Idempotency-Key. */
function repetitionOf({ headers }: FastifyRequest): Repetition {
  const { 'idempotency-key': given, 'x-stainless-retry-count': count } = headers
  const retryCount = typeof count === 'string' && /^\d{1,4}$/.test(count) ? Number(count) : 0
  return { ...(given !== undefined && { idempotencyKey: readIdempotencyKey(given) }), retryCount }
}
