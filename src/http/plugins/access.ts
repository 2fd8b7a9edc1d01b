import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import type { Key } from '../../db/index.ts'
import { ApiError } from '../../errors.ts'
import type { Auth } from './auth.ts'
import { createLimits } from './rate-limit.ts'

/** Who asks by a signed link instead of a key; null: the request carries none. Throws invalid_api_key when the link is not good. */
export type IdentifyLink = (request: FastifyRequest) => Promise<Key> | null

export interface AccessOptions {
  auth: Auth
  identifyLink: IdentifyLink
  failedAuthPerMinute: number
}

/** The one door for keys: hooks that find out who asks, and count the request against the key's limit. */
export function createAccess(app: FastifyInstance, { auth, identifyLink, failedAuthPerMinute }: AccessOptions) {
  const limits = createLimits(app, failedAuthPerMinute)

  /** With a callback, and a promise only where the key must be read or has a limit: a promise costs a poll 0.4 µs. */
  const hookBy =
    (identify: (request: FastifyRequest) => Key | Promise<Key>) =>
    (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): unknown => {
      const admit = (key: Key) => {
        request.key = key
        return key.requestsPerMinute === null ? undefined : limits.count(request, reply)
      }
      try {
        const key = identify(request)
        if (key instanceof Promise) return key.then(admit, (error: unknown) => refuse(request, error))
        return admit(key) ?? done()
      } catch (error) {
        return refuse(request, error)
      }
    }

  // who guesses keys is slowed down, who forgot to send one is told
  async function refuse(request: FastifyRequest, error: unknown): Promise<never> {
    if (error instanceof ApiError && error.code === 'invalid_api_key' && !auth.isWithoutKey(request))
      await limits.countFailure(request)
    throw error
  }

  const byKey = hookBy(auth.identify)

  return {
    byKey,

    byKeyOrLink: hookBy(request => identifyLink(request) ?? auth.identify(request)),

    /** For routes that only admins may use. */
    byAdminKey: [
      byKey,
      async ({ key }: FastifyRequest) => {
        if (key.role !== 'admin') throw new ApiError('admin_required')
      }
    ]
  }
}
