import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Delivery } from '../../../db/index.ts'
import { defined } from '../../../lib/defined.ts'
import type { AdminWebhooks, DescribedEndpoint } from '../../../admin/webhooks.ts'
import type { Audit } from '../../../admin/audit.ts'
import type { Endpoints } from '../../../webhooks/endpoints.ts'
import { parse } from '../../parse.ts'
import { byOf, needs } from '../../plugins/caller.ts'
import { intact } from '../../../lib/damaged.ts'
import { listQuery, page } from '../list.ts'
import { damageOf } from './damage.ts'
import { moment } from './fields.ts'

export interface DeliveryServices {
  endpoints: Endpoints
  adminWebhooks: AdminWebhooks
  audit: Audit
}

export const query = listQuery('dlv', 'delivery').extend({
  status: z.enum(['pending', 'delivered', 'failed']).optional(),
  endpoint: z.string().optional(),
  task: z.string().optional(),
  event: z.string().optional(),
  from: moment.optional(),
  to: moment.optional()
})

export const endpointQuery = listQuery('whk', 'webhook endpoint')

export const replays = z.strictObject({
  status: z.enum(['failed', 'delivered']),
  endpoint: z.string().min(1).max(200).optional(),
  since: z
    .union([z.int().min(0).transform(String), z.string()])
    .pipe(moment)
    .optional()
})

const seconds = (time: number | null) => (time === null ? null : Math.floor(time / 1000))

/** The webhook endpoints of all keys, and their deliveries: pending, delivered and failed. */
export async function deliveryRoutes(app: FastifyInstance, { endpoints, adminWebhooks, audit }: DeliveryServices) {
  app.get('/webhook_endpoints', needs('webhooks:read', endpointQuery), async request => {
    const { after, limit, order } = parse(endpointQuery, request.query)
    const found = await adminWebhooks.list({ limit: limit + 1, order, ...defined({ after }) })
    const shown = found.slice(0, limit).map(one => showEndpoint(one, endpoints.hintOf(one.endpoint)))
    return page(shown, found.length > limit)
  })

  app.get('/webhook_deliveries', needs('webhooks:read', query), async request => {
    const { limit, order, endpoint, task, event, ...filter } = parse(query, request.query)
    const found = await endpoints.deliveries({
      limit: limit + 1,
      order,
      ...defined({ ...filter, endpointId: endpoint, taskId: task, eventId: event })
    })
    return page(found.slice(0, limit).map(showDelivery), found.length > limit)
  })

  app.get<{ Params: { id: string } }>('/webhook_deliveries/:id', needs('webhooks:read'), async request =>
    showDelivery(await endpoints.delivery(request.params.id))
  )

  app.post('/webhook_deliveries/replay', needs('webhooks:write'), async request => {
    const { status, endpoint: endpointId, since } = parse(replays, request.body)
    const count = await adminWebhooks.replay({ status, ...defined({ endpointId, since }) }, byOf(request))
    return { object: 'webhook_delivery.replay' as const, count }
  })

  app.post<{ Params: { id: string } }>('/webhook_deliveries/:id/replay', needs('webhooks:write'), async request => {
    const { id } = request.params
    const replayed = await endpoints.replay(id)
    const target = { type: 'webhook_delivery', id, name: replayed.type } as const
    await audit.add(byOf(request), { action: 'webhook_delivery.replay', target })
    return showDelivery(replayed)
  })
}

function showEndpoint({ endpoint, key, counts, managedBy }: DescribedEndpoint, hint: string | null) {
  return {
    id: endpoint.id,
    object: 'webhook_endpoint' as const,
    name: endpoint.name,
    url: endpoint.url,
    event_types: endpoint.events,
    signing_secret_hint: hint,
    disabled: endpoint.disabled,
    disabled_reason: endpoint.disabledReason,
    failing_since: seconds(endpoint.failingSince),
    counts_30d: counts,
    key,
    managed_by: managedBy,
    created_at: seconds(endpoint.createdAt),
    updated_at: seconds(endpoint.updatedAt)
  }
}

export function showDelivery({ delivery: row, type }: { delivery: Delivery; type: string }) {
  const delivery = intact(row)
  return {
    id: delivery.id,
    object: 'webhook_delivery' as const,
    event: { id: delivery.eventId, type },
    /** null: the request's callback_url */
    endpoint: delivery.endpointId,
    task: delivery.taskId,
    url: delivery.url,
    status: delivery.status,
    // since it was last started over
    tries: delivery.tries,
    // the last twenty, oldest first
    attempts: delivery.attempts.map(({ at, status, error, ms }) => ({ at: Math.floor(at / 1000), status, error, ms })),
    response_status: delivery.responseStatus,
    response_body: delivery.responseBody,
    error: delivery.error,
    next_try_at: seconds(delivery.dueAt),
    created_at: seconds(delivery.createdAt),
    delivered_at: seconds(delivery.deliveredAt),
    ...damageOf(row)
  }
}
