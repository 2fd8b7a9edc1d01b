import * as pg from 'drizzle-orm/pg-core'
import * as lite from 'drizzle-orm/sqlite-core'

/* One vocabulary of columns, spelled once for each dialect; each pair stores the same TypeScript value. */

const sqlite = {
  table: lite.sqliteTable,
  text: (name: string) => lite.text(name),
  int: (name: string) => lite.integer(name),
  bool: (name: string) => lite.integer(name, { mode: 'boolean' }),
  json: <T>(name: string) => lite.text(name, { mode: 'json' }).$type<T>(),
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
  json: <T>(name: string) => pg.jsonb(name).$type<T>(),
  index: pg.index,
  uniqueIndex: pg.uniqueIndex,
  primaryKey: pg.primaryKey,
  check: pg.check
} satisfies Record<keyof Columns, unknown>

// true because every pair holds the same JavaScript value: text ids, integers up to 2^53, booleans, JSON, times as integer ms
export const columns = { sqlite, postgres: postgres as unknown as Columns }
