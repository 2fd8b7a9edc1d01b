import { z } from 'zod'
import { Capabilities, Price } from './model.ts'
import { ManagedBy, damage, failureKinds, milliseconds, seconds } from './shared.ts'

/* Channels and the vendors that they are at. */

export const Channel = z
  .object({
    id: z.string(),
    object: z.literal('channel'),
    name: z.string(),
    vendor: z.string(),
    base_url: z.string(),
    options: z
      .record(z.string(), z.unknown())
      .describe(
        'Options of the vendor. Secrets among them are `…`, which a change may send back: they stay as they are.'
      ),
    models: z.record(z.string(), z.string()).describe('Public name → the vendor’s name.'),
    max_concurrency: z.int().nullable(),
    submits_per_minute: z.int().nullable(),
    priority: z.int(),
    weight: z.number(),
    disabled: z.boolean(),
    built_in: z.boolean().describe('The sandbox.'),
    in_flight: z.int(),
    learned_limit: z.int().nullable().describe('The limit that the vendor’s refusals showed.'),
    queued: z.int(),
    health: z.object({
      state: z.enum(['ok', 'cooling', 'disabled']).optional(),
      reason: z.string().nullable(),
      since: seconds.nullable(),
      until: seconds.nullable(),
      last_error: z
        .object({
          kind: z.enum(failureKinds),
          code: z.string().nullable(),
          message: z.string(),
          at: seconds.nullable()
        })
        .nullable()
    }),
    last_success_at: seconds.nullable(),
    credential_hint: z.string().nullable(),
    stats: z
      .object({ ok: z.int(), failed: z.int(), p50_ms: milliseconds.nullable(), p95_ms: milliseconds.nullable() })
      .describe('Of the last 24 hours.'),
    managed_by: ManagedBy.nullable(),
    created_at: seconds,
    deleted_at: seconds.nullable(),
    ...damage
  })
  .meta({ id: 'Channel', description: 'An account at a vendor, without its credential.' })

const testFields = {
  object: z.literal('channel.test'),
  ok: z.boolean(),
  free: z.boolean().describe('`false`: the vendor has no free request, so nothing was asked.'),
  message: z.string(),
  latency_ms: milliseconds.nullable(),
  kind: z.string().nullable().describe('Why it failed: a kind of failure of the vendor, or of the connection.')
}

export const ChannelTest = z.object({ id: z.string().optional(), ...testFields }).meta({ id: 'ChannelTest' })

export const Vendor = z
  .object({
    id: z.string(),
    object: z.literal('vendor'),
    name: z.string(),
    base_url: z.string(),
    regions: z
      .array(z.object({ id: z.string(), base_url: z.string(), label: z.string(), keys_url: z.string().nullable() }))
      .describe('Its services in China and abroad. A key works at one of them.'),
    keys_url: z.string().nullable().describe('Where its keys are made.'),
    docs_url: z.string().nullable(),
    credential: z.object({
      fields: z.array(z.object({ name: z.string(), label: z.string(), secret: z.boolean(), optional: z.boolean() }))
    }),
    options: z.record(z.string(), z.unknown()).describe('A JSON Schema of the options of a channel.'),
    models: z.array(z.object({ name: z.string(), capabilities: Capabilities, prices: z.array(Price).nullable() })),
    facts: z.record(z.string(), z.unknown()).describe('What its documents say of links, cancels and callbacks.'),
    free_probe: z.boolean()
  })
  .meta({ id: 'Vendor', description: 'A vendor that channels can be at.' })
