import type { SQL } from 'drizzle-orm'
import type { SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy'
import type { Tables } from './schema.ts'

/** The queries that both databases support; awaitable in both, inside and outside a transaction. */
export type Db = Pick<
  SqliteRemoteDatabase<Record<string, never>>,
  'select' | 'selectDistinct' | 'insert' | 'update' | 'delete' | '$with' | 'with'
>

export interface Database extends Tables {
  readonly kind: 'sqlite' | 'postgres'
  readonly db: Db
  /** The same, for writes that no client waits for: on SQLite they are collected for some milliseconds and share a commit. */
  readonly batched: Db
  /** The same, for the reads of every poll: on PostgreSQL on connections of their own, so that they never wait behind other work. */
  readonly quick: Db
  /** appended to a claiming subquery: `for update skip locked` where the database supports it */
  readonly skipLocked: SQL
  /** appended to a condition inside a transaction: locks the rows for it where others may write meanwhile */
  readonly forUpdate: SQL
  /** Commits all of `work` or nothing. Inside, use only `tx`, and make no network calls. */
  transaction<T>(work: (tx: Db) => Promise<T>): Promise<T>
  /** Returns the values of a query's first committed row, for the reads of every poll: synchronously on SQLite, like `quick` on PostgreSQL. */
  readonly readRow?: (text: string, ...params: unknown[]) => unknown[] | undefined | Promise<unknown[] | undefined>
  /** Throws when the database does not answer. */
  ping(): Promise<void>
  /** SQLite only: writes a copy to a new file, in small steps between other work; writes meanwhile are part of it. */
  readonly copyTo?: (path: string) => Promise<void>
  /**
   * Applies missing migrations and returns their names. SQLite is copied first, unless it is empty or `copies` is false; `onCopy` gets the path.
   * `onNewer` gets the names of migrations of a newer release that this program runs beside: PostgreSQL only, during a rolling upgrade.
   * Throws ConfigError when the database is newer than this program otherwise, or cannot be copied.
   */
  migrate(options?: {
    copies?: boolean
    onCopy?: (path: string) => void
    onNewer?: (migrations: string[]) => void
  }): Promise<string[]>
  close(): Promise<void>
}
