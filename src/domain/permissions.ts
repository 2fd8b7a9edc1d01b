import type { Key, Scope, UserRole } from '../db/index.ts'

/*
 * Who may do what. Each permission with the least role of a user that has it, and the scopes of admin keys that have it. Member keys have
 * none: they see and change only what is their own.
 */

const table = {
  'keys:read': ['viewer', 'admin:keys'],
  // never a key that may do more than who makes it
  'keys:write': ['operator', 'admin:keys'],
  'channels:read': ['viewer', 'admin:channels'],
  'channels:write': ['operator', 'admin:channels'],
  'models:read': ['viewer', 'admin:models'],
  'models:write': ['operator', 'admin:models'],
  'tasks:read': ['viewer', 'admin:tasks', 'tasks:read'],
  'tasks:write': ['operator', 'admin:tasks'],
  'webhooks:read': ['viewer', 'admin:webhooks'],
  'webhooks:write': ['operator', 'admin:webhooks'],
  'usage:read': ['viewer', 'admin:keys', 'usage:read'],
  // corrections of what a key has spent
  'usage:write': ['operator', 'admin:keys'],
  'metrics:read': ['viewer', 'admin:settings', 'metrics:read'],
  'audit:read': ['viewer', 'admin:audit'],
  'settings:read': ['viewer', 'admin:settings'],
  'settings:write': ['operator', 'admin:settings'],
  // one's own
  'sessions:own': ['viewer'],
  // as powerful as an owner: who may create users can create an owner
  'users:read': ['owner', 'admin:users'],
  'users:write': ['owner', 'admin:users'],
  // settings of sign-in, copies of everything, SECRET_KEY
  'sign_in:write': ['owner'],
  'backup:read': ['owner'],
  'secrets:write': ['owner']
} as const satisfies Record<string, readonly [UserRole, ...Scope[]]>

export type Permission = keyof typeof table
export type Permissions = ReadonlySet<Permission>

export const userRoles = ['owner', 'operator', 'viewer'] as const satisfies readonly UserRole[]

export const scopes = [
  'admin:keys',
  'admin:channels',
  'admin:models',
  'admin:tasks',
  'admin:webhooks',
  'admin:users',
  'admin:settings',
  'admin:audit',
  'usage:read',
  'tasks:read',
  'metrics:read'
] as const satisfies readonly Scope[]

// true because they are the table's own names
const entries = Object.entries(table) as [Permission, readonly [UserRole, ...Scope[]]][]
const having = (test: (least: UserRole, scopes: readonly Scope[]) => boolean): Permissions =>
  new Set(entries.filter(([, [least, ...some]]) => test(least, some)).map(([name]) => name))

export const allPermissions = having(() => true)
const none = having(() => false)

/** How much a role may do; a greater number may do all that a smaller one may. */
export const rankOf = (role: UserRole) => userRoles.length - userRoles.indexOf(role)

const byRole = Object.fromEntries(
  userRoles.map(role => [role, having(least => rankOf(role) >= rankOf(least))])
) as Record<UserRole, Permissions> // true because each role is in the list

/** Returns what a user of a role may do. */
export const permissionsOfRole = (role: UserRole): Permissions => byRole[role]

/** Returns what a key may do beyond its own videos, usage and webhooks. */
export function permissionsOfKey({ role, scopes: given }: Pick<Key, 'role' | 'scopes'>): Permissions {
  if (role !== 'admin') return none
  return given === null ? allPermissions : having((_least, some) => some.some(scope => given.includes(scope)))
}

/** Returns the greatest role whose permissions are all among these; null: not even those of a viewer. */
export const roleWithin = (permissions: Permissions): UserRole | null =>
  userRoles.find(role => byRole[role].isSubsetOf(permissions)) ?? null
