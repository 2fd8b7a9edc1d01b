import {
  and,
  asc,
  eq,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  notInArray,
  notLike,
  or,
  sql,
  type SQL
} from 'drizzle-orm'
import {
  isUndelivered,
  type Database,
  type Db,
  type Delivery,
  type Endpoint,
  type Event,
  type Key,
  type Task
} from '../db/index.ts'
import { intact } from '../lib/damaged.ts'
import { lowestId, newId } from '../lib/ids.ts'
import { isForAdmins, isForEndpoints, isTold } from '../domain/events.ts'
import { createDeliveryReads } from './delivery-reads.ts'

export type { DeliveryCounts, DeliveryFilter } from './delivery-reads.ts'

/** A delivery with everything needed to send it. */
export interface ClaimedDelivery {
  delivery: Delivery
  event: Event
  /** null: it goes to a request's callback_url, or its endpoint was deleted */
  endpoint: Endpoint | null
  /** the key that made the task; its secrets are encrypted */
  key: Pick<Key, 'callbackSecret' | 'oldCallbackSecret' | 'oldExpiresAt'> | null
  /** only for a callback_url in the words of a front */
  task: Task | null
}

/** The outcome of one attempt. */
export interface Try {
  url: string
  responseStatus: number | null
  responseBody: string | null
  error: string | null
  /** milliseconds */
  startedAt: number
  endedAt: number
}

/** The message that deliveries changed. */
export interface DeliveryChange {
  /** null: too many to name */
  ids: readonly string[] | null
  /** another node wrote it */
  remote: boolean
}

export interface ReplayPage {
  status: 'delivered' | 'failed'
  endpointId?: string
  /** milliseconds */
  since?: number
  after?: string
  limit: number
}

// SQLite allows 32766 values in one statement
const ROWS_AT_ONCE = 500
const MOST_ATTEMPTS = 20

/**
 * Webhook deliveries: fanned out from events, claimed, attempted until they succeed or are given up. `onChange` is called with the ids whose
 * status may have changed, and with null when they are too many to name.
 */
