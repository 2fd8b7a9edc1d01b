import { z } from 'zod'
import { alertKinds } from '../../../lib/alert-targets.ts'
import { query, tested } from '../../routes/admin/alerts.ts'
import { ok, type Section } from '../operation.ts'
import { listOf, milliseconds, seconds, wholeList } from '../shapes/shared.ts'

const Alert = z
  .object({
    id: z.string(),
    object: z.literal('alert'),
    kind: z.enum(['channel_disabled', 'channel_cooling', 'budget', 'archive', 'files_lost', 'needs_decision', 'disk']),
    severity: z.enum(['warn', 'bad']),
    subject: z
      .string()
      .describe(
        'The id of the channel or key, the node and folder of a disk, or the day on which lost files were made.'
      ),
    title: z.string(),
    summary: z.string(),
    link: z.string().nullable().describe('The page of the console. Null: `PUBLIC_URL` is not set.'),
    opened_at: seconds,
    closed_at: seconds.nullable().describe('Null: it still is so.'),
    messages: z.array(
      z.object({
        target: z.string(),
        phase: z.enum(['opened', 'worsened', 'recovered']),
        status: z.enum(['pending', 'sent', 'failed']),
        tries: z.int(),
        error: z.string().nullable().describe('Why the last attempt failed.'),
        sent_at: seconds.nullable()
      })
    )
  })
  .meta({ id: 'Alert', description: 'An incident, and who was told of it.' })

const target = { kind: z.enum(alertKinds), address: z.string().describe('Without what is secret in it.') }

export const alerts: Section = {
  name: 'Alerts',
  description: 'What operators are told of, and whom. The targets are set by `ALERTS` in the environment.',
  operations: {
    'GET /admin/alerts': {
      access: 'admin',
      needs: 'settings:read',
      id: 'listAlerts',
      summary: 'List alerts',
      description: 'Newest first, for 90 days. None are recorded without a target.',
      query,
      answers: ok(listOf(Alert), 'A page of alerts.')
    },
    'GET /admin/alerts/targets': {
      access: 'admin',
      needs: 'settings:read',
      id: 'listAlertTargets',
      summary: 'List targets of alerts',
      answers: ok(
        wholeList(z.object({ id: z.string(), object: z.literal('alert.target'), ...target })),
        'The targets of `ALERTS`.'
      )
    },
    'POST /admin/alerts/test': {
      access: 'admin',
      needs: 'settings:write',
      id: 'testAlerts',
      summary: 'Send a test message',
      description:
        'To one target, or without `target` to all. The answer comes when each has answered, or after 15 seconds.',
      body: { schema: tested, examples: { one: { target: 'slack-1f0c9a3e' }, all: {} }, optional: true },
      answers: ok(
        z.object({
          object: z.literal('alert.test'),
          results: z.array(
            z.object({
              target: z.string(),
              ...target,
              ok: z.boolean(),
              error: z.string().nullable(),
              latency_ms: milliseconds
            })
          )
        }),
        'Whether each took it.'
      ),
      errors: ['not_found']
    }
  }
}
