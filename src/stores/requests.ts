import { and, asc, eq, gt, inArray, isNull, lt, ne, notExists, or, sql } from 'drizzle-orm'
import { hasUnresolvedCode, isUnresolvedCode, type Database, type Db, type Task } from '../db/index.ts'
import { fixed, placeholders, statement } from '../db/statement.ts'
import { sizeOf } from '../domain/request.ts'
import type { VideoRequest } from '../vendors/vendor.ts'

const { placeholder } = sql

// longer images are kept in pieces of this many characters
const PIECE = 1024 * 1024

/** A request whose large images are written already. */
export interface KeptRequest {
  video: VideoRequest
  bytes: number
  pieces: number[] | null
}

/** Requests with their images: one row for a task, and one for a fanned-out task and all its child tasks. */
export function createRequestStore({ db, tasks, requests, requestImages: images, ledger }: Database) {
  const insertRequest = statement('insert_request', on =>
    on.insert(requests).values(placeholders<typeof requests.$inferInsert>(['taskId', 'video', 'bytes', 'pieces']))
  )
  const insertPiece = statement('insert_request_image', on =>
    on.insert(images).values(placeholders<typeof images.$inferInsert>(['taskId', 'image', 'piece', 'text']))
  )
  const selectPieces = statement('select_request_image', on =>
    on
      .select({ text: images.text })
      .from(images)
      .where(and(eq(images.taskId, placeholder('taskId')), eq(images.image, placeholder('image'))))
      .orderBy(asc(images.piece))
  )
  const deletePieces = statement<unknown>('delete_request_images', on =>
    on.delete(images).where(eq(images.taskId, placeholder('taskId')))
  )
  const selectLeft = statement('select_request_images_after', on =>
    on
      .select({ taskId: images.taskId, requestOf: requests.taskId })
      .from(images)
      .leftJoin(requests, eq(requests.taskId, images.taskId))
      .where(and(gt(images.taskId, placeholder('after')), lt(images.taskId, placeholder('before'))))
      .orderBy(asc(images.taskId))
      .limit(fixed(1))
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
    on.select({ taskId: requests.taskId, video: requests.video, pieces: requests.pieces }).from(requests).where(isOf)
  )
  const selectSize = statement('select_request_size', on =>
    on.select({ bytes: requests.bytes }).from(requests).where(isOf)
  )
  const deleteRequest = statement('delete_request', on =>
    on
      .delete(requests)
      .where(eq(requests.taskId, placeholder('taskId')))
      .returning({ taskId: requests.taskId, pieces: requests.pieces })
  )
  const isSettled = (on: Db) =>
    on
      .select({ one: sql`1` })
      .from(ledger)
      .where(and(eq(ledger.taskId, tasks.id), inArray(ledger.kind, ['capture', 'release'])))
  const deleteShared = statement('delete_shared_request', on =>
    on
      .delete(requests)
      .where(
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
      .returning({ taskId: requests.taskId, pieces: requests.pieces })
  )

  async function remove(tx: Db, { id, parentId, n }: Pick<Task, 'id' | 'parentId' | 'n'>): Promise<void> {
    const shared = parentId !== null || n > 1 ? await deleteShared(tx, { root: parentId ?? id, except: id }) : []
    // child tasks of earlier versions have their own
    const own = parentId !== null || n === 1 ? await deleteRequest(tx, { taskId: id }) : []
    for (const { taskId, pieces } of [...shared, ...own]) if (pieces) await deletePieces(tx, { taskId })
  }

  return {
    /** Writes the large images of a request, each piece in a commit of its own. What is not inserted afterwards is dropped. */
    async keep(taskId: string, video: VideoRequest): Promise<KeptRequest> {
      const bytes = sizeOf(video)
      if (!video.images.some(({ source }) => source.length > PIECE)) return { video, bytes, pieces: null }
      const pieces: number[] = []
      for (const [image, { source }] of video.images.entries()) {
        const count = source.length > PIECE ? Math.ceil(source.length / PIECE) : 0
        for (let piece = 0; piece < count; piece++)
          await insertPiece(db, { taskId, image, piece, text: source.slice(piece * PIECE, (piece + 1) * PIECE) })
        pieces.push(count)
      }
      const inside = video.images.map((image, index) => (pieces[index] ? { ...image, source: '' } : image))
      return { video: { ...video, images: inside }, bytes, pieces }
    },

    insert: (tx: Db, taskId: string, kept: KeptRequest): Promise<unknown> => insertRequest(tx, { taskId, ...kept }),

    /** Deletes the large images of a request that was not inserted. */
    drop: (taskId: string): Promise<unknown> => deletePieces(db, { taskId }),

    /** Deletes large images that a crash left without their request, of tasks with ids below `before`. */
    async sweep(before: string): Promise<void> {
      for (let after = '', left = await next(after); left; left = await next(after)) {
        if (left.requestOf === null) await deletePieces(db, { taskId: left.taskId })
        after = left.taskId
      }
      async function next(after: string) {
        const [row] = await selectLeft(db, { after, before })
        return row
      }
    },

    /** Returns the request of a task; it is deleted when the task ends, unless its outcome is unknown. */
    async get(taskId: string): Promise<VideoRequest | undefined> {
      const [row] = await selectRequest(db, { taskId })
      if (!row?.pieces) return row?.video
      const whole = [...row.video.images]
      for (const [image, count] of row.pieces.entries()) {
        const pieces = count > 0 ? await selectPieces(db, { taskId: row.taskId, image }) : []
        // deleted meanwhile: the task has ended
        if (pieces.length < count) return undefined
        if (count > 0) whole[image] = { ...whole[image]!, source: pieces.map(({ text }) => text).join('') }
      }
      return { ...row.video, images: whole }
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
