import * as pg from 'drizzle-orm/pg-core'
import * as lite from 'drizzle-orm/sqlite-core'

/* Column types, defined once for each dialect; each pair stores the same TypeScript value. */

// drizzle's own JSON columns write a null bound to a placeholder as the JSON text `null`, which queries do not see as NULL
const toText = (value: unknown) => (value === null ? null : JSON.stringify(value))

const sqliteJson = <T>(name: string) =>
  lite.customType<{ data: T; driverData: string | null }>({
    dataType: () => 'text',
    toDriver: toText,
    fromDriver: text => JSON.parse(text ?? 'null') as T
  })(name)

const postgresJson = <T>(name: string) =>
  pg.customType<{ data: T; driverData: unknown }>({
    dataType: () => 'jsonb',
    toDriver: toText,
    fromDriver: value => value as T
  })(name)

const sqlite = {
  table: lite.sqliteTable,
  text: (name: string) => lite.text(name),
  int: (name: string) => lite.integer(name),
  bool: (name: string) => lite.integer(name, { mode: 'boolean' }),
  json: <T>(name: string) => sqliteJson<T>(name),
  index: lite.index,
  uniqueIndex: lite.uniqueIndex,
  primaryKey: lite.primaryKey,
  check: lite.check
}

export type Columns = typeof sqlite

const postgres = {
  table: pg.pgTable,
  text: (name: string) => pg.text(name),
  int: (name: string) => pg.bigint(name, { mode: 'number' }),
  bool: (name: string) => pg.boolean(name),
  json: <T>(name: string) => postgresJson<T>(name),
  index: pg.index,
  uniqueIndex: pg.uniqueIndex,
  primaryKey: pg.primaryKey,
  check: pg.check
} satisfies Record<keyof Columns, unknown>

// true because every pair stores the same JavaScript values: text ids, integers up to 2^53, booleans, JSON, times as integer milliseconds
export const columns = { sqlite, postgres: postgres as unknown as Columns }
