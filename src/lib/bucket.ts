/* Requests per minute as a bucket that holds as many and is filled evenly. Pure: memory and Redis keep the same two numbers of it. */

const MINUTE = 60_000

/** What was taken from a bucket and not filled up since, as of a time in milliseconds. */
export interface Bucket {
  taken: number
  at: number
}

export interface Taken {
  allowed: boolean
  bucket: Bucket
  /** requests that may follow at once */
  remaining: number
  /** milliseconds until all may follow at once again */
  resetIn: number
  /** milliseconds until the next is allowed; 0: now */
  retryIn: number
}

/** Nothing was taken from it. */
export const full: Bucket = { taken: 0, at: 0 }

/** Takes one from a bucket of `perMinute`. Refusals cost nothing. */
export function take({ taken, at }: Bucket, perMinute: number, now: number): Taken {
  const each = MINUTE / perMinute
  const before = Math.max(0, taken - Math.max(0, now - at) / each)
  // what time filled up is a fraction, and fractions are rounded
  const allowed = before + 1 <= perMinute + 1e-6
  const after = allowed ? before + 1 : before
  return {
    allowed,
    bucket: { taken: after, at: now },
    remaining: Math.max(0, Math.floor(perMinute - after + 1e-6)),
    resetIn: after * each,
    retryIn: allowed ? 0 : (after + 1 - perMinute) * each
  }
}

/** After as long without requests a bucket is full, whatever it holds: nobody need remember it. */
export const isForgettable = ({ at }: Bucket, now: number) => now - at >= MINUTE
