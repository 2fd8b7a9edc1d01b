import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Sessions } from '../../../admin/sessions.ts'
import type { Setup } from '../../../admin/setup.ts'
import type { Users } from '../../../admin/users.ts'
import type { User } from '../../../db/index.ts'
import { ApiError } from '../../../errors.ts'
import { parse } from '../../parse.ts'
import { callerOfSession } from '../../plugins/caller.ts'
import type { SessionAuth } from '../../plugins/session-auth.ts'
import { email, userName } from '../admin/users.ts'
import { showSession, signedInOf } from './session.ts'
import { anonymous, originOfSignIn } from './sign-in.ts'

export interface PasswordServices {
  users: Users
  sessions: Sessions
  setup: Setup
  sessionAuth: SessionAuth
  /** counts a sign-in; throws rate_limit_exceeded */
  countSignIn(request: FastifyRequest): Promise<void>
}

const token = z.string().min(1).max(200)
const password = z.string().min(12, 'must have at least 12 characters').max(1024)

export const setupFields = z.strictObject({ token, name: userName, email: email.nullable().default(null), password })
export const invited = z.strictObject({ token, password })
export const changed = z.strictObject({ password: z.string().max(1024), new_password: password })

/** Where passwords are set: by the first owner, by whoever got a one-time link, by oneself. */
export async function passwordRoutes(
  app: FastifyInstance,
  { users, sessions, setup, sessionAuth, countSignIn }: PasswordServices
) {
  app.get('/setup', async () => ({ object: 'console.setup' as const, needed: await setup.isNeeded() }))

  app.post('/setup', async (request, reply) => {
    const given = parse(setupFields, request.body)
    await countSignIn(request)
    return signIn(request, reply, await setup.complete(given, anonymous(request)))
  })

  app.post('/invite', async (request, reply) => {
    const given = parse(invited, request.body)
    await countSignIn(request)
    return signIn(request, reply, await users.accept(given.token, given.password, anonymous(request)))
  })

  app.post('/password', async request => {
    const signedIn = await signedInOf(request, sessionAuth)
    if (!signedIn.user) throw new ApiError('permission_denied', { message: 'A key has no password.' })
    const given = parse(changed, request.body)
    await countSignIn(request)
    const { actor, via, permissions } = callerOfSession(signedIn)
    await users.changePassword(
      signedIn.user,
      { present: given.password, next: given.new_password, session: signedIn.session.id },
      { actor, via, permissions, ip: request.ip, requestId: request.id }
    )
    return { object: 'user.password' as const, changed: true }
  })

  async function signIn(request: FastifyRequest, reply: FastifyReply, user: User) {
    const by = { ...anonymous(request), actor: { kind: 'user' as const, id: user.id, name: user.name } }
    const { token: secret, signedIn } = await sessions.openForUser(user, originOfSignIn(request), by)
    sessionAuth.setCookie(request, reply, secret)
    return reply.code(201).send(showSession(signedIn))
  }
}
