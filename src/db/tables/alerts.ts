import { sql } from 'drizzle-orm'
import type { Columns } from '../columns.ts'
import type { AlertPhase, IncidentFacts, IncidentKind, Severity } from '../values.ts'

/** What operators are told of, and whether they were. */
export function alertsTables({ table, text, int, json, index, uniqueIndex }: Columns) {
  /** What operators are told of: open while `closed_at` is null, and only once of each kind and subject. */
  const incidents = table(
    'incidents',
    {
      id: text('id').primaryKey(),
      kind: text('kind').$type<IncidentKind>().notNull(),
      /** what it is about: the id of a channel or key, the node and folder of a disk; empty: the only one of its kind */
      subject: text('subject').notNull(),
      severity: text('severity').$type<Severity>().notNull(),
      facts: json<IncidentFacts>('facts', 'record').notNull(),
      openedAt: int('opened_at').notNull(),
      /** when it was last found to be so */
      seenAt: int('seen_at').notNull(),
      closedAt: int('closed_at')
    },
    t => [
      uniqueIndex('incidents_open')
        .on(t.kind, t.subject)
        .where(sql`${t.closedAt} is null`)
    ]
  )

  /** Messages about incidents, one for each target; sent until it takes them. */
  const alerts = table(
    'alerts',
    {
      id: text('id').primaryKey(),
      incidentId: text('incident_id')
        .notNull()
        .references(() => incidents.id),
      /** the id of a target of ALERTS */
      target: text('target').notNull(),
      phase: text('phase').$type<AlertPhase>().notNull(),
      status: text('status').$type<'pending' | 'sent' | 'failed'>().notNull(),
      tries: int('tries').notNull().default(0),
      error: text('error'),
      /** when the next attempt is due; null exactly when it is not pending */
      dueAt: int('due_at'),
      /** claimed until then */
      leaseUntil: int('lease_until'),
      createdAt: int('created_at').notNull(),
      sentAt: int('sent_at')
    },
    t => [
      uniqueIndex('alerts_once').on(t.incidentId, t.target, t.phase),
      index('alerts_due')
        .on(t.target, t.dueAt)
        .where(sql`${t.dueAt} is not null`)
    ]
  )

  return { incidents, alerts }
}
