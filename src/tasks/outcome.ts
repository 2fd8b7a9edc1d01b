import type { Channel, Task } from '../db/index.ts'
import type { Accepted, Succeeded, Vendor } from '../vendors/vendor.ts'
import type { TaskEvent } from './lifecycle.ts'
import { pollDelay } from './policy.ts'
import type { Route } from './routing.ts'

/* Small readings that submitting and following share. Pure. */

const MINIMUM_POLL = 2000
const SANDBOX_POLL = 500

/** Milliseconds between polls at least. The sandbox is ours: asking it often costs nobody anything. */
export const pollEvery = ({ builtIn }: Pick<Channel, 'builtIn'>, { facts }: Vendor) =>
  builtIn ? SANDBOX_POLL : (facts.pollEveryMs ?? MINIMUM_POLL)

/** What the store needs of a route to take its slot. */
export const claimsOf = (routes: readonly Route[]) =>
  routes.map(({ channel, upstreamModel }) => ({ channelId: channel.id, upstreamModel }))

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

/** When the first of the result's links dies, in milliseconds; null when nobody knows. */
export function linkEnd({ videos: [video] }: Succeeded, { facts }: Vendor, now: number): number | null {
  if (video.expiresAt !== undefined) return video.expiresAt * 1000
  const seconds = video.expiresInSeconds ?? facts.linkSeconds
  return seconds === null ? null : now + seconds * 1000
}

/** A task that was asked to make several videos and was fanned out into parts. */
export const isFannedOut = ({ n, partOf, attemptId, channelId }: Task) =>
  n > 1 && partOf === null && attemptId === null && channelId === null
