import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { AskedFields, Asset, Database, Task } from '../db/index.ts'

/** What the rows of a list show besides the task, by its id. */
export interface TaskExtras {
  attempts: number
  /** micro-units that are held for child tasks */
  heldByChildren: number | null
  hasThumbnail: boolean
}

/** What operators see of tasks that is not in their rows. */
export function createTaskDetailStore({ db, tasks, attempts, assets, asked }: Database) {
  const mayHaveChildren = ({ n, attemptId, parentId }: Task) => n > 1 && attemptId === null && parentId === null

  return {
    /** Returns the extras of some tasks, in a fixed number of queries. */
    async extrasOf(rows: readonly Task[]): Promise<(id: string) => TaskExtras> {
      const parents = rows.filter(mayHaveChildren).map(({ id }) => id)
      const children = parents.length
        ? await db
            .select({
              id: tasks.id,
              parentId: tasks.parentId,
              price: tasks.price,
              finishedAt: tasks.finishedAt,
              followUpAt: tasks.followUpAt
            })
            .from(tasks)
            .where(inArray(tasks.parentId, parents))
        : []
      const parentOf = new Map(children.map(({ id, parentId }) => [id, parentId]))
      const extras = new Map<string, TaskExtras>()
      const of = (taskId: string) => {
        const id = parentOf.get(taskId) ?? taskId
        const found = extras.get(id) ?? { attempts: 0, heldByChildren: null, hasThumbnail: false }
        extras.set(id, found)
        return found
      }
      const ids = [...rows.map(({ id }) => id), ...parentOf.keys()]
      if (ids.length === 0) return of
      const counts = await db
        .select({ taskId: attempts.taskId, count: sql<number>`count(*)` })
        .from(attempts)
        .where(inArray(attempts.taskId, ids))
        .groupBy(attempts.taskId)
      for (const { taskId, count } of counts) of(taskId).attempts += Number(count)
      const pictures = await db
        .select({ taskId: assets.taskId })
        .from(assets)
        .where(
          and(
            inArray(assets.taskId, ids),
            eq(assets.number, 0),
            eq(assets.variant, 'thumbnail'),
            eq(assets.state, 'archived')
          )
        )
      for (const { taskId } of pictures) of(taskId).hasThumbnail = true
      for (const { id, price, finishedAt, followUpAt } of children) {
        const extra = of(id)
        if ((finishedAt === null || followUpAt !== null) && price !== null)
          extra.heldByChildren = (extra.heldByChildren ?? 0) + price
      }
      return of
    },

    /** Returns what its client asked for; undefined: it was made before that was kept. */
    async askedOf(taskId: string): Promise<AskedFields | undefined> {
      const [row] = await db.select().from(asked).where(eq(asked.taskId, taskId))
      return row?.request
    },

    /** Returns the archived files of tasks, in order. */
    async filesOf(taskIds: readonly string[]): Promise<Asset[]> {
      return db
        .select()
        .from(assets)
        .where(inArray(assets.taskId, [...taskIds]))
        .orderBy(asc(assets.taskId), asc(assets.number), asc(assets.variant))
    },

    /** Returns the given tasks; for child tasks, the one that was fanned out. */
    async topOf(ids: readonly string[]): Promise<Task[]> {
      if (ids.length === 0) return []
      const found = await db
        .select()
        .from(tasks)
        .where(inArray(tasks.id, [...ids]))
      const parents = found.flatMap(({ parentId }) => parentId ?? []).filter(id => !ids.includes(id))
      return [...found.filter(({ parentId }) => parentId === null), ...(await this.tasksOf([...new Set(parents)]))]
    },

    /** Returns the given tasks that exist and are not child tasks. */
    async tasksOf(ids: readonly string[]): Promise<Task[]> {
      if (ids.length === 0) return []
      return db
        .select()
        .from(tasks)
        .where(and(inArray(tasks.id, [...ids]), isNull(tasks.parentId)))
    }
  }
}

export type TaskDetailStore = ReturnType<typeof createTaskDetailStore>
