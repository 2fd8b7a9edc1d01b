import * as pg from 'drizzle-orm/pg-core'
import * as lite from 'drizzle-orm/sqlite-core'
import { damaged } from '../lib/damaged.ts'

/* Column types, defined once for each dialect; each pair stores the same TypeScript value. */

// drizzle's own JSON columns write a null bound to a placeholder as the JSON text `null`, which queries do not see as NULL
const toText = (value: unknown) => (value === null ? null : JSON.stringify(value))

/** What a JSON column holds: `record` and `object` are the same, but a damaged record is shown as `{}`, an object as null. */
type JsonShape = 'list' | 'record' | 'object' | 'any'

const blanks: Record<JsonShape, unknown> = { list: [], record: {}, object: null, any: null }

/** Returns a column's value, or a damaged one when it has another shape. */
function shaped<T>(value: unknown, name: string, shape: JsonShape): T {
  const isRight =
    shape === 'any' || (typeof value === 'object' && value !== null && Array.isArray(value) === (shape === 'list'))
  return (isRight ? value : damaged(name, blanks[shape])) as T // true because only `toText` writes it, or nobody may use it
}

function parsed<T>(text: string, name: string, shape: JsonShape): T {
  try {
    return shaped<T>(JSON.parse(text), name, shape)
  } catch {
    return damaged(name, blanks[shape]) as T // true because nobody may use it
  }
}

const sqliteJson = <T>(name: string, shape: JsonShape) =>
  lite.customType<{ data: T; driverData: string | null }>({
    dataType: () => 'text',
    toDriver: toText,
    fromDriver: text => parsed<T>(text ?? 'null', name, shape)
  })(name)

const postgresJson = <T>(name: string, shape: JsonShape) =>
  pg.customType<{ data: T; driverData: unknown }>({
    dataType: () => 'jsonb',
    toDriver: toText,
    fromDriver: value => shaped<T>(value, name, shape)
  })(name)

const sqlite = {
  table: lite.sqliteTable,
  text: (name: string) => lite.text(name),
  int: (name: string) => lite.integer(name),
  bool: (name: string) => lite.integer(name, { mode: 'boolean' }),
  json: <T>(name: string, shape: JsonShape) => sqliteJson<T>(name, shape),
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
  json: <T>(name: string, shape: JsonShape) => postgresJson<T>(name, shape),
  index: pg.index,
  uniqueIndex: pg.uniqueIndex,
  primaryKey: pg.primaryKey,
  check: pg.check
} satisfies Record<keyof Columns, unknown>

// true because every pair stores the same JavaScript values: text ids, integers up to 2^53, booleans, JSON, times as integer milliseconds
export const columns = { sqlite, postgres: postgres as unknown as Columns }
