import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { openDatabase, type Database } from '../../src/db/index.ts'
import { createDatabase, runAsAdmin, TEMPLATE } from './postgres.ts'

/** Both databases, for `describe.each(kinds)`: the same suite runs on each. */
export const kinds = ['sqlite', 'postgres'] as const

export type Kind = (typeof kinds)[number]

let made = 0

/** The URL of an empty database of its own, and how to drop it; on Postgres it is migrated already, unless `bare`. */
export async function freshUrl(kind: Kind, { bare = false } = {}): Promise<{ url: string; drop(): Promise<void> }> {
  if (kind === 'sqlite') {
    const folder = mkdtempSync(join(tmpdir(), 'reelay-db-'))
    return {
      url: `file:${join(folder, 'test.db')}`,
      drop: async () => rmSync(folder, { recursive: true, force: true })
    }
  }
  const server = inject('postgresUrl')
  const name = `test_${process.pid}_${Date.now()}_${++made}`
  await createDatabase(server, name, bare ? undefined : TEMPLATE)
  return {
    url: `${server}/${name}`,
    drop: () => runAsAdmin(server, `drop database if exists ${name} with (force)`)
  }
}

/** An opened, migrated, empty database. */
export async function freshDatabase(kind: Kind): Promise<{ database: Database; close(): Promise<void> }> {
  const { url, drop } = await freshUrl(kind)
  const database = await openDatabase(url)
  await database.migrate()
  return {
    database,
    async close() {
      await database.close()
      await drop()
    }
  }
}
