import { eq } from 'drizzle-orm'
import type { Database } from '../db/index.ts'

/** Named values of this installation. */
export function createMetaStore({ db, meta }: Database) {
  return {
    async get(name: string): Promise<string | undefined> {
      const [row] = await db.select().from(meta).where(eq(meta.name, name))
      return row?.value
    },

    async set(name: string, value: string): Promise<void> {
      await db.insert(meta).values({ name, value }).onConflictDoUpdate({ target: meta.name, set: { value } })
    }
  }
}
