/* Requests per minute as a token bucket that refills evenly. Pure: memory and Redis store the same two numbers. */

const MINUTE = 60_000

/** How much of a bucket is used up, as of a time in milliseconds. */
export interface Bucket {
  taken: number
  at: number
}

export interface Taken {
  allowed: boolean
  bucket: Bucket
  /** requests that are allowed right now */
  remaining: number
  /** milliseconds until the bucket is full again */
  resetIn: number
  /** milliseconds until the next request is allowed; 0: now */
  retryIn: number
}

/** An untouched bucket. */
export const full: Bucket = { taken: 0, at: 0 }

/** Takes one request from a bucket of `perMinute`, at `now` in milliseconds. A refused request uses nothing up. */
export function take({ taken, at }: Bucket, perMinute: number, now: number): Taken {
  const each = MINUTE / perMinute
  const before = Math.max(0, taken - Math.max(0, now - at) / each)
  // the refilled amount is a fraction, so comparisons allow for rounding
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

/** Whether a bucket must be full again, so that it need not be stored. */
export const isRefilled = ({ at }: Bucket, now: number) => now - at >= MINUTE
