import { z } from 'zod'
import { taskStates } from '../../../domain/task-state.ts'
import { damage, failureKinds, milliseconds, Money, Named, seconds, Warning } from './shared.ts'
import { videoFields } from './video.ts'
import { Delivery } from './webhook.ts'

/* Tasks, as operators see videos. */

export const Failure = z
  .object({ kind: z.enum(failureKinds), code: z.string().nullable(), message: z.string() })
  .meta({ id: 'Failure', description: 'What the vendor said, without anything secret.' })

export const Task = z
  .object({
    ...videoFields,
    state: z.enum(taskStates),
    key: Named,
    key_id: z.string(),
    channel: Named.nullable(),
    upstream_model: z.string().nullable(),
    user: z.string().nullable(),
    group: z.string().nullable(),
    price: Money.nullable().describe('The most that it may cost, as quoted when it was created.'),
    held: Money.nullable(),
    charged: Money.nullable(),
    started_at: seconds.nullable(),
    ended_at: seconds.nullable(),
    duration_ms: milliseconds.nullable(),
    attempts_count: z.int(),
    thumbnail_url: z.string().nullable(),
    at_vendor: z.boolean().describe('Whether the vendor may still make it, and charge for it.'),
    decide_by: seconds.nullable().describe('When a hold with an unknown outcome is released by itself.'),
    failure: Failure.nullable(),
    warnings: z.array(Warning),
    ...damage
  })
  .meta({ id: 'Task', description: 'A video with what only operators see. `status` is in OpenAI’s words.' })

const step = z.object({
  kind: z.enum(['queued', 'submit', 'reconcile', 'running', 'poll', 'archived', 'delivery', 'cancel', 'decided']),
  at_ms: milliseconds,
  ended_at_ms: milliseconds.nullable(),
  attempt: z.string().nullable(),
  channel: Named.nullable(),
  note: z.string().nullable(),
  count: z.int().nullable().describe('Of what happened several times, shown as one.')
})

const file = z.object({
  variant: z.enum(['video', 'thumbnail', 'last_frame', 'spritesheet']),
  number: z.int(),
  state: z.string(),
  bytes: z.int().nullable(),
  type: z.string().nullable(),
  sha256: z.string().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  fps: z.number().nullable(),
  codec: z.null(),
  seconds: z.number().nullable(),
  kept_until: seconds.nullable()
})

const attempt = z.object({
  id: z.string(),
  channel: z.string(),
  channel_name: z.string(),
  upstream_model: z.string(),
  upstream_id: z.string().nullable(),
  reference: z.string().nullable().describe('Our id of the attempt, as the vendor was told.'),
  outcome: z.enum(['accepted', 'rejected', 'not_sent', 'unknown', 'absent']).nullable().describe('null: in flight.'),
  failure: Failure.nullable(),
  cost: Money.nullable().describe('As the vendor reports it; `currency` may be its credits.'),
  started_at: seconds,
  ended_at: seconds.nullable(),
  started_at_ms: milliseconds,
  ended_at_ms: milliseconds.nullable()
})

const asked = z
  .looseObject({
    images: z.array(
      z.object({
        role: z.enum(['first', 'last', 'reference']),
        type: z.string().nullable(),
        bytes: z.int().nullable(),
        sha256: z.string().nullable(),
        url: z.string().nullable()
      })
    )
  })
  .describe('The fields of the request under our own names, without the bytes of images.')

export const TaskDetail = z
  .object({
    ...Task.shape,
    request: asked.nullable(),
    timeline: z.array(step),
    files: z.array(file),
    attempts: z.array(attempt),
    ledger: z.array(
      z.object({
        id: z.string(),
        kind: z.enum(['hold', 'capture', 'release', 'adjust']),
        amount: z.string(),
        currency: z.string(),
        reason: z.string().nullable(),
        created_at: seconds
      })
    ),
    deliveries: z.array(Delivery)
  })
  .meta({ id: 'TaskDetail', description: 'A task with everything that happened to it.' })

const httpHeaders = z.record(z.string(), z.string())

export const Exchange = z
  .object({
    id: z.string(),
    attempt: z.string().nullable(),
    step: z.enum(['submit', 'poll', 'lookup', 'cancel', 'download', 'upload']),
    at_ms: milliseconds,
    ms: milliseconds,
    count: z.int().describe('The polls of an attempt are one entry: the last of this many.'),
    first_at_ms: milliseconds,
    request: z.object({ method: z.string(), url: z.string(), headers: httpHeaders, body: z.unknown() }).nullable(),
    response: z.object({ status: z.int(), headers: httpHeaders, body: z.unknown() }).nullable(),
    error: z.string().nullable(),
    truncated: z.boolean()
  })
  .meta({
    id: 'Exchange',
    description: 'A request to a vendor and its answer; credentials are masked, images left out.'
  })

export const TaskSummary = z
  .object({
    object: z.literal('task.summary'),
    count: z.int(),
    capped: z.boolean().describe('Counting stops at 10,001.'),
    charged: z.array(Money),
    held: z.array(Money),
    seconds: z.number(),
    by_state: z.record(z.string(), z.int())
  })
  .meta({ id: 'TaskSummary' })

export const BulkCancel = z
  .object({ object: z.literal('task.bulk_cancel'), count: z.int(), ids: z.array(z.string()) })
  .meta({ id: 'BulkCancel' })
