import type { FastifyRequest } from 'fastify'
import type { Audit } from '../../admin/audit.ts'
import type { SignedIn } from '../../admin/sessions.ts'
import type { Key } from '../../db/index.ts'
import type { By, Change } from '../../domain/audit.ts'
import { permissionsOfKey, type Permission, type Permissions } from '../../domain/permissions.ts'
import type { z } from 'zod'
import { ApiError } from '../../errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** the key whose videos, budget and limits apply; set by the hook of the scope */
    key: Key
    /** who asks, when it is not `key` itself: a session, or an admin that acts as `key` */
    caller: Caller | null
  }
  interface FastifyContextConfig {
    /** what a session, or an admin key with scopes, needs for this route */
    permission?: Permission
    /** the query parameters of an admin route; others are a 400 */
    query?: z.ZodObject
  }
}

export interface Caller extends Pick<By, 'actor' | 'via' | 'permissions'> {
  /** null: an admin key */
  signedIn: SignedIn | null
}

/** The key of the command line on the local database (cli/run/local.ts). */
export const CLI_KEY = 'key_cli'
/** The User-Agent of the command line begins with this. */
export const CLI_AGENT = 'reelay-cli'

/** Route options: what a caller must be allowed to do, and on admin routes the query parameters. */
export const needs = (permission: Permission, query?: z.ZodObject) => ({
  config: { permission, ...(query && { query }) }
})

/** Returns who asks. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller) return request.caller
  const { id, name } = request.key
  const isCli = id === CLI_KEY || request.headers['user-agent']?.startsWith(CLI_AGENT) === true
  return {
    actor: { kind: id === CLI_KEY ? 'cli' : 'key', id, name },
    via: isCli ? 'cli' : 'api',
    permissions: permissionsOfKey(request.key),
    signedIn: null
  }
}

export function callerOfSession(signedIn: SignedIn): Caller {
  const { user, key, permissions } = signedIn
  const actor = user
    ? { kind: 'user' as const, id: user.id, name: user.name }
    : { kind: 'key' as const, id: key.id, name: key.name }
  return { actor, via: 'console', permissions, signedIn }
}

/** Returns who asks, for the audit. */
export function byOf(request: FastifyRequest): By {
  const { actor, via, permissions } = callerOf(request)
  return { actor, via, permissions, ip: request.ip, requestId: request.id }
}

/** Whether an admin acts as `request.key`, which is another's. */
export const isActing = ({ caller, key }: FastifyRequest) => caller !== null && caller.signedIn?.key.id !== key.id

/** Writes down what an admin does on the routes of clients. What members do there with what is their own is not in the audit. */
export async function recordAdmin(audit: Audit, request: FastifyRequest, change: Change): Promise<void> {
  const { caller, key } = request
  const isMember = caller ? caller.signedIn?.kind === 'member' : key.role !== 'admin'
  if (!isMember) await audit.add(byOf(request), change)
}

/** Throws permission_denied when the route needs a permission that is not among these. */
export function requirePermission({ routeOptions }: FastifyRequest, permissions: Permissions) {
  const { permission } = routeOptions.config
  if (permission !== undefined) requireOne(permission, permissions)
}

/** Throws permission_denied when an admin lacks a permission that only a part of the route needs; members need none for what is their own. */
export function requireAlso(request: FastifyRequest, permission: Permission) {
  if (request.key.role === 'admin' || request.caller !== null) requireOne(permission, callerOf(request).permissions)
}

function requireOne(permission: Permission, permissions: Permissions) {
  if (!permissions.has(permission))
    throw new ApiError('permission_denied', {
      message: `This needs the permission ${permission}, which you do not have.`
    })
}
