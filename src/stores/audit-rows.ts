import { getTableColumns, getTableName, is, sql, Table, type Column } from 'drizzle-orm'
import type { Database } from '../db/index.ts'
import { damageIn } from '../lib/damaged.ts'

/** A row with a value that cannot be read. */
export interface DamagedRow {
  table: string
  id: string
  column: string
}

/** Returns rows whose JSON cannot be read or has another shape than its column, up to `most` for each column. Reads every row. */
export async function findDamagedRows(database: Database, most = 10): Promise<DamagedRow[]> {
  const found: DamagedRow[] = []
  for (const one of Object.values(database).filter(value => is(value, Table))) {
    const table = one as Database['tasks'] // true as far as it is used: its columns are asked for
    const columns = Object.values(getTableColumns(table))
    const key = columns.find(({ primary }) => primary) ?? columns[0]!
    for (const column of columns) {
      const wrong = isWrong(database.kind, column)
      if (!wrong) continue
      const rows = await database.db
        .select({ id: sql<string>`${key}` })
        .from(table)
        .where(sql`${column} is not null and ${wrong}`)
        .limit(most)
      found.push(...rows.map(({ id }) => ({ table: getTableName(table), id, column: column.name })))
    }
  }
  return found
}

/** Returns the condition for a damaged value; null: the column holds no JSON. */
function isWrong(kind: Database['kind'], column: Column) {
  if (!column.columnType.endsWith('CustomColumn')) return null
  const takes = (text: string) =>
    damageIn({ value: column.mapFromDriverValue(kind === 'sqlite' ? text : JSON.parse(text)) }).length === 0
  const type = takes('[]') ? (takes('{}') ? null : 'array') : 'object'
  if (kind === 'postgres') return type ? sql`jsonb_typeof(${column}) <> ${type}` : sql`false`
  // a function of JSON fails on what is none
  if (!type) return sql`not json_valid(${column})`
  return sql`case when json_valid(${column}) then json_type(${column}) <> ${type} else true end`
}
