import { and, asc, eq, gt, inArray, isNotNull, isNull, lte, not, or, sql, type SQL } from 'drizzle-orm'
import type { Database, Task } from '../db/index.ts'
import { fixed, rowsStatement, statement } from '../db/statement.ts'

const { placeholder } = sql

/** Which node has claimed which task: leases that expire, each with a growing fence, so that a late write changes nothing. */
export function createLeases({ db, tasks, skipLocked }: Database) {
  const free = or(isNull(tasks.leaseUntil), lte(tasks.leaseUntil, placeholder('now')))
  const leased = {
    // true because placeholders are bound like values of their columns
    leaseOwner: placeholder('owner') as unknown as string,
    leaseUntil: placeholder('until') as unknown as number,
    fence: sql`${tasks.fence} + 1`
  }
  // a lease that expired without being released: its owner crashed or hung
  const isAbandoned = isNotNull(tasks.leaseOwner)
  const crashCount = sql`case when ${isAbandoned} then ${tasks.crashCount} + 1 else 0 end`
  const claimWhere = (name: string, which: SQL | undefined) => (limit: number) =>
    rowsStatement(`${name}_${limit}`, tasks, on => {
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
  const claimOne = rowsStatement('claim_one', tasks, on =>
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
    /** Claims up to `limit` tasks that are due and not queued; no one else can claim them before `until`. */
    claimDue: (owner: string, now: number, until: number, limit: number): Promise<Task[]> =>
      claimDue(limit)(db, { owner, now, until }),

    /** Claims one task that `claimDue` skips: it was in flight at several crashes in a row. */
    async claimSuspect(owner: string, now: number, until: number): Promise<Task | undefined> {
      const [task] = await claimSuspect(1)(db, { owner, now, until })
      return task
    },

    /** Returns the earliest time when an unclaimed task is due, without suspects; null: there is none. */
    async nextDue(now: number): Promise<number | null> {
      const [row] = await selectNextDue(db, { now })
      return row?.dueAt ?? null
    },

    /** Claims a task before it is due; undefined when it is leased or finished. */
    async claim(id: string, owner: string, now: number, until: number): Promise<Task | undefined> {
      const [task] = await claimOne(db, { id, owner, now, until })
      return task
    },

    /** Releases the leases of this node, so that others can continue at once. Submits without an answer stay leased. */
    async releaseLeases(owner: string): Promise<void> {
      await db
        .update(tasks)
        .set({ leaseOwner: null, leaseUntil: null })
        .where(and(eq(tasks.leaseOwner, owner), isNull(tasks.finishedAt), isNotNull(tasks.operation)))
    }
  }
}
