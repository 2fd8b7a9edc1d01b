import { hash, randomBytes } from 'node:crypto'
import { full, isForgettable, take, type Bucket, type Taken } from '../../lib/bucket.ts'

/* Where the buckets of requests per minute are kept: in this process and, with Redis, for all nodes together. */

/** One bucket for each name. */
export interface BucketMemory {
  get(name: string): Bucket
  set(name: string, bucket: Bucket): void
}

/** Buckets that nodes share. `take` gives null when nobody answers in time. */
export interface SharedBuckets {
  take(name: string, perMinute: number): Promise<Taken | null>
}

interface Dependencies {
  memory: BucketMemory
  shared: SharedBuckets | null
  now(): number
}

/** Takes one from a name's bucket: the nodes' common one, else this process's own, which knows what was last counted together. */
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

/** Remembers every name for as long as its bucket is not full: others, however many, never give a spent one its requests back. */
export function rememberEach(now: () => number): BucketMemory {
  const buckets = new Map<string, Bucket>()
  let sweptAt = now()

  return {
    get: name => buckets.get(name) ?? full,
    set(name, bucket) {
      buckets.set(name, bucket)
      if (!isForgettable({ taken: 0, at: sweptAt }, now())) return
      sweptAt = now()
      for (const [other, old] of buckets) if (isForgettable(old, sweptAt)) buckets.delete(other)
    }
  }
}

// two names in one cell share their limit
const CELLS = 65_536

/** A table of fixed size for names that anybody can have many of: nothing is forgotten, and memory is bounded. */
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
