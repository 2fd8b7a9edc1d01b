import { sql } from 'drizzle-orm'
import type { Columns } from '../columns.ts'
import type { LedgerKind } from '../values.ts'
import type { PeopleTables } from './people.ts'
import type { TasksTables } from './tasks.ts'

/** What is held, charged and returned. */
export function moneyTables(
  { table, text, int, index, uniqueIndex, primaryKey, check }: Columns,
  { keys, tasks }: Pick<PeopleTables, 'keys'> & Pick<TasksTables, 'tasks'>
) {
  /** Append-only; each row moves an amount from one account to another, so the sum is always zero. */
  const ledger = table(
    'ledger',
    {
      id: text('id').primaryKey(),
      taskId: text('task_id').references(() => tasks.id),
      keyId: text('key_id')
        .notNull()
        .references(() => keys.id),
      kind: text('kind').$type<LedgerKind>().notNull(),
      fromAccount: text('from_account').notNull(),
      toAccount: text('to_account').notNull(),
      amount: int('amount').notNull(),
      currency: text('currency').notNull(),
      /** the row of `spend` that it counts in; a capture or release counts in the same one as its hold */
      windowStart: int('window_start').notNull().default(0),
      reason: text('reason'),
      createdAt: int('created_at').notNull()
    },
    t => [
      uniqueIndex('ledger_once')
        .on(t.taskId, t.kind)
        .where(sql`${t.kind} <> 'adjust'`),
      index('ledger_by_key').on(t.keyId, t.id),
      index('ledger_adjusted')
        .on(t.taskId, t.id)
        .where(sql`${t.kind} = 'adjust'`),
      check('ledger_amount', sql`${t.amount} >= 0`)
    ]
  )

  /** What a key has spent and held in one window of its budget; changed in the ledger's transactions. */
  const spend = table(
    'spend',
    {
      keyId: text('key_id')
        .notNull()
        .references(() => keys.id),
      currency: text('currency').notNull(),
      /** start of the window; 0 for the total */
      windowStart: int('window_start').notNull(),
      held: int('held').notNull().default(0),
      spent: int('spent').notNull().default(0),
      /** carried over: committed in this window before the budget applied; counts against the budget */
      carriedOver: int('carried_over').notNull().default(0),
      /** highest threshold (percent) announced in this window */
      announced: int('announced').notNull().default(0)
    },
    t => [primaryKey({ columns: [t.keyId, t.currency, t.windowStart] }), check('spend_held', sql`${t.held} >= 0`)]
  )

  return { ledger, spend }
}
