import type { Columns } from './columns.ts'
import { alertsTables } from './tables/alerts.ts'
import { channelsTables } from './tables/channels.ts'
import { charactersTables } from './tables/characters.ts'
import { filesTables } from './tables/files.ts'
import { managedTables } from './tables/managed.ts'
import { moneyTables } from './tables/money.ts'
import { peopleTables } from './tables/people.ts'
import { tasksTables } from './tables/tasks.ts'
import { webhooksTables } from './tables/webhooks.ts'

export type * from './values.ts'

/** Returns every table in the dialect of the given column types. Times are milliseconds, money is micro-units, ids are text that sorts by time. */
export function defineTables(columns: Columns) {
  const people = peopleTables(columns)
  const channels = channelsTables(columns)
  const tasks = tasksTables(columns, { ...people, ...channels })
  return {
    ...people,
    ...channels,
    ...tasks,
    ...moneyTables(columns, { ...people, ...tasks }),
    ...webhooksTables(columns, people),
    ...filesTables(columns, tasks),
    ...charactersTables(columns, { ...people, ...channels }),
    ...alertsTables(columns),
    ...managedTables(columns),
    /** Named values of this installation: the canary of SECRET_KEY, the queue's clock. */
    meta: columns.table('meta', {
      name: columns.text('name').primaryKey(),
      value: columns.text('value').notNull()
    })
  }
}

export type Tables = ReturnType<typeof defineTables>
export type User = Tables['users']['$inferSelect']
export type Key = Tables['keys']['$inferSelect']
export type Session = Tables['sessions']['$inferSelect']
export type AuditRow = Tables['audit']['$inferSelect']
export type Channel = Tables['channels']['$inferSelect']
export type Model = Tables['models']['$inferSelect']
export type Task = Tables['tasks']['$inferSelect']
export type Attempt = Tables['attempts']['$inferSelect']
export type LedgerEntry = Tables['ledger']['$inferSelect']
export type Event = Tables['events']['$inferSelect']
export type Asset = Tables['assets']['$inferSelect']
export type Character = Tables['characters']['$inferSelect']
export type ExchangeRow = Tables['exchanges']['$inferSelect']
export type Incident = Tables['incidents']['$inferSelect']
export type Alert = Tables['alerts']['$inferSelect']
export type ManagedRow = Tables['managed']['$inferSelect']
export type Endpoint = Tables['endpoints']['$inferSelect']
export type Delivery = Tables['deliveries']['$inferSelect']