export function createDeliveryStore(database: Database, onChange: (ids: DeliveryChange['ids']) => void = () => {}) {
  const { db, events, endpoints, deliveries, keys, tasks, skipLocked, transaction } = database

  /** Returns the deliveries of events: to the endpoints that subscribe to them, and to callback_urls. */
  async function deliveriesFor(tx: Db, happened: readonly Event[], now: number, giveUpAt: number): Promise<Delivery[]> {
    const keyIds = [...new Set(happened.flatMap(({ keyId, type }) => (keyId && !isForAdmins(type) ? [keyId] : [])))]
    const admins = happened.some(({ type }) => isForAdmins(type))
    const whose = [
      keyIds.length ? inArray(endpoints.keyId, keyIds) : undefined,
      admins
        ? and(
            eq(keys.role, 'admin'),
            eq(keys.disabled, false),
            isNull(keys.revokedAt),
            or(isNull(keys.expiresAt), gt(keys.expiresAt, now))
          )
        : undefined
    ].filter(condition => condition !== undefined)
    const subscribed = whose.length
      ? await tx
          .select({ endpoint: endpoints, role: keys.role })
          .from(endpoints)
          .innerJoin(keys, eq(keys.id, endpoints.keyId))
          .where(and(isNull(endpoints.deletedAt), or(...whose)))
      : []
    const taskIds = happened.flatMap(({ taskId }) => (taskId === null ? [] : [taskId]))
    const withCallback = taskIds.length
      ? await tx
          .select({ id: tasks.id, keyId: tasks.keyId, callbackUrl: tasks.callbackUrl, front: tasks.callbackFront })
          .from(tasks)
          .where(and(inArray(tasks.id, taskIds), isNotNull(tasks.callbackUrl), isNull(tasks.parentId)))
      : []

    const row = (event: Event, url: string, partition: string, endpointId: string | null): Delivery => ({
      id: newId('dlv', now),
      eventId: event.id,
      endpointId,
      taskId: event.taskId,
      partition,
      url,
      status: 'pending',
      tries: 0,
      attempts: [],
      responseStatus: null,
      responseBody: null,
      error: null,
      dueAt: now,
      leaseUntil: null,
      giveUpAt,
      createdAt: now,
      deliveredAt: null
    })
    return happened.flatMap(event => [
      ...subscribed
        .filter(({ endpoint, role }) => {
          const isConcerned = isForAdmins(event.type) ? role === 'admin' : endpoint.keyId === event.keyId
          return isConcerned && isForEndpoints(event.type) && intact(endpoint).events.includes(event.type)
        })
        .map(({ endpoint: { id, keyId, url, disabled, disabledReason } }) => ({
          ...row(event, url, `${keyId}/${id}`, id),
          ...(disabled && { status: 'failed' as const, dueAt: null, error: whyDisabled(disabledReason) })
        })),
      ...withCallback
        .filter(({ id, front }) => id === event.taskId && isTold(front, event.type))
        .map(({ keyId, callbackUrl }) =>
          // true because the query excludes tasks without one
          row(event, callbackUrl!, `${keyId}/${new URL(callbackUrl!).origin}`, null)
        )
    ])
  }

  const held = ({ id, leaseUntil }: Delivery) =>
    and(
      eq(deliveries.id, id),
      leaseUntil === null ? isNull(deliveries.leaseUntil) : eq(deliveries.leaseUntil, leaseUntil)
    )

  return {
    ...createDeliveryReads(database),

    /** Turns pending events into deliveries, in one transaction. Returns the number of events; `limit` of them means there may be more. */
    async fanOut(now: number, giveUpAt: number, limit: number): Promise<number> {
      const waiting = (on: Db) =>
        on
          .select({ id: events.id })
          .from(events)
          .where(sql`${events.pending}`)
          .orderBy(asc(events.id))
          .limit(limit)
      if ((await waiting(db)).length === 0) return 0
      const { count, rows } = await transaction(async tx => {
        const happened = await tx
          .update(events)
          .set({ pending: false })
          .where(inArray(events.id, sql`(${waiting(tx)} ${skipLocked})`))
          .returning()
        const made = await deliveriesFor(tx, happened, now, giveUpAt)
        for (let at = 0; at < made.length; at += ROWS_AT_ONCE)
          await tx.insert(deliveries).values(made.slice(at, at + ROWS_AT_ONCE))
        return { count: happened.length, rows: made }
      })
      if (rows.length) onChange(rows.map(({ id }) => id))
      return count
    },

    /** Returns due deliveries, the longest overdue first, without partitions and keys that have enough in flight. */
    async due(
      now: number,
      limit: number,
      without: { partitions: readonly string[]; keys: readonly string[] }
    ): Promise<{ id: string; partition: string }[]> {
      const where: (SQL | undefined)[] = [
        isNotNull(deliveries.dueAt),
        lte(deliveries.dueAt, now),
        without.partitions.length ? notInArray(deliveries.partition, [...without.partitions]) : undefined,
        ...without.keys.map(key => notLike(deliveries.partition, `${key}/%`))
      ]
      return db
        .select({ id: deliveries.id, partition: deliveries.partition })
        .from(deliveries)
        .where(and(...where))
        .orderBy(asc(deliveries.dueAt))
        .limit(limit)
    },

    /** Claims deliveries until `until`; returns those that no other node claimed first. */
    async claim(ids: readonly string[], now: number, until: number): Promise<ClaimedDelivery[]> {
      const claimed = await db
        .update(deliveries)
        .set({ dueAt: until, leaseUntil: until })
        .where(and(inArray(deliveries.id, [...ids]), lte(deliveries.dueAt, now)))
        .returning({ id: deliveries.id })
      if (claimed.length === 0) return []
      const { callbackSecret, oldCallbackSecret, oldExpiresAt } = keys
      return db
        .select({
          delivery: deliveries,
          event: events,
          endpoint: endpoints,
          key: { callbackSecret, oldCallbackSecret, oldExpiresAt },
          task: tasks
        })
        .from(deliveries)
        .innerJoin(events, eq(events.id, deliveries.eventId))
        .leftJoin(endpoints, and(eq(endpoints.id, deliveries.endpointId), isNull(endpoints.deletedAt)))
        .leftJoin(keys, eq(keys.id, events.keyId))
        .leftJoin(
          tasks,
          and(eq(tasks.id, deliveries.taskId), isNull(deliveries.endpointId), isNotNull(tasks.callbackFront))
        )
        .where(
          inArray(
            deliveries.id,
            claimed.map(({ id }) => id)
          )
        )
    },

    /** Returns the earliest time after `now` when a delivery is due; null: none. */
    async nextDue(now: number): Promise<number | null> {
      const [row] = await db
        .select({ dueAt: deliveries.dueAt })
        .from(deliveries)
        .where(and(isNotNull(deliveries.dueAt), gt(deliveries.dueAt, now)))
        .orderBy(asc(deliveries.dueAt))
        .limit(1)
      return row?.dueAt ?? null
    },

    /** Writes a success, and that the endpoint is no longer failing. */
    async succeeded({ delivery, endpoint }: ClaimedDelivery, outcome: Try, now: number): Promise<void> {
      const write = (on: Db) =>
        on
          .update(deliveries)
          .set({ ...written(delivery, outcome), status: 'delivered', dueAt: null, leaseUntil: null, deliveredAt: now })
          .where(held(delivery))
      if (!endpoint || endpoint.failingSince === null) await write(db)
      else
        await transaction(async tx => {
          // the endpoint's row first, everywhere: two transactions that wait for each other's rows would deadlock
          await tx.update(endpoints).set({ failingSince: null }).where(eq(endpoints.id, endpoint.id))
          await write(tx)
        })
      onChange([delivery.id])
    },

    /**
     * Writes a failure; `nextAt` null gives up. An endpoint that has been failing since `disableSince` or longer is disabled and its pending
     * deliveries fail; returns whether that happened.
     */
    async failed(
      { delivery, endpoint }: ClaimedDelivery,
      outcome: Try,
      { nextAt, disableSince }: { nextAt: number | null; disableSince: number }
    ): Promise<boolean> {
      const isDisabled = await transaction(async tx => {
        const [row] = endpoint
          ? await tx
              .update(endpoints)
              .set({ failingSince: sql`coalesce(${endpoints.failingSince}, ${outcome.startedAt})` })
              .where(eq(endpoints.id, endpoint.id))
              .returning()
          : []
        const changed = await tx
          .update(deliveries)
          .set({
            ...written(delivery, outcome),
            status: nextAt === null ? 'failed' : 'pending',
            dueAt: nextAt,
            leaseUntil: null
          })
          .where(held(delivery))
          .returning({ id: deliveries.id })
        if (!row || changed.length === 0) return false
        if (row.disabled || row.failingSince === null || row.failingSince > disableSince) return false
        const last = outcome.responseStatus === null ? 'no answer' : `HTTP ${outcome.responseStatus}`
        const reason = `no delivery succeeded for 72 hours; the last attempt got ${last}`
        await tx.update(endpoints).set({ disabled: true, disabledReason: reason }).where(eq(endpoints.id, row.id))
        await tx
          .update(deliveries)
          .set({ status: 'failed', error: whyDisabled(reason), dueAt: null, leaseUntil: null })
          .where(and(eq(deliveries.endpointId, row.id), eq(deliveries.status, 'pending')))
        return true
      })
      onChange(isDisabled ? null : [delivery.id])
      return isDisabled
    },

    /** Gives up without an attempt. */
    async giveUp({ delivery }: ClaimedDelivery, error: string): Promise<void> {
      await db.update(deliveries).set({ status: 'failed', error, dueAt: null, leaseUntil: null }).where(held(delivery))
      onChange([delivery.id])
    },

    /** Releases a delivery that was interrupted: it is due at once, and the attempt does not count. */
    async release({ delivery }: ClaimedDelivery, now: number): Promise<void> {
      await db.update(deliveries).set({ dueAt: now, leaseUntil: null }).where(held(delivery))
    },

    /** Deletes up to `limit` finished deliveries older than `time`. Returns how many. */
    async pruneOlder(time: number, limit: number): Promise<number> {
      const old = db
        .select({ id: deliveries.id })
        .from(deliveries)
        .where(and(lt(deliveries.id, lowestId('dlv', time)), isNull(deliveries.dueAt)))
        .limit(limit)
      const gone = await db.delete(deliveries).where(inArray(deliveries.id, old)).returning({ id: deliveries.id })
      return gone.length
    },

    /** Starts deliveries over whose endpoint is neither deleted nor disabled, oldest first. Returns their ids in this order. */
    async replayFound(
      { status, endpointId, since, after, limit }: ReplayPage,
      now: number,
      giveUpAt: number
    ): Promise<string[]> {
      const reachable = db
        .select({ id: endpoints.id })
        .from(endpoints)
        .where(and(isNull(endpoints.deletedAt), eq(endpoints.disabled, false)))
      const found = db
        .select({ id: deliveries.id })
        .from(deliveries)
        .where(
          and(
            eq(deliveries.status, status),
            status === 'failed' ? isUndelivered(deliveries) : undefined,
            endpointId === undefined ? undefined : eq(deliveries.endpointId, endpointId),
            since === undefined ? undefined : gte(deliveries.id, lowestId('dlv', since)),
            after === undefined ? undefined : gt(deliveries.id, after),
            or(isNull(deliveries.endpointId), inArray(deliveries.endpointId, reachable))
          )
        )
        .orderBy(asc(deliveries.id))
        .limit(limit)
      const rows = await db
        .update(deliveries)
        .set({ status: 'pending', tries: 0, dueAt: now, leaseUntil: null, giveUpAt, deliveredAt: null })
        .where(inArray(deliveries.id, found))
        .returning({ id: deliveries.id })
      const ids = rows.map(({ id }) => id).sort()
      if (ids.length) onChange(ids)
      return ids
    },

    /** Starts a delivery over, whatever its status; its attempts so far stay. */
    async replay(id: string, now: number, giveUpAt: number): Promise<void> {
      await db
        .update(deliveries)
        .set({ status: 'pending', tries: 0, dueAt: now, leaseUntil: null, giveUpAt, deliveredAt: null })
        .where(eq(deliveries.id, id))
      onChange([id])
    }
  }
}

export type DeliveryStore = ReturnType<typeof createDeliveryStore>

const whyDisabled = (reason: string | null) => `the endpoint is disabled${reason === null ? '' : `: ${reason}`}`

/** What an attempt leaves in its delivery: the outcome, and one more line of its history. */
function written(row: Delivery, { startedAt, endedAt, ...outcome }: Try) {
  const { tries, attempts } = intact(row)
  const { responseStatus: status, error } = outcome
  const attempt = { at: startedAt, status, error, ms: Math.max(0, endedAt - startedAt) }
  return { ...outcome, tries: tries + 1, attempts: [...attempts, attempt].slice(-MOST_ATTEMPTS) }
}
