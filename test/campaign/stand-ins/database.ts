import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../../../src/db/index.ts'
import { connect, openSqlite } from '../../../src/db/sqlite.ts'

/* One SQLite file for all nodes and all seeds of a process, emptied between them: opening, migrating and preparing again for every node
   would take most of the time. Stands in for `db/index.ts`. */

let shared: Database | undefined

/** What a node gets: its own end does not end the others. */
export async function openDatabase(): Promise<Database> {
  if (!shared) throw new Error('openShared first')
  return { ...shared, migrate: async () => [], close: async () => {} }
}

export type SharedDatabase = Awaited<ReturnType<typeof openShared>>

/** Opens an empty file, memory-backed where there is such a place: durability is the kill campaign's business, not this one's. */
export async function openShared() {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'reelay-sim-'))
  const path = join(folder, 'reelay.db')
  // what may wait a moment would wait for the virtual clock
  const database = openSqlite(path, 0)
  shared = database
  await database.migrate()
  const reader = connect(path)
  const sweeper = connect(path)
  sweeper.pragma('foreign_keys = off')
  const tables = sweeper
    .prepare(`select name from sqlite_master where type = 'table' and name not in ('migrations')`)
    .pluck()
    .all() as string[] // names are text
  // the ledger and the audit forbid deletes, but for this; once and for all, for a changed schema makes every connection prepare again
  for (const table of ['ledger', 'audit'])
    sweeper.exec(`
    drop trigger ${table}_no_delete;
    create trigger ${table}_no_delete before delete on ${table} when not exists (select 1 from meta where name = 'sweeping')
    begin select raise(abort, 'the ${table} is append-only'); end`)

  return {
    database,
    folder,
    /** a connection of its own, which sees what was committed */
    reader,

    /** As it was when it was opened. */
    empty: sweeper.transaction(() => {
      sweeper.exec(`insert into meta values ('sweeping', '')`)
      for (const name of tables) if (name !== 'meta') sweeper.exec(`delete from ${name}`)
      sweeper.exec('delete from meta')
    }),

    async close() {
      shared = undefined
      for (const connection of [reader, sweeper]) connection.close()
      await database.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
