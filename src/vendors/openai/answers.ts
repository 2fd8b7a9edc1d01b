import { bytesOf, isDataUrl } from '../shared/images.ts'
import { textOfKind } from '../shared/task-failure.ts'
import { answerFailure, complaintOf, isGone, judge } from './failures.ts'
import { isRecord } from '../../lib/records.ts'
import { defined } from '../../lib/defined.ts'
import { readVideo, type WireVideo } from './video.ts'
import type { ProducedFile, ChannelConfig, HttpAnswer, HttpRequest, Polled, Submitted } from '../vendor.ts'

/* Reads the answers to a create and a poll of OpenAI's Videos API and its copies. */

/** Reads the answer to a submit. A 2xx without an id may still have created a job: `outcomeUnknown`. */
export function readSubmit<Operation>(answer: HttpAnswer, operation: (id: string) => Operation): Submitted<Operation> {
  if (answer.status >= 300) {
    const failure = answerFailure(answer)
    // a 404 of the collection: the base URL, the path or the model is wrong
    return {
      status: 'rejected',
      failure: failure.kind === 'not_found' ? { ...failure, kind: 'misconfigured' } : failure
    }
  }
  const video = readVideo(answer.body)
  if (video?.state === 'failed' || (video?.complaint && !video.id && video.state === null))
    return { status: 'rejected', failure: failureIn(video) }
  if (!video?.id) {
    const failure = judge(complaintOf(answer.body) ?? { message: 'The vendor answered without an id.' })
    // a known code is a refusal; anything else may have created a job
    const sure = failure.kind !== 'unknown' && failure.code !== undefined
    return { status: 'rejected', failure, ...(!sure && { outcomeUnknown: true }) }
  }
  return {
    status: 'accepted',
    operation: operation(video.id),
    upstreamId: video.id,
    ...(video.state !== 'queued' && video.state !== null && { running: true }),
    ...defined({ progress: video.progress })
  }
}

export interface PollRules {
  /** where the file is when the answer has no link */
  content: HttpRequest
  /** links and content need no credential */
  publicContent?: boolean
  /** `seconds` and `size` describe the result; elsewhere they repeat the request */
  exact?: boolean
  /** never use a link in the answer */
  contentOnly?: boolean
  /** HTTP 404 is documented to mean that the job does not exist */
  notFoundIsGone?: boolean
}

/** Reads the answer to a poll. Only what the upstream says about the job itself ends it. */
export function readPoll(answer: HttpAnswer, channel: ChannelConfig, rules: PollRules): Polled<never> {
  if (answer.status >= 300) {
    const failed = failedJob(answer.body)
    if (failed) return { status: 'failed', failure: failureIn(failed) }
    const failure = answerFailure(answer)
    // a 404 without an error body may come from a proxy
    const missing = answer.status === 404 && isRecord(answer.body) && complaintOf(answer.body) !== null
    const gone = isGone(failure) || (rules.notFoundIsGone === true && missing)
    return gone ? { status: 'failed', failure: { ...failure, kind: 'not_found' } } : { status: 'unchanged', failure }
  }
  const video = readVideo(answer.body)
  if (!video) return { status: 'unchanged' }
  if (video.state === null) {
    // an error about the request, not the job: new-api sends some of them with HTTP 200
    return { status: 'unchanged', ...(video.complaint && { failure: failureIn(video) }) }
  }
  const link = linkIn(video, channel)
  // a file is there whatever is said about an error
  if (video.state === 'failed' || (video.state === 'completed' && video.complaint && link === undefined))
    return { status: 'failed', failure: failureIn(video) }
  if (video.state !== 'completed') return { status: video.state, ...defined({ progress: video.progress }) }
  return {
    status: 'succeeded',
    videos: [producedFile(video, link, channel, rules)],
    ...defined({ seed: video.seed })
  }
}

// for a failed job vLLM-Omni answers with the HTTP status of its error
function failedJob(body: unknown): WireVideo | null {
  const video = isRecord(body) && body.object === 'video' ? readVideo(body) : null
  return video?.id !== undefined && video.state === 'failed' ? video : null
}

const linkIn = ({ url = '' }: WireVideo, { baseUrl }: ChannelConfig) =>
  URL.canParse(url, baseUrl) && url !== '' ? url : undefined

/** Returns where the video is. Only a link at the channel's origin gets its credential. */
function producedFile(
  video: WireVideo,
  link: string | undefined,
  channel: ChannelConfig,
  { content, publicContent = false, contentOnly = false, exact }: PollRules
): ProducedFile {
  const [, width, height] = /^(\d+)x(\d+)$/i.exec((exact && video.size) || '') ?? []
  return {
    at:
      contentOnly || link === undefined
        ? contentOf(content, channel, publicContent)
        : positionOf(link, channel, publicContent),
    ...defined({ expiresAt: video.expiresAt, seconds: exact ? video.seconds : undefined }),
    ...(width && height && { width: Number(width), height: Number(height) }),
    ...video.result
  }
}

const contentOf = (content: HttpRequest, { baseUrl }: ChannelConfig, isPublic: boolean): ProducedFile['at'] =>
  isPublic ? { url: baseUrl + content.path } : { fetch: content }

function positionOf(link: string, { baseUrl }: ChannelConfig, isPublic: boolean): ProducedFile['at'] {
  if (isDataUrl(link)) return { data: bytesOf(link) }
  const { href, origin } = new URL(link, baseUrl)
  return { url: href, ...(!isPublic && origin === new URL(baseUrl).origin && { auth: true }) }
}

function failureIn({ complaint, kind }: WireVideo) {
  const failure = judge(complaint ?? { message: textOfKind('unknown') })
  return kind && failure.kind === 'unknown' ? { ...failure, kind } : failure
}
