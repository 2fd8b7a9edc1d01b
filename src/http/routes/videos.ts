import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Audit } from '../../admin/audit.ts'
import type { Task } from '../../db/index.ts'
import type { Change } from '../../domain/audit.ts'
import { ApiError } from '../../errors.ts'
import { defined } from '../../lib/defined.ts'
import type { Repetition } from '../../tasks/idempotency.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import type { Tracing } from '../../tracing/index.ts'
import { parse } from '../parse.ts'
import { isActing, needs, recordAdmin } from '../plugins/caller.ts'
import type { Presenter } from '../video/presenter.ts'
import { readCreate } from '../create/read.ts'
import { IMAGES_BODY_LIMIT } from '../plugins/intake.ts'
import { families } from './families.ts'
import { listQuery, page } from './list.ts'

export interface VideoServices {
  tasks: Tasks
  presenter: Presenter
  audit: Audit
  /** null: nothing is traced */
  tracing: Pick<Tracing, 'begin'> | null
}

const query = listQuery('video', 'video')

/** The routes of both formats, `/v1/video/generations` and `/v1/videos`, with the same handlers. */
export async function videoRoutes(app: FastifyInstance, { tasks, presenter, audit, tracing }: VideoServices) {
  async function create(request: FastifyRequest, reply: FastifyReply) {
    const trace = begin(request, reply)
    const { request: asked, warnings } = readCreate(request.body)
    const options = { warnings, ...repetitionOf(request), traceparent: trace?.traceparent }
    const make = () => tasks.create(request.key, asked, options)
    const { task, replayed } = await (request.intake ? request.intake.during(make) : make())
    if (trace) trace.taskId = task.id
    if (replayed) reply.header('idempotent-replayed', 'true')
    else if (isActing(request))
      await recordAdmin(audit, request, changeOf('task.create', task, { key: request.key.id, prompt: task.prompt }))
    return presenter.answer(request, reply, task)
  }

  /** Begins the span of a request; it ends with the answer, or when the client is gone. */
  function begin({ method, headers, routeOptions }: FastifyRequest, reply: FastifyReply) {
    const { traceparent } = headers
    const span = tracing?.begin(method, typeof traceparent === 'string' ? traceparent : undefined)
    if (!span) return null
    const trace = { traceparent: span.traceparent, taskId: null as string | null }
    reply.raw.once('close', () =>
      span.end({ route: routeOptions.url ?? '', status: reply.statusCode, taskId: trace.taskId })
    )
    return trace
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

const changeOf = (action: Change['action'], { id, model }: Task, after: Change['after'] = null): Change => ({
  action,
  target: { type: 'task', id, name: model },
  after
})

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
