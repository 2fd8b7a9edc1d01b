import rateLimit, { type FastifyRateLimitStore, type FastifyRateLimitStoreCtor } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ApiError } from '../../errors.ts'
import { networkOf } from '../../lib/address.ts'
import { recordOf } from '../../lib/records.ts'
import { createBuckets, rememberEach, rememberInCells, type BucketMemory, type SharedBuckets } from './buckets.ts'

/*
 * Requests per minute: @fastify/rate-limit with our own store. Its local store evicts the least recent of 5000 names, so a client could
 * reset its limit by using others; here a key's bucket is remembered until it is full again.
 */

const MINUTE = 60_000

export interface RateLimitOptions {
  /** null: this process counts alone */
  shared: SharedBuckets | null
  now(): number
}

export const rateLimits = fp(
  async (app: FastifyInstance, { now, shared }: RateLimitOptions) => {
    const takeFrom = createBuckets({ memory: rememberBoth(now), shared, now })
    const store: FastifyRateLimitStore = {
      incr(name, done, _window, max) {
        const taken = takeFrom(name, max)
        const tell = ({ allowed, remaining, resetIn, retryIn }: Awaited<typeof taken>) =>
          done(null, allowed ? { current: max - remaining, ttl: resetIn } : { current: max + 1, ttl: retryIn })
        if (taken instanceof Promise) taken.then(tell, done)
        else tell(taken)
      },
      child: () => store
    }
    // true because the library calls `new Store()`, and a function that returns an object yields that object
    const Store = function () {
      return store
    } as unknown as FastifyRateLimitStoreCtor
    await app.register(rateLimit, { global: false, timeWindow: MINUTE, store: Store })
  },
  { name: 'rate-limits' }
)

/** Returns counters of requests; `rateLimits` must be registered before. */
export function createLimits(app: FastifyInstance, failedAuthPerMinute: number) {
  const ofKey = app.createRateLimit({
    keyGenerator: ({ key }) => key.id,
    // true because only requests of keys with a limit are counted
    max: ({ key }) => key.requestsPerMinute!
  })
  const ofAddress = app.createRateLimit({
    keyGenerator: ({ ip }) => ADDRESS + networkOf(ip),
    max: failedAuthPerMinute
  })

  return {
    /** Counts a request of a key that has a limit, and writes its headers. Throws rate_limit_exceeded with the time to wait. */
    async count(request: FastifyRequest, reply: FastifyReply): Promise<void> {
      const counted = await ofKey(request)
      if (counted.isAllowed) return
      const { max, remaining, ttl, isExceeded } = counted
      reply.headers({
        'x-ratelimit-limit-requests': String(max),
        'x-ratelimit-remaining-requests': String(remaining),
        // after a refusal `ttl` is the time until the next request; each further one takes another share of a minute
        'x-ratelimit-reset-requests': durationText(isExceeded ? ttl + ((max - 1) * MINUTE) / max : ttl)
      })
      const retryAfterSeconds = Math.ceil(ttl / 1000)
      if (isExceeded)
        throw new ApiError('rate_limit_exceeded', {
          message: `This key is limited to ${max} requests per minute. Try again in ${retryAfterSeconds} s.`,
          retryAfterSeconds
        })
    },

    /** Counts a wrong key of an address. Throws rate_limit_exceeded when there were too many; valid keys are never affected. */
    async countFailure(request: FastifyRequest): Promise<void> {
      const counted = await ofAddress(request)
      if (!counted.isAllowed && counted.isExceeded)
        throw new ApiError('rate_limit_exceeded', {
          message: 'Too many requests with an invalid API key from this address. Check the key and try again later.',
          retryAfterSeconds: Math.ceil(counted.ttl / 1000)
        })
    }
  }
}

/** Returns a counter of sign-ins; `rateLimits` must be registered before. */
export function createSignInLimit(app: FastifyInstance, perMinute: number) {
  const ofAddress = app.createRateLimit({ keyGenerator: ({ ip }) => SIGN_IN + networkOf(ip), max: perMinute })
  // counted over all addresses
  const ofAccount = app.createRateLimit({
    keyGenerator: ({ body }) => `${SIGN_IN}account ${accountOf(body)}`,
    max: perMinute
  })

  /** Counts a sign-in for its address and, when it names one, its account. Throws rate_limit_exceeded when there were too many. */
  return async (request: FastifyRequest): Promise<void> => {
    for (const limit of accountOf(request.body) === '' ? [ofAddress] : [ofAddress, ofAccount]) {
      const counted = await limit(request)
      if (counted.isAllowed || !counted.isExceeded) continue
      const retryAfterSeconds = Math.ceil(counted.ttl / 1000)
      throw new ApiError('rate_limit_exceeded', {
        message: `Too many sign-ins. Try again in ${retryAfterSeconds} s.`,
        retryAfterSeconds
      })
    }
  }
}

/** Returns the name or e-mail address that a sign-in is for, as it is compared. */
function accountOf(body: unknown): string {
  const { name, email } = recordOf(body)
  return String(email ?? name ?? '')
    .normalize('NFKC')
    .trim()
    .toLowerCase()
}

const ADDRESS = 'failed-auth:'
const SIGN_IN = 'sign-in:'

/** Remembers every key; addresses and accounts, of which a client can name many, in a table of fixed size. */
function rememberBoth(now: () => number): BucketMemory {
  const [keys, addresses] = [rememberEach(now), rememberInCells()]
  const memoryOf = (name: string) => (name.startsWith(ADDRESS) || name.startsWith(SIGN_IN) ? addresses : keys)
  return { get: name => memoryOf(name).get(name), set: (name, bucket) => memoryOf(name).set(name, bucket) }
}

/** Formats a duration as OpenAI does: `850ms`, `12s`, `1m0s`. */
function durationText(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.ceil(milliseconds)}ms`
  const seconds = Math.ceil(milliseconds / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
