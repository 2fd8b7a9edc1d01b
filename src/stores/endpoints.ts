import { and, asc, desc, eq, gt, isNull, lt, sql } from 'drizzle-orm'
import { intact } from '../lib/damaged.ts'
import type { Database, Db, Endpoint } from '../db/index.ts'

export interface EndpointFilter {
  /** absent: of all keys */
  keyId?: string
  after?: string
  limit: number
  order: 'asc' | 'desc'
}

/** Webhook endpoints. Deleted ones are never returned. */
export function createEndpointStore({ db, keys, endpoints, deliveries, transaction }: Database) {
  const existing = (id: string) => and(eq(endpoints.id, id), isNull(endpoints.deletedAt))

  return {
    /** Adds an endpoint when its key has fewer than `most`, also when several are added at once; returns whether it did. */
    async insertWithin(endpoint: Endpoint, most: number): Promise<boolean> {
      const { keyId } = endpoint
      const isFull = async (on: Db) => {
        const [row] = await on
          .select({ count: sql<number>`count(*)` })
          .from(endpoints)
          .where(and(eq(endpoints.keyId, keyId), isNull(endpoints.deletedAt)))
        return Number(row?.count ?? 0) >= most
      }
      // whoever keeps asking for one more writes nothing: a commit each would slow down everybody's reads
      if (await isFull(db)) return false
      return transaction(async tx => {
        // written first, to lock the row
        await tx.update(keys).set({ id: keyId }).where(eq(keys.id, keyId))
        if (await isFull(tx)) return false
        await tx.insert(endpoints).values(endpoint)
        return true
      })
    },

    async get(id: string): Promise<Endpoint | undefined> {
      const [endpoint] = await db.select().from(endpoints).where(existing(id))
      return endpoint
    },

    /** Returns a page of endpoints in the order of `order`; `after` is an id. */
    async list({ keyId, after, limit, order }: EndpointFilter): Promise<Endpoint[]> {
      const where = [
        isNull(endpoints.deletedAt),
        keyId === undefined ? undefined : eq(endpoints.keyId, keyId),
        after === undefined ? undefined : order === 'desc' ? lt(endpoints.id, after) : gt(endpoints.id, after)
      ]
      return db
        .select()
        .from(endpoints)
        .where(and(...where))
        .orderBy(order === 'desc' ? desc(endpoints.id) : asc(endpoints.id))
        .limit(limit)
    },

    async update(id: string, set: Partial<Endpoint>): Promise<Endpoint | undefined> {
      const [endpoint] = await db.update(endpoints).set(set).where(existing(id)).returning()
      return endpoint
    },

    /** Replaces the secrets with what `change` returns; concurrent changes do not overwrite each other. */
    async changeSecrets(
      id: string,
      change: (secrets: Endpoint['secrets']) => Endpoint['secrets'],
      now: number
    ): Promise<Endpoint | undefined> {
      return transaction(async tx => {
        // written first, to lock the row
        const [locked] = await tx.update(endpoints).set({ updatedAt: now }).where(existing(id)).returning()
        if (!locked) return undefined
        const [changed] = await tx
          .update(endpoints)
          .set({ secrets: change(intact(locked).secrets) })
          .where(existing(id))
          .returning()
        return changed
      })
    },

    /** Disables or deletes an endpoint: its pending deliveries fail with `error`, and can be replayed. */
    async stop(id: string, set: Partial<Endpoint>, error: string): Promise<Endpoint | undefined> {
      return transaction(async tx => {
        const [endpoint] = await tx.update(endpoints).set(set).where(existing(id)).returning()
        if (endpoint)
          await tx
            .update(deliveries)
            .set({ status: 'failed', error, dueAt: null, leaseUntil: null })
            .where(and(eq(deliveries.endpointId, id), eq(deliveries.status, 'pending')))
        return endpoint
      })
    }
  }
}

export type EndpointStore = ReturnType<typeof createEndpointStore>
