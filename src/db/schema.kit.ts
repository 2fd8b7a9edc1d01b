import { columns } from './columns.ts'
import { defineTables } from './schema.ts'

/* The tables of one dialect by name, as drizzle-kit reads them; the program itself makes them where it opens a database. */

export const {
  keys,
  channels,
  models,
  tasks,
  requests,
  attempts,
  ledger,
  spend,
  events,
  endpoints,
  deliveries,
  idempotency,
  assets,
  meta
} = defineTables(process.env.DIALECT === 'postgres' ? columns.postgres : columns.sqlite)
