import { Column, getTableColumns, getTableName } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Database } from './database.ts'

/**
 * Returns a function that makes a row of the values of a table's columns, in their order. Drizzle maps a task's 50 columns one by one, which costs
 * ten times as much as reading them; most need no decoding.
 */
export function rowDecoder<Table extends SQLiteTable>(table: Table): (values: unknown[]) => Table['$inferSelect'] {
  const columns = Object.entries(getTableColumns(table))
  const names = columns.map(([key]) => key)
  // those with a decoder: JSON, booleans
  const decoders = columns.flatMap(([, column], index) =>
    column.mapFromDriverValue === Column.prototype.mapFromDriverValue ? [] : [{ index, column }]
  )
  return values => {
    for (const { index, column } of decoders)
      if (values[index] !== null) values[index] = column.mapFromDriverValue(values[index])
    const row: Record<string, unknown> = {}
    for (let index = 0; index < names.length; index++) row[names[index]!] = values[index]
    return row as Table['$inferSelect'] // true because each column has its name and is decoded as drizzle would
  }
}

/**
 * Returns a function that reads one committed row of a table by its `id` with a prepared statement; synchronously on SQLite. Null inside a
 * transaction.
 */
export function rowReader<Table extends SQLiteTable>(
  { kind, readRow }: Pick<Database, 'kind' | 'readRow'>,
  table: Table
) {
  if (!readRow) return null
  const columns = Object.values(getTableColumns(table))
  const names = columns.map(({ name }) => `"${name}"`).join()
  const text = `select ${names} from "${getTableName(table)}" where "id" = ${kind === 'sqlite' ? '?' : '$1'}`
  const decode = rowDecoder(table)
  return (id: string): Table['$inferSelect'] | undefined | Promise<Table['$inferSelect'] | undefined> => {
    const values = readRow(text, id)
    return values instanceof Promise ? values.then(found => found && decode(found)) : values && decode(values)
  }
}
