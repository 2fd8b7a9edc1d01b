import { z } from 'zod'
import { ManagedBy, damage, Named, seconds } from './shared.ts'

/* Webhook endpoints and deliveries. */

const endpointFields = {
  id: z.string(),
  object: z.literal('webhook_endpoint'),
  name: z.string().nullable(),
  url: z.string(),
  event_types: z.array(z.string()),
  signing_secret_hint: z.string().nullable().describe('The end of the secret, to tell secrets apart.'),
  disabled: z.boolean(),
  disabled_reason: z.string().nullable(),
  created_at: seconds,
  updated_at: seconds
}

export const WebhookEndpoint = z
  .object({ ...endpointFields, key_id: z.string().optional().describe('For admins: the key that it belongs to.') })
  .meta({ id: 'WebhookEndpoint' })

export const NewWebhookEndpoint = z
  .object({
    ...WebhookEndpoint.shape,
    signing_secret: z.string().describe('`whsec_…`: checks signatures. Shown only now.')
  })
  .meta({ id: 'NewWebhookEndpoint', description: 'A webhook endpoint with its secret.' })

export const AdminWebhookEndpoint = z
  .object({
    ...endpointFields,
    failing_since: seconds.nullable(),
    counts_30d: z.object({ delivered: z.int(), failed: z.int(), pending: z.int() }),
    key: Named,
    managed_by: ManagedBy.nullable()
  })
  .meta({
    id: 'AdminWebhookEndpoint',
    description: 'A webhook endpoint of any key, with its deliveries of the last 30 days.'
  })

export const Delivery = z
  .object({
    id: z.string(),
    object: z.literal('webhook_delivery'),
    event: z.object({ id: z.string(), type: z.string() }),
    endpoint: z.string().nullable().describe('null: the `callback_url` of a request.'),
    task: z.string().nullable(),
    url: z.string(),
    status: z.enum(['pending', 'delivered', 'failed']),
    tries: z.int().describe('Since it was last started over.'),
    attempts: z
      .array(z.object({ at: seconds, status: z.int().nullable(), error: z.string().nullable(), ms: z.int() }))
      .describe('The last twenty, oldest first.'),
    response_status: z.int().nullable(),
    response_body: z.string().nullable().describe('The first kilobytes.'),
    error: z.string().nullable(),
    next_try_at: seconds.nullable(),
    created_at: seconds,
    delivered_at: seconds.nullable(),
    ...damage
  })
  .meta({ id: 'WebhookDelivery', description: 'One event for one endpoint, until it was accepted or given up.' })
