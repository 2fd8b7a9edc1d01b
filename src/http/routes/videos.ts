import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Key } from '../../db/index.ts'
import { ApiError } from '../../errors.ts'
import type { Repetition } from '../../tasks/idempotency.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import { parse } from '../parse.ts'
import type { Presenter } from '../video/presenter.ts'
import { readCreate } from '../create/read.ts'
import { IMAGES_BODY_LIMIT } from '../plugins/intake.ts'
import { families } from './families.ts'
import { listQuery, page } from './list.ts'

export interface VideoServices {
  tasks: Tasks
  presenter: Presenter
}

/** The routes of both formats, `/v1/video/generations` and `/v1/videos`, with the same handlers. */
export async function videoRoutes(app: FastifyInstance, { tasks, presenter }: VideoServices) {
  async function create(request: FastifyRequest, reply: FastifyReply) {
    const { request: asked, warnings } = readCreate(request.body)
    const make = () => tasks.create(request.key, asked, { warnings, ...repetitionOf(request) })
    const { task, replayed } = await (request.intake ? request.intake.during(make) : make())
    if (replayed) reply.header('idempotent-replayed', 'true')
    return presenter.answer(request, reply, task)
  }

  // an unknown cursor is an error, not an empty list
  async function cursorOf(key: Key, after: string): Promise<string> {
    const task = await tasks.get(key, after).catch(() => null)
    if (!task) throw new ApiError('invalid_request', { param: 'after', message: `after: there is no video ${after}.` })
    return after
  }

  for (const family of families) {
    app.post(family, { bodyLimit: IMAGES_BODY_LIMIT }, create)

    app.get(family, async request => {
      const { after, limit, order } = parse(listQuery, request.query)
      const found =
        limit === 0
          ? []
          : await tasks.list(request.key, {
              limit: limit + 1,
              order,
              ...(after !== undefined && { after: await cursorOf(request.key, after) })
            })
      const data = await Promise.all(found.slice(0, limit).map(task => presenter.show(request, task)))
      return page(data, found.length > limit)
    })

    app.delete<{ Params: { id: string } }>(`${family}/:id`, async request => {
      const { id } = request.params
      await tasks.remove(request.key, id)
      return { id, object: 'video.deleted', deleted: true }
    })

    app.post<{ Params: { id: string } }>(`${family}/:id/cancel`, async (request, reply) =>
      presenter.answer(request, reply, await tasks.cancel(request.key, request.params.id))
    )
  }

  for (const path of ['/videos/:id/remix', '/videos/edits', '/videos/extensions', '/videos/characters']) {
    // before the body is read: a video in it would be refused as not an image
    const onRequest = async () => {
      throw new ApiError('unsupported', {
        message: 'This operation is not supported yet.',
        shouldRetry: false
      })
    }
    app.post(path, { onRequest }, onRequest)
  }
}

/** Returns what the headers say about a repetition. Throws invalid_request on a malformed Idempotency-Key. */
function repetitionOf({ headers }: FastifyRequest): Repetition {
  const { 'idempotency-key': idempotencyKey, 'x-stainless-retry-count': count } = headers
  if (
    idempotencyKey !== undefined &&
    (typeof idempotencyKey !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(idempotencyKey.trim()))
  ) {
    throw new ApiError('invalid_request', {
      param: 'Idempotency-Key',
      message: 'Idempotency-Key: must be 1 to 255 printable ASCII characters.'
    })
  }
  const retryCount = typeof count === 'string' && /^\d{1,4}$/.test(count) ? Number(count) : 0
  return { idempotencyKey: idempotencyKey?.trim(), retryCount }
}
