import { and, asc, desc, eq, inArray, isNotNull, isNull, lt, lte, sql } from 'drizzle-orm'
import type { Alert, AlertPhase, Database, Db, Incident, IncidentKind } from '../db/index.ts'
import { intact } from '../lib/damaged.ts'
import { lowestId, newId } from '../lib/ids.ts'

/** Something that is wrong now, as found by a look. */
export interface Condition extends Pick<Incident, 'kind' | 'subject' | 'severity' | 'facts'> {
  /** false: an incident that is open is not over, but none opens because of it */
  opens?: boolean
}

export interface ClaimedAlert {
  alert: Alert
  incident: Incident
}

interface Telling {
  /** the ids of the targets that are told */
  targets: readonly string[]
  now: number
  /** when the first message about it is due, in milliseconds from now */
  delayOf(condition: Condition): number
}

// robots take 20 messages a minute
const APART = 3000

/** Files that are lost stay lost, so there is nothing to tell when the time is over for which they are an incident. */
const canRecover = (kind: IncidentKind) => kind !== 'files_lost'

/** Incidents, and the messages about them. Each change writes its messages in the same transaction. */
export function createIncidentStore({ db, incidents, alerts, skipLocked, transaction }: Database) {
  const isOpen = isNull(incidents.closedAt)
  const isHeld = ({ id, leaseUntil }: Alert) =>
    and(eq(alerts.id, id), leaseUntil === null ? isNull(alerts.leaseUntil) : eq(alerts.leaseUntil, leaseUntil))

  async function tell(
    tx: Db,
    incidentId: string,
    targets: readonly string[],
    phase: AlertPhase,
    dueAt: number,
    now: number
  ) {
    const rows = targets.map(target => ({
      id: newId('alt', now),
      incidentId,
      target,
      phase,
      status: 'pending' as const,
      dueAt,
      createdAt: now
    }))
    if (rows.length) await tx.insert(alerts).values(rows).onConflictDoNothing()
  }

  /** The next message says all that these would have said. */
  const withdraw = (tx: Db, incidentId: string) =>
    tx.delete(alerts).where(and(eq(alerts.incidentId, incidentId), eq(alerts.status, 'pending')))

  async function open(condition: Condition, { targets, now, delayOf }: Telling, index: number): Promise<void> {
    const { opens = true, ...fields } = condition
    if (!opens) return
    await transaction(async tx => {
      const row: Incident = { ...fields, id: newId('inc', now), openedAt: now, seenAt: now, closedAt: null }
      const [opened] = await tx.insert(incidents).values(row).onConflictDoNothing().returning()
      // another node may have been first
      if (opened) await tell(tx, row.id, targets, 'opened', now + delayOf(condition) + index * APART, now)
    })
  }

  async function worsen(before: Incident, { facts, severity }: Condition, { targets, now }: Telling): Promise<void> {
    await transaction(async tx => {
      const [worse] = await tx
        .update(incidents)
        .set({ facts, severity, seenAt: now })
        .where(and(eq(incidents.id, before.id), isOpen, eq(incidents.severity, before.severity)))
        .returning()
      if (!worse) return
      await withdraw(tx, before.id)
      await tell(tx, before.id, targets, 'worsened', now, now)
    })
  }

  return {
    /** Opens incidents for conditions that have none, and writes that the others are still there. */
    async see(conditions: readonly Condition[], telling: Telling): Promise<void> {
      if (conditions.length === 0) return
      const known = (await db.select().from(incidents).where(isOpen)).map(intact)
      const same: string[] = []
      for (const [index, condition] of conditions.entries()) {
        const before = known.find(({ kind, subject }) => kind === condition.kind && subject === condition.subject)
        if (!before) await open(condition, telling, index)
        else if (before.severity === 'warn' && condition.severity === 'bad') await worsen(before, condition, telling)
        else if (JSON.stringify(before.facts) === JSON.stringify(condition.facts)) same.push(before.id)
        else
          await db
            .update(incidents)
            .set({ facts: condition.facts, seenAt: telling.now })
            .where(and(eq(incidents.id, before.id), isOpen))
      }
      if (same.length)
        await db
          .update(incidents)
          .set({ seenAt: telling.now })
          .where(and(inArray(incidents.id, same), isOpen))
    },

    /** Closes incidents that were not seen since `unseenSince`, and tells those of the targets that know of them. Returns how many. */
    async close({ targets, now }: Pick<Telling, 'targets' | 'now'>, unseenSince: number): Promise<number> {
      const over = await db
        .select({ id: incidents.id, seenAt: incidents.seenAt })
        .from(incidents)
        .where(and(isOpen, lte(incidents.seenAt, unseenSince)))
      for (const { id, seenAt } of over)
        await transaction(async tx => {
          const [closed] = await tx
            .update(incidents)
            .set({ closedAt: seenAt })
            .where(and(eq(incidents.id, id), isOpen, eq(incidents.seenAt, seenAt)))
            .returning()
          if (!closed) return
          const told = await tx.select().from(alerts).where(eq(alerts.incidentId, id))
          // one that was not due yet is of no interest any more
          const heard = told.filter(
            ({ status, tries, dueAt }) => status !== 'pending' || tries > 0 || (dueAt ?? 0) <= now
          )
          await withdraw(tx, id)
          const whom = canRecover(closed.kind) ? targets.filter(target => heard.some(one => one.target === target)) : []
          await tell(tx, id, whom, 'recovered', now, now)
        })
      return over.length
    },

    /** Claims the next due message to a target until `until`; undefined: there is none. */
    async claim(target: string, now: number, until: number): Promise<ClaimedAlert | undefined> {
      const due = db
        .select({ id: alerts.id })
        .from(alerts)
        .where(and(eq(alerts.target, target), isNotNull(alerts.dueAt), lte(alerts.dueAt, now)))
        .orderBy(asc(alerts.dueAt))
        .limit(1)
      const [alert] = await db
        .update(alerts)
        .set({ dueAt: until, leaseUntil: until })
        .where(and(inArray(alerts.id, sql`(${due} ${skipLocked})`), lte(alerts.dueAt, now)))
        .returning()
      if (!alert) return undefined
      const [incident] = await db.select().from(incidents).where(eq(incidents.id, alert.incidentId))
      return incident && { alert, incident: intact(incident) }
    },

    /** Writes how an attempt ended. `error` null: the target took it; `nextAt` null: it is given up. */
    async sent(alert: Alert, { error, nextAt, now }: { error: string | null; nextAt: number | null; now: number }) {
      const outcome =
        error === null
          ? { status: 'sent' as const, sentAt: now, dueAt: null }
          : { status: nextAt === null ? ('failed' as const) : ('pending' as const), dueAt: nextAt }
      await db
        .update(alerts)
        .set({ ...outcome, error, tries: alert.tries + 1, leaseUntil: null })
        .where(isHeld(alert))
    },

    /** Releases a message whose attempt was interrupted: it is due at once. */
    async release(alert: Alert, now: number): Promise<void> {
      await db.update(alerts).set({ dueAt: now, leaseUntil: null }).where(isHeld(alert))
    },

    /** Returns incidents, newest first, each with its messages; `after` is an id. */
    async list({
      after,
      limit
    }: {
      after?: string
      limit: number
    }): Promise<{ incident: Incident; alerts: Alert[] }[]> {
      const rows = await db
        .select()
        .from(incidents)
        .where(after === undefined ? undefined : lt(incidents.id, after))
        .orderBy(desc(incidents.id))
        .limit(limit)
      const ids = rows.map(({ id }) => id)
      const messages = ids.length
        ? await db.select().from(alerts).where(inArray(alerts.incidentId, ids)).orderBy(asc(alerts.id))
        : []
      return rows.map(row => ({
        incident: intact(row),
        alerts: messages.filter(({ incidentId }) => incidentId === row.id)
      }))
    },

    /** Deletes up to `limit` incidents that began before `time` and are closed, with their messages. Returns how many. */
    async pruneOlder(time: number, limit: number): Promise<number> {
      const old = await db
        .select({ id: incidents.id })
        .from(incidents)
        .where(and(lt(incidents.id, lowestId('inc', time)), isNotNull(incidents.closedAt)))
        .orderBy(asc(incidents.id))
        .limit(limit)
      const ids = old.map(({ id }) => id)
      if (ids.length)
        await transaction(async tx => {
          await tx.delete(alerts).where(inArray(alerts.incidentId, ids))
          await tx.delete(incidents).where(inArray(incidents.id, ids))
        })
      return ids.length
    }
  }
}

export type IncidentStore = ReturnType<typeof createIncidentStore>
