import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import { openDatabase, type Database } from '../../src/db/index.ts'
import { connect } from '../../src/db/sqlite.ts'
import { makeFolder } from './folder.ts'
import { createDatabase, runAsAdmin, TEMPLATE } from './postgres.ts'

/** Both databases, for `describe.each(kinds)`: the same suite runs on each. */
export const kinds = ['sqlite', 'postgres'] as const

export type Kind = (typeof kinds)[number]

let made = 0

/** The URL of an empty database of its own, which `close` drops; it is migrated already, unless `bare`. */
export async function freshUrl(kind: Kind, { bare = false } = {}): Promise<{ url: string; close(): unknown }> {
  if (kind === 'sqlite') {
    const { path, close } = makeFolder('db')
    const file = join(path, 'test.db')
    if (!bare) await writeMigrated(file)
    return { url: `file:${file}`, close }
  }
  const server = inject('postgresUrl')
  const name = `test_${process.pid}_${Date.now()}_${++made}`
  await createDatabase(server, name, bare ? undefined : TEMPLATE)
  return {
    url: `${server}/${name}`,
    close: () => runAsAdmin(server, `drop database if exists ${name} with (force)`)
  }
}

/** Runs a statement past the program. */
export async function runSql(url: string, statement: string): Promise<void> {
  if (url.startsWith('file:')) {
    const database = connect(url.slice('file:'.length))
    database.exec(statement)
    database.close()
    return
  }
  const client = new pg.Client(url)
  await client.connect()
  await client.query(statement)
  await client.end()
}

let migrated: Promise<Buffer> | undefined

/** Puts an empty SQLite there, as migrations leave it: they run once for a test file. */
export async function writeMigrated(file: string): Promise<void> {
  writeFileSync(file, await (migrated ??= migratedBytes()))
}

async function migratedBytes(): Promise<Buffer> {
  const { url, close } = await freshUrl('sqlite', { bare: true })
  const database = await openDatabase(url)
  await database.migrate()
  await database.close()
  const bytes = readFileSync(url.slice('file:'.length))
  close()
  return bytes
}

/** An opened, migrated, empty database, which is dropped when it is closed. */
export async function freshDatabase(kind: Kind): Promise<Database> {
  const fresh = await freshUrl(kind)
  const database = await openDatabase(fresh.url)
  await database.migrate()
  return {
    ...database,
    async close() {
      await database.close()
      await fresh.close()
    }
  }
}
