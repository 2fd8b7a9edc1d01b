import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import { openDatabase, type Database } from '../../src/db/index.ts'

/** Both databases, for `describe.each(kinds)`: the same suite runs on each. */
export const kinds = ['sqlite', 'postgres'] as const

export type Kind = (typeof kinds)[number]

let made = 0

/** The URL of an empty database of its own, and how to drop it. */
export async function freshUrl(kind: Kind): Promise<{ url: string; drop(): Promise<void> }> {
  if (kind === 'sqlite') {
    const folder = mkdtempSync(join(tmpdir(), 'reelay-db-'))
    return {
      url: `file:${join(folder, 'test.db')}`,
      drop: async () => rmSync(folder, { recursive: true, force: true })
    }
  }
  const server = inject('postgresUrl')
  const name = `test_${process.pid}_${Date.now()}_${++made}`
  const admin = async (statement: string) => {
    const client = new pg.Client(`${server}/postgres`)
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  await admin(`create database ${name}`)
  return { url: `${server}/${name}`, drop: () => admin(`drop database if exists ${name} with (force)`) }
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
