import type { Database, Db, Event, Task } from '../db/index.ts'
import { columnNames, placeholders, statement } from '../db/statement.ts'
import { isTold } from '../domain/events.ts'
import { newId } from '../lib/ids.ts'

/** Returns a function that writes an event of a task, in the transaction of the change. */
export function createTaskEvents({ events }: Database) {
  const insertEvent = statement('insert_event', on =>
    on.insert(events).values(placeholders<Event>(columnNames(events)))
  )

  return async (tx: Db, task: Task, type: string, now: number): Promise<void> => {
    await insertEvent(tx, {
      id: newId('evt', now),
      type,
      taskId: task.id,
      keyId: task.keyId,
      data: { id: task.id },
      // earlier events are for streaming clients, and for callbacks in the words of a front that tells of them
      pending: task.parentId === null && (isTold(null, type) || isTold(task.callbackFront, type)),
      createdAt: now
    })
  }
}

export type EmitTaskEvent = ReturnType<typeof createTaskEvents>
