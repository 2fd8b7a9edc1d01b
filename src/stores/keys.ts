import { and, desc, eq, inArray, isNull, lt, sql } from 'drizzle-orm'
import type { Database, Db, Key } from '../db/index.ts'
import { statement } from '../db/statement.ts'

const { placeholder } = sql

/** API keys. Secrets are stored as hashes. */
export function createKeyStore({ db, quick, keys, forUpdate }: Database) {
  const selectByHash = statement('key_by_hash', on =>
    on
      .select()
      .from(keys)
      .where(eq(keys.hash, placeholder('hash')))
  )
  const selectByOldHash = statement('key_by_old_hash', on =>
    on
      .select()
      .from(keys)
      .where(eq(keys.oldHash, placeholder('hash')))
  )
  // the keys that operators manage
  const isManaged = and(isNull(keys.revokedAt), isNull(keys.userId))

  return {
    async insert(key: Key, on: Db = db): Promise<void> {
      await on.insert(keys).values(key)
    },

    async byHash(hash: string): Promise<Key | undefined> {
      const [key] = await selectByHash(quick, { hash })
      return key
    },

    /** Returns the key whose secret before its last rotation had this hash. */
    async byOldHash(hash: string): Promise<Key | undefined> {
      const [key] = await selectByOldHash(quick, { hash })
      return key
    },

    /** Returns a key, even a revoked one: its tasks still name it. */
    async get(id: string): Promise<Key | undefined> {
      const [key] = await db.select().from(keys).where(eq(keys.id, id))
      return key
    },

    /** Returns a key that operators manage, and locks it until the transaction ends. */
    async lock(id: string, tx: Db): Promise<Key | undefined> {
      const [key] = await tx
        .select()
        .from(keys)
        .where(sql`${and(eq(keys.id, id), isManaged)}${forUpdate}`)
      return key
    },

    /** Returns the keys of a name that operators manage; several keys may have one. */
    named: (name: string): Promise<Key[]> =>
      db
        .select()
        .from(keys)
        .where(and(eq(keys.name, name), isManaged)),

    /** Returns the key that a user's own videos belong to. */
    async ofUser(userId: string, on: Db = db): Promise<Key | undefined> {
      const [key] = await on.select().from(keys).where(eq(keys.userId, userId))
      return key
    },

    /** Returns a page of the keys that operators manage, newest first; `after` is an id. */
    async list({ after, limit }: { after?: string; limit: number }): Promise<Key[]> {
      return db
        .select()
        .from(keys)
        .where(and(isManaged, after === undefined ? undefined : lt(keys.id, after)))
        .orderBy(desc(keys.id))
        .limit(limit)
    },

    async update(id: string, set: Partial<Key>, on: Db = db): Promise<Key | undefined> {
      const [key] = await on.update(keys).set(set).where(eq(keys.id, id)).returning()
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

    /** Writes when and from where the current or the old secret was last used; callers do so at most once a minute. */
    async touch(
      id: string,
      { now, ip, secret }: { now: number; ip: string; secret: 'current' | 'old' }
    ): Promise<void> {
      const set = secret === 'old' ? { oldLastUsedAt: now } : { lastUsedAt: now, lastUsedIp: ip }
      await db.update(keys).set(set).where(eq(keys.id, id))
    }
  }
}

export type KeyStore = ReturnType<typeof createKeyStore>
