import type { Key, Session, User } from '../db/index.ts'
import type { By } from '../domain/audit.ts'
import { isUsable } from '../domain/key-use.ts'
import { permissionsOfKey, permissionsOfRole, type Permissions } from '../domain/permissions.ts'
import { ApiError } from '../errors.ts'
import { newId } from '../lib/ids.ts'
import { newToken } from '../lib/tokens.ts'
import type { Vault } from '../lib/vault.ts'
import type { SessionFilter, SessionStore } from '../stores/sessions.ts'
import type { Audit } from './audit.ts'

/** A session with who it belongs to and what they may do. */
export interface SignedIn {
  session: Session
  kind: 'user' | 'key' | 'member'
  user: User | null
  /** the key that signed in, or the one that the user's own videos belong to */
  key: Key
  permissions: Permissions
}

interface Dependencies {
  store: SessionStore
  audit: Audit
  vault: Vault
  now(): number
  /** called when a session ended, to invalidate caches of sessions */
  onChange(): void
}

const DAY = 24 * 3_600_000
/** How long a session lasts at most, in milliseconds. */
export const LONGEST_MS = 30 * DAY
/** and how long it lasts unused */
const IDLE_MS = 7 * DAY

/** Where somebody signs in from. */
export interface Origin {
  ip: string
  agent: string | null
}

/** Console sessions: a random token in a cookie, of which only the hash is stored. */
export function createSessions({ store, audit, vault, now, onChange }: Dependencies) {
  async function open(
    whose: Pick<Session, 'userId' | 'keyId' | 'keyHash'>,
    name: string,
    { ip, agent }: Origin,
    by: By
  ): Promise<{ token: string; signedIn: SignedIn }> {
    const { token, hash } = newToken()
    const session: Session = {
      ...whose,
      id: newId('ses', now()),
      tokenHash: hash,
      ip,
      agent: agent?.slice(0, 300) ?? null,
      createdAt: now(),
      lastSeenAt: now(),
      expiresAt: now() + IDLE_MS
    }
    await audit.record(by, async tx => {
      await store.insert(session, tx)
      return [session, { action: 'session.create', target: { type: 'session', id: session.id, name } }]
    })
    const signedIn = await find(hash)
    if (!signedIn) throw new ApiError('not_signed_in')
    return { token, signedIn }
  }

  async function find(tokenHash: string): Promise<SignedIn | undefined> {
    const found = await store.byTokenHash(tokenHash)
    if (!found) return undefined
    const { user, key } = found
    if (user) return { ...found, kind: 'user', permissions: permissionsOfRole(user.role) }
    return { ...found, kind: key.role === 'admin' ? 'key' : 'member', permissions: permissionsOfKey(key) }
  }

  async function end(session: Session, action: 'session.delete' | 'session.revoke', name: string | null, by: By) {
    await audit.record(by, async tx => {
      const isEnded = await store.remove(session.id, tx)
      return [isEnded, isEnded ? { action, target: { type: 'session', id: session.id, name } } : null] as const
    })
    onChange()
  }

  return {
    openForUser: ({ id, name }: User, origin: Origin, by: By) =>
      open({ userId: id, keyId: null, keyHash: null }, name, origin, by),

    /** The session lasts no longer than the secret. */
    openForKey: ({ id, name }: Key, secret: string, origin: Origin, by: By) =>
      open({ userId: null, keyId: id, keyHash: vault.hashKey(secret) }, name, origin, by),

    /** Returns the session whose token has this hash, valid or not. */
    find,

    isValid({ session, user, key }: SignedIn): boolean {
      if (session.expiresAt <= now()) return false
      if (user) return !user.disabled && user.deletedAt === null
      const isCurrent = session.keyHash === key.hash
      const isOld = session.keyHash === key.oldHash && key.oldExpiresAt !== null && key.oldExpiresAt > now()
      return (isCurrent || isOld) && isUsable(key, now())
    },

    /** Writes that a session was used, which prolongs it. */
    touch: (session: Session, ip: string) =>
      store.touch(session, {
        lastSeenAt: now(),
        ip,
        expiresAt: Math.min(now() + IDLE_MS, session.createdAt + LONGEST_MS)
      }),

    list: (filter: SessionFilter) => store.list(filter),

    signOut: ({ session, user, key }: SignedIn, by: By) => end(session, 'session.delete', user?.name ?? key.name, by),

    /** Ends a session. `whose`: only one of this user or key. Throws not_found. */
    async revoke(id: string, whose: { userId: string | null; keyId: string | null } | null, by: By): Promise<void> {
      const session = await store.get(id)
      const isTheirs = !whose || (session?.userId === whose.userId && session.keyId === whose.keyId)
      if (!session || !isTheirs) throw new ApiError('not_found', { param: 'id', message: `There is no session ${id}.` })
      await end(session, 'session.revoke', null, by)
    }
  }
}

export type Sessions = ReturnType<typeof createSessions>
