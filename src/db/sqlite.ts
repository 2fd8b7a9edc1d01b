import { AsyncLocalStorage } from 'node:async_hooks'
import Sqlite from 'better-sqlite3'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import { LRUCache } from 'lru-cache'
import type { Database } from './database.ts'
import { copyBefore } from './copy.ts'
import { loadMigrations, runMigrations } from './migrate.ts'
import { columns } from './columns.ts'
import { defineTables } from './schema.ts'

/* SQLite with one writer and one reader. Writes that arrive in the same tick share one commit (one fsync): the first opens
   `begin immediate`, each transaction is a savepoint, and all of them resolve only when the commit is on disk. Readers see committed rows only. */

const GROUP = 256
// delay of batched writes: long enough that concurrent polls share a commit, mostly that of the loop's next round, too short to be noticed
const BATCH_DELAY_MS = 50
// pages of 4 KiB: about a millisecond
const COPIED_AT_ONCE = 250

interface Job {
  work(): unknown
  /** one statement, which takes itself back when it fails: it needs no savepoint */
  isSingle: boolean
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** Opens a SQLite file. `batchDelayMs`: how long batched writes wait for others. */
export function openSqlite(path: string, batchDelayMs = BATCH_DELAY_MS): Database {
  const writer = connect(path)
  const reader = connect(path)
  reader.pragma('query_only = on')

  const inside = new AsyncLocalStorage<true>()
  const jobs: Job[] = []
  let draining = false
  let later: NodeJS.Timeout | undefined

  const onWriter = executor(writer)
  const onReader = executor(reader)

  function write<T>(work: () => T | Promise<T>, { isSingle = false, isBatched = false } = {}): Promise<T> {
    if (inside.getStore()) throw new Error('inside a transaction only its own handle may be used')
    return new Promise<T>((resolve, reject) => {
      // true because a job resolves with the result of its own work
      jobs.push({ work, isSingle, resolve: resolve as (value: unknown) => void, reject })
      if (draining) return
      if (!isBatched || batchDelayMs === 0) drainSoon()
      else later ??= setTimeout(drainSoon, batchDelayMs)
    })
  }

  function drainSoon() {
    clearTimeout(later)
    later = undefined
    draining = true
    setImmediate(() => void drain())
  }

  async function drain() {
    while (jobs.length) await inside.run(true, commitGroup)
    draining = false
  }

  const [begin, savepoint, release, commit] = ['begin immediate', 'savepoint job', 'release job', 'commit'].map(text =>
    writer.prepare(text)
  ) as [Sqlite.Statement, Sqlite.Statement, Sqlite.Statement, Sqlite.Statement] // true because there is one for each text

  async function commitGroup() {
    const settled: (() => void)[] = []
    const taken: Job[] = []
    try {
      begin.run()
      for (let job = jobs.shift(); job; job = taken.length < GROUP ? jobs.shift() : undefined) {
        taken.push(job)
        const { work, isSingle, resolve, reject } = job
        if (!isSingle) savepoint.run()
        try {
          const result = isSingle ? work() : await work()
          settled.push(() => resolve(result))
          if (!isSingle) release.run()
        } catch (error) {
          // a full disk ends the outer transaction too: then no job of the group was saved
          if (!writer.inTransaction) throw error
          if (!isSingle) writer.exec('rollback to job; release job')
          settled.push(() => reject(error))
        }
      }
      commit.run()
      for (const settle of settled) settle()
    } catch (error) {
      if (writer.inTransaction) writer.exec('rollback')
      for (const { reject } of taken.length ? taken : jobs.splice(0)) reject(error)
    }
  }

  const outside = ({ isBatched }: { isBatched: boolean }) =>
    drizzle((text, params, method) => {
      if (inside.getStore()) throw new Error('inside a transaction only its own handle may be used')
      return onReader.isRead(text)
        ? Promise.resolve(onReader.run(text, params, method))
        : write(() => onWriter.run(text, params, method), { isSingle: true, isBatched })
    })
  const db = outside({ isBatched: false })
  const tx = drizzle(async (text, params, method) => onWriter.run(text, params, method))

  return {
    ...defineTables(columns.sqlite),
    kind: 'sqlite',
    db,
    batched: outside({ isBatched: true }),
    quick: db,
    skipLocked: sql``,
    forUpdate: sql``,
    transaction: work => write(() => work(tx)),
    readRow: onReader.first,
    ping: async () => void reader.prepare('select 1').get(),
    copyTo: async path => {
      // by the connection that writes: changes by another one would make it begin again
      const copy = () => writer.backup(path, { progress: () => COPIED_AT_ONCE })
      // begun while a transaction is open, it says that nothing is left, and removes the file
      while ((await copy()).totalPages === 0);
    },
    migrate: ({ copies = true, onCopy = () => {} } = {}) =>
      runMigrations(loadMigrations('sqlite'), {
        applied: async () => {
          writer.exec(
            'create table if not exists migrations (name text primary key, applied_at integer not null) strict'
          )
          return writer.prepare('select name from migrations order by name').pluck().all() as string[] // true because the column is text
        },
        apply: async ({ name, statements }) => {
          writer.transaction(() => {
            for (const statement of statements) writer.exec(statement)
            writer.prepare('insert into migrations values (?, unixepoch() * 1000)').run(name)
          })()
        },
        ...(copies && { before: name => onCopy(copyBefore(writer, name)) })
      }),
    close: async () => {
      reader.close()
      await write(async () => {})
      writer.pragma('wal_checkpoint(truncate)')
      writer.close()
    }
  }
}

/** Opens a connection with the settings that durability needs. */
export function connect(path: string) {
  const connection = new Sqlite(path)
  connection.pragma('journal_mode = wal')
  // better-sqlite3's default in WAL is normal, which loses acknowledged commits on power loss
  connection.pragma('synchronous = full')
  connection.pragma('foreign_keys = on')
  connection.pragma('busy_timeout = 5000')
  connection.pragma('cache_size = -65536')
  return connection
}

function executor(connection: Sqlite.Database) {
  const statements = new LRUCache<string, Sqlite.Statement>({ max: 500 })

  function statement(text: string) {
    let found = statements.get(text)
    if (!found) {
      found = connection.prepare(text)
      if (found.reader) found.raw()
      statements.set(text, found)
    }
    return found
  }

  return {
    first: (text: string, ...params: unknown[]) => statement(text).get(...params) as unknown[] | undefined, // true because of raw()
    isRead: (text: string) => text.startsWith('select') || text.startsWith('with'),
    run(text: string, params: unknown[], method: string): { rows: unknown[] } {
      const prepared = statement(text)
      if (!prepared.reader) {
        prepared.run(...params)
        return { rows: [] }
      }
      // drizzle expects one row for `get`, a list otherwise
      return { rows: (method === 'get' ? prepared.get(...params) : prepared.all(...params)) as unknown[] }
    }
  }
}
