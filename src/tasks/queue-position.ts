import type { Db, Key, Task } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { Durations } from './durations.ts'
import type { Routing } from './routing.ts'
import type { Throughput } from './throughput.ts'

interface Dependencies {
  store: Pick<TaskStore, 'queued' | 'queuedOf' | 'queuedBefore' | 'queueTags'>
  routing: Pick<Routing, 'slotsOf'>
  durations: Durations
  throughput: Throughput
  now(): number
  /** tasks that may wait at once, all keys together */
  maxQueued: number
}

// whoever is further back cares less for the exact number than for a quick answer
const EXACT = 500
const PICTURE = 3000
const COUNT = 1000

/** Positions in the queue, and whether there is one left: asked by every poll and every create, so neither may count a long queue. */
export function createQueuePosition({ store, routing, durations, throughput, now, maxQueued }: Dependencies) {
  let picture: { tags: Promise<number[]>; at: number } | undefined
  // what was counted, and what this node let in since: never too few of its own
  let waiting = 0
  let countedAt = -COUNT

  function tags(): Promise<number[]> {
    if (!picture || now() - picture.at >= PICTURE) {
      const taken = { tags: store.queueTags(), at: now() }
      taken.tags.catch(() => (picture = undefined))
      picture = taken
    }
    return picture.tags
  }

  /** Place from 1; beyond the first 500 as it was up to three seconds ago. */
  async function positionOf(tag: number): Promise<number> {
    const before = await store.queuedBefore(tag, EXACT)
    return 1 + (before < EXACT ? before : Math.max(EXACT, firstNotBelow(await tags(), tag)))
  }

  /** Nothing left the queue lately: by the model's usual time and its slots. Seconds; null: nothing is known. */
  async function usualWait(model: string, position: number): Promise<number | null> {
    const usual = durations.typical(model)
    const slots = await routing.slotsOf(model)
    return usual === null || !slots ? null : Math.ceil((usual * position) / slots / 1000)
  }

  /** Lets one more in, inside a transaction: 0; or how many must leave first. Other nodes' may be missed for a second. */
  async function over(tx: Db): Promise<number> {
    if (waiting >= maxQueued || now() - countedAt >= COUNT) {
      waiting = await store.queued(tx)
      countedAt = now()
    }
    if (waiting >= maxQueued) return waiting - maxQueued + 1
    waiting++
    return 0
  }

  const retryAfter = (position: number) => Math.min(Math.max(throughput.secondsFor(position, now()) ?? 10, 1), 60)

  return {
    positionOf,

    /** Place in the queue from 1, and how long it may take to get a slot; null when it does not wait. */
    async waiting({ queueTag, model }: Task): Promise<{ position: number; seconds: number | null } | null> {
      if (queueTag === null) return null
      const position = await positionOf(queueTag)
      return { position, seconds: throughput.secondsFor(position, now()) ?? (await usualWait(model, position)) }
    },

    /** Lets one more task of a key wait, inside the transaction that writes it. Throws rate_limit_exceeded or overloaded. */
    async admit(tx: Db, key: Pick<Key, 'id' | 'maxQueued'>): Promise<void> {
      if (key.maxQueued !== null && (await store.queuedOf(tx, key.id)) >= key.maxQueued) {
        throw new ApiError('rate_limit_exceeded', {
          message: `This key may have ${key.maxQueued} tasks waiting, and has. Try again when some have started.`,
          retryAfterSeconds: retryAfter(1)
        })
      }
      const tooMany = await over(tx)
      if (tooMany > 0)
        throw new ApiError('overloaded', {
          message: 'Too many tasks are waiting. Try again later.',
          retryAfterSeconds: retryAfter(tooMany)
        })
    }
  }
}

export type QueuePosition = ReturnType<typeof createQueuePosition>

/** How many of the sorted numbers are smaller. */
function firstNotBelow(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
