import type { FrontVideo, WireRequest } from '../front.ts'
import { unix } from '../shared/state.ts'
import type { Video } from './video.ts'

/*
 * What new-api's server really answers to GET /v1/video/generations/{id}, unlike what its documents say: an envelope around its task record.
 * Keys whose dialect is `newapi` get it, for programs that were written against a server instead of its documents.
 */

const states = {
  queued: 'QUEUED',
  in_progress: 'IN_PROGRESS',
  completed: 'SUCCESS',
  failed: 'FAILURE'
} as const satisfies Record<FrontVideo['status'], string>

/** Whether a request wants the envelope. `path`: that of the route. */
export const wantsEnvelope = ({ keyDialect }: Pick<WireRequest, 'keyDialect'>, path: string) =>
  keyDialect === 'newapi' && path.endsWith('/video/generations/{id}')

/** The envelope around a task, with our own object in its `data`. Times in unix seconds, 0 where there is none. */
export function inEnvelope(
  { status, startedAt, finishedAt }: Pick<FrontVideo, 'status' | 'startedAt' | 'finishedAt'>,
  video: Video
) {
  return {
    code: 'success',
    message: '',
    data: {
      task_id: video.id,
      status: states[status],
      progress: `${video.progress}%`,
      fail_reason: video.error?.message ?? '',
      result_url: video.url ?? '',
      submit_time: video.created_at,
      start_time: seconds(startedAt),
      finish_time: seconds(finishedAt),
      data: video
    }
  }
}

const seconds = (time: number | null) => (time === null ? 0 : unix(time))
