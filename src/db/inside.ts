import type { Database, Db } from './database.ts'

/** Returns the database as seen from inside a transaction: everything that is read and written through it belongs to `tx`. */
export function insideOf({ readRow: _committed, ...database }: Database, tx: Db): Database {
  return { ...database, db: tx, batched: tx, quick: tx, transaction: work => work(tx) }
}
