import { and, eq, gte, lt } from 'drizzle-orm'
import type { Database, Db } from '../db/index.ts'

// a few bytes fit into the last page of a full disk
const PROBE_LENGTH = 32_768

/** Named values of this installation. */
export function createMetaStore({ db, meta }: Database) {
  async function set(name: string, value: string): Promise<void> {
    await db.insert(meta).values({ name, value }).onConflictDoUpdate({ target: meta.name, set: { value } })
  }

  return {
    set,

    async get(name: string): Promise<string | undefined> {
      const [row] = await db.select().from(meta).where(eq(meta.name, name))
      return row?.value
    },

    /** Writes as much as a request does. Rejects when nothing can be written: the disk is full, or the database read-only. */
    tryWrite: (now: number) => set('written_at', String(now).padEnd(PROBE_LENGTH)),

    /** Deletes what begins with `prefix` and sorts before `name`. */
    async prune(prefix: string, name: string): Promise<void> {
      await db.delete(meta).where(and(gte(meta.name, prefix), lt(meta.name, name)))
    },

    /** Deletes a value if it is this one; of several at once only one succeeds. */
    async take(name: string, value: string, tx: Db): Promise<boolean> {
      const taken = await tx
        .delete(meta)
        .where(and(eq(meta.name, name), eq(meta.value, value)))
        .returning({ name: meta.name })
      return taken.length > 0
    }
  }
}

export type MetaStore = ReturnType<typeof createMetaStore>
