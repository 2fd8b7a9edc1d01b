import Sqlite from 'better-sqlite3'
import { sql } from 'drizzle-orm'
import { openDatabase, type Database } from '../db/index.ts'
import { loadMigrations } from '../db/migrate.ts'
import { createVault } from '../lib/vault.ts'
import { secretKeyFits } from '../secret-key.ts'
import { checkMoney } from '../stores/audit-money.ts'
import { BackupError } from './error.ts'

/** What a restored database has. */
export interface Restored {
  tasks: number
  keys: number
  channels: number
}

interface Keys {
  secretKey: Buffer
  previousKey: Buffer | null
}

/**
 * Checks a staged SQLite file: its pages, its references, its migrations, its secret key, and that its ledger adds up. Applies missing
 * migrations. Throws BackupError.
 */
export async function checkDatabase({
  path,
  unbalanced,
  onChecked,
  ...keys
}: Keys & {
  path: string
  unbalanced: boolean
  onChecked(database: Database): Promise<void>
}): Promise<Restored> {
  checkPages(path)
  const database = await openDatabase(`file:${path}`)
  try {
    await database.migrate({ copies: false })
    await checkKey(database, keys)
    const broken = await checkMoney(database)
    if (broken.length && !unbalanced)
      throw new BackupError(
        `The ledger of this backup does not add up: ${broken[0]?.subject} violates: ${broken[0]?.rule}. Use --unbalanced to restore it anyway.`
      )
    await onChecked(database)
    return await countRows(database)
  } finally {
    await database.close()
  }
}

/** Checks that a PostgreSQL database, which was restored by other means, belongs to these keys and this version. Throws BackupError. */
export async function checkExternal({ url, ...keys }: Keys & { url: string }): Promise<Restored> {
  const database = await openDatabase(url)
  try {
    const rows = await database.db
      .select({ name: sql<string>`name` })
      .from(sql`migrations`)
      .catch(() => [])
    if (rows.length === 0)
      throw new BackupError(
        'The PostgreSQL database is empty. Restore its dump first (pg_restore), then run this again.'
      )
    const known = new Set(loadMigrations('postgres').map(({ name }) => name))
    const foreign = rows.filter(({ name }) => !known.has(name))
    if (foreign.length) throw new BackupError(`The database is newer than this program: it has ${foreign[0]?.name}.`)
    await checkKey(database, keys)
    return await countRows(database)
  } finally {
    await database.close()
  }
}

function checkPages(path: string) {
  const connection = new Sqlite(path, { fileMustExist: true })
  try {
    const found = connection.pragma('integrity_check', { simple: true })
    if (found !== 'ok') throw new BackupError(`The database of this backup is damaged: ${String(found)}.`)
    const [reference] = connection.pragma('foreign_key_check') as { table: string }[] // documented by SQLite
    if (reference)
      throw new BackupError(
        `The database of this backup is damaged: ${reference.table} refers to rows that are missing.`
      )
  } finally {
    connection.close()
  }
}

async function checkKey(database: Database, { secretKey, previousKey }: Keys) {
  const fits = await secretKeyFits(database, createVault(secretKey, { previous: previousKey }))
  if (fits === false) throw new BackupError('The secret key of this backup does not belong to the database.')
}

async function countRows({ db, tasks, keys, channels }: Database): Promise<Restored> {
  const count = async (table: typeof tasks | typeof keys | typeof channels) => {
    const [row] = await db.select({ count: sql<number>`count(*)` }).from(table)
    return Number(row?.count)
  }
  return { tasks: await count(tasks), keys: await count(keys), channels: await count(channels) }
}
