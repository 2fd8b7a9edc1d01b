import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Audit } from '../../admin/audit.ts'
import type { Task } from '../../db/index.ts'
import type { Change } from '../../domain/audit.ts'
import { ApiError } from '../../errors.ts'
import type { Repetition } from '../../tasks/idempotency.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import type { Tracing } from '../../tracing/index.ts'
import { isActing, recordAdmin } from '../plugins/caller.ts'
import { readCreate } from './read.ts'

export interface MakeServices {
  tasks: Pick<Tasks, 'create'>
  audit: Audit
  /** null: nothing is traced */
  tracing: Pick<Tracing, 'begin'> | null
}

/** Returns the one way from a request to a new video: its body is read and counted, its task created, traced and audited. */
export function createMaker({ tasks, audit, tracing }: MakeServices) {
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

  /** Creates the task of a body. Throws ApiError. */
  return async (request: FastifyRequest, reply: FastifyReply, body: unknown, repetition: Repetition) => {
    const trace = begin(request, reply)
    const { request: asked, warnings } = readCreate(body)
    const options = { warnings, ...repetition, traceparent: trace?.traceparent }
    const make = () => tasks.create(request.key, asked, options)
    const made = await (request.intake ? request.intake.during(make) : make())
    const { task, replayed } = made
    if (trace) trace.taskId = task.id
    if (!replayed && isActing(request))
      await recordAdmin(audit, request, changeOf('task.create', task, { key: request.key.id, prompt: task.prompt }))
    return made
  }
}

export const changeOf = (action: Change['action'], { id, model }: Task, after: Change['after'] = null): Change => ({
  action,
  target: { type: 'task', id, name: model },
  after
})

/** Returns an Idempotency-Key without spaces around it. Throws invalid_request when it is malformed. */
export function readIdempotencyKey(given: unknown): string {
  if (typeof given === 'string' && /^[\x20-\x7e]{1,255}$/.test(given.trim())) return given.trim()
  throw new ApiError('invalid_request', {
    param: 'Idempotency-Key',
    message: 'Idempotency-Key: must be 1 to 255 printable ASCII characters.'
  })
}
