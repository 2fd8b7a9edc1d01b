import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { Database, Db } from './database.ts'
import { loadMigrations, runMigrations, type Migration } from './migrate.ts'
import { columns } from './columns.ts'
import { defineTables } from './schema.ts'

// an arbitrary number: only one node may migrate at a time
const MIGRATION_LOCK = 728_1901

/** Opens a PostgreSQL database. `onError` is called when a connection breaks outside a query. */
export function openPostgres(url: string, onError: (error: Error) => void = () => {}): Database {
  const pool = openPool(url, 10, onError)
  const quickPool = openPool(url, 2, onError)
  // true because both dialects have the same columns (columns.ts), and the shared queries behave alike when awaited
  const db = drizzle(pool) as unknown as Db

  // one handle per connection, so that statements are built once per connection and not once per transaction
  const handles = new WeakMap<pg.PoolClient, Db>()
  function handleOf(client: pg.PoolClient): Db {
    // true for the same reason as `db`
    const handle = handles.get(client) ?? (drizzle(client) as unknown as Db)
    handles.set(client, handle)
    return handle
  }

  async function transaction<T>(work: (tx: Db) => Promise<T>): Promise<T> {
    const client = await pool.connect()
    let broken: unknown
    try {
      await client.query('begin')
      const result = await work(handleOf(client))
      await client.query('commit')
      return result
    } catch (error) {
      // a connection that cannot roll back is not used again
      await client.query('rollback').catch((failure: unknown) => (broken = failure))
      throw error
    } finally {
      client.release(broken !== undefined)
    }
  }

  return {
    ...defineTables(columns.postgres),
    kind: 'postgres',
    db,
    batched: db,
    // true for the same reason as `db`
    quick: drizzle(quickPool) as unknown as Db,
    readRow: createRowReads(quickPool),
    skipLocked: sql`for update skip locked`,
    forUpdate: sql` for update`,
    transaction,
    ping: async () => void (await pool.query('select 1')),
    migrate: async ({ onNewer } = {}) => {
      const client = await pool.connect()
      try {
        await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
        return await runMigrations(loadMigrations('postgres'), {
          applied: async () => {
            await client.query(
              'create table if not exists migrations (name text primary key, applied_at bigint not null)'
            )
            return (await client.query<{ name: string }>('select name from migrations order by name')).rows.map(
              ({ name }) => name
            )
          },
          apply: migration => patiently(() => applyTo(client, migration)),
          ...(onNewer && { newer: onNewer })
        })
      } finally {
        await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => {})
        client.release()
      }
    },
    close: async () => void (await Promise.all([pool.end(), quickPool.end()]))
  }
}

/** Returns a function that reads a row's values by a statement that each connection prepares once. */
function createRowReads(pool: pg.Pool): NonNullable<Database['readRow']> {
  const names = new Map<string, string>()
  return async (text, ...values) => {
    const name = names.get(text) ?? `row_${names.size}`
    names.set(text, name)
    const { rows } = await pool.query<unknown[]>({ name, text, values, rowMode: 'array' })
    return rows[0]
  }
}

function openPool(url: string, most: number, onError: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: most,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
    connectionTimeoutMillis: 10_000
  })
  pool.on('error', onError)
  // a client in use when the server dies emits its own error, which would end the process if unhandled
  pool.on('connect', client => client.on('error', onError))
  return pool
}

// below deadlock_timeout (1 s by default): of a migration and a request that wait for each other the migration gives way
const LOCK_TIMEOUT_MS = 300
const MIGRATION_PAUSE_MS = 300
const MIGRATION_TRIES = 200
const LOCKED = new Set(['55P03', '40P01'])

/** Applies a migration beside nodes that serve: all of its locks come first, and soon, or it lets go of them. */
async function applyTo(client: pg.PoolClient, { name, statements }: Migration): Promise<void> {
  const named = (pattern: RegExp) =>
    statements.flatMap(text => Array.from(text.matchAll(pattern), ([, table]) => table!))
  const made = named(/create table "(\w+)"/gi)
  const changed = new Set(named(/alter table "(\w+)"/gi).filter(table => !made.includes(table)))
  await client.query('begin')
  try {
    await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`)
    if (changed.size) await client.query(`lock table ${[...changed].map(table => `"${table}"`).join(', ')}`)
    for (const statement of statements) await client.query(statement)
    await client.query('insert into migrations values ($1, (extract(epoch from clock_timestamp()) * 1000)::bigint)', [
      name
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

/** Tries again while others hold the locks. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      const code = error instanceof pg.DatabaseError ? error.code : undefined
      if (code === undefined || !LOCKED.has(code) || tries >= MIGRATION_TRIES) throw error
      await new Promise(resolve => setTimeout(resolve, MIGRATION_PAUSE_MS))
    }
  }
}
