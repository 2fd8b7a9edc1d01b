import { useQuery, useQueryClient } from '@tanstack/react-query'
import { get } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import type { Task, TaskDetail, Video } from '../../api/types/index.ts'
import { isOpen, taskOf } from '../../api/videos.ts'
import { useStream } from '../../state/stream.ts'

/** A task with its details; what members are not told is missing. */
export type Shown = Task & Partial<Omit<TaskDetail, keyof Task>>

const names = ['video.queued', 'video.in_progress', 'video.completed', 'video.failed']

/** Reads a task, and again whenever it changes. */
export function useTask(id: string) {
  const { kind, key } = useSession()
  const client = useQueryClient()
  const isMember = kind === 'member'
  const query = useQuery({
    queryKey: ['task', id],
    queryFn: async ({ signal }): Promise<Shown> =>
      isMember
        ? taskOf(await get<Video>(`/v1/videos/${id}`, undefined, signal), key ?? { id: '', name: '' })
        : get<TaskDetail>(`/admin/tasks/${id}`, undefined, signal)
  })
  // the shell's stream is for admins
  const watched = isMember && query.data !== undefined && isOpen(query.data.state)
  useStream(watched ? `/v1/videos/${id}/events` : null, names, () => {
    void client.invalidateQueries({ queryKey: ['task', id] })
  })
  return query
}
