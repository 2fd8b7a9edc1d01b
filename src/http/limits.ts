import { hash, randomBytes } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { Key } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { networkOf } from '../lib/address.ts'

/*
 * Requests per minute: a bucket of as many, filled evenly. Not @fastify/rate-limit: its local store evicts the least recently used, so that
 * anybody resets his own limit by bringing 5000 other names. Here a key's bucket lives as long as it says anything, and only verified keys
 * have one; addresses, which anybody can have many of, share a table of fixed size that forgets nothing. Limits are per process: N nodes
 * allow N times as much. Budgets and concurrency are exact on all nodes; this protects a node.
 */

const MINUTE = 60_000
// a power of two; two addresses in one cell share their limit, which only costs those that send wrong keys
const CELLS = 65_536

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

/** Takes one from a bucket of `perMinute`. Refusals cost nothing. Pure. */
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
    retryIn: allowed ? 0 : (before + 1 - perMinute) * each
  }
}

interface Dependencies {
  now(): number
  failedAuthPerMinute: number
}

export function createLimits({ now, failedAuthPerMinute }: Dependencies) {
  const keys = new Map<string, Bucket>()
  const [taken, times] = [new Float64Array(CELLS), new Float64Array(CELLS)]
  const salt = randomBytes(16).toString('hex')
  let sweptAt = now()

  // after a minute without requests a bucket is full, which is the same as none
  function sweep(at: number) {
    if (at - sweptAt < MINUTE) return
    sweptAt = at
    for (const [id, bucket] of keys) if (at - bucket.at >= MINUTE) keys.delete(id)
  }

  return {
    /** Counts a request of a verified key and writes its headers. Throws rate_limit_exceeded with the time to wait. */
    count(
      { id, requestsPerMinute }: Pick<Key, 'id' | 'requestsPerMinute'>,
      reply: Pick<FastifyReply, 'headers'>
    ): void {
      if (requestsPerMinute === null) return
      const at = now()
      sweep(at)
      const { bucket, allowed, remaining, resetIn, retryIn } = take(keys.get(id) ?? full, requestsPerMinute, at)
      keys.set(id, bucket)
      reply.headers({
        'x-ratelimit-limit-requests': String(requestsPerMinute),
        'x-ratelimit-remaining-requests': String(remaining),
        'x-ratelimit-reset-requests': spell(resetIn)
      })
      if (!allowed)
        throw new ApiError('rate_limit_exceeded', {
          message: `This key may make ${requestsPerMinute} requests a minute. Slow down.`,
          retryAfterSeconds: Math.ceil(retryIn / 1000)
        })
    },

    /** Counts a request with a wrong key. Throws rate_limit_exceeded when its address made too many; a right key is never held up. */
    countFailure(address: string): void {
      const cell = Number.parseInt(hash('sha256', salt + networkOf(address)).slice(0, 8), 16) % CELLS
      const before = { taken: taken[cell] ?? 0, at: times[cell] ?? 0 }
      const { bucket, allowed, retryIn } = take(before, failedAuthPerMinute, now())
      taken[cell] = bucket.taken
      times[cell] = bucket.at
      if (!allowed)
        throw new ApiError('rate_limit_exceeded', {
          message: 'Too many requests with a wrong API key from this address. Check the key.',
          retryAfterSeconds: Math.ceil(retryIn / 1000)
        })
    }
  }
}

export type Limits = ReturnType<typeof createLimits>

const full: Bucket = { taken: 0, at: 0 }

/** As OpenAI writes it: `850ms`, `12s`, `1m0s`. */
function spell(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.ceil(milliseconds)}ms`
  const seconds = Math.ceil(milliseconds / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
