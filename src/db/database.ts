import type { SQL } from 'drizzle-orm'
import type { SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy'
import type { Tables } from './schema.ts'

/** The query surface shared by both databases; awaitable in both, inside and outside a transaction. */
export type Db = Pick<
  SqliteRemoteDatabase<Record<string, never>>,
  'select' | 'selectDistinct' | 'insert' | 'update' | 'delete' | '$with' | 'with'
>

export interface Database extends Tables {
  readonly kind: 'sqlite' | 'postgres'
  readonly db: Db
  /** The same, for single writes that nobody waits for: they may be gathered for some milliseconds, and share a commit. */
  readonly batched: Db
  /** appended to a claiming subquery: `for update skip locked` where the database has it */
  readonly skipLocked: SQL
  /** All of `work` or nothing. `tx` is the only handle to use inside; no network inside. */
  transaction<T>(work: (tx: Db) => Promise<T>): Promise<T>
  /** SQLite only: the values of the first row of a query, at once, as it was committed. */
  readonly readRow?: (text: string, ...params: unknown[]) => unknown[] | undefined
  ping(): Promise<void>
  /** Applies what is missing; gives the names of what it applied. Throws ConfigError on a database newer than this program. */
  migrate(): Promise<string[]>
  close(): Promise<void>
}
