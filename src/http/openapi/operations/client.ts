import { creation, changes, query, rotation, trial } from '../../routes/webhooks.ts'
import { query as usageQuery } from '../../routes/usage.ts'
import { z } from 'zod'
import { ok, type Section } from '../operation.ts'
import { KeyUsage } from '../shapes/key.ts'
import { Model, VideoModel } from '../shapes/model.ts'
import { deleted, listOf, wholeList } from '../shapes/shared.ts'
import { NewWebhookEndpoint, WebhookEndpoint } from '../shapes/webhook.ts'

/* What a client needs besides videos: models, its own usage, its own webhook endpoints. */

const reads = { access: 'key', headers: ['x-reelay-key'] } as const
const hooksRead = { ...reads, needs: 'webhooks:read' } as const
const hooksWrite = { ...reads, needs: 'webhooks:write' } as const

export const models: Section = {
  name: 'Models',
  description: 'The models that a key may use.',
  operations: {
    'GET /v1/models': {
      ...reads,
      id: 'listModels',
      summary: 'List models',
      needs: 'tasks:read',
      answers: ok(
        wholeList(Model).extend({
          results: z
            .array(z.looseObject({}))
            .describe('The same models in the form of Replicate, whose clients read this path too.'),
          next: z.null(),
          previous: z.null()
        }),
        'The models.'
      )
    },
    'GET /v1/models/{id}': {
      ...reads,
      id: 'retrieveModel',
      summary: 'Retrieve a model',
      needs: 'tasks:read',
      answers: ok(Model, 'The model.'),
      errors: ['model_not_found']
    },
    'GET /v1/videos/models': {
      ...reads,
      id: 'listVideoModels',
      summary: 'List models with what they can do',
      description:
        'Lengths, ratios, resolutions, image roles and prices, from the tables that requests are checked against.',
      needs: 'tasks:read',
      answers: ok(wholeList(VideoModel), 'The models.')
    }
  }
}

export const usage: Section = {
  name: 'Usage',
  description: 'What a key has spent.',
  operations: {
    'GET /v1/usage': {
      ...reads,
      id: 'retrieveUsage',
      summary: 'Retrieve the usage of this key',
      needs: 'usage:read',
      query: usageQuery,
      answers: ok(KeyUsage, 'Spent, held, and what is left.')
    }
  }
}

const url = 'https://example.com/hook'

export const webhookEndpoints: Section = {
  name: 'Webhook endpoints',
  description:
    'Where events are posted, as OpenAI’s SDKs manage them (`client.webhooks`). The events themselves are under Webhooks.',
  operations: {
    'GET /v1/webhook_event_types': {
      ...hooksRead,
      id: 'listWebhookEventTypes',
      summary: 'List event types',
      answers: ok(wholeList(z.string()), 'The types that this key can subscribe to.')
    },
    'POST /v1/webhook_endpoints': {
      ...hooksWrite,
      id: 'createWebhookEndpoint',
      summary: 'Create a webhook endpoint',
      body: {
        schema: creation,
        examples: { endpoint: { name: 'my server', url, event_types: ['video.completed', 'video.failed'] } }
      },
      answers: ok(NewWebhookEndpoint, 'The endpoint, with its secret.'),
      errors: ['rate_limit_exceeded']
    },
    'GET /v1/webhook_endpoints': {
      ...hooksRead,
      id: 'listWebhookEndpoints',
      summary: 'List webhook endpoints',
      query,
      answers: ok(listOf(WebhookEndpoint), 'A page of endpoints.')
    },
    'GET /v1/webhook_endpoints/{id}': {
      ...hooksRead,
      id: 'retrieveWebhookEndpoint',
      summary: 'Retrieve a webhook endpoint',
      answers: ok(WebhookEndpoint, 'The endpoint.'),
      errors: ['not_found']
    },
    'POST /v1/webhook_endpoints/{id}': {
      ...hooksWrite,
      id: 'updateWebhookEndpoint',
      summary: 'Change a webhook endpoint',
      description:
        'Changes the fields that are sent. `"disabled": false` or a new `url` enables one that was disabled.',
      body: { schema: changes, examples: { enable: { disabled: false } }, optional: true },
      answers: ok(WebhookEndpoint, 'The endpoint.'),
      errors: ['conflict', 'not_found']
    },
    'DELETE /v1/webhook_endpoints/{id}': {
      ...hooksWrite,
      id: 'deleteWebhookEndpoint',
      summary: 'Delete a webhook endpoint',
      answers: ok(deleted('webhook_endpoint'), 'It is deleted.'),
      errors: ['conflict', 'not_found']
    },
    'POST /v1/webhook_endpoints/{id}/rotate_secret': {
      ...hooksWrite,
      id: 'rotateWebhookSecret',
      summary: 'Replace the secret of a webhook endpoint',
      body: { schema: rotation, examples: { rotation: { keep_old_secret_active_for_24_hours: true } }, optional: true },
      answers: ok(NewWebhookEndpoint, 'The endpoint, with its new secret.'),
      errors: ['conflict', 'not_found']
    },
    'POST /v1/webhook_endpoints/{id}/test': {
      ...hooksWrite,
      id: 'testWebhookEndpoint',
      summary: 'Send a test event',
      body: { schema: trial, examples: { trial: { event_type: 'video.completed' } } },
      answers: ok(
        z.object({
          object: z.literal('webhook_endpoint.test'),
          webhook_endpoint_id: z.string(),
          event_type: z.string(),
          status_code: z.int().describe('What the endpoint answered.'),
          success: z.boolean()
        }),
        'What the endpoint answered.'
      ),
      errors: ['not_found', 'upstream_error', 'upstream_timeout', 'rate_limit_exceeded']
    }
  }
}
