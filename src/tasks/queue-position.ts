import type { Db, Key, Task } from '../db/index.ts'
import type { SlotRoute } from '../stores/slots.ts'
import { ApiError } from '../errors.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { Durations } from './durations.ts'
import type { Routing } from './routing.ts'
import type { Throughput } from './throughput.ts'

interface Dependencies {
  store: Pick<
    TaskStore,
    'queuedByKey' | 'queuedOf' | 'queuedBefore' | 'queueTags' | 'isQueued' | 'missingSlot' | 'expectedTag'
  >
  routing: Pick<Routing, 'slotsOf'>
  durations: Pick<Durations, 'typical'>
  throughput: Throughput
  now(): number
  /** most tasks in the queue; a key with less than its share of them gets in even then */
  maxQueued: number
}

// further back an approximate position is enough
const EXACT_POSITIONS = 500
const SNAPSHOT_EVERY = 3000
const COUNT_EVERY = 1000
// a full queue is counted more often, but not for each of a thousand creates that it refuses
const COUNT_FULL_EVERY = 50

/** A place in the queue, from 1, and the estimated seconds until its turn; null: unknown. */
export interface QueuePlace {
  position: number
  seconds: number | null
}

/** Queue positions and limits. Every poll and every create needs them, so neither may count a long queue. */
export function createQueuePosition({ store, routing, durations, throughput, now, maxQueued }: Dependencies) {
  let snapshot: { tags: Promise<number[]>; at: number } | undefined
  // the last count plus what this node has admitted since: includes all of its own tasks
  let queued = new Map<string, number>()
  let total = 0
  let countedAt = -COUNT_EVERY

  function tags(): Promise<number[]> {
    if (!snapshot || now() - snapshot.at >= SNAPSHOT_EVERY) {
      const fresh = { tags: store.queueTags(), at: now() }
      fresh.tags.catch(() => (snapshot = undefined))
      snapshot = fresh
    }
    return snapshot.tags
  }

  /** Position from 1; beyond 500 it may be three seconds old. */
  async function positionOf(tag: number): Promise<number> {
    const before = await store.queuedBefore(tag, EXACT_POSITIONS)
    return 1 + (before < EXACT_POSITIONS ? before : Math.max(EXACT_POSITIONS, countBelow(await tags(), tag)))
  }

  /** Estimated wait in seconds, from the model's typical duration and slots, when no task has left the queue lately; null: unknown. */
  async function typicalWait(model: string, position: number): Promise<number | null> {
    const typical = durations.typical(model)
    const slots = await routing.slotsOf(model)
    return typical === null || !slots ? null : Math.ceil((typical * position) / slots / 1000)
  }

  async function placeAt(tag: number, model: string): Promise<QueuePlace> {
    const position = await positionOf(tag)
    return { position, seconds: throughput.secondsFor(position, now()) ?? (await typicalWait(model, position)) }
  }

  /**
   * Counts one more task of a key and returns 0, or returns how many must leave the queue first. A full queue still takes tasks of keys that have
   * less than an even share of it: no key can close it to the others. Other nodes' tasks may be missed for a second.
   */
  async function excess(tx: Db, keyId: string): Promise<number> {
    if (Math.abs(now() - countedAt) >= (isFull(keyId) ? COUNT_FULL_EVERY : COUNT_EVERY)) {
      queued = await store.queuedByKey(tx)
      total = [...queued.values()].reduce((sum, count) => sum + count, 0)
      countedAt = now()
    }
    if (isFull(keyId)) return Math.max(1, Math.min(total - maxQueued, own(keyId) - share(keyId)) + 1)
    queued.set(keyId, own(keyId) + 1)
    total++
    return 0
  }

  const own = (keyId: string) => queued.get(keyId) ?? 0
  const share = (keyId: string) => Math.floor(maxQueued / (queued.size + (queued.has(keyId) ? 0 : 1)))
  const isFull = (keyId: string) => total >= maxQueued && own(keyId) >= share(keyId)

  const retryAfter = (position: number) => Math.min(Math.max(throughput.secondsFor(position, now()) ?? 10, 1), 60)

  return {
    positionOf,

    /** Returns a task's position in the queue (from 1) and the estimated seconds until it gets a slot; null when it is not queued. */
    async waiting({ queueTag, model }: Task): Promise<QueuePlace | null> {
      return queueTag === null ? null : placeAt(queueTag, model)
    },

    /** Returns the place that a new task of a key would get; null: it would be submitted at once. */
    async expected(keyId: string, model: string, routes: readonly SlotRoute[]): Promise<QueuePlace | null> {
      const waits = (await store.isQueued(model)) || (await store.missingSlot(keyId, routes, now())) !== null
      return waits ? placeAt(await store.expectedTag(keyId), model) : null
    },

    /** Admits one more task of a key to the queue, inside the transaction that writes it. Throws rate_limit_exceeded or overloaded. */
    async admit(tx: Db, key: Pick<Key, 'id' | 'maxQueued'>): Promise<void> {
      if (key.maxQueued !== null && (await store.queuedOf(tx, key.id)) >= key.maxQueued) {
        throw new ApiError('rate_limit_exceeded', {
          message: `This key already has ${key.maxQueued} queued tasks, its limit. Try again when some have started.`,
          retryAfterSeconds: retryAfter(1)
        })
      }
      const tooMany = await excess(tx, key.id)
      if (tooMany > 0)
        throw new ApiError('overloaded', {
          message: 'Too many tasks are queued. Try again later.',
          retryAfterSeconds: retryAfter(tooMany)
        })
    }
  }
}

export type QueuePosition = ReturnType<typeof createQueuePosition>

/** How many of the sorted numbers are smaller than `value`. */
function countBelow(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
