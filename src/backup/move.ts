import { randomUUID } from 'node:crypto'
import { count, eq, inArray, is, like, not, or, sql, Table } from 'drizzle-orm'
import type { Database } from '../db/index.ts'
import { passCheckpoint } from '../lib/checkpoint.ts'
import { withoutPassword } from '../lib/connection-url.ts'
import { checkMoney } from '../stores/audit-money.ts'
import { findDamagedRows } from '../stores/audit-rows.ts'
import { CLOSED, explainClosed, readClosed, writeClosed } from '../stores/closed.ts'
import { copyRows, PROGRESS, tablesOf } from './copy-rows.ts'
import { BackupError } from './error.ts'

const MOVED_FROM = 'moved_from'
// rows of `meta` that belong to one of the databases
const own = [CLOSED, PROGRESS, MOVED_FROM]
const SANDBOX = 'sandbox:%'

interface Options {
  source: Database
  /** its file */
  path: string
  target: Database
  url: string
  /** rows of `meta` that a server on SQLite keeps in files */
  extra: readonly { name: string; value: string }[]
  onTable?(name: string, rows: number): void
}

export interface Moved {
  /** rows by table */
  rows: Record<string, number>
}

/**
 * Moves everything from SQLite to PostgreSQL, both migrated, with no server on the SQLite folder. Both databases are closed to servers until all
 * rows are there and were compared; then the old one stays closed. Killed at any moment, it goes on when it is run again. Throws BackupError.
 */
export async function moveToPostgres({ source, path, target, url, extra, onTable }: Options): Promise<Moved> {
  const tables = tablesOf(source, path)
  const { move, isDone } = await begin(source, target, { path, url })
  if (!isDone) {
    passCheckpoint('move begun')
    await copyRows({ path, url, tables, except: own, ...(onTable && { onTable }) })
    for (const row of extra) await target.db.insert(target.meta).values(row).onConflictDoNothing()
    passCheckpoint('move copied')
    await compare(source, target)
    await target.transaction(async tx => {
      await tx.delete(target.meta).where(inArray(target.meta.name, [CLOSED, PROGRESS]))
      await tx.insert(target.meta).values({ name: MOVED_FROM, value: move })
    })
    passCheckpoint('move finished')
  }
  const rows = await countRows(source)
  await writeClosed(source, { state: 'moved', move, other: withoutPassword(url) })
  return { rows }
}

/** Opens a database again that was closed for a move. `force`: also when all of it was moved. Returns whether it was closed. Throws BackupError. */
export async function cancelMove(source: Database, force: boolean): Promise<boolean> {
  const closed = await readClosed(source)
  if (closed?.state === 'moved' && !force)
    throw new BackupError(
      `Everything was moved to ${closed.other}. If a server has run there, its videos are not known here and would be made again. To use this database all the same: --force.`
    )
  await writeClosed(source, null)
  return closed !== null
}

/** Closes both databases, or finds them closed by the same move. */
async function begin(source: Database, target: Database, { path, url }: { path: string; url: string }) {
  const other = withoutPassword(url)
  const [from, to] = [await readClosed(source), await readClosed(target)]
  if (from?.state === 'moved') throw new BackupError(explainClosed(from))
  if (from && from.other !== other)
    throw new BackupError(
      `A move to ${from.other} is not finished. Finish that one, or give it up with \`reelay move --cancel\`.`
    )
  if (from && (await isMovedFrom(target, from.move))) return { move: from.move, isDone: true }
  if (from && to?.move === from.move) return { move: from.move, isDone: false }
  if (to || (await hasRows(target)))
    throw new BackupError(`${other} is not empty. Move into a new database, which no server has used.`)
  const damaged = await findDamagedRows(source)
  if (damaged[0])
    throw new BackupError(
      `${damaged[0].table} ${damaged[0].id} has a damaged value (${damaged[0].column}), which PostgreSQL does not take. Set it again first; \`reelay doctor\` lists all of them.`
    )
  const move = from?.move ?? randomUUID()
  await writeClosed(source, { state: 'moving', move, other })
  await writeClosed(target, { state: 'receiving', move, other: path })
  return { move, isDone: false }
}

async function isMovedFrom({ db, meta }: Database, move: string): Promise<boolean> {
  const rows = await db.select().from(meta).where(eq(meta.name, MOVED_FROM))
  return rows.some(({ value }) => value === move)
}

const hasRows = async (target: Database) => Object.values(await countRows(target)).some(rows => rows > 0)

/** Counts the rows of each table, without those of `meta` that are not copied. */
async function countRows(database: Database): Promise<Record<string, number>> {
  const { db, meta } = database
  const rows: Record<string, number> = {}
  for (const [name, table] of Object.entries(database)) {
    if (!is(table, Table)) continue
    const from = table as Database['tasks'] // true as far as it is used: rows are counted
    const kept = name === 'meta' ? not(or(inArray(meta.name, own), like(meta.name, SANDBOX)) ?? sql`false`) : undefined
    const [row] = await db.select({ count: count() }).from(from).where(kept)
    rows[name] = Number(row?.count)
  }
  return rows
}

/** Compares the databases: rows of each table, sums of the ledger, and what does not add up in it. Throws BackupError. */
async function compare(source: Database, target: Database): Promise<void> {
  const facts = async (database: Database) => ({
    ...(await countRows(database)),
    ...(await ledgerSums(database)),
    ...(await violations(database))
  })
  const [before, after] = [await facts(source), await facts(target)] as Record<string, number | undefined>[] // true: both are numbers by name
  const different = [...new Set([...Object.keys(before!), ...Object.keys(after!)])].filter(
    name => before![name] !== after![name]
  )
  const [name] = different
  if (name !== undefined)
    throw new BackupError(
      `The databases differ after the copy: ${name} is ${before![name] ?? 0} in SQLite and ${after![name] ?? 0} in PostgreSQL. Somebody wrote to one of them. Give the move up with \`reelay move --cancel\`, and begin again with an empty database.`
    )
}

async function violations(database: Database): Promise<Record<string, number>> {
  const byRule = Map.groupBy(await checkMoney(database), ({ rule }) => `violations of "${rule}"`)
  return Object.fromEntries([...byRule].map(([rule, found]) => [rule, found.length]))
}

async function ledgerSums({ db, ledger }: Database): Promise<Record<string, number>> {
  const { kind, currency, amount, fromAccount, toAccount } = ledger
  const rows = await db
    .select({ kind, currency, fromAccount, toAccount, sum: sql<number>`sum(${amount})` })
    .from(ledger)
    .groupBy(kind, currency, fromAccount, toAccount)
  return Object.fromEntries(
    rows.map(row => [[row.kind, row.currency, row.fromAccount, row.toAccount].join(' '), Number(row.sum)])
  )
}
