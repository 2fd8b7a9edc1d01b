import { Column, getTableColumns, getTableName } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Database } from './database.ts'

/**
 * Returns a function that reads one row of a table by its `id`, synchronously, with a prepared statement. Drizzle maps a task's 45 columns one by
 * one, which costs ten times as much as reading them. Null on PostgreSQL, which has no synchronous reads.
 */
export function rowReader<Table extends SQLiteTable>(
  { readRow }: Pick<Database, 'readRow'>,
  table: Table
): ((id: string) => Table['$inferSelect'] | undefined) | null {
  if (!readRow) return null
  const columns = Object.entries(getTableColumns(table))
  const names = columns.map(([key]) => key)
  const text = `select ${columns.map(([, { name }]) => `"${name}"`).join()} from "${getTableName(table)}" where "id" = ?`
  // most columns need no decoding; the others (JSON, booleans) have a decoder
  const decoders = columns.flatMap(([, column], index) =>
    column.mapFromDriverValue === Column.prototype.mapFromDriverValue ? [] : [{ index, column }]
  )

  return id => {
    const values = readRow(text, id)
    if (!values) return undefined
    for (const { index, column } of decoders)
      if (values[index] !== null) values[index] = column.mapFromDriverValue(values[index])
    const row: Record<string, unknown> = {}
    for (let index = 0; index < names.length; index++) row[names[index]!] = values[index]
    return row as Table['$inferSelect'] // true because each column has its name and is decoded as drizzle would
  }
}
