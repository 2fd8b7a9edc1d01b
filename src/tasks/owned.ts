import type { Key, Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'

/** Returns a task that a key may see: another key's does not exist, except for admins. Throws video_not_found naming `param`. */
export function owned(key: Key, task: Task | undefined, param = 'id'): Task {
  if (!task || task.deletedAt !== null || (task.keyId !== key.id && key.role !== 'admin'))
    throw new ApiError('video_not_found', { param })
  return task
}
