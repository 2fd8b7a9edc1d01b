import { and, eq, inArray, isNull, ne, notExists, or, sql } from 'drizzle-orm'
import { hasUnresolvedCode, isUnresolvedCode, type Database, type Db, type Task } from '../db/index.ts'
import { statement } from '../db/statement.ts'
import { sizeOf } from '../domain/request.ts'
import type { VideoRequest } from '../vendors/vendor.ts'

const { placeholder } = sql

/** Requests with their images: one row for a task, and one for a fanned-out task and all its child tasks. */
export function createRequestStore({ db, tasks, requests, ledger }: Database) {
  const insertRequest = statement('insert_request', on =>
    on
      .insert(requests)
      .values({ taskId: placeholder('taskId'), video: placeholder('video'), bytes: placeholder('bytes') })
  )
  // its own, or that of the task that it is a child of
  const isOf = or(
    eq(requests.taskId, placeholder('taskId')),
    eq(
      requests.taskId,
      db
        .select({ parentId: tasks.parentId })
        .from(tasks)
        .where(eq(tasks.id, placeholder('taskId')))
    )
  )
  const selectRequest = statement('select_request', on =>
    on.select({ video: requests.video }).from(requests).where(isOf)
  )
  const selectSize = statement('select_request_size', on =>
    on.select({ bytes: requests.bytes }).from(requests).where(isOf)
  )
  const deleteRequest = statement<unknown>('delete_request', on =>
    on.delete(requests).where(eq(requests.taskId, placeholder('taskId')))
  )
  const isSettled = (on: Db) =>
    on
      .select({ one: sql`1` })
      .from(ledger)
      .where(and(eq(ledger.taskId, tasks.id), inArray(ledger.kind, ['capture', 'release'])))
  const deleteShared = statement<unknown>('delete_shared_request', on =>
    on.delete(requests).where(
      and(
        eq(requests.taskId, placeholder('root')),
        notExists(
          on
            .select({ one: sql`1` })
            .from(tasks)
            .where(
              and(
                or(eq(tasks.id, placeholder('root')), eq(tasks.parentId, placeholder('root'))),
                ne(tasks.id, placeholder('except')),
                or(isNull(tasks.finishedAt), and(hasUnresolvedCode(tasks.errorCode), notExists(isSettled(on))))
              )
            )
        )
      )
    )
  )

  async function remove(tx: Db, { id, parentId, n }: Pick<Task, 'id' | 'parentId' | 'n'>): Promise<void> {
    if (parentId !== null || n > 1) await deleteShared(tx, { root: parentId ?? id, except: id })
    // child tasks of earlier versions have their own
    if (parentId !== null || n === 1) await deleteRequest(tx, { taskId: id })
  }

  return {
    insert: (tx: Db, taskId: string, video: VideoRequest): Promise<unknown> =>
      insertRequest(tx, { taskId, video, bytes: sizeOf(video) }),

    /** Returns the request of a task; it is deleted when the task ends, unless its outcome is unknown. */
    async get(taskId: string): Promise<VideoRequest | undefined> {
      const [row] = await selectRequest(db, { taskId })
      return row?.video
    },

    /** Returns about how many bytes it has, without reading it; undefined when there is none. */
    async size(taskId: string): Promise<number | undefined> {
      const [row] = await selectSize(db, { taskId })
      return row?.bytes
    },

    /** Deletes the request of a task that has ended, when no other child task needs it. An unresolved submit may still be looked up. */
    async release(tx: Db, task: Task): Promise<void> {
      if (!isUnresolvedCode(task.errorCode)) await remove(tx, task)
    },

    /** The same for a task whose unknown outcome was decided. */
    remove
  }
}

export type RequestStore = ReturnType<typeof createRequestStore>
