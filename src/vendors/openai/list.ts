import { isRecord } from '../../lib/records.ts'
import { defined } from '../../lib/defined.ts'
import { readVideo, type WireVideo } from './video.ts'
import type { Found, HttpAnswer, LookupContext, VideoRequest } from '../vendor.ts'

/*
 * Finding a submit whose answer was lost in `GET /videos`. The wire has no field for a client's id, so a job is known by its similarity:
 * model, prompt, size, seconds and the time. Whatever is not certain is `unclear`.
 */

/** What the list is asked for: the newest, as many as one page holds (OpenAI spec: at most 100). */
export const newestFirst = { limit: '100', order: 'desc' }

// how far the vendor's clock may be off for a job to be the one, and for a job to still be a doubt
const CLOSE_SECONDS = 60
const DOUBT_SECONDS = 600

interface Sent {
  /** as they were sent, which may be more than was asked for */
  seconds: number | undefined
  /** false: the list names another model than the request did (Azure: deployment and model) */
  sameModel?: boolean
}

/** The one listed job that can be the lost submit; `unclear` when two fit or something about a new one is unknown. */
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
  const near = jobs.filter(job => !job?.createdAt || job.createdAt >= since - DOUBT_SECONDS)
  const alike = near.map(job => (job ? similarity(job, video, sent) : 'unreadable'))
  const matches = near.filter((_job, index) => alike[index] === 'same')
  const [job] = matches
  if (alike.includes('unreadable') || matches.length > 1) return { status: 'unclear' }
  if (!job) {
    const sure = !alike.includes('similar') && reachesBack(body, jobs, since - DOUBT_SECONDS)
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

// `similar`: the prompt is ours and something else is not; an upstream may have changed it, so it does not prove absence either
function similarity(job: WireVideo, video: VideoRequest, sent: Sent): 'same' | 'similar' | 'other' | 'unreadable' {
  if (job.prompt === undefined) return 'unreadable'
  if (job.prompt.trim() !== video.prompt.trim()) return 'other'
  // a dated name is the same model: sora-2 is listed as sora-2-2025-10-06
  const model = sent.sameModel === false || job.model === undefined || job.model.startsWith(video.model)
  const size = !video.size || !job.size || job.size.toLowerCase() === video.size.toLowerCase()
  const seconds = sent.seconds === undefined || job.seconds === undefined || job.seconds === sent.seconds
  return model && size && seconds ? 'same' : 'similar'
}

// only a list that goes back to before the submit, newest first, can prove that a job is not there
function reachesBack(body: Record<string, unknown>, jobs: readonly (WireVideo | null)[], since: number): boolean {
  if (body.has_more === false) return true
  const newest = jobs[0]?.createdAt
  const oldest = jobs.at(-1)?.createdAt
  return newest !== undefined && oldest !== undefined && oldest < since && newest > oldest
}
