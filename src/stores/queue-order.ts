import { eq, sql } from 'drizzle-orm'
import type { Database, Db } from '../db/index.ts'
import { statement } from '../db/statement.ts'

const { placeholder } = sql

/** The order of the fair queue (start-time fair queueing): each key's tags grow separately, and the clock is the tag that left last. */
export function createQueueOrder({ db, keys, meta }: Database) {
  const selectClock = statement('queue_clock', on => on.select().from(meta).where(eq(meta.name, 'queue_clock')))
  const setClock = statement<unknown>('set_queue_clock', on =>
    on
      .insert(meta)
      .values({ name: 'queue_clock', value: placeholder('value') })
      .onConflictDoUpdate({ target: meta.name, set: { value: sql`excluded.value` } })
  )
  const selectTag = statement('queue_tag_of_key', on =>
    on
      .select({ queueTag: keys.queueTag })
      .from(keys)
      .where(eq(keys.id, placeholder('keyId')))
  )
  const setTag = statement<unknown>('set_queue_tag', on =>
    on
      .update(keys)
      .set({ queueTag: placeholder('tag') as unknown as number }) // true because it is bound like a value of the column
      .where(eq(keys.id, placeholder('keyId')))
  )

  async function endOf(on: Db, keyId: string): Promise<number> {
    const [clock] = await selectClock(on, {})
    const [key] = await selectTag(on, { keyId })
    return Math.max(key?.queueTag ?? 0, Number(clock?.value ?? 0)) + 1
  }

  return {
    /** Returns the tag that the next task of a key would get. */
    expectedTag: (keyId: string): Promise<number> => endOf(db, keyId),

    /** Returns the tag at the end of a key's own queue: no key waits behind another key's backlog. */
    async nextTag(tx: Db, keyId: string): Promise<number> {
      const tag = await endOf(tx, keyId)
      await setTag(tx, { keyId, tag })
      return tag
    },

    /** Advances the clock: a task with this tag left the queue. */
    async left(tx: Db, tag: number | null): Promise<void> {
      await setClock(tx, { value: String(tag) })
    }
  }
}

export type QueueOrder = ReturnType<typeof createQueueOrder>
