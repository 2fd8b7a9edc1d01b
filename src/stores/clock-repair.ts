import { and, eq, gt, isNotNull, isNull, not, or, sql } from 'drizzle-orm'
import type { Database } from '../db/index.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Moments as rows hold them, and the clock that wrote them may have been wrong. */
export function createClockRepairStore({ db, tasks, channels, assets, deliveries }: Database) {
  // each open task is in one of these, and each has an index of its own
  const running = and(isNull(tasks.finishedAt), isNull(tasks.queueTag), gt(tasks.dueAt, 0))
  const waiting = isNotNull(tasks.queueTag)
  const onTheWire = sql`${tasks.attemptId} is not null and ${tasks.operation} is null`
  const isOthers = (owner: string) =>
    sql`(${onTheWire} and ${tasks.leaseOwner} is not null and ${tasks.leaseOwner} <> ${owner})`

  return {
    /**
     * What is to happen later than anybody plans, or is in hand for longer, was written by a clock that has been put back since: it happens
     * now. A submit of this node's, or one whose answer was lost, rests as long as any without an answer, `reconcileAfterMs`; another's may be on its
     * way, and it may be this clock that is wrong.
     */
    async clampSchedule(owner: string, now: number, reconcileAfterMs: number): Promise<void> {
      const far = now + Math.max(reconcileAfterMs, HOUR)
      // Postgres takes a bare value within `case` for a text
      const [soon, reconcileAt] = [now, now + reconcileAfterMs].map(time => sql`cast(${time} as bigint)`)
      for (const open of [running, waiting])
        await db
          .update(tasks)
          .set({
            dueAt: sql`case when ${onTheWire} then ${reconcileAt} else ${soon} end`,
            // it is still in the hand of whoever sent it
            leaseUntil: sql`case when ${onTheWire} and ${tasks.leaseUntil} is not null then ${reconcileAt} end`,
            leaseOwner: sql`case when ${onTheWire} then ${tasks.leaseOwner} end`
          })
          .where(and(open, or(gt(tasks.dueAt, far), gt(tasks.leaseUntil, far)), not(isOthers(owner))))
      await db.update(channels).set({ nextSubmitAt: now }).where(gt(channels.nextSubmitAt, far))
      await db.update(channels).set({ probeAt: now }).where(gt(channels.probeAt, far))
      // what is kept is due when it is to be deleted
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
