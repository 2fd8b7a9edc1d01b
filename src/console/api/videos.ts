import type { Named, Task, TaskState, Video } from './types/index.ts'

/* Member keys have no admin API. What clients see of their videos is made into the shape that pages show. */

/** Returns a video as a task. `key`: whose it is; what clients are not told is null. */
export function taskOf(video: Video, key: Named): Task {
  const { created_at, completed_at, metadata, status } = video
  return {
    ...video,
    state: stateOf(video),
    key,
    channel: null,
    upstream_model: null,
    user: null,
    group: null,
    held: null,
    charged: null,
    price: null,
    started_at: null,
    ended_at: completed_at,
    duration_ms: completed_at === null ? null : (completed_at - created_at) * 1000,
    attempts_count: 0,
    // where none is stored the picture is drawn
    thumbnail_url: isDone(status) ? `/v1/videos/${video.id}/content?variant=thumbnail` : null,
    decide_by: null,
    warnings: metadata.warnings ?? []
  }
}

const isDone = (status: string) => status === 'succeeded' || status === 'completed'

/** Of both formats' words: one says `processing` for what waits and what runs. */
export function stateOf({ status, error, metadata }: Pick<Video, 'status' | 'error' | 'metadata'>): TaskState {
  if (isDone(status)) return 'succeeded'
  if (status === 'failed') return error?.code === 'cancelled' ? 'cancelled' : 'failed'
  return status === 'queued' || metadata.queue_position !== undefined ? 'waiting' : 'running'
}

export const isOpen = (state: TaskState): boolean => state === 'waiting' || state === 'running'
