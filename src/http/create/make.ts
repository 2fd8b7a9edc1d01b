import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Audit } from '../../admin/audit.ts'
import type { Task } from '../../db/index.ts'
import type { Change } from '../../domain/audit.ts'
import { ApiError } from '../../errors.ts'
import { defined } from '../../lib/defined.ts'
import type { Repetition } from '../../tasks/idempotency.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import type { Tracing } from '../../tracing/index.ts'
import { isActing, recordAdmin } from '../plugins/caller.ts'
import type { ReadRequest } from './read.ts'

export interface MakeServices {
  tasks: Tasks
  audit: Audit
  /** null: nothing is traced */
  tracing: Pick<Tracing, 'begin'> | null
}

/** Creates, cancels and deletes tasks for HTTP requests of every format. */
export function createMaking({ tasks, audit, tracing }: MakeServices) {
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

  return {
    /** Creates the task that `read` makes of the request, or returns that of an earlier request. `reference`: the client's own id of the request: it counts before an Idempotency-Key, which something between us may have set. */
    async create(
      request: FastifyRequest,
      reply: FastifyReply,
      read: () => ReadRequest,
      reference?: string
    ): Promise<Task> {
      const trace = begin(request, reply)
      const { request: asked, warnings } = read()
      const repetition = { ...repetitionOf(request), ...defined({ idempotencyKey: reference }) }
      const options = { warnings, ...repetition, traceparent: trace?.traceparent }
      const make = () => tasks.create(request.key, asked, options)
      const { task, replayed } = await (request.intake ? request.intake.during(make) : make())
      if (trace) trace.taskId = task.id
      if (replayed) reply.header('idempotent-replayed', 'true')
      else if (isActing(request))
        await recordAdmin(audit, request, changeOf('task.create', task, { key: request.key.id, prompt: task.prompt }))
      return task
    },

    async cancel(request: FastifyRequest, id: string): Promise<Task> {
      const task = await tasks.cancel(request.key, id)
      await recordAdmin(audit, request, changeOf('task.cancel', task))
      return task
    },

    async remove(request: FastifyRequest, id: string): Promise<Task> {
      const task = await tasks.remove(request.key, id)
      await recordAdmin(audit, request, changeOf('task.delete', task))
      return task
    }
  }
}

export type Making = ReturnType<typeof createMaking>

const changeOf = (action: Change['action'], { id, model }: Task, after: Change['after'] = null): Change => ({
  action,
  target: { type: 'task', id, name: model },
  after
})

/** Returns what the headers say about a repetition. Throws invalid_request on a malformed Idempotency-Key. */
function repetitionOf({ headers }: FastifyRequest): Repetition {
  const { 'idempotency-key': given, 'x-stainless-retry-count': count } = headers
  const retryCount = typeof count === 'string' && /^\d{1,4}$/.test(count) ? Number(count) : 0
  return { ...(given !== undefined && { idempotencyKey: readIdempotencyKey(given) }), retryCount }
}

/** Returns an Idempotency-Key without spaces around it. Throws invalid_request when it is malformed. */
export function readIdempotencyKey(given: unknown): string {
  if (typeof given === 'string' && /^[\x20-\x7e]{1,255}$/.test(given.trim())) return given.trim()
  throw new ApiError('invalid_request', {
    param: 'Idempotency-Key',
    message: 'Idempotency-Key: must be 1 to 255 printable ASCII characters.'
  })
}
