import { inArray } from 'drizzle-orm'
import type { Database } from '../db/index.ts'

/** Names of keys and channels by id, also of revoked and deleted ones. */
export function createNameStore({ db, keys, channels }: Database) {
  async function names(table: typeof keys | typeof channels, ids: readonly (string | null)[]) {
    const known = [...new Set(ids.filter(id => id !== null))]
    if (known.length === 0) return new Map<string, string>()
    const rows = await db.select({ id: table.id, name: table.name }).from(table).where(inArray(table.id, known))
    return new Map(rows.map(({ id, name }) => [id, name]))
  }

  return {
    keys: (ids: readonly (string | null)[]) => names(keys, ids),
    channels: (ids: readonly (string | null)[]) => names(channels, ids)
  }
}

export type NameStore = ReturnType<typeof createNameStore>
