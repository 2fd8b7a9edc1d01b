import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Audit } from '../../admin/audit.ts'
import type { Endpoint } from '../../db/index.ts'
import { endpointFields, type Change } from '../../domain/audit.ts'
import type { Endpoints } from '../../webhooks/endpoints.ts'
import { eventTypesFor } from '../../domain/events.ts'
import { defined } from '../../lib/defined.ts'
import { parse } from '../parse.ts'
import { needs, recordAdmin } from '../plugins/caller.ts'
import { listQuery, page } from './list.ts'

export interface WebhookServices {
  endpoints: Endpoints
  audit: Audit
}

export const query = listQuery('whk', 'webhook endpoint')
const name = z.string().trim().min(1).max(200)
const url = z.string({ error: issue => (issue.input === undefined ? 'is required' : 'must be a string') }).min(1)
const eventTypes = z
  .array(z.string().max(200), {
    error: issue => (issue.input === undefined ? 'is required' : 'must be a list of event types')
  })
  .min(1, 'must name at least one event type')
  .max(50)

export const creation = z.object({ name: name.optional(), url, event_types: eventTypes })
export const changes = z.object({
  name: name.optional(),
  url: url.optional(),
  event_types: eventTypes.optional(),
  disabled: z.boolean().optional()
})
export const rotation = z.object({ keep_old_secret_active_for_24_hours: z.boolean().default(false) })
export const trial = z.object({ event_type: z.string({ error: 'must name an event type' }) })

type WithId = { Params: { id: string } }

/** The resource that OpenAI's SDKs manage with `client.webhooks` (openai-node 7.57, resources/webhooks). */
export async function webhookRoutes(app: FastifyInstance, { endpoints, audit }: WebhookServices) {
  const show = (request: FastifyRequest, endpoint: Endpoint) => ({
    id: endpoint.id,
    object: 'webhook_endpoint' as const,
    name: endpoint.name,
    url: endpoint.url,
    event_types: endpoint.events,
    signing_secret_hint: endpoints.hintOf(endpoint),
    disabled: endpoint.disabled,
    disabled_reason: endpoint.disabledReason,
    created_at: Math.floor(endpoint.createdAt / 1000),
    updated_at: Math.floor(endpoint.updatedAt / 1000),
    ...(request.key.role === 'admin' && { key_id: endpoint.keyId })
  })

  const record = (
    request: FastifyRequest,
    action: 'create' | 'update' | 'delete' | 'rotate_secret',
    { id, name, url }: Endpoint,
    fields: Pick<Change, 'before' | 'after'> = {}
  ) =>
    recordAdmin(audit, request, {
      action: `webhook_endpoint.${action}`,
      target: { type: 'webhook_endpoint', id, name: name ?? url },
      ...fields
    })

  app.get('/webhook_event_types', needs('webhooks:read'), async request => ({
    object: 'list',
    data: eventTypesFor(request.key.role)
  }))

  app.post('/webhook_endpoints', needs('webhooks:write'), async request => {
    const { event_types: events, ...asked } = parse(creation, request.body)
    const { endpoint, secret } = await endpoints.create(request.key, { ...asked, events })
    await record(request, 'create', endpoint, { after: endpointFields(endpoint) })
    return { ...show(request, endpoint), signing_secret: secret }
  })

  app.get('/webhook_endpoints', needs('webhooks:read'), async request => {
    const { after, limit, order } = parse(query, request.query)
    const found =
      limit === 0 ? [] : await endpoints.list(request.key, { limit: limit + 1, order, ...defined({ after }) })
    return page(
      found.slice(0, limit).map(endpoint => show(request, endpoint)),
      found.length > limit
    )
  })

  app.get<WithId>('/webhook_endpoints/:id', needs('webhooks:read'), async request =>
    show(request, await endpoints.get(request.key, request.params.id))
  )

  app.post<WithId>('/webhook_endpoints/:id', needs('webhooks:write'), async request => {
    const { event_types: events, ...rest } = parse(changes, request.body ?? {})
    const before = await endpoints.get(request.key, request.params.id)
    const after = await endpoints.update(request.key, before.id, defined({ ...rest, events }))
    await record(request, 'update', after, { before: endpointFields(before), after: endpointFields(after) })
    return show(request, after)
  })

  app.delete<WithId>('/webhook_endpoints/:id', needs('webhooks:write'), async request => {
    const { id } = request.params
    const before = await endpoints.get(request.key, id)
    await endpoints.remove(request.key, id)
    await record(request, 'delete', before, { before: endpointFields(before) })
    return { id, object: 'webhook_endpoint.deleted', deleted: true }
  })

  app.post<WithId>('/webhook_endpoints/:id/rotate_secret', needs('webhooks:write'), async request => {
    const { keep_old_secret_active_for_24_hours: keepOld } = parse(rotation, request.body ?? {})
    const { endpoint, secret } = await endpoints.rotate(request.key, request.params.id, keepOld)
    await record(request, 'rotate_secret', endpoint)
    return { ...show(request, endpoint), signing_secret: secret }
  })

  app.post<WithId>('/webhook_endpoints/:id/test', needs('webhooks:write'), async request => {
    const { event_type } = parse(trial, request.body ?? {})
    const { id } = request.params
    const status_code = await endpoints.test(request.key, id, event_type)
    return { object: 'webhook_endpoint.test', webhook_endpoint_id: id, event_type, status_code, success: true }
  })
}
