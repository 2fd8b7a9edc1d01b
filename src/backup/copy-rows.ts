import Sqlite from 'better-sqlite3'
import { getTableName, is, Table } from 'drizzle-orm'
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core'
import pg from 'pg'
import type { Database } from '../db/index.ts'
import { passCheckpoint } from '../lib/checkpoint.ts'
import { BackupError } from './error.ts'

const ROWS = 1000
const BYTES = 8 * 1024 * 1024
/** The row of `meta` in the target that says how far the copy is. */
export const PROGRESS = 'move_progress'

interface Column {
  name: string
  /** of PostgreSQL */
  type: 'text' | 'bigint' | 'boolean' | 'jsonb'
}

interface Copied {
  name: string
  columns: Column[]
  key: string[]
}

interface Progress {
  table: string
  /** the key of the last row that was copied */
  after: (string | number)[] | null
}

export interface CopyOptions {
  /** the SQLite file */
  path: string
  /** the PostgreSQL database */
  url: string
  tables: Copied[]
  /** rows of `meta` that belong to one database and are not copied */
  except: readonly string[]
  onTable?(name: string, rows: number): void
}

/** Returns the tables of a SQLite database in an order in which references lead back. Throws BackupError when the file has others. */
export function tablesOf(database: Database, path: string): Copied[] {
  // defineTables can refer to earlier tables only
  const tables = Object.values(database).filter(value => is(value, Table)) as SQLiteTable[] // true of SQLite's tables
  const copied = tables.map(table => {
    const { columns, primaryKeys } = getTableConfig(table)
    const key = primaryKeys[0]?.columns ?? columns.filter(({ primary }) => primary)
    return {
      name: getTableName(table),
      columns: columns.map(({ name, columnType }) => ({ name, type: typeOf(columnType) })),
      key: key.map(({ name }) => name)
    }
  })
  const connection = new Sqlite(path, { fileMustExist: true })
  const there = connection
    .prepare(
      `select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name <> 'migrations'`
    )
    .pluck()
    .all() as string[] // names are text
  connection.close()
  const unknown = there.filter(name => !copied.some(table => table.name === name))
  if (unknown.length) throw new BackupError(`The database has tables that reelay does not know: ${unknown.join(', ')}.`)
  return copied
}

/**
 * Copies rows from SQLite to PostgreSQL, in batches by primary key. How far it is stands in the target, in the transaction of each batch: run
 * again, it goes on where it was.
 */
export async function copyRows({ path, url, tables, except, onTable }: CopyOptions): Promise<void> {
  const source = new Sqlite(path, { fileMustExist: true })
  const target = new pg.Client({ connectionString: url })
  // the query in flight reports it too
  target.on('error', () => {})
  await target.connect()
  try {
    const done = await readProgress(target)
    const first = done ? tables.findIndex(({ name }) => name === done.table) : 0
    for (const table of tables.slice(first)) {
      let after = table.name === done?.table ? done.after : null
      let rows = 0
      for (;;) {
        const batch = readBatch(source, table, { after, except })
        if (batch.length === 0) break
        after = table.key.map(name => batch.at(-1)![table.columns.findIndex(column => column.name === name)]) as (
          | string
          | number
        )[] // true because keys are texts and numbers
        await writeBatch(target, table, batch, { table: table.name, after })
        rows += batch.length
      }
      onTable?.(table.name, rows)
    }
  } finally {
    source.close()
    await target.end()
  }
}

function typeOf(columnType: string): Column['type'] {
  if (columnType === 'SQLiteText') return 'text'
  if (columnType === 'SQLiteInteger') return 'bigint'
  if (columnType === 'SQLiteBoolean') return 'boolean'
  if (columnType === 'SQLiteCustomColumn') return 'jsonb'
  throw new Error(`no type for ${columnType}`)
}

async function readProgress(target: pg.Client): Promise<Progress | null> {
  const { rows } = await target.query<{ value: string }>('select value from meta where name = $1', [PROGRESS])
  return rows[0] ? (JSON.parse(rows[0].value) as Progress) : null // true because only `writeBatch` writes it
}

const quoted = (names: readonly string[]) => names.map(name => `"${name}"`).join(', ')

/** Returns the next rows, as lists of values. */
function readBatch(
  source: Sqlite.Database,
  { name, columns, key }: Copied,
  { after, except }: { after: Progress['after']; except: readonly string[] }
): unknown[][] {
  const marks = (values: readonly unknown[]) => values.map(() => '?').join(', ')
  const conditions = [
    ...(after ? [`(${quoted(key)}) > (${marks(after)})`] : []),
    ...(name === 'meta' ? [`name not in (${marks(except)})`] : [])
  ]
  const where = conditions.length ? `where ${conditions.join(' and ')}` : ''
  const text = `select ${quoted(columns.map(column => column.name))} from "${name}" ${where} order by ${quoted(key)} limit ${ROWS}`
  const batch: unknown[][] = []
  let bytes = 0
  const rows = source
    .prepare(text)
    .raw()
    .iterate(...(after ?? []), ...(name === 'meta' ? except : [])) as IterableIterator<unknown[]> // true because of raw()
  for (const row of rows) {
    batch.push(row)
    for (const value of row) bytes += typeof value === 'string' ? value.length : 8
    if (bytes >= BYTES) break
  }
  return batch
}

async function writeBatch(target: pg.Client, { name, columns }: Copied, batch: unknown[][], progress: Progress) {
  const lists = columns.map(({ type }, at) =>
    batch.map(row => (type === 'boolean' && row[at] !== null ? row[at] === 1 : row[at]))
  )
  const types = columns.map(({ type }, at) => `$${at + 1}::${type}[]`).join(', ')
  try {
    await target.query('begin')
    await target.query(
      `insert into "${name}" (${quoted(columns.map(column => column.name))}) select * from unnest(${types})`,
      lists
    )
    await target.query('insert into meta values ($1, $2) on conflict (name) do update set value = $2', [
      PROGRESS,
      JSON.stringify(progress)
    ])
    await target.query('commit')
  } catch (error) {
    await target.query('rollback').catch(() => {})
    const words = error instanceof Error ? error.message : String(error)
    throw new BackupError(`Rows of ${name} could not be written, up to ${progress.after?.join(', ')}: ${words}.`)
  }
  passCheckpoint('move batch')
}
