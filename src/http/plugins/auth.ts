import { hash } from 'node:crypto'
import type { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { SignedIn } from '../../admin/sessions.ts'
import type { Key } from '../../db/index.ts'
import { isUsable } from '../../domain/key-use.ts'
import { ApiError } from '../../errors.ts'
import { damageIn, DamagedError } from '../../lib/damaged.ts'
import { createRecent } from '../../lib/recent.ts'
import { isWellFormed } from '../../lib/secrets.ts'
import type { Signal } from '../../lib/signal.ts'
import type { Vault } from '../../lib/vault.ts'
import type { KeyStore } from '../../stores/keys.ts'
import { createFreshReads } from './fresh-reads.ts'
import { checkAddress } from './ip-allowlist.ts'
import type { SessionAuth } from './session-auth.ts'

interface Dependencies {
  keys: Pick<KeyStore, 'byHash' | 'byOldHash' | 'touch'>
  sessions: SessionAuth
  vault: Vault
  now(): number
  /** of an ADMIN_KEY, which may lack our checksum */
  adminHash: string | null
  /** emits on every change of a key */
  keyChanges: Signal
}

/** A key, and which of its secrets was sent. */
interface Found {
  key: Key
  secret: 'current' | 'old'
  /** the columns of the key that cannot be read */
  damage: readonly string[]
}

const TOUCH_MS = 60_000

/** Authenticates requests by their key, or by the session in their cookie. */
export function createAuth({ keys, sessions, vault, now, adminHash, keyChanges }: Dependencies) {
  const remembered = createFreshReads<Found>({ now, changes: [keyChanges] })
  const touched = createRecent<number>(10_000)

  const nameOf = createNames()

  // indexed by a fast hash of the secret: the keyed hash, ten times slower, runs only on a miss
  const find = (socket: Socket, secret: string) => remembered(nameOf(socket, secret), () => read(secret))

  async function read(secret: string): Promise<Found | undefined> {
    const keyed = vault.hashKey(secret)
    if (!isWellFormed(secret) && keyed !== adminHash) return undefined
    const key = await keys.byHash(keyed)
    if (key) return { key, secret: 'current', damage: damageIn(key) }
    const rotated = await keys.byOldHash(keyed)
    return rotated && { key: rotated, secret: 'old', damage: damageIn(rotated) }
  }

  function touch({ key, secret }: Found, ip: string) {
    const name = secret === 'old' ? `old ${key.id}` : key.id
    const last = touched.get(name) ?? (secret === 'old' ? key.oldLastUsedAt : key.lastUsedAt) ?? 0
    if (now() - last < TOUCH_MS) return
    touched.set(name, now())
    keys.touch(key.id, { now: now(), ip, secret }).catch(() => touched.delete(name))
  }

  function admit(request: FastifyRequest, found: Found | undefined): Key {
    if (!found || !isUsable(found.key, now())) throw new ApiError('invalid_api_key')
    const { key, secret, damage } = found
    if (secret === 'old' && (key.oldExpiresAt ?? 0) <= now()) throw new ApiError('invalid_api_key')
    // without its limits it could do anything
    if (damage.length)
      throw new ApiError('internal_error', { message: unusable(key), cause: new DamagedError(damage.join()) })
    checkAddress(key, request.ip)
    touch(found, request.ip)
    return key
  }

  function admitSecret(request: FastifyRequest, secret: string): Key | Promise<Key> {
    const found = find(request.socket, secret)
    return found instanceof Promise ? found.then(one => admit(request, one)) : admit(request, found)
  }

  return {
    /**
     * Returns the key of the request, or else its session; synchronously when it was used within the last second, for the hook before every
     * poll. Throws invalid_api_key, not_signed_in or ip_not_allowed.
     */
    identify(request: FastifyRequest): Key | SignedIn | Promise<Key | SignedIn> {
      const secret = secretOf(request.headers)
      if (secret !== undefined) return admitSecret(request, secret)
      const signedIn = sessions.identify(request)
      if (signedIn) return signedIn
      throw new ApiError('invalid_api_key', {
        message: 'No API key was sent. Send it in the Authorization header: Bearer sk-….'
      })
    },

    /** Returns the key with this secret, if this request may use it. Throws invalid_api_key or ip_not_allowed. */
    admitSecret,

    /** Whether the request has no key at all. */
    isWithoutKey: ({ headers }: FastifyRequest) => secretOf(headers) === undefined
  }
}

const unusable = ({ id }: Key) =>
  `The stored settings of this key (${id}) are damaged. The operator has to set them again.`

/** What routes need to know who asks. */
export type Auth = Pick<ReturnType<typeof createAuth>, 'identify' | 'isWithoutKey'>

/** Returns what gives the hash of a secret. A connection sends the same again and again: to hash it each time is a sixth of a poll. */
function createNames() {
  const last = new WeakMap<Socket, { secret: string; name: string }>()
  return (socket: Socket, secret: string): string => {
    const known = last.get(socket)
    if (known?.secret === secret) return known.name
    const name = hash('sha256', secret, 'base64')
    last.set(socket, { secret, name })
    return name
  }
}

function secretOf(headers: FastifyRequest['headers']): string | undefined {
  // the scheme is optional (new-api's clients), and has other names elsewhere: Key (fal), Token (Vidu, older Replicate clients)
  const found = headers.authorization && /^(?:(?:bearer|key|token) +)?(\S+)$/i.exec(headers.authorization.trim())?.[1]
  if (found) return found
  for (const name of ['api-key', 'x-api-key'] as const) {
    const value = headers[name]
    if (typeof value === 'string' && value !== '') return value.trim()
  }
  return undefined
}
