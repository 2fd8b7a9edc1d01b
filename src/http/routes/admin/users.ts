import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Invitation, Users } from '../../../admin/users.ts'
import type { User } from '../../../db/index.ts'
import { userRoles } from '../../../domain/permissions.ts'
import { defined } from '../../../lib/defined.ts'
import { integer, parse } from '../../parse.ts'
import { byOf, needs } from '../../plugins/caller.ts'
import { consoleUrl } from '../../origin.ts'
import { page } from '../list.ts'

export interface UserServices {
  users: Users
  publicUrl: string | undefined
}

/** A name that is no e-mail address, which could be another user's. */
export const userName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine(name => !name.includes('@'), 'must not contain @; put the address into email')
export const email = z.email('must be an e-mail address').max(200)

export const settings = z.strictObject({
  name: userName,
  email: email.nullable().default(null),
  role: z.enum(userRoles)
})
export const changes = z.strictObject({
  name: userName.optional(),
  email: email.nullable().optional(),
  role: z.enum(userRoles).optional(),
  disabled: z.boolean().optional()
})
export const query = z.strictObject({ after: z.string().max(200).optional(), limit: integer(0, 100).default(20) })

type WithId = { Params: { id: string } }

/** People who sign in to the console. A new one, or one whose password is reset, sets a password with a one-time link. */
export async function userRoutes(app: FastifyInstance, { users, publicUrl }: UserServices) {
  const withLink = (request: FastifyRequest, { user, invited }: { user: User; invited: Invitation }) => ({
    ...showUser(user),
    invitation: {
      token: invited.token,
      url: `${consoleUrl(request, publicUrl)}/invite?token=${invited.token}`,
      expires_at: Math.floor(invited.expiresAt / 1000)
    }
  })

  app.post('/users', needs('users:write'), async (request, reply) =>
    reply.code(201).send(withLink(request, await users.invite(parse(settings, request.body), byOf(request))))
  )

  app.get('/users', needs('users:read', query), async request => {
    const { after, limit } = parse(query, request.query)
    const found = await users.list({ limit: limit + 1, ...defined({ after }) })
    return page(found.slice(0, limit).map(showUser), found.length > limit)
  })

  app.get<WithId>('/users/:id', needs('users:read'), async request => showUser(await users.get(request.params.id)))

  app.patch<WithId>('/users/:id', needs('users:write'), async request => {
    const set = defined(parse(changes, request.body))
    return showUser(await users.update(request.params.id, set, byOf(request)))
  })

  app.delete<WithId>('/users/:id', needs('users:write'), async request => {
    const { id } = request.params
    await users.remove(id, byOf(request))
    return { id, object: 'user.deleted', deleted: true }
  })

  app.post<WithId>('/users/:id/reset', needs('users:write'), async request =>
    withLink(request, await users.reset(request.params.id, byOf(request)))
  )
}

export function showUser(user: User) {
  const seconds = (time: number | null) => (time === null ? null : Math.floor(time / 1000))
  return {
    id: user.id,
    object: 'user' as const,
    name: user.name,
    email: user.email,
    role: user.role,
    disabled: user.disabled,
    // how they can sign in
    has_password: user.password !== null,
    has_oidc: user.subject !== null,
    invited_until: seconds(user.inviteExpiresAt),
    last_seen_at: seconds(user.lastSeenAt),
    created_at: seconds(user.createdAt),
    deleted_at: seconds(user.deletedAt)
  }
}
