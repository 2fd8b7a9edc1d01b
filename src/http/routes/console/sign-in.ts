import type { FastifyRequest } from 'fastify'
import type { Origin } from '../../../admin/sessions.ts'
import type { By } from '../../../domain/audit.ts'
import { permissionsOfKey } from '../../../domain/permissions.ts'

/** Returns where somebody signs in from. */
export const originOfSignIn = ({ ip, headers }: FastifyRequest): Origin => ({
  ip,
  agent: headers['user-agent'] ?? null
})

/** Returns who asks before it is known who that is. */
export const anonymous = ({ ip, id }: FastifyRequest): By => ({
  actor: { kind: 'user', id: null, name: null },
  via: 'console',
  ip,
  requestId: id,
  permissions: permissionsOfKey({ role: 'member', scopes: null })
})
