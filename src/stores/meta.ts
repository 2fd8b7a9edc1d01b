import { and, eq } from 'drizzle-orm'
import type { Database, Db } from '../db/index.ts'

/** Named values of this installation. */
export function createMetaStore({ db, meta }: Database) {
  return {
    async get(name: string): Promise<string | undefined> {
      const [row] = await db.select().from(meta).where(eq(meta.name, name))
      return row?.value
    },

    async set(name: string, value: string): Promise<void> {
      await db.insert(meta).values({ name, value }).onConflictDoUpdate({ target: meta.name, set: { value } })
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
