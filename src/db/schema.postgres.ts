import { columns } from './columns.ts'
import { defineTables } from './schema.ts'

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
} = defineTables(columns.postgres)
