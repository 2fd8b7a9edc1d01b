import { isRecord } from '../../lib/records.ts'
import { defined } from '../../lib/defined.ts'
import { readVideo, type WireVideo } from './video.ts'
import type { Found, HttpAnswer, LookupContext, VideoRequest } from '../vendor.ts'

/*
 * Finds a submit whose answer was lost in `GET /videos`. The API has no field for a client's id, so jobs are compared by model, prompt,
 * size, seconds and time. Whatever is not certain is `unclear`.
 */

/** The query of the list: the newest jobs, as many as fit on a page (OpenAI spec: at most 100). */
export const newestFirst = { limit: '100', order: 'desc' }

// how much older than the submit, by the vendor's clock, a job may be to be the one, and to keep the outcome unresolved
const CLOSE_SECONDS = 60
const NEAR_SECONDS = 600

interface Sent {
  /** as sent, which may be more than requested */
  seconds: number | undefined
  /** false: the list has another model name than the request (Azure: model and deployment) */
  sameModel?: boolean
}

/** Returns the one listed job that can be the lost submit; `unclear` when two match, or when a recent one cannot be compared. */
export function findLike<Operation>(
  answer: HttpAnswer,
  video: VideoRequest,
  { sentAt }: LookupContext,
  sent: Sent,
  operation: (id: string) => Operation
): Found<Operation> {
  const { body } = answer
  if (answer.status !== 200 || !isRecord(body) || !Array.isArray(body.data)) return { status: 'unclear' }
  const jobs = body.data.map(readVideo)
  const since = Math.floor(sentAt / 1000)
  const near = jobs.filter(job => !job?.createdAt || job.createdAt >= since - NEAR_SECONDS)
  const alike = near.map(job => (job ? similarity(job, video, sent) : 'unreadable'))
  const matches = near.filter((_job, index) => alike[index] === 'same')
  const [job] = matches
  if (alike.includes('unreadable') || matches.length > 1) return { status: 'unclear' }
  if (!job) {
    const sure = !alike.includes('similar') && reachesBack(body, jobs, since - NEAR_SECONDS)
    return { status: sure ? 'absent' : 'unclear' }
  }
  if (!job.id || !job.createdAt || job.createdAt < since - CLOSE_SECONDS) return { status: 'unclear' }
  return {
    status: 'found',
    accepted: {
      status: 'accepted',
      operation: operation(job.id),
      upstreamId: job.id,
      ...(job.state !== 'queued' && { running: true }),
      ...defined({ progress: job.progress })
    }
  }
}

// `similar`: the same prompt with another setting, which the upstream may have changed: it does not prove absence either
function similarity(job: WireVideo, video: VideoRequest, sent: Sent): 'same' | 'similar' | 'other' | 'unreadable' {
  if (job.prompt === undefined) return 'unreadable'
  if (job.prompt.trim() !== video.prompt.trim()) return 'other'
  // sora-2 is listed as sora-2-2025-10-06
  const model = sent.sameModel === false || job.model === undefined || job.model.startsWith(video.model)
  const size = !video.size || !job.size || job.size.toLowerCase() === video.size.toLowerCase()
  const seconds = sent.seconds === undefined || job.seconds === undefined || job.seconds === sent.seconds
  return model && size && seconds ? 'same' : 'similar'
}

// only a list, newest first, that reaches back to before the submit proves that a job does not exist
function reachesBack(body: Record<string, unknown>, jobs: readonly (WireVideo | null)[], since: number): boolean {
  if (body.has_more === false) return true
  const newest = jobs[0]?.createdAt
  const oldest = jobs.at(-1)?.createdAt
  return newest !== undefined && oldest !== undefined && oldest < since && newest > oldest
}
