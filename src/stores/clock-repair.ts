import { and, eq, gt, isNotNull, isNull, not, or, sql } from 'drizzle-orm'
import type { Database } from '../db/index.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Repairs times in rows that were written by a wrong clock. */
export function createClockRepairStore({ db, tasks, channels, assets, deliveries }: Database) {
  // each open task matches one of these, and each has its own index
  const running = and(isNull(tasks.finishedAt), isNull(tasks.queueTag), gt(tasks.dueAt, 0))
  const waiting = isNotNull(tasks.queueTag)
  const isSubmitting = sql`${tasks.attemptId} is not null and ${tasks.operation} is null`
  const isOthers = (owner: string) =>
    sql`(${isSubmitting} and ${tasks.leaseOwner} is not null and ${tasks.leaseOwner} <> ${owner})`

  return {
    /**
     * Makes rows due now that are scheduled or leased further ahead than is ever planned: a clock that has been set back since wrote them. A
     * submit of this node, or one without an answer, waits `reconcileAfterMs` like any other; submits of other nodes are left alone, because
     * they may be in flight and this clock may be the wrong one.
     */
    async clampSchedule(owner: string, now: number, reconcileAfterMs: number): Promise<void> {
      const far = now + Math.max(reconcileAfterMs, HOUR)
      // Postgres treats a bare value within `case` as text
      const [soon, reconcileAt] = [now, now + reconcileAfterMs].map(time => sql`cast(${time} as bigint)`)
      for (const open of [running, waiting])
        await db
          .update(tasks)
          .set({
            dueAt: sql`case when ${isSubmitting} then ${reconcileAt} else ${soon} end`,
            // a submit stays leased by the node that sent it
            leaseUntil: sql`case when ${isSubmitting} and ${tasks.leaseUntil} is not null then ${reconcileAt} end`,
            leaseOwner: sql`case when ${isSubmitting} then ${tasks.leaseOwner} end`
          })
          .where(and(open, or(gt(tasks.dueAt, far), gt(tasks.leaseUntil, far)), not(isOthers(owner))))
      await db.update(tasks).set({ followUpAt: now }).where(gt(tasks.followUpAt, far))
      await db.update(channels).set({ nextSubmitAt: now }).where(gt(channels.nextSubmitAt, far))
      await db.update(channels).set({ probeAt: now }).where(gt(channels.probeAt, far))
      // archived files are due when they are to be deleted, which may be far ahead
      await db
        .update(assets)
        .set({ dueAt: now, leaseUntil: null })
        .where(
          and(gt(assets.dueAt, 0), eq(assets.state, 'pending'), or(gt(assets.dueAt, far), gt(assets.leaseUntil, far)))
        )
      await db
        .update(deliveries)
        .set({ dueAt: now, leaseUntil: null })
        .where(and(gt(deliveries.dueAt, 0), or(gt(deliveries.dueAt, now + DAY), gt(deliveries.leaseUntil, far))))
    }
  }
}
