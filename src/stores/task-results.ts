import { and, asc, eq, sql } from 'drizzle-orm'
import type { Database, Db, Task } from '../db/index.ts'
import { keepFacts, withFacts, type FileFacts } from '../domain/outcome.ts'
import type { Succeeded } from '../vendors/vendor.ts'

interface Dependencies {
  database: Database
  changed(taskId: string): void
}

/** Changes the results of completed tasks: links are renewed, and files tell more than their vendors. */
export function createTaskResults({ database: { tasks, transaction }, changed }: Dependencies) {
  async function change(tx: Db, id: string, to: (result: Succeeded) => Succeeded): Promise<void> {
    const row = and(eq(tasks.id, id), eq(tasks.status, 'completed'))
    // an update that changes nothing locks the row until the transaction ends
    const [locked] = await tx
      .update(tasks)
      .set({ fence: sql`${tasks.fence}` })
      .where(row)
      .returning({ result: tasks.result })
    if (locked?.result)
      await tx
        .update(tasks)
        .set({ result: to(locked.result) })
        .where(row)
  }

  /** Returns how many videos the child tasks before this one made. */
  async function videosBefore(tx: Db, { id, parentId }: Task & { parentId: string }): Promise<number> {
    const siblings = await tx
      .select({ id: tasks.id, result: tasks.result })
      .from(tasks)
      .where(eq(tasks.parentId, parentId))
      .orderBy(asc(tasks.id))
    const earlier = siblings.slice(
      0,
      siblings.findIndex(sibling => sibling.id === id)
    )
    return earlier.reduce((sum, { result }) => sum + (result?.videos.length ?? 0), 0)
  }

  return {
    /** Replaces the result of a task whose links were renewed; what was read from its files stays. */
    async renewResult(id: string, renewed: Succeeded): Promise<void> {
      await transaction(tx => change(tx, id, known => keepFacts(renewed, known)))
      changed(id)
    },

    /** Writes what the file of video `number` says into the task's result, and into that of the task it was fanned out from. */
    async recordFacts(task: Task, number: number, facts: FileFacts): Promise<void> {
      const { id, parentId } = task
      await transaction(async tx => {
        await change(tx, id, result => withFacts(result, number, facts))
        if (parentId === null) return
        const before = await videosBefore(tx, { ...task, parentId })
        await change(tx, parentId, result => withFacts(result, before + number, facts))
      })
      changed(id)
      if (parentId !== null) changed(parentId)
    }
  }
}
