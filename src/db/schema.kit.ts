import { columns } from './columns.ts'
import { defineTables } from './schema.ts'

/* The tables of one dialect by name, as drizzle-kit reads them; the program itself makes them where it opens a database. */

const tables = defineTables(process.env.DIALECT === 'postgres' ? columns.postgres : columns.sqlite)

export const { keys, channels, models, tasks, requests, requestFiles, asked, attempts, assets, idempotency, meta } =
  tables
export const { ledger, spend, events, endpoints, deliveries } = tables
export const { users, sessions, audit, exchanges, incidents, alerts, managed, characters } = tables
