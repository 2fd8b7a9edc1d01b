import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import type { Key } from '../../db/index.ts'
import { ApiError } from '../../errors.ts'
import type { Auth } from './auth.ts'
import { createLimits } from './rate-limit.ts'

/** Returns the key that a signed link stands for; null: the request has no signed link. Throws invalid_api_key when it is invalid. */
export type IdentifyLink = (request: FastifyRequest) => Promise<Key> | null

export interface AccessOptions {
  auth: Auth
  identifyLink: IdentifyLink
  failedAuthPerMinute: number
}

/** Returns the hooks that authenticate a request and count it against its key's limit. All keys go through here. */
export function createAccess(app: FastifyInstance, { auth, identifyLink, failedAuthPerMinute }: AccessOptions) {
  const limits = createLimits(app, failedAuthPerMinute)

  /** Uses a callback, and a promise only where the key must be read or has a limit: a promise costs a poll 0.4 µs. */
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

  // wrong keys are limited; requests without a key are only refused
  async function refuse(request: FastifyRequest, error: unknown): Promise<never> {
    if (error instanceof ApiError && error.code === 'invalid_api_key' && !auth.isWithoutKey(request))
      await limits.countFailure(request)
    throw error
  }

  const byKey = hookBy(auth.identify)

  return {
    byKey,

    byKeyOrLink: hookBy(request => identifyLink(request) ?? auth.identify(request)),

    /** For routes of admins only. */
    byAdminKey: [
      byKey,
      async ({ key }: FastifyRequest) => {
        if (key.role !== 'admin') throw new ApiError('admin_required')
      }
    ]
  }
}
