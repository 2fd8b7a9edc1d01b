import { and, eq } from 'drizzle-orm'
import type { Database, Db, ManagedKind, ManagedRow } from '../db/index.ts'

/** What the configuration file owns. */
export function createManagedStore({ db, managed }: Database) {
  const is = (kind: ManagedKind, id: string) => and(eq(managed.kind, kind), eq(managed.id, id))

  return {
    async get(kind: ManagedKind, id: string, on: Db = db): Promise<ManagedRow | undefined> {
      const [row] = await on.select().from(managed).where(is(kind, id))
      return row
    },

    /** Returns all rows, or those of one kind. */
    async list(kind?: ManagedKind, on: Db = db): Promise<ManagedRow[]> {
      return on
        .select()
        .from(managed)
        .where(kind && eq(managed.kind, kind))
    },

    /** Makes the file the owner of an object, or moves it to another line. */
    async put(row: ManagedRow): Promise<void> {
      const { file, line } = row
      await db
        .insert(managed)
        .values(row)
        .onConflictDoUpdate({ target: [managed.kind, managed.id], set: { file, line } })
    },

    async remove({ kind, id }: Pick<ManagedRow, 'kind' | 'id'>): Promise<void> {
      await db.delete(managed).where(is(kind, id))
    }
  }
}

export type ManagedStore = ReturnType<typeof createManagedStore>
