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
 * Returns a function that reads one row of a table by its `id`, synchronously, with a prepared statement. Null on PostgreSQL, which has no
 * synchronous reads.
 */
export function rowReader<Table extends SQLiteTable>(
  { readRow }: Pick<Database, 'readRow'>,
  table: Table
): ((id: string) => Table['$inferSelect'] | undefined) | null {
  if (!readRow) return null
  const columns = Object.values(getTableColumns(table))
  const text = `select ${columns.map(({ name }) => `"${name}"`).join()} from "${getTableName(table)}" where "id" = ?`
  const decode = rowDecoder(table)
  return id => {
    const values = readRow(text, id)
    return values && decode(values)
  }
}
