import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lte, or, sql } from 'drizzle-orm'
import { isTroubled, type Asset, type Database, type Db, type Task } from '../db/index.ts'
import { lowestId, newId } from '../lib/ids.ts'

/** A file that is in the archive. */
export interface ArchivedFile {
  name: string
  bytes: number | null
  sha256: string | null
  contentType: string | null
}

const PAGE = 1000

/** Files of the archive: which are pending, where they are stored, which are to be deleted. */
export function createAssetStore({ db, assets, tasks, skipLocked, transaction }: Database) {
  return {
    /** Queues a task's files for the archive, inside the transaction that completes it. */
    async addPending(tx: Db, task: Task, now: number): Promise<void> {
      const pending = (task.result?.videos ?? []).map(({ at, contentType = 'video/mp4' }, number): Asset => {
        // a video inside the vendor's answer is already stored
        const location = 'stored' in at ? at.stored : null
        return {
          id: newId('ast', now),
          taskId: task.id,
          number,
          variant: 'video',
          state: location === null ? 'pending' : 'archived',
          location,
          bytes: null,
          sha256: null,
          contentType: location === null ? null : contentType,
          tries: 0,
          error: null,
          dueAt: now,
          leaseUntil: null,
          createdAt: now
        }
      })
      if (pending.length) await tx.insert(assets).values(pending)
    },

    async find(taskId: string, number: number, variant: string): Promise<Asset | undefined> {
      const [asset] = await db
        .select()
        .from(assets)
        .where(and(eq(assets.taskId, taskId), eq(assets.number, number), eq(assets.variant, variant)))
      return asset
    },

    /** Claims up to `limit` files that are due to be archived or deleted, or only those of some variants. Times in milliseconds. */
    async claimDue(now: number, until: number, limit: number, variants?: readonly string[]): Promise<Asset[]> {
      const free = or(isNull(assets.leaseUntil), lte(assets.leaseUntil, now))
      const due = db
        .select({ id: assets.id })
        .from(assets)
        .where(and(lte(assets.dueAt, now), free, variants && inArray(assets.variant, [...variants])))
        .orderBy(asc(assets.dueAt))
        .limit(limit)
      return db
        .update(assets)
        .set({ leaseUntil: until })
        .where(inArray(assets.id, sql`(${due} ${skipLocked})`))
        .returning()
    },

    /** Extends the leases of claimed files. */
    async renew(ids: readonly string[], until: number): Promise<void> {
      await db
        .update(assets)
        .set({ leaseUntil: until })
        .where(and(inArray(assets.id, [...ids]), isNotNull(assets.leaseUntil)))
    },

    /** Returns those of the ids that are files being copied, or tasks being worked on, by any process. */
    async claimed(ids: readonly string[], now: number): Promise<string[]> {
      if (ids.length === 0) return []
      const rows = await Promise.all(
        [assets, tasks].map(table =>
          db
            .select({ id: table.id })
            .from(table)
            .where(and(inArray(table.id, [...ids]), gt(table.leaseUntil, now)))
        )
      )
      return rows.flat().map(({ id }) => id)
    },

    /** Changes a file's row and releases its lease. */
    async update(id: string, set: Partial<Asset>): Promise<void> {
      await db
        .update(assets)
        .set({ ...set, leaseUntil: null })
        .where(eq(assets.id, id))
    },

    /** Adds a file that was made from a video, like its thumbnail. Returns false when it has one already. */
    async add(asset: Omit<Asset, 'id'>, now: number): Promise<boolean> {
      const added = await db
        .insert(assets)
        .values({ ...asset, id: newId('ast', now) })
        .onConflictDoNothing()
        .returning({ id: assets.id })
      return added.length > 0
    },

    /** Marks the files of these tasks for deletion. */
    async cancel(taskIds: readonly string[], now: number): Promise<void> {
      if (taskIds.length)
        await db
          .update(assets)
          .set({ state: 'deleted', dueAt: now })
          .where(inArray(assets.taskId, [...taskIds]))
    },

    /**
     * Gives archived files the end that a retention (milliseconds; null: forever) means for them: up to `limit` files after an id. Returns how
     * many, and the last id; null: there are no more.
     */
    async reschedule(
      after: string,
      retention: number | null,
      limit: number
    ): Promise<{ count: number; last: string | null }> {
      const found = await db
        .select({ id: assets.id, taskId: assets.taskId })
        .from(assets)
        .where(and(gt(assets.id, after), eq(assets.state, 'archived')))
        .orderBy(asc(assets.id))
        .limit(limit)
      const end = retention === null ? sql`null` : sql`${tasks.finishedAt} + ${sql.raw(String(Math.round(retention)))}`
      if (found.length)
        await transaction(async tx => {
          const ids = found.map(({ id }) => id)
          const taskIds = [...new Set(found.map(({ taskId }) => taskId))]
          await tx
            .update(assets)
            .set({ dueAt: sql`(select ${end} from ${tasks} where ${tasks.id} = ${assets.taskId})` })
            .where(and(inArray(assets.id, ids), eq(assets.state, 'archived')))
          await tx
            .update(tasks)
            .set({ expiresAt: end })
            .where(and(inArray(tasks.id, taskIds), eq(tasks.status, 'completed')))
        })
      return { count: found.length, last: found.length < limit ? null : found.at(-1)!.id }
    },

    /** Returns every file in the archive, read page by page. */
    async *archived(): AsyncGenerator<ArchivedFile> {
      for (let after = ''; ;) {
        const page = await db
          .select({
            id: assets.id,
            location: assets.location,
            bytes: assets.bytes,
            sha256: assets.sha256,
            contentType: assets.contentType
          })
          .from(assets)
          .where(and(eq(assets.state, 'archived'), isNotNull(assets.location), gt(assets.id, after)))
          .orderBy(asc(assets.id))
          .limit(PAGE)
        for (const { location, bytes, sha256, contentType } of page)
          if (location !== null) yield { name: location, bytes, sha256, contentType }
        const last = page.at(-1)
        if (!last || page.length < PAGE) return
        after = last.id
      }
    },

    /** Returns files of videos made since then that are lost: they could not be archived. Newest first, at most `limit`. */
    lost: (since: number, limit: number): Promise<Pick<Asset, 'taskId' | 'createdAt' | 'error'>[]> =>
      db
        .select({ taskId: assets.taskId, createdAt: assets.createdAt, error: assets.error })
        .from(assets)
        .where(and(isTroubled(assets), eq(assets.state, 'lost'), gt(assets.id, lowestId('ast', since))))
        .orderBy(desc(assets.id))
        .limit(limit),

    /** Counts the finished videos that could not be archived yet, and those that never can be. */
    async troubled(): Promise<{ waiting: number; lost: number; error: string | null }> {
      const rows = await db
        .select({ state: assets.state, count: sql<number>`count(*)`, error: sql<string | null>`max(${assets.error})` })
        .from(assets)
        .where(isTroubled(assets))
        .groupBy(assets.state)
      const of = (state: Asset['state']) => rows.find(row => row.state === state)
      const [waiting, lost] = [of('pending'), of('lost')]
      return {
        waiting: Number(waiting?.count ?? 0),
        lost: Number(lost?.count ?? 0),
        error: waiting?.error ?? lost?.error ?? null
      }
    }
  }
}

export type AssetStore = ReturnType<typeof createAssetStore>
