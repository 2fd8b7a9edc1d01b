import { and, asc, eq, inArray, isNotNull, lte, notExists, sql } from 'drizzle-orm'
import { hasUnresolvedCode, isUnresolvedCode, type Attempt, type Database, type Db, type Task } from '../db/index.ts'
import { newId } from '../lib/ids.ts'
import type { LedgerStore } from './ledger.ts'
import { createRequestStore } from './requests.ts'
import type { SlotStore } from './slots.ts'

/** Tasks that ended with an unknown outcome, and their holds. */
export function createUnresolvedStore(database: Database, store: LedgerStore, slots: SlotStore) {
  const { db, tasks, attempts, events, ledger, transaction } = database
  const requests = createRequestStore(database)

  const isUnresolvedRow = and(hasUnresolvedCode(tasks.errorCode), isNotNull(tasks.finishedAt))
  const isOpen = notExists(
    db
      .select({ one: sql`1` })
      .from(ledger)
      // a literal: with a parameter the partial index would not be used
      .where(
        and(eq(ledger.taskId, tasks.id), sql`${ledger.kind} <> 'adjust'`, inArray(ledger.kind, ['capture', 'release']))
      )
  )

  /** Claims the task for one decision: only one of several concurrent decisions succeeds. */
  async function take(tx: Db, task: Task, set: Partial<Task> = {}): Promise<boolean> {
    const taken = await tx
      .update(tasks)
      .set({ ...set, fence: task.fence + 1 })
      .where(and(eq(tasks.id, task.id), eq(tasks.fence, task.fence), isUnresolvedRow, isOpen))
      .returning({ id: tasks.id })
    return taken.length > 0
  }

  return {
    /** Whether a task ended with an unknown outcome. */
    isUnresolved: ({ errorCode }: Task) => isUnresolvedCode(errorCode),

    /** Returns unresolved tasks with a hold that ended by `before` (milliseconds), oldest first. */
    async open(before: number, limit: number): Promise<Task[]> {
      return db
        .select()
        .from(tasks)
        .where(and(isUnresolvedRow, lte(tasks.finishedAt, before), isNotNull(tasks.price), isOpen))
        .orderBy(asc(tasks.finishedAt))
        .limit(limit)
    },

    /** Settles the hold of an unresolved task and deletes its request; false when it was resolved before. */
    async settle(task: Task, kind: 'capture' | 'release', reason: string, now: number): Promise<boolean> {
      return transaction(async tx => {
        if (!(await take(tx, task, { decidedAt: now }))) return false
        if (task.price !== null) await store.settle(tx, task, kind, now, reason)
        await requests.remove(tx, task)
        return true
      })
    },

    /** Continues a task whose vendor's task was found, with its hold; false when it was resolved before. */
    async reattach(
      task: Task,
      attempt: Attempt,
      found: { operation: unknown; upstreamId: string; deadlineAt: number },
      now: number
    ): Promise<boolean> {
      return transaction(async tx => {
        const set: Partial<Task> = {
          status: 'in_progress',
          operation: found.operation,
          startedAt: attempt.startedAt,
          finishedAt: null,
          failure: null,
          errorCode: null,
          errorMessage: null,
          vendorCode: null,
          cancelRequested: false,
          tries: 0,
          crashCount: 0,
          slot: true,
          dueAt: now,
          deadlineAt: found.deadlineAt
        }
        if (!(await take(tx, task, set))) return false
        await slots.occupy(tx, task.keyId, attempt.channelId)
        await tx
          .update(attempts)
          .set({ outcome: 'accepted', upstreamId: found.upstreamId, failure: null, endedAt: null })
          .where(eq(attempts.id, attempt.id))
        await tx.insert(events).values({
          id: newId('evt', now),
          type: 'video.in_progress',
          taskId: task.id,
          keyId: task.keyId,
          data: { id: task.id },
          pending: false,
          createdAt: now
        })
        return true
      })
    }
  }
}

export type UnresolvedStore = ReturnType<typeof createUnresolvedStore>
