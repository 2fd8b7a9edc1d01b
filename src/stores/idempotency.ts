import { and, desc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm'
import type { Database, Db, Task } from '../db/index.ts'
import { columnNames, placeholders, statement } from '../db/statement.ts'

export interface IdempotencyRecord {
  fingerprint: string
  taskId: string
}

/** Which request made which task, written in the task's transaction. */
export function createIdempotencyStore({ db, idempotency, tasks, transaction }: Database) {
  const { placeholder } = sql
  const select = statement('find_idempotency_key', on =>
    on
      .select()
      .from(idempotency)
      .where(
        and(eq(idempotency.keyId, placeholder('keyId')), eq(idempotency.idempotencyKey, placeholder('idempotencyKey')))
      )
  )
  const insert = statement('claim_idempotency_key', on =>
    on
      .insert(idempotency)
      .values(placeholders<typeof idempotency.$inferSelect>(columnNames(idempotency)))
      .onConflictDoNothing()
      .returning({ taskId: idempotency.taskId })
  )

  return {
    async find(keyId: string, idempotencyKey: string): Promise<IdempotencyRecord | undefined> {
      const [row] = await select(db, { keyId, idempotencyKey })
      return row
    },

    /** Claims the Idempotency-Key for this task; false when another request was first. */
    async claim(
      tx: Db,
      row: IdempotencyRecord & { keyId: string; idempotencyKey: string; createdAt: number }
    ): Promise<boolean> {
      return (await insert(tx, { ...row })).length > 0
    },

    /**
     * Returns the newest available video that this key made since `since` (milliseconds) with the same fields, including a seed. `claim` runs
     * in a transaction if there is one.
     */
    async reuse(
      keyId: string,
      fingerprint: string,
      since: number,
      now: number,
      claim: (tx: Db, taskId: string) => Promise<void>
    ): Promise<Task | undefined> {
      const [made] = await db
        .select()
        .from(tasks)
        .where(
          and(
            eq(tasks.keyId, keyId),
            eq(tasks.fingerprint, fingerprint),
            // literals: with parameters the partial index would not be used
            sql`${tasks.status} = 'completed' and ${tasks.seed} is not null`,
            gt(tasks.finishedAt, since),
            isNull(tasks.deletedAt),
            isNull(tasks.parentId),
            or(isNull(tasks.expiresAt), gt(tasks.expiresAt, now))
          )
        )
        // by id SQLite would walk along all of the key's tasks, in that order
        .orderBy(desc(tasks.createdAt))
        .limit(1)
      if (made) await transaction(tx => claim(tx, made.id))
      return made
    },

    /** Deletes the Idempotency-Key of a rejected request, so that it can be used again. */
    async release(keyId: string, taskId: string): Promise<void> {
      await db.delete(idempotency).where(and(eq(idempotency.keyId, keyId), eq(idempotency.taskId, taskId)))
    },

    /** Deletes Idempotency-Keys older than `time`: they can be used again. */
    async pruneOlder(time: number): Promise<void> {
      await db.delete(idempotency).where(lt(idempotency.createdAt, time))
    },

    /**
     * Returns the latest task of this key with the same fields, made after the id `since`, that has not answered retry number `count` yet, and
     * marks that it has. Undefined: there is none, or another call took it.
     */
    async absorbRetry(keyId: string, fingerprint: string, count: number, since: string): Promise<Task | undefined> {
      const [candidate] = await db
        .select({ id: tasks.id })
        .from(tasks)
        .where(
          and(
            eq(tasks.keyId, keyId),
            gt(tasks.id, since),
            eq(tasks.fingerprint, fingerprint),
            lt(tasks.retryCount, count),
            isNull(tasks.deletedAt),
            isNull(tasks.parentId)
          )
        )
        .orderBy(desc(tasks.id))
        .limit(1)
      if (!candidate) return undefined
      const [task] = await db
        .update(tasks)
        .set({ retryCount: count })
        .where(and(eq(tasks.id, candidate.id), lt(tasks.retryCount, count)))
        .returning()
      return task
    }
  }
}

export type IdempotencyStore = ReturnType<typeof createIdempotencyStore>
