import { query as auditQuery } from '../../routes/admin/audit.ts'
import { query as keyQuery, rotation, settings as keySettings } from '../../routes/admin/keys.ts'
import { query as sessionQuery } from '../../routes/admin/sessions.ts'
import { changes as userChanges, query as userQuery, settings as userSettings } from '../../routes/admin/users.ts'
import { ok, type Section } from '../operation.ts'
import { CreatedKey, Key } from '../shapes/key.ts'
import { AuditEntry, InvitedUser, SessionEntry, User } from '../shapes/people.ts'
import { deleted, listOf } from '../shapes/shared.ts'

/* Who may use the gateway: keys, users, sessions; and who changed what. */

const reads = { access: 'admin', needs: 'keys:read' } as const
const writes = { access: 'admin', needs: 'keys:write' } as const
const usersRead = { access: 'admin', needs: 'users:read' } as const
const usersWrite = { access: 'admin', needs: 'users:write' } as const

const newKey = {
  name: 'Li Lei',
  models: ['kling-v1'],
  max_concurrency: 2,
  budget: { amount: '10.00', currency: 'USD', window: 'monthly', timezone: 'Asia/Shanghai' }
}

export const keys: Section = {
  name: 'Keys',
  description: 'API keys: what each may use, how much, and what it may spend.',
  operations: {
    'POST /admin/keys': {
      ...writes,
      id: 'createKey',
      summary: 'Create a key',
      description: 'Nobody can create a key that may do more than they may themselves.',
      body: {
        schema: keySettings,
        examples: { member: newKey, 'scoped admin key': { name: 'reports', role: 'admin', scopes: ['usage:read'] } }
      },
      answers: ok(CreatedKey, 'The key, with its secret.', 201)
    },
    'GET /admin/keys': {
      ...reads,
      id: 'listKeys',
      summary: 'List keys',
      query: keyQuery,
      answers: ok(listOf(Key), 'A page of keys, newest first.')
    },
    'GET /admin/keys/{id}': {
      ...reads,
      id: 'retrieveKey',
      summary: 'Retrieve a key',
      description: 'Revoked ones too.',
      answers: ok(Key, 'The key.'),
      errors: ['not_found']
    },
    'PATCH /admin/keys/{id}': {
      ...writes,
      id: 'updateKey',
      summary: 'Change a key',
      description: 'Changes the fields that are sent.',
      body: { schema: keySettings.partial(), examples: { 'more budget': { budget: newKey.budget } } },
      answers: ok(Key, 'The key.'),
      errors: ['conflict', 'not_found']
    },
    'DELETE /admin/keys/{id}': {
      ...writes,
      id: 'revokeKey',
      summary: 'Revoke a key',
      answers: ok(deleted('key'), 'It no longer works.'),
      errors: ['conflict', 'not_found']
    },
    'POST /admin/keys/{id}/rotate': {
      ...writes,
      id: 'rotateKey',
      summary: 'Replace the secret of a key',
      description: 'The old secret keeps working for `keep_old_for_hours` (at most 168).',
      body: { schema: rotation, examples: { rotation: { keep_old_for_hours: 24 } }, optional: true },
      answers: ok(CreatedKey, 'The key, with its new secret.'),
      errors: ['conflict', 'not_found']
    }
  }
}

const newUser = { name: 'Han Meimei', email: 'meimei@example.com', role: 'operator' }

export const users: Section = {
  name: 'Users and sessions',
  description: 'People who sign in to the console, and their sessions.',
  operations: {
    'POST /admin/users': {
      ...usersWrite,
      id: 'createUser',
      summary: 'Invite a user',
      body: { schema: userSettings, examples: { user: newUser } },
      answers: ok(InvitedUser, 'The user, with a one-time link to set a password.', 201),
      errors: ['conflict']
    },
    'GET /admin/users': {
      ...usersRead,
      id: 'listUsers',
      summary: 'List users',
      query: userQuery,
      answers: ok(listOf(User), 'A page of users.')
    },
    'GET /admin/users/{id}': {
      ...usersRead,
      id: 'retrieveUser',
      summary: 'Retrieve a user',
      answers: ok(User, 'The user.'),
      errors: ['not_found']
    },
    'PATCH /admin/users/{id}': {
      ...usersWrite,
      id: 'updateUser',
      summary: 'Change a user',
      body: { schema: userChanges, examples: { role: { role: 'viewer' } } },
      answers: ok(User, 'The user.'),
      errors: ['not_found', 'conflict']
    },
    'DELETE /admin/users/{id}': {
      ...usersWrite,
      id: 'deleteUser',
      summary: 'Delete a user',
      answers: ok(deleted('user'), 'The user is deleted.'),
      errors: ['not_found', 'conflict']
    },
    'POST /admin/users/{id}/reset': {
      ...usersWrite,
      id: 'resetUser',
      summary: 'Reset a password',
      description: 'Ends the sessions of the user; the old password no longer works.',
      answers: ok(InvitedUser, 'The user, with a one-time link to set a password.'),
      errors: ['not_found']
    },
    'GET /admin/sessions': {
      access: 'admin',
      needs: 'sessions:own',
      id: 'listSessions',
      summary: 'List sessions',
      description: 'Your own; with the permission `users:read` those of everybody.',
      query: sessionQuery,
      answers: ok(listOf(SessionEntry), 'A page of sessions.')
    },
    'DELETE /admin/sessions/{id}': {
      access: 'admin',
      needs: 'sessions:own',
      id: 'revokeSession',
      summary: 'End a session',
      answers: ok(deleted('session'), 'It is ended.'),
      errors: ['not_found']
    }
  }
}

export const audit: Section = {
  name: 'Audit',
  description: 'Every change by an operator.',
  operations: {
    'GET /admin/audit': {
      access: 'admin',
      needs: 'audit:read',
      id: 'listAudit',
      summary: 'List changes',
      description: 'Newest first. As CSV or NDJSON: all changes of the filter.',
      query: auditQuery,
      answers: {
        200: {
          description: 'A page of changes.',
          schema: listOf(AuditEntry),
          types: {
            'text/csv': 'All of the filter.',
            'application/x-ndjson': 'All of the filter, one JSON object a line.'
          }
        }
      }
    }
  }
}
