import type { FastifyReply, FastifyRequest } from 'fastify'
import { LONGEST_MS, type Sessions, type SignedIn } from '../../admin/sessions.ts'
import { ApiError } from '../../errors.ts'
import { createRecent } from '../../lib/recent.ts'
import type { Signal } from '../../lib/signal.ts'
import { hashToken } from '../../lib/tokens.ts'
import { readCookie, writeCookie } from './cookies.ts'
import { createFreshReads } from './fresh-reads.ts'
import { checkAddress } from './ip-allowlist.ts'
import { requireSameOrigin } from './same-origin.ts'

interface Dependencies {
  sessions: Pick<Sessions, 'find' | 'isValid' | 'touch'>
  publicUrl: string | undefined
  now(): number
  /** emit when a session, a user or a key changed */
  changes: readonly Signal[]
}

const COOKIE = 'reelay_session'
const TOUCH_MS = 60_000

/** Authenticates requests by the session cookie of the console, on the paths that the console uses. */
export function createSessionAuth({ sessions, publicUrl, now, changes }: Dependencies) {
  const remembered = createFreshReads<SignedIn>({ now, changes })
  const touched = createRecent<number>(10_000)

  function admit(request: FastifyRequest, signedIn: SignedIn | undefined): SignedIn {
    if (!signedIn || !sessions.isValid(signedIn)) throw new ApiError('not_signed_in')
    checkAddress(signedIn.key, request.ip)
    requireSameOrigin(request, publicUrl)
    touch(signedIn, request.ip)
    return signedIn
  }

  function touch({ session }: SignedIn, ip: string) {
    if (now() - (touched.get(session.id) ?? session.lastSeenAt) < TOUCH_MS) return
    touched.set(session.id, now())
    sessions.touch(session, ip).catch(() => touched.delete(session.id))
  }

  return {
    /** Returns the session of a request; null: it has no cookie. Throws not_signed_in, ip_not_allowed or cross_site_request. */
    identify(request: FastifyRequest): SignedIn | Promise<SignedIn> | null {
      if (request.headers.cookie === undefined || !/^\/(v1|admin|console\/api)\//.test(request.url)) return null
      const token = readCookie(request, COOKIE)
      if (token === undefined) return null
      const name = hashToken(token)
      const found = remembered(name, () => sessions.find(name))
      return found instanceof Promise ? found.then(one => admit(request, one)) : admit(request, found)
    },

    /** Sets the cookie of a session, or deletes it. */
    setCookie(request: FastifyRequest, reply: FastifyReply, token: string | null) {
      reply.header(
        'set-cookie',
        writeCookie(COOKIE, token ?? '', {
          ...cookieScope(request, publicUrl),
          maxAge: token === null ? 0 : LONGEST_MS / 1000,
          sameSite: 'Strict'
        })
      )
    }
  }
}

export type SessionAuth = ReturnType<typeof createSessionAuth>

/** Returns the path of the console's cookies, and whether they need HTTPS. */
export function cookieScope({ protocol }: FastifyRequest, publicUrl: string | undefined) {
  const url = publicUrl === undefined ? undefined : new URL(publicUrl)
  return { path: url?.pathname ?? '/', isSecure: url?.protocol === 'https:' || protocol === 'https' }
}
