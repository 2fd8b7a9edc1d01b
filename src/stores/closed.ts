import { eq } from 'drizzle-orm'
import { z } from 'zod'
import type { Database, Db } from '../db/index.ts'

/* A database that no server may use, because it is moved to another one. */

/** The name of its row in `meta`. */
export const CLOSED = 'closed'

const schema = z.object({
  /** `moving`: rows are copied from here; `moved`: they are all there; `receiving`: rows are copied to here */
  state: z.enum(['moving', 'moved', 'receiving']),
  /** the same in both databases of a move */
  move: z.string(),
  /** the other database, without its password */
  other: z.string()
})
export type Closed = z.infer<typeof schema>

/** Returns why a database is closed; null: it is open, or has no tables yet. */
export async function readClosed({ db, meta }: Database): Promise<Closed | null> {
  // a new database has no tables yet
  const [row] = await db
    .select()
    .from(meta)
    .where(eq(meta.name, CLOSED))
    .catch(() => [])
  return row ? schema.parse(JSON.parse(row.value)) : null
}

/** Closes a database, or opens it again with null. */
export async function writeClosed({ db, meta }: Database, closed: Closed | null, on: Db = db): Promise<void> {
  const value = JSON.stringify(closed)
  if (closed === null) await on.delete(meta).where(eq(meta.name, CLOSED))
  else await on.insert(meta).values({ name: CLOSED, value }).onConflictDoUpdate({ target: meta.name, set: { value } })
}

/** Returns what to tell whoever opens a closed database. */
export const explainClosed = ({ state, other }: Closed): string =>
  ({
    moving: `This database is being moved to ${other}, which is not finished. Finish it with \`reelay move --to …\`, or keep this one with \`reelay move --cancel\`.`,
    moved: `This database was moved to ${other}: set DATABASE_URL to that. If nothing was made there yet, \`reelay move --cancel --force\` opens this one again.`,
    receiving: `The move of ${other} into this database is not finished. Run \`reelay move\` again first.`
  })[state]
