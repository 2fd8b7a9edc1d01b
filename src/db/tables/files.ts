import { sql, type SQLWrapper } from 'drizzle-orm'
import type { Columns } from '../columns.ts'
import type { TasksTables } from './tasks.ts'

/** Whether a file could not be archived, with literals: with parameters the partial index would not be used. */
export const isTroubled = ({ state, tries }: Record<'state' | 'tries', SQLWrapper>) =>
  sql`${state} in ('pending', 'lost') and ${tries} > 0`

/** The files of videos. */
export function filesTables({ table, text, int, index, uniqueIndex }: Columns, { tasks }: Pick<TasksTables, 'tasks'>) {
  /** Files in the archive. */
  const assets = table(
    'assets',
    {
      id: text('id').primaryKey(),
      taskId: text('task_id')
        .notNull()
        .references(() => tasks.id),
      /** which of the task's videos, from 0 */
      number: int('number').notNull(),
      variant: text('variant').notNull(),
      state: text('state').$type<'pending' | 'archived' | 'lost' | 'deleted'>().notNull(),
      location: text('location'),
      bytes: int('bytes'),
      sha256: text('sha256'),
      contentType: text('content_type'),
      tries: int('tries').notNull().default(0),
      error: text('error'),
      dueAt: int('due_at'),
      leaseUntil: int('lease_until'),
      createdAt: int('created_at').notNull()
    },
    t => [
      uniqueIndex('assets_once').on(t.taskId, t.number, t.variant),
      index('assets_due')
        .on(t.dueAt)
        .where(sql`${t.dueAt} is not null`),
      index('assets_troubled').on(t.state).where(isTroubled(t))
    ]
  )

  return { assets }
}
