import { hash, randomBytes } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { Key } from '../../db/index.ts'
import { ApiError } from '../../errors.ts'
import { networkOf } from '../../lib/address.ts'

/*
 * Requests per minute: a bucket of as many, filled evenly. Not @fastify/rate-limit: its local store evicts the least recently used, so that
 * anybody resets his own limit by bringing 5000 other names. Here a key's bucket lives as long as it says anything, and only verified keys
 * have one; addresses, which anybody can have many of, share a table of fixed size that forgets nothing. With REDIS_URL the buckets are all
 * nodes' together; without it, or while it does not answer, each node's own. Budgets and concurrency are exact on all nodes either way.
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
  return outcomeOf(allowed, { taken: allowed ? before + 1 : before, at: now }, perMinute)
}

function outcomeOf(allowed: boolean, bucket: Bucket, perMinute: number): Taken {
  const each = MINUTE / perMinute
  return {
    allowed,
    bucket,
    remaining: Math.max(0, Math.floor(perMinute - bucket.taken + 1e-6)),
    resetIn: bucket.taken * each,
    retryIn: allowed ? 0 : (bucket.taken + 1 - perMinute) * each
  }
}

interface Dependencies {
  now(): number
  failedAuthPerMinute: number
  /** buckets that all nodes share; null for an answer: count alone */
  shared?: { take(name: string, perMinute: number): Promise<{ allowed: boolean; taken: number } | null> } | null
}

export function createLimits({ now, failedAuthPerMinute, shared = null }: Dependencies) {
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

  function takeHere(id: string, perMinute: number): Taken {
    const at = now()
    sweep(at)
    const found = take(keys.get(id) ?? full, perMinute, at)
    keys.set(id, found.bucket)
    return found
  }

  function tell(
    reply: Pick<FastifyReply, 'headers'>,
    perMinute: number,
    { allowed, remaining, resetIn, retryIn }: Taken
  ) {
    reply.headers({
      'x-ratelimit-limit-requests': String(perMinute),
      'x-ratelimit-remaining-requests': String(remaining),
      'x-ratelimit-reset-requests': spell(resetIn)
    })
    if (!allowed)
      throw new ApiError('rate_limit_exceeded', {
        message: `This key may make ${perMinute} requests a minute. Slow down.`,
        retryAfterSeconds: Math.ceil(retryIn / 1000)
      })
  }

  return {
    /**
     * Counts a request of a verified key and writes its headers; a promise only where other nodes are asked. Throws rate_limit_exceeded with
     * the time to wait.
     */
    count(
      { id, requestsPerMinute: perMinute }: Pick<Key, 'id' | 'requestsPerMinute'>,
      reply: Pick<FastifyReply, 'headers'>
    ): void | Promise<void> {
      if (perMinute === null) return
      if (!shared) return tell(reply, perMinute, takeHere(id, perMinute))
      return shared.take(id, perMinute).then(found => {
        const outcome = found && outcomeOf(found.allowed, { taken: found.taken, at: now() }, perMinute)
        // what the others know is known here when they fall silent
        if (outcome) keys.set(id, outcome.bucket)
        tell(reply, perMinute, outcome ?? takeHere(id, perMinute))
      })
    },

    /** Counts a request with a wrong key. Throws rate_limit_exceeded when its address made too many; a right key is never held up. */
    countFailure(address: string): void {
      const network = networkOf(address)
      const cell = Number.parseInt(hash('sha256', salt + network).slice(0, 8), 16) % CELLS
      const before = { taken: taken[cell] ?? 0, at: times[cell] ?? 0 }
      const { bucket, allowed, retryIn } = take(before, failedAuthPerMinute, now())
      taken[cell] = bucket.taken
      times[cell] = bucket.at
      // what was tried at other nodes counts from the next one on: nobody waits for it
      void shared?.take(`failed-auth:${network}`, failedAuthPerMinute).then(found => {
        if (found) taken[cell] = Math.max(taken[cell] ?? 0, found.allowed ? found.taken : failedAuthPerMinute)
      })
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
