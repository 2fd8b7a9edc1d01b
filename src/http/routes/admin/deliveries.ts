import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Delivery } from '../../../db/index.ts'
import { defined } from '../../../lib/defined.ts'
import type { Audit } from '../../../admin/audit.ts'
import type { Endpoints } from '../../../webhooks/endpoints.ts'
import { parse } from '../../parse.ts'
import { byOf, needs } from '../../plugins/caller.ts'
import { listQuery, page } from '../list.ts'

export interface DeliveryServices {
  endpoints: Endpoints
  audit: Audit
}

const query = listQuery('dlv', 'delivery').extend({
  status: z.enum(['pending', 'delivered', 'failed']).optional(),
  endpoint: z.string().optional(),
  task: z.string().optional(),
  event: z.string().optional()
})

const seconds = (time: number | null) => (time === null ? null : Math.floor(time / 1000))

/** Webhook deliveries: pending, delivered and failed. */
export async function deliveryRoutes(app: FastifyInstance, { endpoints, audit }: DeliveryServices) {
  app.get('/webhook_deliveries', needs('webhooks:read'), async request => {
    const { after, limit, order, status, endpoint, task, event } = parse(query, request.query)
    const found = await endpoints.deliveries({
      limit: limit + 1,
      order,
      ...defined({ after, status, endpointId: endpoint, taskId: task, eventId: event })
    })
    return page(found.slice(0, limit).map(showDelivery), found.length > limit)
  })

  app.post<{ Params: { id: string } }>('/webhook_deliveries/:id/replay', needs('webhooks:write'), async request => {
    const { id } = request.params
    const replayed = await endpoints.replay(id)
    const target = { type: 'webhook_delivery', id, name: replayed.type } as const
    await audit.add(byOf(request), { action: 'webhook_delivery.replay', target })
    return showDelivery(replayed)
  })
}

export function showDelivery({ delivery, type }: { delivery: Delivery; type: string }) {
  return {
    id: delivery.id,
    object: 'webhook_delivery' as const,
    event: { id: delivery.eventId, type },
    /** null: the request's callback_url */
    endpoint: delivery.endpointId,
    task: delivery.taskId,
    url: delivery.url,
    status: delivery.status,
    tries: delivery.tries,
    response_status: delivery.responseStatus,
    response_body: delivery.responseBody,
    error: delivery.error,
    next_try_at: seconds(delivery.dueAt),
    created_at: seconds(delivery.createdAt),
    delivered_at: seconds(delivery.deliveredAt)
  }
}
