import { and, eq, gt, isNull } from 'drizzle-orm'
import type { Database } from '../db/index.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Moments as rows hold them, and the clock that wrote them may have been wrong. */
export function createMomentStore({ db, tasks, channels, assets, deliveries }: Database) {
  return {
    /**
     * What is to happen later than anybody plans, or is in hand for longer, was written by a clock that has been put back since: it happens
     * now. `longest`: the longest wait that a task is ever given, in milliseconds.
     */
    async bringNear(now: number, longest: number): Promise<void> {
      const far = now + Math.max(longest, HOUR)
      const open = isNull(tasks.finishedAt)
      const nobodys = { leaseOwner: null, leaseUntil: null }
      await db
        .update(tasks)
        .set({ dueAt: now })
        .where(and(open, gt(tasks.dueAt, far)))
      await db
        .update(tasks)
        .set(nobodys)
        .where(and(open, gt(tasks.leaseUntil, far)))
      await db.update(channels).set({ nextSubmitAt: now }).where(gt(channels.nextSubmitAt, far))
      await db.update(channels).set({ probeAt: now }).where(gt(channels.probeAt, far))
      // what is kept is due when it is to be deleted
      await db
        .update(assets)
        .set({ dueAt: now })
        .where(and(eq(assets.state, 'wanted'), gt(assets.dueAt, far)))
      await db.update(assets).set({ leaseUntil: null }).where(gt(assets.leaseUntil, far))
      await db
        .update(deliveries)
        .set({ dueAt: now })
        .where(gt(deliveries.dueAt, now + DAY))
      await db.update(deliveries).set({ leaseUntil: null }).where(gt(deliveries.leaseUntil, far))
    }
  }
}
