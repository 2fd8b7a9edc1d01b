import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Sessions } from '../../../admin/sessions.ts'
import { defined } from '../../../lib/defined.ts'
import { integer, parse } from '../../parse.ts'
import { byOf, callerOf, needs } from '../../plugins/caller.ts'
import { page } from '../list.ts'

export interface SessionServices {
  sessions: Sessions
}

export const query = z.strictObject({
  user: z.string().max(200).optional(),
  after: z.string().max(200).optional(),
  limit: integer(0, 100).default(20)
})

/** Console sessions: one's own, and with the permission users:read those of everybody. */
export async function sessionRoutes(app: FastifyInstance, { sessions }: SessionServices) {
  app.get('/sessions', needs('sessions:own', query), async request => {
    const { user: userId, after, limit } = parse(query, request.query)
    const own = callerOf(request).permissions.has('users:read') ? {} : ownerOf(request)
    const found = await sessions.list({ limit: limit + 1, ...defined({ userId, after }), ...own })
    const current = callerOf(request).signedIn?.session.id
    const data = found.slice(0, limit).map(({ session, user, key }) => ({
      id: session.id,
      object: 'session' as const,
      user: user && { id: user.id, name: user.name },
      key: key && { id: key.id, name: key.name },
      ip: session.ip,
      agent: session.agent,
      current: session.id === current,
      created_at: Math.floor(session.createdAt / 1000),
      last_seen_at: Math.floor(session.lastSeenAt / 1000),
      expires_at: Math.floor(session.expiresAt / 1000)
    }))
    return page(data, found.length > limit)
  })

  app.delete<{ Params: { id: string } }>('/sessions/:id', needs('sessions:own'), async request => {
    const { id } = request.params
    const { userId = null, keyId = null } = ownerOf(request)
    const isAnyone = callerOf(request).permissions.has('users:write')
    await sessions.revoke(id, isAnyone ? null : { userId, keyId }, byOf(request))
    return { id, object: 'session.deleted', deleted: true }
  })
}

/** Whose sessions are the caller's own. */
function ownerOf(request: FastifyRequest): { userId?: string; keyId?: string } {
  const { id } = callerOf(request).signedIn?.user ?? {}
  return id === undefined ? { keyId: request.key.id } : { userId: id }
}
