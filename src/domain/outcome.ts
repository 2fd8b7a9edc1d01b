import type { Channel } from '../db/index.ts'
import type { Accepted, ProducedFile, Succeeded, Vendor } from '../vendors/vendor.ts'
import type { TaskEvent } from './lifecycle.ts'
import { pollDelay } from './policy.ts'

/* Small readings that submitting and polling share. Pure. */

const MINIMUM_POLL = 2000
const SANDBOX_POLL = 500

/** Milliseconds between polls at least. The sandbox is ours: asking it often costs nobody anything. */
export const pollEvery = ({ builtIn }: Pick<Channel, 'builtIn'>, { facts }: Vendor) =>
  builtIn ? SANDBOX_POLL : (facts.pollEveryMs ?? MINIMUM_POLL)

/** The vendor took the task: when it is polled first, and how long it may run. */
export function acceptedEvent(
  { operation, upstreamId, progress, cost }: Accepted<unknown>,
  {
    channel,
    vendor,
    usual,
    random,
    deadlineAt
  }: { channel: Channel; vendor: Vendor; usual: number | null; random: number; deadlineAt: number }
): TaskEvent {
  return {
    type: 'accepted',
    operation,
    upstreamId,
    deadlineAt,
    pollIn: pollDelay(0, usual, pollEvery(channel, vendor), random),
    ...(progress !== undefined && { progress }),
    ...(cost && { cost })
  }
}

/** The result with each link's end, as far as the vendor tells or documents it. */
export function withLinkEnd(result: Succeeded, { facts }: Vendor, now: number): Succeeded {
  const [first, ...others] = result.videos.map((video): ProducedFile => {
    const seconds = video.expiresInSeconds ?? facts.linkSeconds
    if ('stored' in video.at || video.expiresAt !== undefined || seconds === null) return video
    return { ...video, expiresAt: Math.floor(now / 1000) + seconds }
  })
  return { ...result, videos: [first!, ...others] }
}

/** When the first of the result's links dies, in milliseconds; null when nobody knows. */
export const linkEndOf = ({ videos: [{ expiresAt }] }: Succeeded) => (expiresAt === undefined ? null : expiresAt * 1000)
