import { hash, randomBytes } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { Key } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { networkOf } from '../lib/address.ts'

/*
 * Requests per minute, by GCRA: one number per name says when its bucket will be full again. Not @fastify/rate-limit: its local store evicts the
 * least recently used, so that anybody resets his own limit by bringing 5000 other names. Here a key's number lives as long as it says
 * anything, and only verified keys have one; addresses, which anybody can have many of, share a table of fixed size that forgets nothing.
 * Limits are per process: N nodes allow N times as much. Budgets and concurrency are exact on all nodes; this protects a node.
 */

const MINUTE = 60_000
const SWEEP_AT = 10_000
// a power of two; two addresses in one cell share their limit, which only costs those that send wrong keys
const CELLS = 65_536

export interface Taken {
  allowed: boolean
  /** requests that may follow at once */
  remaining: number
  /** milliseconds until all may follow at once again */
  resetIn: number
  /** milliseconds until the next is allowed; 0: now */
  retryIn: number
}

/** Takes one of `perMinute` from a bucket that is full again at `full`. Gives what is left, and when it is full afterwards. Pure. */
export function take(full: number, perMinute: number, now: number): Taken & { full: number } {
  const each = MINUTE / perMinute
  const next = Math.max(full, now) + each
  const allowed = next - now <= MINUTE + 1e-6
  const kept = allowed ? next : Math.max(full, now)
  return {
    full: kept,
    allowed,
    remaining: Math.max(0, Math.floor((MINUTE - (kept - now)) / each + 1e-6)),
    resetIn: kept - now,
    retryIn: allowed ? 0 : next - now - MINUTE
  }
}

interface Dependencies {
  now(): number
  failedAuthPerMinute: number
}

export function createLimits({ now, failedAuthPerMinute }: Dependencies) {
  const keys = new Map<string, number>()
  const addresses = new Float64Array(CELLS)
  const salt = randomBytes(16).toString('hex')

  function sweep(at: number) {
    // a full bucket is the same as none
    for (const [id, full] of keys) if (full <= at) keys.delete(id)
  }

  return {
    /** Counts a request of a verified key and writes its headers. Throws rate_limit_exceeded with the time to wait. */
    count(
      { id, requestsPerMinute }: Pick<Key, 'id' | 'requestsPerMinute'>,
      reply: Pick<FastifyReply, 'headers'>
    ): void {
      if (requestsPerMinute === null) return
      const at = now()
      if (keys.size >= SWEEP_AT && !keys.has(id)) sweep(at)
      const { full, allowed, remaining, resetIn, retryIn } = take(keys.get(id) ?? 0, requestsPerMinute, at)
      keys.set(id, full)
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
      const { full, allowed, retryIn } = take(addresses[cell] ?? 0, failedAuthPerMinute, now())
      addresses[cell] = full
      if (!allowed)
        throw new ApiError('rate_limit_exceeded', {
          message: 'Too many requests with a wrong API key from this address. Check the key.',
          retryAfterSeconds: Math.ceil(retryIn / 1000)
        })
    }
  }
}

export type Limits = ReturnType<typeof createLimits>

/** As OpenAI writes it: `850ms`, `12s`, `1m0s`. */
function spell(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.ceil(milliseconds)}ms`
  const seconds = Math.ceil(milliseconds / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
