import { hash, randomBytes } from 'node:crypto'
import { full, isRefilled, take, type Bucket, type Taken } from '../../lib/bucket.ts'

/* The buckets of requests per minute: in this process and, with Redis, shared by all nodes. */

/** One bucket per name. */
export interface BucketMemory {
  get(name: string): Bucket
  set(name: string, bucket: Bucket): void
}

/** Buckets shared by nodes. `take` returns null when there is no answer in time. */
export interface SharedBuckets {
  take(name: string, perMinute: number): Promise<Taken | null>
}

interface Dependencies {
  memory: BucketMemory
  shared: SharedBuckets | null
  now(): number
}

/** Returns a function that takes one from a name's bucket: the shared one, else this process's own, which has the last shared count. */
export function createBuckets({ memory, shared, now }: Dependencies) {
  function takeHere(name: string, perMinute: number): Taken {
    const taken = take(memory.get(name), perMinute, now())
    memory.set(name, taken.bucket)
    return taken
  }

  return (name: string, perMinute: number): Taken | Promise<Taken> => {
    if (!shared) return takeHere(name, perMinute)
    return shared.take(name, perMinute).then(taken => {
      if (!taken) return takeHere(name, perMinute)
      // by this process's clock
      memory.set(name, { taken: taken.bucket.taken, at: now() })
      return taken
    })
  }
}

/** Remembers every name until its bucket is full again: other names, however many, never reset a used one. */
export function rememberEach(now: () => number): BucketMemory {
  const buckets = new Map<string, Bucket>()
  let sweptAt = now()

  return {
    get: name => buckets.get(name) ?? full,
    set(name, bucket) {
      buckets.set(name, bucket)
      if (!isRefilled({ taken: 0, at: sweptAt }, now())) return
      sweptAt = now()
      for (const [other, old] of buckets) if (isRefilled(old, sweptAt)) buckets.delete(other)
    }
  }
}

// two names in the same cell share their limit
const CELLS = 65_536

/** A table of fixed size for names that a client can have many of: nothing is evicted, and memory is bounded. */
export function rememberInCells(): BucketMemory {
  const [taken, times] = [new Float64Array(CELLS), new Float64Array(CELLS)]
  const salt = randomBytes(16).toString('hex')
  const cellOf = (name: string) => Number.parseInt(hash('sha256', salt + name).slice(0, 8), 16) % CELLS

  return {
    get(name) {
      const cell = cellOf(name)
      return { taken: taken[cell] ?? 0, at: times[cell] ?? 0 }
    },
    set(name, bucket) {
      const cell = cellOf(name)
      taken[cell] = bucket.taken
      times[cell] = bucket.at
    }
  }
}
