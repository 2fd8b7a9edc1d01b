import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Task } from '../../../db/index.ts'
import { defined } from '../../../lib/defined.ts'
import { toDecimal } from '../../../lib/money.ts'
import type { Endpoints } from '../../../webhooks/endpoints.ts'
import type { Audit } from '../../../admin/audit.ts'
import type { Tasks } from '../../../tasks/tasks.ts'
import type { Failure } from '../../../vendors/vendor.ts'
import type { Presenter } from '../../video/presenter.ts'
import { parse } from '../../parse.ts'
import { intact } from '../../../lib/damaged.ts'
import { byOf, needs } from '../../plugins/caller.ts'
import { listQuery, page } from '../list.ts'
import { damageOf } from './damage.ts'
import { showDelivery } from './deliveries.ts'

export interface TaskServices {
  tasks: Tasks
  presenter: Presenter
  deliveries: Endpoints['deliveries']
  audit: Audit
}

const taskQuery = listQuery('video', 'task').extend({
  key: z.string().optional(),
  status: z.enum(['queued', 'in_progress', 'completed', 'failed', 'refused']).optional(),
  model: z.string().optional(),
  channel: z.string().optional()
})

/** Whether the vendor may still make and charge the video; also true of one that has ended for its client. */
const isAtVendor = ({ finishedAt, slot, followUpAt }: Task) => (finishedAt === null ? slot : followUpAt !== null)

const seconds = (time: number | null) => (time === null ? null : Math.floor(time / 1000))

/** The vendor's own words, without anything secret; `error` has what the client is told. */
const showFailure = ({ kind, code, message }: Failure) => ({ kind, code: code ?? null, message })

/** The tasks of all keys, with their attempts, ledger entries and deliveries. */
export async function taskRoutes(app: FastifyInstance, { tasks, presenter, deliveries, audit }: TaskServices) {
  async function brief(request: FastifyRequest, row: Task) {
    const task = intact(row)
    const price = task.price === null ? null : { amount: toDecimal(task.price), currency: task.currency }
    return {
      ...(await presenter.show(request, task)),
      key_id: task.keyId,
      user: task.user,
      price,
      failure: task.failure && showFailure(task.failure),
      at_vendor: isAtVendor(task),
      ...damageOf(row)
    }
  }

  app.get('/tasks', needs('tasks:read'), async request => {
    const { after, limit, order, key, status, model, channel } = parse(taskQuery, request.query)
    const found = await tasks.search({
      limit: limit + 1,
      order,
      ...defined({ after, keyId: key, status, model, channelId: channel })
    })
    return page(await Promise.all(found.slice(0, limit).map(task => brief(request, task))), found.length > limit)
  })

  app.get<{ Params: { id: string } }>('/tasks/:id', needs('tasks:read'), async request => {
    const { task, attempts, ledger } = await tasks.inspect(request.params.id)
    const sent = await deliveries({ taskId: task.id, limit: 1000, order: 'asc' })
    return {
      ...(await brief(request, task)),
      attempts: attempts
        .map(intact)
        .map(({ id, channelId, upstreamModel, upstreamId, outcome, failure, startedAt, endedAt }) => ({
          id,
          channel: channelId,
          upstream_model: upstreamModel,
          upstream_id: upstreamId,
          outcome,
          failure: failure && showFailure(failure),
          started_at: seconds(startedAt),
          ended_at: seconds(endedAt)
        })),
      ledger: ledger.map(({ id, kind, amount, currency, reason, createdAt }) => ({
        id,
        kind,
        amount: toDecimal(amount),
        currency,
        reason,
        created_at: seconds(createdAt)
      })),
      deliveries: sent.map(showDelivery)
    }
  })

  app.post<{ Params: { id: string } }>('/tasks/:id/cancel', needs('tasks:write'), async request => {
    const task = await tasks.cancel(request.key, request.params.id)
    const target = { type: 'task', id: task.id, name: task.model } as const
    await audit.add(byOf(request), { action: 'task.cancel', target })
    return brief(request, task)
  })
}
