import { getTableColumns, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Db } from './database.ts'

interface Preparable<Result> {
  prepare(): { execute(values: Record<string, unknown>): Promise<Result> }
}

type Prepared<Result> = ReturnType<Preparable<Result>['prepare']>

const prepared = new WeakMap<Db, Map<string, Prepared<unknown>>>()

/**
 * A hot query, built once per handle, whoever asks, and then only bound (building costs ten times what running does).
 * Use `sql.placeholder(name)` for what changes; on Postgres `name` is the server's name of the prepared statement.
 */
export function statement<Result>(name: string, build: (on: Db) => Preparable<Result>) {
  return (on: Db, values: Record<string, unknown>): Promise<Result> => {
    const known = prepared.get(on) ?? new Map<string, Prepared<unknown>>()
    if (known.size === 0) prepared.set(on, known)
    let found = known.get(name) as Prepared<Result> | undefined // a name means one query, and so one result
    if (!found) {
      // true because Postgres' prepare takes a name where SQLite's takes nothing
      found = (build(on) as { prepare(name: string): Prepared<Result> }).prepare(name)
      known.set(name, found)
    }
    return found.execute(values)
  }
}

/**
 * A hot update whose columns vary: there are few different sets of them, and each is prepared once. `build` gets the placeholders to
 * set; its own begin with `_`, so that none has a column's name.
 */
export function updateStatement<Row extends object, Result>(
  name: string,
  build: (on: Db, set: Partial<Row>) => Preparable<Result>
) {
  const byShape = new Map<string, ReturnType<typeof statement<Result>>>()

  return (on: Db, set: Partial<Row>, values: Record<string, unknown>): Promise<Result> => {
    const names = (Object.keys(set) as (keyof Row & string)[]).sort() // a Partial<Row> has Row's keys
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

// a name has 63 characters at most on Postgres, too few for a set of columns
const numbers = new Map<string, number>()
const numberOf = (shape: string) => numbers.get(shape) ?? numbers.set(shape, numbers.size).size - 1

/** A limit written into the statement: SQLite prepares a statement again whenever another value is bound to its limit. */
export const fixed = (limit: number) => sql.raw(String(limit)) as unknown as number // drizzle writes what it is given

/** A placeholder of its own name for each column: what `values` and `set` of a prepared query take instead of a row. */
export function placeholders<Row extends object>(names: readonly (keyof Row & string)[]): Row {
  // true because drizzle binds a placeholder through its column's encoder, as it would the value
  return Object.fromEntries(names.map(name => [name, sql.placeholder(name)])) as unknown as Row
}

export function columnNames<Table extends SQLiteTable>(table: Table): (keyof Table['$inferSelect'] & string)[] {
  return Object.keys(getTableColumns(table)) as (keyof Table['$inferSelect'] & string)[] // a table's rows have its columns' names
}
