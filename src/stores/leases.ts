import { and, asc, eq, gt, inArray, isNotNull, isNull, lte, not, or, sql, type SQL } from 'drizzle-orm'
import type { Database, Task } from '../db/index.ts'
import { fixed, statement } from '../db/statement.ts'

const { placeholder } = sql

/** Who has which task in hand: leases that end by themselves, each with a fence that grows, so that a late write changes nothing. */
export function createLeases({ db, tasks, skipLocked }: Database) {
  const free = or(isNull(tasks.leaseUntil), lte(tasks.leaseUntil, placeholder('now')))
  const leased = {
    // true because both are bound as their columns would be
    leaseOwner: placeholder('owner') as unknown as string,
    leaseUntil: placeholder('until') as unknown as number,
    fence: sql`${tasks.fence} + 1`
  }
  // a lease that ran out in somebody's hand: they died, or hung
  const isAbandoned = isNotNull(tasks.leaseOwner)
  const crashCount = sql`case when ${isAbandoned} then ${tasks.crashCount} + 1 else 0 end`
  const claimWhere = (name: string, which: SQL | undefined) => (limit: number) =>
    statement(`${name}_${limit}`, on => {
      const due = on
        .select({ id: tasks.id })
        .from(tasks)
        .where(and(isNull(tasks.finishedAt), lte(tasks.dueAt, placeholder('now')), isNull(tasks.queueTag), free, which))
        .orderBy(asc(tasks.dueAt))
        .limit(fixed(limit))
      return on
        .update(tasks)
        .set({ ...leased, crashCount })
        .where(and(inArray(tasks.id, sql`(${due} ${skipLocked})`), free))
        .returning()
    })
  const isUnsuspected = or(not(isAbandoned), eq(tasks.crashCount, 0))
  const claimDue = claimWhere('claim_due', isUnsuspected)
  const claimSuspect = claimWhere('claim_suspect', and(isAbandoned, gt(tasks.crashCount, 0)))
  const claimOne = statement('claim_one', on =>
    on
      .update(tasks)
      .set(leased)
      .where(and(eq(tasks.id, placeholder('id')), isNull(tasks.finishedAt), free))
      .returning()
  )
  const selectNextDue = statement('select_next_due', on =>
    on
      .select({ dueAt: tasks.dueAt })
      .from(tasks)
      .where(and(isNull(tasks.finishedAt), isNotNull(tasks.dueAt), isNull(tasks.queueTag), free, isUnsuspected))
      .orderBy(asc(tasks.dueAt))
      .limit(fixed(1))
  )

  return {
    /** Takes up to `limit` tasks that are due and not waiting for a slot; nobody else sees them until `until`. */
    claimDue: (owner: string, now: number, until: number, limit: number): Promise<Task[]> =>
      claimDue(limit)(db, { owner, now, until }),

    /** Takes one that `claimDue` leaves alone: in whose hand it was died more than once in a row. */
    async claimSuspect(owner: string, now: number, until: number): Promise<Task | undefined> {
      const [task] = await claimSuspect(1)(db, { owner, now, until })
      return task
    },

    /** The earliest moment at which something is due that nobody has in hand, suspects left out; null when there is no such task. */
    async nextDue(now: number): Promise<number | null> {
      const [row] = await selectNextDue(db, { now })
      return row?.dueAt ?? null
    },

    /** Takes a task in hand out of turn, when no lease is on it. */
    async claim(id: string, owner: string, now: number, until: number): Promise<Task | undefined> {
      const [task] = await claimOne(db, { id, owner, now, until })
      return task
    },

    /** Gives back what this node holds, so that another may go on at once. */
    async releaseLeases(owner: string): Promise<void> {
      await db
        .update(tasks)
        .set({ leaseOwner: null, leaseUntil: null })
        .where(and(eq(tasks.leaseOwner, owner), isNull(tasks.finishedAt), isNotNull(tasks.operation)))
    }
  }
}
