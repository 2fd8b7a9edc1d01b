import { z } from 'zod'
import { scopes } from '../../../domain/permissions.ts'
import { ManagedBy, damage, Money, seconds } from './shared.ts'

/* Keys, and what they spend. */

const window = z.enum(['total', 'daily', 'weekly', 'monthly'])

export const Key = z
  .object({
    id: z.string(),
    object: z.literal('key'),
    name: z.string(),
    hint: z.string().describe('The beginning of the secret, to tell keys apart.'),
    role: z.enum(['member', 'admin']),
    scopes: z.array(z.enum(scopes)).nullable().describe('What an admin key is restricted to; null: nothing.'),
    owner: z.string().nullable(),
    models: z.array(z.string()).nullable().describe('The models that it may use; null: all.'),
    ip_allowlist: z.array(z.string()).nullable(),
    expires_at: seconds.nullable(),
    requests_per_minute: z.int().nullable(),
    max_concurrency: z.int().nullable(),
    max_queued: z.int().nullable(),
    budget: z.object({ amount: z.string(), currency: z.string(), window, timezone: z.string() }).nullable(),
    dialect: z.enum(['auto', 'openai', 'unified', 'newapi']).describe('The words of `status`.'),
    duration_policy: z.enum(['nearest', 'up', 'refuse']).nullable(),
    disabled: z.boolean(),
    last_used_at: seconds.nullable(),
    last_used_ip: z.string().nullable(),
    old_expires_at: seconds.nullable().describe('Until when the secret before the last rotation works.'),
    old_last_used_at: seconds.nullable(),
    spent: Money.describe('In the current window of the budget, else since it was created.'),
    held: Money.describe('For videos that are not finished.'),
    remaining: Money.nullable(),
    resets_at: seconds.nullable(),
    in_flight: z.int().describe('Videos at vendors.'),
    queued: z.int(),
    days: z.array(z.object({ day: z.string(), spent: Money, videos: z.int() })).describe('The last 14 days.'),
    managed_by: ManagedBy.nullable(),
    created_at: seconds,
    revoked_at: seconds.nullable(),
    ...damage
  })
  .meta({ id: 'Key', description: 'A key without its secret, which is shown only once.' })

export const CreatedKey = z
  .object({ ...Key.shape, key: z.string().describe('The secret, `sk-…`. Shown only now.') })
  .meta({ id: 'CreatedKey', description: 'A key with its secret.' })

export const KeyUsage = z
  .object({
    object: z.literal('usage'),
    spent: Money,
    held: Money,
    budget: z
      .object({
        amount: z.string(),
        currency: z.string(),
        window,
        remaining: z.string(),
        resets_at: seconds.nullable()
      })
      .nullable(),
    others: z
      .array(z.object({ spent: Money, held: Money }))
      .optional()
      .describe('In other currencies than the budget’s.'),
    days: z
      .array(z.object({ day: z.string(), spent: Money, videos: z.int() }))
      .optional()
      .describe('With `days`: each of the last days.'),
    models: z
      .array(z.object({ model: z.string(), spent: Money, videos: z.int(), seconds: z.number() }))
      .optional()
      .describe('With `days`: each model in that time.')
  })
  .meta({ id: 'KeyUsage' })

export const UsageLine = z
  .object({
    key: z.string().nullable().optional(),
    model: z.string().nullable().optional(),
    channel: z.string().nullable().optional(),
    user: z.string().nullable().optional(),
    hour: z.string().nullable().optional(),
    day: z.string().nullable().optional(),
    week: z.string().nullable().optional(),
    month: z.string().nullable().optional(),
    names: z.record(z.string(), z.string()).describe('The names of `key` and `channel`.'),
    videos: z.int(),
    seconds: z.number(),
    failed: z.int(),
    refused: z.int(),
    spent: Money
  })
  .meta({
    id: 'UsageLine',
    description: 'One group of a report. Of the columns only those that it is grouped by are there.'
  })

export const LedgerEntry = z
  .object({
    id: z.string(),
    object: z.literal('ledger.entry'),
    key_id: z.string(),
    task_id: z.string().nullable(),
    kind: z.enum(['hold', 'capture', 'release', 'adjust']),
    amount: z.string().describe('Of an adjustment that refunds: negative.'),
    currency: z.string(),
    from: z.string(),
    to: z.string(),
    reason: z.string().nullable(),
    created_at: seconds
  })
  .meta({
    id: 'LedgerEntry',
    description: 'Money that moved: held, captured, released or adjusted. Never changed or deleted.'
  })
