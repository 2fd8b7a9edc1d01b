import { useQuery, useQueryClient } from '@tanstack/react-query'
import { get } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import type { Task, TaskDetail, Video } from '../../api/types/index.ts'
import { isOpen, taskOf } from '../../api/videos.ts'
import { useStream } from '../../state/stream.ts'

/** A task with its details; what members are not told is missing. */
export type Shown = Task & Partial<Omit<TaskDetail, keyof Task>>

const names = ['video.queued', 'video.in_progress', 'video.completed', 'video.failed']

/** Returns how a task is read: with all details, or by a member as its client. */
export function useTaskQuery() {
  const { kind, key } = useSession()
  return (id: string) => ({
    queryKey: ['task', id],
    queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Shown> =>
      kind === 'member'
        ? taskOf(await get<Video>(`/v1/videos/${id}`, undefined, signal), key ?? { id: '', name: '' })
        : get<TaskDetail>(`/admin/tasks/${id}`, undefined, signal)
  })
}

/** Reads a task, and again whenever it changes. */
export function useTask(id: string) {
  const { kind } = useSession()
  const client = useQueryClient()
  const query = useQuery(useTaskQuery()(id))
  // the shell's stream is for admins
  const watched = kind === 'member' && query.data !== undefined && isOpen(query.data.state)
  useStream(watched ? `/v1/videos/${id}/events` : null, names, () => {
    void client.invalidateQueries({ queryKey: ['task', id] })
  })
  return query
}
