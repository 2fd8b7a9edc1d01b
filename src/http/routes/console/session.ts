import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Audit } from '../../../admin/audit.ts'
import type { Sessions, SignedIn } from '../../../admin/sessions.ts'
import type { Setup } from '../../../admin/setup.ts'
import type { Users } from '../../../admin/users.ts'
import type { Key, User } from '../../../db/index.ts'
import type { By } from '../../../domain/audit.ts'
import { roleWithin } from '../../../domain/permissions.ts'
import { ApiError } from '../../../errors.ts'
import { parse } from '../../parse.ts'
import { callerOfSession } from '../../plugins/caller.ts'
import { CONSOLE_VALUE } from '../../plugins/same-origin.ts'
import type { SessionAuth } from '../../plugins/session-auth.ts'
import { anonymous, originOfSignIn } from './sign-in.ts'

export interface SessionServices {
  users: Users
  sessions: Sessions
  setup: Setup
  audit: Audit
  sessionAuth: SessionAuth
  /** returns the key with this secret, if the request may use it; throws invalid_api_key or ip_not_allowed */
  admitSecret(request: FastifyRequest, secret: string): Key | Promise<Key>
  /** counts a sign-in; throws rate_limit_exceeded */
  countSignIn(request: FastifyRequest): Promise<void>
  version: string
  publicUrl: string | undefined
  isSandbox: boolean
  /** of the identity provider; null: there is none */
  providerName: string | null
}

const password = z.string().min(1).max(1024)
export const signIn = z.union(
  [
    z.strictObject({ name: z.string().min(1).max(200), password }),
    z.strictObject({ email: z.string().min(1).max(200), password }),
    z.strictObject({ key: z.string().min(1).max(200) })
  ],
  { error: 'Send name and password, email and password, or key.' }
)

/** Whether somebody is signed in, signing in and out. */
export async function sessionRoutes(app: FastifyInstance, services: SessionServices) {
  const { users, sessions, setup, audit, sessionAuth, admitSecret, countSignIn } = services

  app.get('/status', async () => ({
    object: 'console.status' as const,
    setup_needed: await setup.isNeeded(),
    version: services.version,
    methods: {
      password: true,
      key: true,
      oidc: services.providerName === null ? null : { label: services.providerName, url: 'oidc' }
    },
    public_url: services.publicUrl ?? null,
    sandbox: services.isSandbox
  }))

  app.get('/session', async request => showSession(await signedInOf(request, sessionAuth)))

  app.post('/session', async (request, reply) => {
    const given = parse(signIn, request.body)
    await countSignIn(request)
    const by = anonymous(request)
    const opened =
      'key' in given
        ? await withKey(request, given.key, by)
        : await withPassword(request, 'name' in given ? given.name : given.email, given.password, by)
    return answer(request, reply, opened)
  })

  app.delete('/session', async (request, reply) => {
    const signedIn = await signedInOf(request, sessionAuth)
    const { actor, via, permissions } = callerOfSession(signedIn)
    await sessions.signOut(signedIn, { actor, via, permissions, ip: request.ip, requestId: request.id })
    sessionAuth.setCookie(request, reply, null)
    return { id: signedIn.session.id, object: 'session.deleted', deleted: true }
  })

  async function withPassword(request: FastifyRequest, name: string, given: string, by: By) {
    const { user, isRight } = await users.verify(name, given)
    const known = { ...by, actor: { kind: 'user' as const, id: user?.id ?? null, name: user?.name ?? null } }
    if (user && isRight) return sessions.openForUser(user, originOfSignIn(request), known)
    // an unknown name is not written down: people type passwords into the wrong field
    const target = { type: 'user', id: user?.id ?? null, name: user?.name ?? null } as const
    await audit.add(known, { action: 'user.sign_in_failed', target })
    throw new ApiError('sign_in_failed')
  }

  async function withKey(request: FastifyRequest, secret: string, by: By) {
    try {
      const key = await admitSecret(request, secret)
      const actor = { kind: 'key' as const, id: key.id, name: key.name }
      return await sessions.openForKey(key, secret, originOfSignIn(request), { ...by, actor })
    } catch (error) {
      if (error instanceof ApiError)
        await audit.add(by, { action: 'key.sign_in_failed', target: { type: 'key', id: null, name: null } })
      throw error
    }
  }

  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    { token, signedIn }: Awaited<ReturnType<Sessions['openForUser']>>
  ) {
    sessionAuth.setCookie(request, reply, token)
    return reply.code(201).send(showSession(signedIn))
  }
}

/** Returns the session of a request. Throws not_signed_in. */
export async function signedInOf(request: FastifyRequest, sessionAuth: SessionAuth): Promise<SignedIn> {
  const signedIn = await sessionAuth.identify(request)
  if (!signedIn) throw new ApiError('not_signed_in')
  return signedIn
}

export function showSession({ session, kind, user, key, permissions }: SignedIn) {
  return {
    id: session.id,
    object: 'session' as const,
    kind,
    user: user && briefOf(user),
    key: user ? null : { id: key.id, name: key.name, role: key.role },
    role: kind === 'member' ? ('member' as const) : (user?.role ?? roleWithin(permissions)),
    permissions: [...permissions],
    // the value of the header x-reelay-console of changes
    csrf: CONSOLE_VALUE,
    created_at: Math.floor(session.createdAt / 1000),
    expires_at: Math.floor(session.expiresAt / 1000)
  }
}

const briefOf = ({ id, name, email, role }: User) => ({ id, name, email, role })
