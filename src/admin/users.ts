import { randomBytes } from 'node:crypto'
import type { Db, Key, User } from '../db/index.ts'
import { system, userFields, type By, type Change } from '../domain/audit.ts'
import { blankKey } from '../domain/blank-key.ts'
import { ApiError } from '../errors.ts'
import { newId } from '../lib/ids.ts'
import { hashPassword, verifyPassword } from '../lib/passwords.ts'
import { hashToken, newToken } from '../lib/tokens.ts'
import type { KeyStore } from '../stores/keys.ts'
import type { SessionStore } from '../stores/sessions.ts'
import type { UserStore } from '../stores/users.ts'
import type { Audit } from './audit.ts'
import type { Identity } from './oidc.ts'

/** What an owner sets. */
export type UserSettings = Pick<User, 'name' | 'email' | 'role' | 'disabled'>

/** A one-time link with which a user sets a password. */
export interface Invitation {
  token: string
  /** milliseconds */
  expiresAt: number
}

interface Dependencies {
  store: UserStore
  keys: KeyStore
  sessions: SessionStore
  audit: Audit
  now(): number
  /** called when a user changed, to invalidate caches of sessions */
  onChange(): void
}

const INVITATION_MS = 7 * 24 * 3_600_000

/** People who sign in to the console. */
export function createUsers({ store, keys, sessions, audit, now, onChange }: Dependencies) {
  /** Inserts a user, and the key that their own videos belong to. Throws conflict when the name or the e-mail address is taken. */
  async function add(tx: Db, given: Pick<User, 'name' | 'email' | 'role'> & Partial<User>): Promise<User> {
    const user: User = {
      login: loginOf(given.name),
      password: null,
      inviteHash: null,
      inviteExpiresAt: null,
      subject: null,
      disabled: false,
      lastSeenAt: null,
      createdAt: now(),
      deletedAt: null,
      ...given,
      id: newId('user', now())
    }
    await mustBeFree(tx, user)
    await store.insert(user, tx)
    await keys.insert(keyOf(user, newId('key', now()), now()), tx)
    return user
  }

  async function mustBeFree(tx: Db, { id, login, email }: Pick<User, 'id' | 'login' | 'email'>) {
    for (const [param, value] of [
      ['name', login],
      ['email', email]
    ] as const) {
      const other = value === null ? undefined : await store.byLogin(value, tx)
      if (other && other.id !== id)
        throw new ApiError('conflict', { param, message: `${param}: another user already has it.`, shouldRetry: false })
    }
  }

  /** Changes a user in a transaction. Throws not_found, and conflict when no enabled owner would be left. */
  async function change(
    id: string,
    action: 'user.update' | 'user.delete' | 'user.reset',
    by: By,
    set: Partial<User>
  ): Promise<User> {
    const user = await audit.record(by, async tx => {
      const owners = await store.lockOwners(tx)
      const before = await store.lock(id, tx)
      if (!before) throw notFound(id)
      const after = { ...before, ...set }
      const isOwner = after.role === 'owner' && !after.disabled && after.deletedAt === null
      if (!isOwner && owners.length === 1 && owners[0]?.id === id)
        throw new ApiError('conflict', {
          message: `${before.name} is the only owner. Make somebody else an owner first.`,
          shouldRetry: false
        })
      await mustBeFree(tx, after)
      await store.update(id, set, tx)
      const key = await keys.ofUser(id, tx)
      if (key && set.name !== undefined) await keys.update(key.id, { name: set.name }, tx)
      if (key && after.deletedAt !== null) await keys.update(key.id, { revokedAt: now() }, tx)
      if (after.disabled || after.deletedAt !== null || action === 'user.reset') await sessions.removeOfUser(id, tx)
      const fields = { before: userFields(before), after: action === 'user.delete' ? null : userFields(after) }
      return [after, changeOf(action, after, fields)] as const
    })
    onChange()
    return user
  }

  function invitation() {
    const { token, hash } = newToken()
    const expiresAt = now() + INVITATION_MS
    return { invited: { token, expiresAt }, set: { inviteHash: hash, inviteExpiresAt: expiresAt } }
  }

  return {
    add,
    exist: (tx?: Db) => store.exist(tx),
    list: (page: { after?: string; limit: number }) => store.list(page),

    /** Returns a user, even a deleted one. Throws not_found. */
    async get(id: string): Promise<User> {
      const user = await store.get(id)
      if (!user) throw notFound(id)
      return user
    },

    /** Creates a user without a password, and a link with which they set one. */
    async invite(
      settings: Pick<User, 'name' | 'email' | 'role'>,
      by: By = system
    ): Promise<{ user: User; invited: Invitation }> {
      const { invited, set } = invitation()
      const user = await audit.record(by, async tx => {
        const added = await add(tx, { ...settings, email: lower(settings.email), ...set })
        return [added, changeOf('user.create', added, { after: userFields(added) })] as const
      })
      return { user, invited }
    },

    /** Changes a user. Disabling ends their sessions. Throws conflict when no enabled owner would be left. */
    update(id: string, { name, email, role, disabled }: Partial<UserSettings>, by: By = system): Promise<User> {
      return change(id, 'user.update', by, {
        ...(name !== undefined && { name, login: loginOf(name) }),
        ...(email !== undefined && { email: lower(email) }),
        ...(role !== undefined && { role }),
        ...(disabled !== undefined && { disabled })
      })
    },

    /** Deletes a user and ends their sessions. Their videos stay. */
    async remove(id: string, by: By = system): Promise<void> {
      await change(id, 'user.delete', by, { deletedAt: now(), disabled: true, inviteHash: null })
    },

    /** Ends the sessions of a user, deletes their password, and returns a link with which they set a new one. */
    async reset(id: string, by: By = system): Promise<{ user: User; invited: Invitation }> {
      const { invited, set } = invitation()
      return { user: await change(id, 'user.reset', by, { ...set, password: null }), invited }
    },

    /** Sets the password of whom a link was made for. Throws invalid_link. */
    async accept(token: string, password: string, by: By): Promise<User> {
      const hashed = await hashPassword(password)
      const user = await audit.record(by, async tx => {
        const found = await store.lockByInvite(hashToken(token), tx)
        if (!found || found.disabled || found.inviteExpiresAt === null || found.inviteExpiresAt <= now())
          throw new ApiError('invalid_link')
        await store.update(found.id, { password: hashed, inviteHash: null, inviteExpiresAt: null }, tx)
        await sessions.removeOfUser(found.id, tx)
        return [found, changeOf('user.password', found, {})] as const
      })
      onChange()
      return user
    },

    /** Returns the user with this name or e-mail address and password; null when there is none, after the same work. */
    async verify(name: string, password: string): Promise<{ user: User | null; isRight: boolean }> {
      const user = (await store.byLogin(loginOf(name))) ?? null
      const isRight = await verifyPassword(password, user?.password ?? null)
      return { user, isRight: isRight && user !== null && !user.disabled }
    },

    /**
     * Returns the user that an identity provider vouches for, with the role that it gives them; creates one for whom it is the first time. They
     * are known by issuer and subject alone: an e-mail address may be anybody's. Returns why not, when they may not sign in.
     */
    async fromProvider({ subject, name, email, role }: Identity, by: By) {
      const before = await store.bySubject(subject)
      if (role === null) {
        // what they were may hold no longer than the provider says so
        if (before) await endSessions(before.id)
        return 'without_role'
      }
      // who was deleted does not come back by signing in
      if (!before && (await store.wasDeleted(subject))) return 'disabled'
      const known = before ?? (await create())
      if (known.disabled) return 'disabled'
      if (known.role === role) return known
      return change(known.id, 'user.update', by, { role }).catch((error: unknown) => {
        if (error instanceof ApiError && error.code === 'conflict') return 'last_owner' as const
        throw error
      })

      async function endSessions(id: string): Promise<void> {
        await audit.record(by, async tx => {
          await sessions.removeOfUser(id, tx)
          return [null, null]
        })
        onChange()
      }

      async function create(): Promise<User> {
        const made = audit.record(by, async tx => {
          const isTaken = email !== null && (await store.byLogin(email, tx)) !== undefined
          // no login: nobody signs in by a name that the provider chose
          const user = await add(tx, { name, email: isTaken ? null : email, role: role!, subject, login: null })
          return [user, changeOf('user.create', user, { after: userFields(user) })] as const
        })
        return made.catch(async (error: unknown) => {
          // of two sign-ins at once one creates the user
          const other = await store.bySubject(subject)
          if (!other) throw error
          return other
        })
      }
    },

    /** Changes a user's own password and ends their other sessions. Throws sign_in_failed when the present one is wrong. */
    async changePassword(
      { id, password: stored }: User,
      given: { present: string; next: string; session: string },
      by: By
    ): Promise<void> {
      if (!(await verifyPassword(given.present, stored))) throw new ApiError('sign_in_failed', { param: 'password' })
      const hashed = await hashPassword(given.next)
      await audit.record(by, async tx => {
        const user = await store.lock(id, tx)
        if (!user) throw notFound(id)
        await store.update(id, { password: hashed, inviteHash: null, inviteExpiresAt: null }, tx)
        await sessions.removeOfUser(id, tx, given.session)
        return [user, changeOf('user.password', user, {})] as const
      })
      onChange()
    }
  }
}

export type Users = ReturnType<typeof createUsers>

const lower = (text: string | null) => text?.trim().toLowerCase() ?? null

/** Returns what a user signs in with, of what they typed. */
const loginOf = (name: string) => name.normalize('NFKC').trim().toLowerCase()

/** The key that a user's own videos belong to. No secret has its hash. */
const keyOf = ({ id: userId, name }: User, id: string, now: number): Key => ({
  ...blankKey,
  id,
  name,
  role: 'admin',
  userId,
  hash: randomBytes(32).toString('hex'),
  dialect: 'openai',
  createdAt: now
})

export const changeOf = (
  action: Change['action'],
  { id, name }: User,
  fields: Pick<Change, 'before' | 'after'>
): Change => ({ action, target: { type: 'user', id, name }, ...fields })

const notFound = (id: string) => new ApiError('not_found', { param: 'id', message: `There is no user ${id}.` })
