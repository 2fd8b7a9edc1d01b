import type { Db } from '../db/index.ts'
import type { TaskStore } from '../stores/tasks.ts'

interface Dependencies {
  store: Pick<TaskStore, 'queued' | 'queuedBefore' | 'queueTags'>
  now(): number
  /** tasks that may wait at once, all keys together */
  maxQueued: number
}

// whoever is further back cares less for the exact number than for a quick answer
const EXACT = 500
const PICTURE = 3000
const COUNT = 1000

/** Places in the queue, and whether there is one left: asked by every poll and every create, so neither may count a long queue. */
export function createPlaces({ store, now, maxQueued }: Dependencies) {
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

  return {
    /** Place from 1; beyond the first 500 as it was up to three seconds ago. */
    async placeOf(tag: number): Promise<number> {
      const before = await store.queuedBefore(tag, EXACT)
      return 1 + (before < EXACT ? before : Math.max(EXACT, firstNotBelow(await tags(), tag)))
    },

    /** Lets one more in, inside a transaction: 0; or how many must leave first. Other nodes' may be missed for a second. */
    async admit(tx: Db): Promise<number> {
      if (waiting >= maxQueued || now() - countedAt >= COUNT) {
        waiting = await store.queued(tx)
        countedAt = now()
      }
      if (waiting >= maxQueued) return waiting - maxQueued + 1
      waiting++
      return 0
    }
  }
}

export type Places = ReturnType<typeof createPlaces>

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
