import { getTableColumns, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Db } from './database.ts'
import { rowDecoder } from './row-reader.ts'

interface Preparable<Result> {
  prepare(): { execute(values: Record<string, unknown>): Promise<Result> }
}

type Prepared<Result> = ReturnType<Preparable<Result>['prepare']>

const prepared = new WeakMap<Db, Map<string, Prepared<unknown>>>()

/**
 * Returns a function that runs a frequent query: built once per handle, then only bound (building costs ten times as much as running it). Use
 * `sql.placeholder(name)` for values; on Postgres `name` is the server's name of the prepared statement.
 */
export function statement<Result>(name: string, build: (on: Db) => Preparable<Result>) {
  return (on: Db, values: Record<string, unknown>): Promise<Result> => {
    const known = prepared.get(on) ?? new Map<string, Prepared<unknown>>()
    if (known.size === 0) prepared.set(on, known)
    let found = known.get(name) as Prepared<Result> | undefined // true because a name stands for one query
    if (!found) {
      // true because Postgres' prepare takes a name, and SQLite's ignores it
      found = (build(on) as { prepare(name: string): Prepared<Result> }).prepare(name)
      known.set(name, found)
    }
    return found.execute(values)
  }
}

/** Like `statement`, for frequent queries that return whole rows of a table; SQLite's are decoded without drizzle. */
export function rowsStatement<Table extends SQLiteTable>(
  name: string,
  table: Table,
  build: (on: Db) => Preparable<Table['$inferSelect'][]>
) {
  const decode = rowDecoder(table)
  return statement(name, on => ({
    prepare(...args: []) {
      const found = build(on).prepare(...args) as Prepared<Table['$inferSelect'][]> & {
        values?(values: Record<string, unknown>): Promise<unknown[][]>
      } // true of the queries of drizzle's SQLite, and undefined of PostgreSQL's
      const { values } = found
      return values ? { execute: async given => (await values.call(found, given)).map(decode) } : found
    }
  }))
}

/**
 * Like `statement`, for updates whose columns vary: there are few different sets of columns, and each is prepared once. `build` receives the
 * placeholders to set; its own placeholders begin with `_`, so that none has a column's name.
 */
export function updateStatement<Row extends object, Result>(
  name: string,
  build: (on: Db, set: Partial<Row>) => Preparable<Result>
) {
  const byShape = new Map<string, ReturnType<typeof statement<Result>>>()

  return (on: Db, set: Partial<Row>, values: Record<string, unknown>): Promise<Result> => {
    const names = (Object.keys(set) as (keyof Row & string)[]).sort() // true because a Partial<Row> has Row's keys
    const shape = names.join()
    let found = byShape.get(shape)
    if (!found) {
      found = statement(`${name}_${numberOf(`${name} ${shape}`)}`, handle =>
        build(handle, placeholders<Partial<Row>>(names))
      )
      byShape.set(shape, found)
    }
    return found(on, { ...set, ...values })
  }
}

// names have at most 63 characters on Postgres, too few for a set of columns
const numbers = new Map<string, number>()
const numberOf = (shape: string) => numbers.get(shape) ?? numbers.set(shape, numbers.size).size - 1

/** A limit as a literal: SQLite prepares a statement again whenever a different value is bound to its limit. */
export const fixed = (limit: number) => sql.raw(String(limit)) as unknown as number // true because drizzle writes the literal unchanged

/** Returns a placeholder for each column, named like it, for `values` and `set` of a prepared query. */
export function placeholders<Row extends object>(names: readonly (keyof Row & string)[]): Row {
  // true because drizzle binds a placeholder through its column's encoder, as it would the value
  return Object.fromEntries(names.map(name => [name, sql.placeholder(name)])) as unknown as Row
}

/** Returns the column names of a table, as its rows have them. */
export function columnNames<Table extends SQLiteTable>(table: Table): (keyof Table['$inferSelect'] & string)[] {
  return Object.keys(getTableColumns(table)) as (keyof Table['$inferSelect'] & string)[] // true because rows have the names of their columns
}
