import type { Channel } from '../db/index.ts'
import { defined } from '../lib/defined.ts'
import type { Accepted, ProducedFile, Succeeded, Vendor } from '../vendors/vendor.ts'
import type { TaskEvent } from './lifecycle.ts'
import { pollDelay } from './policy.ts'

/* Readings of vendors' answers that submits and polls share. Pure. */

const MINIMUM_POLL = 2000
const SANDBOX_POLL = 500

/** Returns the minimum milliseconds between polls. The sandbox is local, so it is polled more often. */
export const pollEvery = ({ builtIn }: Pick<Channel, 'builtIn'>, { facts }: Vendor) =>
  builtIn ? SANDBOX_POLL : (facts.pollEveryMs ?? MINIMUM_POLL)

/** Returns the event of an accepted submit: when the task is polled first, and how long it may run. `typical` in milliseconds. */
export function acceptedEvent(
  { operation, upstreamId, progress, cost }: Accepted<unknown>,
  {
    channel,
    vendor,
    typical,
    seconds,
    random,
    deadlineAt
  }: {
    channel: Channel
    vendor: Vendor
    typical: number | null
    /** the length that was sent */
    seconds: number | undefined
    random: number
    deadlineAt: number
  }
): TaskEvent {
  return {
    type: 'accepted',
    operation,
    upstreamId,
    deadlineAt,
    pollIn: pollDelay(0, typical, pollEvery(channel, vendor), random),
    ...defined({ progress, cost, milliseconds: seconds && Math.round(seconds * 1000) })
  }
}

/** Returns the event of a submit whose answer was the video. `seconds`: the length that was sent. */
export const producedEvent = (
  video: ProducedFile,
  { sentAt, seconds }: { sentAt: number; seconds: number | undefined }
): TaskEvent => ({
  type: 'produced',
  result: { status: 'succeeded', videos: [video] },
  sentAt,
  ...defined({ milliseconds: seconds && Math.round(seconds * 1000) })
})

/** Returns the result with the expiry of each link, as far as the vendor reports or documents it. `now` in milliseconds. */
export function withLinkEnd(result: Succeeded, { facts }: Vendor, now: number): Succeeded {
  const [first, ...others] = result.videos.map((video): ProducedFile => {
    const seconds = video.expiresInSeconds ?? facts.linkSeconds
    if ('stored' in video.at || video.expiresAt !== undefined || seconds === null) return video
    return { ...video, expiresAt: Math.floor(now / 1000) + seconds }
  })
  return { ...result, videos: [first!, ...others] }
}

/** What a file says about itself. What it does not say is absent. */
export type FileFacts = Pick<ProducedFile, 'seconds' | 'width' | 'height' | 'fps'> & { contentType: string }

/** Returns the result with what the file of video `number` (from 0) says, in place of what its vendor said. */
export function withFacts(result: Succeeded, number: number, facts: FileFacts): Succeeded {
  const [first, ...others] = result.videos.map((video, at) => (at === number ? { ...video, ...facts } : video))
  return { ...result, videos: [first!, ...others] }
}

/** Returns a renewed result with what was read from the files before: the links are new, the files are the same. */
export function keepFacts(renewed: Succeeded, { videos }: Succeeded): Succeeded {
  return videos.reduce((result, { contentType, seconds, width, height, fps }, number) => {
    const facts = defined({ seconds, width, height, fps })
    return contentType === undefined ? result : withFacts(result, number, { contentType, ...facts })
  }, renewed)
}

/** Returns when the first video's link expires, in milliseconds; null when unknown. */
export const linkEndOf = ({ videos: [{ expiresAt }] }: Succeeded) => (expiresAt === undefined ? null : expiresAt * 1000)
