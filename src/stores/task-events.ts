import type { Database, Db, Event, Task } from '../db/index.ts'
import { columnNames, placeholders, statement } from '../db/statement.ts'
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
      // earlier events are for streaming clients; webhooks cannot subscribe to them
      pending: task.parentId === null && (type === 'video.completed' || type === 'video.failed'),
      createdAt: now
    })
  }
}

export type EmitTaskEvent = ReturnType<typeof createTaskEvents>
