import { and, desc, eq, inArray, isNull, lt, sql } from 'drizzle-orm'
import type { Database, Key } from '../db/index.ts'
import { statement } from '../db/statement.ts'

const { placeholder } = sql

/** API keys. Secrets are stored as hashes. */
export function createKeyStore({ db, keys }: Database) {
  const selectByHash = statement('key_by_hash', on =>
    on
      .select()
      .from(keys)
      .where(eq(keys.hash, placeholder('hash')))
  )

  return {
    async insert(key: Key): Promise<void> {
      await db.insert(keys).values(key)
    },

    async byHash(hash: string): Promise<Key | undefined> {
      const [key] = await selectByHash(db, { hash })
      return key
    },

    async get(id: string): Promise<Key | undefined> {
      const [key] = await db.select().from(keys).where(eq(keys.id, id))
      return key
    },

    /** Returns a page of the keys that are not revoked, newest first; `after` is an id. */
    async list({ after, limit }: { after?: string; limit: number }): Promise<Key[]> {
      return db
        .select()
        .from(keys)
        .where(and(isNull(keys.revokedAt), after === undefined ? undefined : lt(keys.id, after)))
        .orderBy(desc(keys.id))
        .limit(limit)
    },

    /** Changes a key that is not revoked. Returns it, or undefined. */
    async update(id: string, set: Partial<Key>): Promise<Key | undefined> {
      const [key] = await db
        .update(keys)
        .set(set)
        .where(and(eq(keys.id, id), isNull(keys.revokedAt)))
        .returning()
      return key
    },

    /** Returns texts that are others once something changed that decides whether the keys are valid. */
    async marks(ids: readonly string[], now: number): Promise<{ id: string; mark: string }[]> {
      const { id, hash, disabled, revokedAt, expiresAt, ipAllowlist } = keys
      const rows = await db
        .select({ id, hash, disabled, revokedAt, expiresAt, ipAllowlist })
        .from(keys)
        .where(inArray(id, [...ids]))
      return rows.map(({ expiresAt: end, ...row }) => ({
        id: row.id,
        mark: JSON.stringify([row, end !== null && end <= now])
      }))
    },

    /** Writes the time of the last use; callers do so at most once a minute. */
    async touch(id: string, now: number): Promise<void> {
      await db.update(keys).set({ lastUsedAt: now }).where(eq(keys.id, id))
    },

    /** Counts the keys that are not revoked. */
    async count(): Promise<number> {
      const [row] = await db
        .select({ count: sql<number>`count(*)` })
        .from(keys)
        .where(isNull(keys.revokedAt))
      return Number(row?.count ?? 0)
    }
  }
}

export type KeyStore = ReturnType<typeof createKeyStore>
