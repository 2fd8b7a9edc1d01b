import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import type { SignedIn } from '../../admin/sessions.ts'
import type { Key } from '../../db/index.ts'
import { isUsable } from '../../domain/key-use.ts'
import { ApiError } from '../../errors.ts'
import type { Auth } from './auth.ts'
import { callerOf, callerOfSession, CLI_KEY, requirePermission } from './caller.ts'
import { createLimits } from './rate-limit.ts'

/** Returns the key that a signed link stands for; null: the request has no signed link. Throws invalid_api_key when it is invalid. */
export type IdentifyLink = (request: FastifyRequest) => Promise<Key> | null

export interface AccessOptions {
  auth: Auth
  identifyLink: IdentifyLink
  /** returns a key by its id, also a revoked one */
  keyById(id: string): Promise<Key | undefined>
  failedAuthPerMinute: number
  now(): number
}

/**
 * Returns the hooks that authenticate a request and count it against its key's limit. All keys and sessions go through here. Every route in
 * the scope must declare the permission that it needs.
 */
export function createAccess(
  app: FastifyInstance,
  { auth, identifyLink, keyById, failedAuthPerMinute, now }: AccessOptions
) {
  const limits = createLimits(app, failedAuthPerMinute)

  app.addHook('onRoute', ({ url, method, config }) => {
    if (!config?.permission)
      throw new Error(`${String(method)} ${url} declares no permission: see http/plugins/caller.ts`)
  })

  /** Uses a callback, and a promise only where the key must be read or has a limit: a promise costs a poll 0.4 µs. */
  const hookBy =
    (identify: (request: FastifyRequest) => Key | SignedIn | Promise<Key | SignedIn>) =>
    (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): unknown => {
      const admit = (found: Key | SignedIn) => {
        const key = 'session' in found ? enter(request, found) : found
        request.key = key
        if (key.scopes !== null) requirePermission(request, callerOf(request).permissions)
        return key.requestsPerMinute === null ? undefined : limits.count(request, reply)
      }
      try {
        const found = identify(request)
        if (found instanceof Promise) return found.then(admit, (error: unknown) => refuse(request, error))
        return admit(found) ?? done()
      } catch (error) {
        return refuse(request, error)
      }
    }

  function enter(request: FastifyRequest, signedIn: SignedIn): Key {
    request.caller = callerOfSession(signedIn)
    if (signedIn.kind !== 'member') requirePermission(request, signedIn.permissions)
    return signedIn.key
  }

  // wrong keys and sessions are limited; requests without any are only refused
  async function refuse(request: FastifyRequest, error: unknown): Promise<never> {
    const code = error instanceof ApiError ? error.code : null
    if (code === 'not_signed_in' || (code === 'invalid_api_key' && !auth.isWithoutKey(request)))
      await limits.countFailure(request)
    throw error
  }

  /** Lets an admin act as a key, by its id in `x-reelay-key`: its models, budget and limits apply. */
  async function actAs(request: FastifyRequest, reply: FastifyReply, id: string) {
    if (request.key.role !== 'admin')
      throw new ApiError('admin_required', { message: 'x-reelay-key: only admins may act as another key.' })
    const key = await keyById(id)
    const isCli = id === CLI_KEY
    const reason =
      !key || key.userId !== null || (key.revokedAt !== null && !isCli)
        ? `there is no key ${id.slice(0, 100)}`
        : isCli || isUsable(key, now())
          ? null
          : `the key ${key.name} is disabled or has expired`
    if (reason !== null || !key)
      throw new ApiError('invalid_request', { param: 'x-reelay-key', message: `x-reelay-key: ${reason}.` })
    request.caller = callerOf(request)
    request.key = key
    if (key.requestsPerMinute !== null) await limits.count(request, reply)
  }

  const byKey = hookBy(auth.identify)

  return {
    byKey,

    // a link needs no permission
    byKeyOrLink: hookBy(
      request => identifyLink(request)?.then(key => ({ ...key, scopes: null })) ?? auth.identify(request)
    ),

    /** For routes where an admin may act as a key; after `byKey`. */
    byKeyInHeader(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): unknown {
      const id = request.headers['x-reelay-key']
      return id === undefined ? done() : actAs(request, reply, String(id))
    },

    /** For routes of admins only. */
    byAdmin: [
      byKey,
      async (request: FastifyRequest) => {
        if (request.key.role !== 'admin') throw new ApiError('admin_required')
      }
    ]
  }
}
