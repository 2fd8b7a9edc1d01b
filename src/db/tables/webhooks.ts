import { sql, type SQLWrapper } from 'drizzle-orm'
import type { Columns } from '../columns.ts'
import type { DeliveryAttempt } from '../values.ts'
import type { PeopleTables } from './people.ts'

/** Whether a delivery waits or was given up, with literals, as a partial index needs them. */
export const isUndelivered = ({ status }: Record<'status', SQLWrapper>) => sql`${status} <> 'delivered'`

/** Events, where they go, and whether they arrived. */
export function webhooksTables(
  { table, text, int, json, bool, index, uniqueIndex }: Columns,
  { keys }: Pick<PeopleTables, 'keys'>
) {
  /** The outbox: events, written in the transaction of the change. */
  const events = table(
    'events',
    {
      id: text('id').primaryKey(),
      type: text('type').notNull(),
      taskId: text('task_id'),
      keyId: text('key_id'),
      data: json<Record<string, unknown>>('data', 'record').notNull(),
      /** its deliveries are not written yet */
      pending: bool('pending').notNull().default(true),
      createdAt: int('created_at').notNull()
    },
    t => [
      index('events_by_task').on(t.taskId, t.id),
      index('events_pending')
        .on(t.id)
        .where(sql`${t.pending}`)
    ]
  )

  const endpoints = table(
    'endpoints',
    {
      id: text('id').primaryKey(),
      keyId: text('key_id')
        .notNull()
        .references(() => keys.id),
      url: text('url').notNull(),
      name: text('name'),
      /** encrypted signing secrets, newest first; an older one also signs until it expires */
      secrets: json<{ cipher: string; until: number | null }[]>('secrets', 'list').notNull(),
      events: json<string[]>('events', 'list').notNull(),
      disabled: bool('disabled').notNull().default(false),
      disabledReason: text('disabled_reason'),
      /** the first failure since the last success; null: not failing */
      failingSince: int('failing_since'),
      createdAt: int('created_at').notNull(),
      updatedAt: int('updated_at').notNull().default(0),
      deletedAt: int('deleted_at')
    },
    t => [index('endpoints_by_key').on(t.keyId, t.id)]
  )

  const deliveries = table(
    'deliveries',
    {
      id: text('id').primaryKey(),
      eventId: text('event_id')
        .notNull()
        .references(() => events.id),
      endpointId: text('endpoint_id'),
      taskId: text('task_id'),
      /** its deliveries in flight are limited together: `key/endpoint`, or `key/origin` for a callback_url */
      partition: text('partition_key').notNull().default(''),
      url: text('url').notNull(),
      status: text('status').$type<'pending' | 'delivered' | 'failed'>().notNull(),
      tries: int('tries').notNull().default(0),
      /** the last twenty, oldest first, also those before it was delivered again */
      attempts: json<DeliveryAttempt[]>('attempts', 'list')
        .notNull()
        .default(sql`'[]'`),
      responseStatus: int('response_status'),
      /** the beginning of the last answer's body */
      responseBody: text('response_body'),
      error: text('error'),
      /** when the next attempt is due; null exactly when it is not pending */
      dueAt: int('due_at'),
      /** claimed until then; an outcome is written only while the claim's lease is unchanged */
      leaseUntil: int('lease_until'),
      giveUpAt: int('give_up_at').notNull().default(0),
      createdAt: int('created_at').notNull(),
      deliveredAt: int('delivered_at')
    },
    t => [
      index('deliveries_due')
        .on(t.dueAt, t.partition)
        .where(sql`${t.dueAt} is not null`),
      index('deliveries_by_task').on(t.taskId),
      index('deliveries_by_endpoint').on(t.endpointId, t.id),
      // lists of what was not delivered
      index('deliveries_undelivered').on(t.status, t.id).where(isUndelivered(t)),
      uniqueIndex('deliveries_once').on(t.eventId, t.partition)
    ]
  )

  return { events, endpoints, deliveries }
}
