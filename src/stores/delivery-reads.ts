import { and, asc, desc, eq, gt, gte, inArray, isNull, lt, sql } from 'drizzle-orm'
import { isUndelivered, type Database, type Delivery } from '../db/index.ts'
import { lowestId } from '../lib/ids.ts'

export interface DeliveryFilter {
  status?: Delivery['status']
  endpointId?: string
  taskId?: string
  eventId?: string
  /** created then or later, and before; milliseconds */
  from?: number
  to?: number
  after?: string
  limit: number
  order: 'asc' | 'desc'
}

/** How many deliveries have which status. */
export type DeliveryCounts = Record<Delivery['status'], number>

// ids are never earlier than their rows, but later ones follow a clock that was set back
const CLOCK_STEP = 24 * 60 * 60 * 1000

/** Deliveries as operators see them. */
export function createDeliveryReads({ db, events, endpoints, deliveries }: Database) {
  return {
    /** Returns a page of deliveries in the order of `order`, each with the type of its event; `after` is an id. */
    async list({ status, endpointId, taskId, eventId, from, to, after, limit, order }: DeliveryFilter) {
      const where = [
        status && eq(deliveries.status, status),
        status && status !== 'delivered' ? isUndelivered(deliveries) : undefined,
        endpointId === undefined ? undefined : eq(deliveries.endpointId, endpointId),
        taskId === undefined ? undefined : eq(deliveries.taskId, taskId),
        eventId === undefined ? undefined : eq(deliveries.eventId, eventId),
        ...(from === undefined ? [] : [gte(deliveries.id, lowestId('dlv', from)), gte(deliveries.createdAt, from)]),
        ...(to === undefined
          ? []
          : [lt(deliveries.id, lowestId('dlv', to + CLOCK_STEP)), lt(deliveries.createdAt, to)]),
        after === undefined ? undefined : order === 'desc' ? lt(deliveries.id, after) : gt(deliveries.id, after)
      ]
      return db
        .select({ delivery: deliveries, type: events.type })
        .from(deliveries)
        .innerJoin(events, eq(events.id, deliveries.eventId))
        .where(and(...where))
        .orderBy(order === 'desc' ? desc(deliveries.id) : asc(deliveries.id))
        .limit(limit)
    },

    /** Returns the status of each of these deliveries that exists. */
    async statusesOf(ids: readonly string[]): Promise<Pick<Delivery, 'id' | 'status'>[]> {
      if (ids.length === 0) return []
      return db
        .select({ id: deliveries.id, status: deliveries.status })
        .from(deliveries)
        .where(inArray(deliveries.id, [...ids]))
    },

    async get(id: string) {
      const [found] = await db
        .select({ delivery: deliveries, type: events.type, endpoint: endpoints })
        .from(deliveries)
        .innerJoin(events, eq(events.id, deliveries.eventId))
        .leftJoin(endpoints, and(eq(endpoints.id, deliveries.endpointId), isNull(endpoints.deletedAt)))
        .where(eq(deliveries.id, id))
      return found
    },

    /** Counts the deliveries of endpoints since a time, by status. */
    async countsOf(endpointIds: readonly string[], since: number): Promise<Map<string, DeliveryCounts>> {
      const counts = new Map<string, DeliveryCounts>()
      if (endpointIds.length === 0) return counts
      const rows = await db
        .select({
          endpointId: deliveries.endpointId,
          status: deliveries.status,
          count: sql<number>`count(*)`
        })
        .from(deliveries)
        .where(and(inArray(deliveries.endpointId, [...endpointIds]), gte(deliveries.id, lowestId('dlv', since))))
        .groupBy(deliveries.endpointId, deliveries.status)
      for (const { endpointId, status, count } of rows) {
        if (endpointId === null) continue
        const known = counts.get(endpointId) ?? { delivered: 0, failed: 0, pending: 0 }
        counts.set(endpointId, { ...known, [status]: Number(count) })
      }
      return counts
    }
  }
}
