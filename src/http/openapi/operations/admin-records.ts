import { z } from 'zod'
import { query as backupQuery } from '../../routes/admin/backup.ts'
import { endpointQuery, query as deliveryQuery, replays } from '../../routes/admin/deliveries.ts'
import { adjustment, query as ledgerQuery } from '../../routes/admin/ledger.ts'
import { changes } from '../../routes/admin/settings.ts'
import { query as usageQuery } from '../../routes/admin/usage.ts'
import { ok, type Section } from '../operation.ts'
import { LedgerEntry, UsageLine } from '../shapes/key.ts'
import { listOf } from '../shapes/shared.ts'
import { RuntimeSettings, System } from '../shapes/system.ts'
import { AdminWebhookEndpoint, Delivery } from '../shapes/webhook.ts'

/* Money, webhooks of all keys, and the server itself. */

export const money: Section = {
  name: 'Money',
  description: 'Reports, and the ledger that they are made of.',
  operations: {
    'GET /admin/usage': {
      access: 'admin',
      needs: 'usage:read',
      id: 'reportUsage',
      summary: 'Report usage',
      query: usageQuery,
      answers: { 200: { description: 'The report.', schema: listOf(UsageLine), types: { 'text/csv': 'The report.' } } }
    },
    'GET /admin/ledger': {
      access: 'admin',
      needs: 'usage:read',
      id: 'listLedger',
      summary: 'List ledger entries',
      query: ledgerQuery,
      answers: ok(listOf(LedgerEntry), 'A page of entries.')
    },
    'POST /admin/ledger': {
      access: 'admin',
      needs: 'usage:write',
      id: 'adjustLedger',
      summary: 'Adjust what a key has spent',
      description: 'A positive amount is charged, a negative one refunded.',
      body: {
        schema: adjustment,
        examples: {
          refund: {
            key_id: 'key_019a5f0000007000800000000000000a',
            amount: '-1.50',
            currency: 'USD',
            reason: 'bad video'
          }
        }
      },
      answers: ok(LedgerEntry, 'The entry.', 201),
      errors: ['not_found']
    }
  }
}

export const deliveries: Section = {
  name: 'Webhook deliveries',
  description: 'The webhook endpoints of all keys, and what became of each event.',
  operations: {
    'GET /admin/webhook_endpoints': {
      access: 'admin',
      needs: 'webhooks:read',
      id: 'listAllWebhookEndpoints',
      summary: 'List webhook endpoints of all keys',
      query: endpointQuery,
      answers: ok(listOf(AdminWebhookEndpoint), 'A page of endpoints.')
    },
    'GET /admin/webhook_deliveries': {
      access: 'admin',
      needs: 'webhooks:read',
      id: 'listDeliveries',
      summary: 'List deliveries',
      query: deliveryQuery,
      answers: ok(listOf(Delivery), 'A page of deliveries.')
    },
    'GET /admin/webhook_deliveries/{id}': {
      access: 'admin',
      needs: 'webhooks:read',
      id: 'retrieveDelivery',
      summary: 'Retrieve a delivery',
      answers: ok(Delivery, 'The delivery.'),
      errors: ['not_found']
    },
    'POST /admin/webhook_deliveries/{id}/replay': {
      access: 'admin',
      needs: 'webhooks:write',
      id: 'replayDelivery',
      summary: 'Send an event again',
      description: 'Under the same event id, so that receivers recognize it.',
      answers: ok(Delivery, 'The delivery.'),
      errors: ['not_found', 'conflict']
    },
    'POST /admin/webhook_deliveries/replay': {
      access: 'admin',
      needs: 'webhooks:write',
      id: 'replayDeliveries',
      summary: 'Send many events again',
      body: { schema: replays, examples: { 'since yesterday': { status: 'failed', since: '2026-11-29' } } },
      answers: ok(z.object({ object: z.literal('webhook_delivery.replay'), count: z.int() }), 'How many.')
    }
  }
}

export const system: Section = {
  name: 'System',
  description: 'The server itself.',
  operations: {
    'GET /admin/system': {
      access: 'admin',
      needs: 'settings:read',
      id: 'retrieveSystem',
      summary: 'Retrieve what runs here',
      answers: ok(System, 'What runs here.')
    },
    'GET /admin/settings': {
      access: 'admin',
      needs: 'settings:read',
      id: 'listSettings',
      summary: 'List settings',
      description: 'Those that can be changed while the server runs.',
      answers: ok(RuntimeSettings, 'The settings.')
    },
    'PATCH /admin/settings': {
      access: 'admin',
      needs: 'settings:write',
      id: 'updateSettings',
      summary: 'Change settings',
      description: 'Changes the fields that are sent; null: back to the default.',
      body: {
        schema: changes,
        examples: { 'keep for a month': { retention_days: 30 }, 'back to the default': { exchange_log: null } }
      },
      answers: ok(RuntimeSettings, 'The settings.'),
      errors: ['conflict']
    },
    'POST /admin/archive/test': {
      access: 'admin',
      needs: 'settings:write',
      id: 'testArchive',
      summary: 'Test the archive',
      description: 'Writes, reads and deletes a small file.',
      answers: ok(
        z.object({
          object: z.literal('archive.test'),
          ok: z.boolean(),
          error: z.string().nullable(),
          latency_ms: z.number().nullable()
        }),
        'Whether it works.'
      )
    },
    'GET /admin/doctor': {
      access: 'admin',
      needs: 'settings:write',
      id: 'examine',
      summary: 'Examine this installation',
      description:
        'The checks of `reelay doctor`: database, clock, disk, the host and the credential of each channel (by a free call), archive, webhooks, and the public URL by a signed link of its own. What is wrong comes with what to do.',
      answers: ok(
        z.object({
          object: z.literal('doctor'),
          ok: z.boolean(),
          checks: z.array(z.object({ name: z.string(), ok: z.boolean(), message: z.string() }))
        }),
        'The checks.'
      )
    },
    'GET /admin/backup': {
      access: 'admin',
      needs: 'backup:read',
      id: 'downloadBackup',
      summary: 'Download a backup',
      description:
        'The database as of one moment, the secret key and a list of the archived videos in one file, not encrypted. For owners and admin keys without scopes.',
      query: backupQuery,
      answers: { 200: { description: 'A tar file.', types: { 'application/x-tar': 'The backup.' } } },
      errors: ['conflict']
    },
    'GET /metrics': {
      access: 'admin',
      needs: 'metrics:read',
      id: 'scrapeMetrics',
      summary: 'Scrape metrics',
      description: 'In the text format of Prometheus. `METRICS_TOKEN` is accepted as a bearer, too.',
      answers: { 200: { description: 'The metrics.', types: { 'text/plain': 'Metrics.' } } }
    }
  }
}
