import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ApiError } from '../../errors.ts'
import type { ByteBudget, Share } from '../../lib/byte-budget.ts'

/*
 * Bodies on their way in: how large each may be, how many bytes there may be at once, and how slowly they may come. A body whose length is known
 * takes its bytes before it is read; until they are free its client is not read from.
 */

const MEGABYTE = 1024 * 1024
/** of routes that take images: enough for several in base64 */
export const IMAGES_BODY_LIMIT = 64 * MEGABYTE
/** of all other routes */
export const BODY_LIMIT = MEGABYTE

// how long a body waits for others to end
const WAIT_MS = 5000
const RETRY_AFTER_SECONDS = 2
// a body of any size has this long; then it must have come at the lowest rate, on average
const GRACE_MS = 10_000
const BYTES_PER_SECOND = 16 * 1024
const CHECK_MS = 1000

declare module 'fastify' {
  interface FastifyRequest {
    /** the body of the request, while it is read and used; null: it has none */
    intake: Intake | null
  }
}

export interface IntakeOptions {
  bodies: ByteBudget
  now(): number
}

export type Intake = ReturnType<typeof createIntake>

/** Counts the bodies of all requests in its scope. */
export const intakes = fp(
  async (app: FastifyInstance, { bodies, now }: IntakeOptions) => {
    const open = new Set<Intake>()
    const timer = setInterval(() => {
      for (const intake of open) intake.checkRate()
    }, CHECK_MS).unref()
    app.addHook('onClose', async () => clearInterval(timer))

    app.decorateRequest('intake', null)
    app.addHook('preParsing', (request, reply, _payload, done) => {
      const length = lengthOf(request)
      if (length === 0) return done()
      const { bodyLimit } = request.routeOptions
      if (length !== null && length > bodyLimit) return done(tooLarge(bodyLimit))
      const owner = ownerOf(request)
      const begin = (share: Share | null) => {
        if (!share) return done(full(bodies.isOver(owner, length ?? 0)))
        const intake = createIntake({ share, length, isOver: bytes => bodies.isOver(owner, bytes), now })
        open.add(intake)
        request.intake = intake
        const end = () => {
          open.delete(intake)
          intake.close()
        }
        reply.raw.once('close', end)
        if (reply.raw.destroyed) end()
        done()
      }
      const share = bodies.take(owner, length ?? 0)
      if (share) begin(share)
      else void bodies.wait(owner, length ?? 0, WAIT_MS).then(begin)
    })
  },
  { name: 'intakes' }
)

interface IntakeSettings {
  share: Share
  /** null: not known before the end */
  length: number | null
  /** whether it is its own key that has too many bytes */
  isOver(bytes: number): boolean
  now(): number
}

function createIntake({ share, length, isOver, now }: IntakeSettings) {
  const startedAt = now()
  const late = Promise.withResolvers<never>()
  // refused only for whoever waits for it
  late.promise.catch(() => {})
  let received = 0
  let users = 0
  let closed = false

  const releaseUnused = () => {
    if (closed && users === 0) share.release()
  }

  return {
    /** Counts bytes that have come. Returns the refusal when there is no room for them. */
    count(bytes: number): ApiError | undefined {
      received += bytes
      return length === null && !share.grow(bytes) ? full(isOver(bytes)) : undefined
    },

    /** Returns what `reading` gives, unless the body comes too slowly. Throws request_timeout. */
    async inTime<T>(reading: Promise<T>): Promise<T> {
      try {
        return await Promise.race([reading, late.promise])
      } finally {
        // whole, or given up: its rate no longer matters
        received = Infinity
        reading.catch(() => {})
      }
    },

    checkRate() {
      const elapsed = now() - startedAt
      if (elapsed >= GRACE_MS && received < (elapsed / 1000) * BYTES_PER_SECOND)
        late.reject(new ApiError('request_timeout', { message: 'The body came too slowly. Send it again.' }))
    },

    /** Counts the body until `work` is over, although its client may have gone. */
    async during<T>(work: () => Promise<T>): Promise<T> {
      users++
      try {
        return await work()
      } finally {
        users--
        releaseUnused()
      }
    },

    /** The request has ended. */
    close() {
      closed = true
      releaseUnused()
    }
  }
}

/** Reads a whole body into memory. Throws request_too_large, request_timeout, and what `count` refuses. */
export async function readBody({ intake, headers, routeOptions }: FastifyRequest, payload: Readable): Promise<Buffer> {
  if (!intake) return Buffer.alloc(0)
  const { bodyLimit } = routeOptions
  const length = Number(headers['content-length'])
  const read = async () => {
    // of a known length, so that the bytes are in memory once
    const whole = length > 0 ? Buffer.allocUnsafe(length) : null
    const chunks: Buffer[] = []
    let size = 0
    // a destroyed request could not be answered
    for await (const chunk of payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      const refusal = size + chunk.length > bodyLimit ? tooLarge(bodyLimit) : intake.count(chunk.length)
      if (refusal) throw refusal
      if (whole) chunk.copy(whole, size)
      else chunks.push(chunk)
      size += chunk.length
    }
    return whole ? whole.subarray(0, size) : Buffer.concat(chunks)
  }
  return intake.inTime(read())
}

export const tooLarge = (limit: number) =>
  new ApiError('request_too_large', {
    message: `The body must be at most ${limit < MEGABYTE ? `${limit / 1000} kB` : `${limit / MEGABYTE} MB`}.`
  })

const full = (ofKey: boolean) =>
  ofKey
    ? new ApiError('rate_limit_exceeded', {
        message: 'This key is sending too many bytes at once. Try again when some of its requests have ended.',
        retryAfterSeconds: RETRY_AFTER_SECONDS
      })
    : new ApiError('overloaded', {
        message: 'Too many bytes are being sent at once. Try again soon.',
        retryAfterSeconds: RETRY_AFTER_SECONDS
      })

/** The length of a body in bytes; 0: there is none; null: it is sent in chunks. */
function lengthOf({ headers }: FastifyRequest): number | null {
  if (headers['transfer-encoding'] !== undefined) return null
  return Number(headers['content-length'] ?? 0)
}

// vendors' callbacks have no key
const ownerOf = ({ key }: FastifyRequest) => (key as FastifyRequest['key'] | undefined)?.id ?? 'callbacks'
