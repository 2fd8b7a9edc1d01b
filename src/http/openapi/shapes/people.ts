import { z } from 'zod'
import { allPermissions, userRoles } from '../../../domain/permissions.ts'
import { Named, seconds } from './shared.ts'

/* Users, sessions, and who changed what. */

const role = z.enum(userRoles)

export const User = z
  .object({
    id: z.string(),
    object: z.literal('user'),
    name: z.string(),
    email: z.string().nullable(),
    role,
    disabled: z.boolean(),
    has_password: z.boolean(),
    has_oidc: z.boolean(),
    invited_until: seconds.nullable(),
    last_seen_at: seconds.nullable(),
    created_at: seconds,
    deleted_at: seconds.nullable()
  })
  .meta({ id: 'User', description: 'A person who signs in to the console.' })

export const InvitedUser = z
  .object({
    ...User.shape,
    invitation: z.object({ token: z.string(), url: z.string(), expires_at: seconds }).describe('Shown only now.')
  })
  .meta({ id: 'InvitedUser', description: 'A user with the one-time link to set a password.' })

export const Session = z
  .object({
    id: z.string(),
    object: z.literal('session'),
    kind: z.enum(['user', 'key', 'member']),
    user: z.object({ ...Named.shape, email: z.string().nullable(), role }).nullable(),
    key: z.object({ ...Named.shape, role: z.enum(['member', 'admin']) }).nullable(),
    role: z
      .enum([...userRoles, 'member'])
      .nullable()
      .describe('null: an admin key whose scopes are less than a viewer’s.'),
    // true because there is at least one
    permissions: z.array(z.enum([...allPermissions] as [string, ...string[]])),
    csrf: z.string().describe('The value of `x-reelay-console` of changes.'),
    created_at: seconds,
    expires_at: seconds
  })
  .meta({ id: 'Session', description: 'Who is signed in, and what they may do.' })

export const SessionEntry = z
  .object({
    id: z.string(),
    object: z.literal('session'),
    user: Named.nullable(),
    key: Named.nullable(),
    ip: z.string().nullable(),
    agent: z.string().nullable(),
    current: z.boolean(),
    created_at: seconds,
    last_seen_at: seconds,
    expires_at: seconds
  })
  .meta({ id: 'SessionEntry', description: 'A session of the console.' })

const fields = z.record(z.string(), z.unknown()).nullable()

export const AuditEntry = z
  .object({
    id: z.string(),
    object: z.literal('audit.entry'),
    at: seconds,
    actor: z.object({
      kind: z.enum(['user', 'key', 'cli', 'file', 'system']),
      id: z.string().nullable(),
      name: z.string().nullable()
    }),
    ip: z.string().nullable(),
    via: z.enum(['console', 'api', 'cli', 'file', 'sso']),
    action: z.string(),
    target: z.object({ type: z.string(), id: z.string().nullable(), name: z.string().nullable() }),
    before: fields.describe('Of an update the fields that differ; null: it did not exist.'),
    after: fields,
    request_id: z.string().nullable()
  })
  .meta({ id: 'AuditEntry', description: 'A change: who, what, from where. Never changed or deleted.' })

export const ConsoleStatus = z
  .object({
    object: z.literal('console.status'),
    setup_needed: z.boolean(),
    version: z.string(),
    methods: z.object({
      password: z.boolean(),
      key: z.boolean(),
      oidc: z.object({ label: z.string(), url: z.string() }).nullable()
    }),
    public_url: z.string().nullable(),
    sandbox: z.boolean()
  })
  .meta({ id: 'ConsoleStatus' })
