import { and, asc, desc, eq, gt, isNull, lt, sql } from 'drizzle-orm'
import type { Database, Endpoint } from '../db/index.ts'

export interface EndpointFilter {
  /** absent: everybody's */
  keyId?: string
  after?: string
  limit: number
  order: 'asc' | 'desc'
}

export function createEndpointStore({ db, endpoints, deliveries, transaction }: Database) {
  const living = (id: string) => and(eq(endpoints.id, id), isNull(endpoints.deletedAt))

  return {
    async insert(endpoint: Endpoint): Promise<void> {
      await db.insert(endpoints).values(endpoint)
    },

    async get(id: string): Promise<Endpoint | undefined> {
      const [endpoint] = await db.select().from(endpoints).where(living(id))
      return endpoint
    },

    /** Newest first unless asked otherwise; `after` is an id. */
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

    async countOf(keyId: string): Promise<number> {
      const [row] = await db
        .select({ count: sql<number>`count(*)` })
        .from(endpoints)
        .where(and(eq(endpoints.keyId, keyId), isNull(endpoints.deletedAt)))
      return Number(row?.count ?? 0)
    },

    async update(id: string, set: Partial<Endpoint>): Promise<Endpoint | undefined> {
      const [endpoint] = await db.update(endpoints).set(set).where(living(id)).returning()
      return endpoint
    },

    /** Replaces the secrets by what `change` makes of them; two changes at once do not lose one another. */
    async changeSecrets(
      id: string,
      change: (secrets: Endpoint['secrets']) => Endpoint['secrets'],
      now: number
    ): Promise<Endpoint | undefined> {
      return transaction(async tx => {
        // written first: from here on the row is this transaction's
        const [locked] = await tx.update(endpoints).set({ updatedAt: now }).where(living(id)).returning()
        if (!locked) return undefined
        const [changed] = await tx
          .update(endpoints)
          .set({ secrets: change(locked.secrets) })
          .where(living(id))
          .returning()
        return changed
      })
    },

    /** Stops an endpoint: what is still to be delivered to it is listed as failed, and can be replayed. */
    async stop(id: string, set: Partial<Endpoint>, error: string): Promise<Endpoint | undefined> {
      return transaction(async tx => {
        const [endpoint] = await tx.update(endpoints).set(set).where(living(id)).returning()
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
