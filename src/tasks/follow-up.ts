import type { Logger } from 'pino'
import type { Task } from '../db/index.ts'
import type { Clock } from '../lib/clock.ts'
import { vendorEnd, type VendorEnd } from '../domain/follow-up.ts'
import { pollEvery } from '../domain/outcome.ts'
import { isTooSoon, pollDelay, retryDelay } from '../domain/policy.ts'
import type { FollowUpStore } from '../stores/follow-ups.ts'
import type { ChannelHealthService } from './channel-health.ts'
import type { Durations } from './durations.ts'
import type { Routing } from './routing.ts'
import type { VendorCalls } from './vendor-calls.ts'

interface Dependencies {
  store: FollowUpStore
  routing: Routing
  health: ChannelHealthService
  calls: VendorCalls
  durations: Durations
  log: Logger
  now(): number
  clock: Clock
  random(): number
  /** called when a task's money was decided, to invalidate caches and fill its slot */
  onChange(task: Task): void
}

const MAX_RUNNING = 50
// longer than an answer that contains a whole video takes
const LEASE = 5 * 60_000
const LONGEST_DELAY = 5 * 60_000

/**
 * Follows tasks that ended for their clients (cancelled, expired) until their vendors have ended them, too. Only then is the hold captured or
 * released and the slot free: a cancel must not hide what a vendor charges.
 */
export function createFollowUp({
  store,
  routing,
  health,
  calls,
  durations,
  log,
  now,
  clock,
  random,
  onChange
}: Dependencies) {
  const running = new Set<Promise<void>>()
  let stopping = false

  async function step(task: Task): Promise<void> {
    const connection = task.channelId === null ? undefined : await routing.channel(task.channelId)
    const pause = connection ? health.polls.pause(connection.channel.id) : LONGEST_DELAY
    if (!connection || pause > 0) return again(task, pause)
    const polled = await calls.poll(task, connection)
    const end = vendorEnd(polled)
    const elapsed = clock.since(task.startedAt ?? now())
    if (end && !(end.failure && isTooSoon(end.failure, elapsed))) return finish(task, end)
    const answer = task.cancelRequested ? await calls.cancel(task, connection, polled) : 'refused'
    if (answer === 'cancelled') return finish(task, { settle: 'release' })
    const minimum = pollEvery(connection.channel, connection.vendor)
    const isUnusable = polled.status === 'unchanged' || polled.status === 'failed'
    const delay = isUnusable
      ? retryDelay(task.tries, minimum, random(), LONGEST_DELAY)
      : pollDelay(elapsed, durations.typical(task.model), minimum, random(), LONGEST_DELAY)
    const { operation } = 'operation' in polled ? polled : {}
    await again(task, delay, {
      cancelLater: answer === 'unanswered',
      tries: isUnusable ? task.tries + 1 : 0,
      operation
    })
  }

  const again = (
    task: Task,
    delay: number,
    {
      cancelLater = task.cancelRequested,
      tries = task.tries,
      operation
    }: { cancelLater?: boolean; tries?: number; operation?: unknown } = {}
  ) => store.again(task, now() + delay, { cancelLater, tries, operation })

  async function finish(task: Task, end: VendorEnd): Promise<void> {
    if (!(await store.end(task, end, now()))) return
    log.info({ task: task.id, settle: end.settle, failure: end.failure }, 'ended at the vendor after it was given up')
    onChange(task)
  }

  async function safely(task: Task): Promise<void> {
    try {
      await step(task)
    } catch (error) {
      log.error({ task: task.id, err: error }, 'follow-up failed')
      await again(task, retryDelay(task.tries, 1000, random(), LONGEST_DELAY), { tries: task.tries + 1 }).catch(
        () => {}
      )
    }
  }

  /** Begins a step for every task that is due; returns how many. Does not wait for the steps. */
  async function begin(): Promise<number> {
    const room = stopping ? 0 : MAX_RUNNING - running.size
    const due = room > 0 ? await store.claimDue(now(), now() + LEASE, room) : []
    for (const task of due) {
      const work = safely(task).finally(() => running.delete(work))
      running.add(work)
    }
    return due.length
  }

  return {
    begin,

    /** Like `begin`, but waits for the steps. */
    async tick(): Promise<void> {
      await begin()
      await Promise.all(running)
    },

    /** Claims nothing more and waits for what is in flight. */
    async stop(): Promise<void> {
      stopping = true
      await Promise.all(running)
    }
  }
}

export type FollowUp = ReturnType<typeof createFollowUp>
