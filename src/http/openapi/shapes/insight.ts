import { z } from 'zod'
import { milliseconds, Money, Named, seconds } from './shared.ts'
import { Task } from './task.ts'

/* What happened in a period, and what needs a person now. */

const share = z.number().nullable().describe('From 0 to 1; null: none ended.')
const times = { p50_ms: milliseconds.nullable(), p95_ms: milliseconds.nullable() }

export const Overview = z
  .object({
    object: z.literal('overview'),
    from: seconds,
    to: seconds,
    spent: z.array(z.object({ ...Money.shape, before: z.string() })),
    made: z.object({ count: z.int(), before: z.int(), seconds: z.number() }),
    success: z.object({ rate: share, ok: z.int(), failed: z.int(), refused: z.int(), before: share }),
    time_to_video: z.object({ ...times, before: z.object(times) }),
    now: z.object({
      running: z.int(),
      waiting: z.int(),
      slots_used: z.int(),
      slots_total: z.int().nullable().describe('null: at least one channel has no limit.'),
      oldest_waiting_s: z.int().nullable()
    }),
    latest: z.array(Task)
  })
  .meta({
    id: 'Overview',
    description: 'The numbers of a period; `before` are those of the equally long period before it.'
  })

export const Point = z
  .object({
    at: seconds,
    ok: z.int(),
    failed: z.int(),
    refused: z.int(),
    spent: z.record(z.string(), z.string()).describe('By currency.'),
    ...times
  })
  .meta({ id: 'SeriesPoint' })

export const FailureGroup = z
  .object({
    error: z.string(),
    vendor_code: z.string().nullable(),
    model: z.string(),
    channel: Named.nullable(),
    count: z.int(),
    last_at: seconds,
    sample_id: z.string()
  })
  .meta({ id: 'FailureGroup', description: 'Tasks that failed in the same way.' })

export const Attention = z
  .object({
    kind: z.string().describe('Kinds may be added.'),
    severity: z.enum(['bad', 'warn']),
    subject: z.object({ type: z.string(), id: z.string().nullable(), name: z.string().nullable() }),
    since: seconds.nullable(),
    reason: z.string(),
    facts: z
      .looseObject({})
      .describe('What is known of it, as far as it applies: `count`, `held`, `percent`, `waiting`, `vendor` and more.'),
    action: z.object({ label_key: z.string(), href: z.string().describe('A page of the console.') })
  })
  .meta({ id: 'Attention', description: 'Something that a person should look at now.' })
