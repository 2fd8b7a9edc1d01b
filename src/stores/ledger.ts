import { and, asc, desc, eq, lt } from 'drizzle-orm'
import type { Database, Db, LedgerEntry, LedgerKind, Task } from '../db/index.ts'
import { newId } from '../lib/ids.ts'

/** Append-only, written inside the transaction that changes the task: money never moves without its reason, nor twice. */
export function createLedgerStore({ db, ledger }: Database) {
  async function move(
    tx: Db,
    task: Task,
    kind: LedgerKind,
    amount: number,
    from: string,
    to: string,
    now: number,
    reason: string | null = null
  ) {
    await tx.insert(ledger).values({
      id: newId('led', now),
      taskId: task.id,
      keyId: task.keyId,
      kind,
      fromAccount: from,
      toAccount: to,
      amount,
      currency: task.currency ?? 'USD',
      reason,
      createdAt: now
    })
  }

  return {
    /** Reserves the task's price out of its key's wallet. */
    async hold(tx: Db, task: Task, now: number): Promise<void> {
      await move(tx, task, 'hold', task.price ?? 0, `wallet:${task.keyId}`, `held:${task.keyId}`, now)
    },

    /** Ends the hold: spent at the channel, or given back. A second call breaks `unique(task, kind)` and with it its transaction. */
    async settle(tx: Db, task: Task, kind: 'capture' | 'release', now: number): Promise<void> {
      const to = kind === 'capture' ? `spend:${task.channelId}` : `wallet:${task.keyId}`
      await move(tx, task, kind, task.price ?? 0, `held:${task.keyId}`, to, now)
    },

    async ofTask(taskId: string): Promise<LedgerEntry[]> {
      return db.select().from(ledger).where(eq(ledger.taskId, taskId)).orderBy(asc(ledger.id))
    },

    async list({ keyId, before, limit }: { keyId?: string; before?: string; limit: number }): Promise<LedgerEntry[]> {
      const where = [
        keyId === undefined ? undefined : eq(ledger.keyId, keyId),
        before === undefined ? undefined : lt(ledger.id, before)
      ]
      return db
        .select()
        .from(ledger)
        .where(and(...where))
        .orderBy(desc(ledger.id))
        .limit(limit)
    }
  }
}

export type LedgerStore = ReturnType<typeof createLedgerStore>
