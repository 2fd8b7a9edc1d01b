import { and, asc, eq, gt, inArray, isNotNull, lt, lte, sql } from 'drizzle-orm'
import type { Database, Task } from '../db/index.ts'
import { fixed, statement } from '../db/statement.ts'
import type { VendorEnd } from '../domain/follow-up.ts'
import { defined } from '../lib/defined.ts'
import type { LedgerStore } from './ledger.ts'
import type { SlotStore } from './slots.ts'

const { placeholder } = sql

// in flight at this many crashes in a row: left to the operator
const MAX_CRASHES = 5

/** Tasks that have ended for their clients, while their vendors may still make the video: their holds and slots stay. */
export function createFollowUpStore(
  { db, tasks, attempts, transaction, skipLocked }: Database,
  ledger: LedgerStore,
  slots: SlotStore
) {
  const isFollowed = isNotNull(tasks.followUpAt)
  const claimDue = (limit: number) =>
    statement(`claim_follow_ups_${limit}`, on => {
      const due = on
        .select({ id: tasks.id })
        .from(tasks)
        .where(and(isFollowed, lte(tasks.followUpAt, placeholder('now')), lt(tasks.crashCount, MAX_CRASHES)))
        .orderBy(asc(tasks.followUpAt))
        .limit(fixed(limit))
      return on
        .update(tasks)
        .set({
          // true because placeholders are bound like values of their columns
          followUpAt: placeholder('until') as unknown as number,
          fence: sql`${tasks.fence} + 1`,
          // forgotten when the step is over
          crashCount: sql`${tasks.crashCount} + 1`
        })
        .where(inArray(tasks.id, sql`(${due} ${skipLocked})`))
        .returning()
    })
  const held = ({ id, fence }: Task) => and(eq(tasks.id, id), eq(tasks.fence, fence), isFollowed)

  return {
    /** Claims up to `limit` tasks whose vendors are to be asked again; no one else can claim them before `until`. */
    claimDue: (now: number, until: number, limit: number): Promise<Task[]> => claimDue(limit)(db, { now, until }),

    /** The vendor has not ended it: it is asked again at `at`. `cancelLater`: the vendor has not answered the cancel. */
    async again(
      task: Task,
      at: number,
      { cancelLater, tries, operation }: { cancelLater: boolean; tries: number; operation?: unknown }
    ): Promise<void> {
      await db
        .update(tasks)
        .set({ followUpAt: at, cancelRequested: cancelLater, tries, crashCount: 0, ...defined({ operation }) })
        .where(held(task))
    },

    /** Makes a task due at `at` if it is due later, after a vendor's callback. Returns whether it was moved. */
    async hasten(id: string, at: number): Promise<boolean> {
      const moved = await db
        .update(tasks)
        .set({ followUpAt: at })
        .where(and(eq(tasks.id, id), gt(tasks.followUpAt, at)))
        .returning({ id: tasks.id })
      return moved.length > 0
    },

    /** Ends it for the gateway, too: settles the hold and frees the slot. False when another node or the operator was first. */
    async end(task: Task, { settle, made, failure, cost }: VendorEnd, now: number, reason?: string): Promise<boolean> {
      return transaction(async tx => {
        const changed = await tx
          .update(tasks)
          .set({ followUpAt: null, slot: false, fence: task.fence + 1 })
          .where(held(task))
          .returning({ id: tasks.id })
        if (changed.length === 0) return false
        if (task.slot && task.channelId !== null) await slots.free(tx, task.keyId, task.channelId)
        if (task.attemptId !== null)
          await tx
            .update(attempts)
            .set({ endedAt: now, ...defined({ failure, cost }) })
            .where(eq(attempts.id, task.attemptId))
        if (task.price !== null) await ledger.settle(tx, { ...task, result: made ?? null }, settle, now, reason)
        return true
      })
    }
  }
}

export type FollowUpStore = ReturnType<typeof createFollowUpStore>
