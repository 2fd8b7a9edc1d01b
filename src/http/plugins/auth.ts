import { hash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Key } from '../../db/index.ts'
import { ApiError } from '../../errors.ts'
import { damageIn, DamagedError } from '../../lib/damaged.ts'
import { inNetworks, parseNetwork } from '../../lib/address.ts'
import { isWellFormed } from '../../lib/secrets.ts'
import type { Signal } from '../../lib/signal.ts'
import type { Vault } from '../../lib/vault.ts'
import type { KeyStore } from '../../stores/keys.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** the authenticated key; set by the hook of the scope */
    key: Key
  }
}

interface Dependencies {
  keys: Pick<KeyStore, 'byHash' | 'touch'>
  vault: Vault
  now(): number
  /** of an ADMIN_KEY, which may lack our checksum */
  adminHash: string | null
  /** emits on every change of a key */
  keyChanges: Signal
}

// another process may revoke a key, so its row is read again after this time
const FRESH_MS = 1000
const TOUCH_MS = 60_000

/** Authenticates requests by their key. */
export function createAuth({ keys, vault, now, adminHash, keyChanges }: Dependencies) {
  // indexed by a fast hash of the secret: the keyed hash, ten times slower, runs only on a miss
  const cache = new LRUCache<string, { key: Key; at: number }>({ max: 10_000 })
  // concurrent requests share one read
  const loading = new Map<string, Promise<Key | undefined>>()
  const touched = new LRUCache<string, number>({ max: 10_000 })
  keyChanges.subscribe(() => {
    cache.clear()
    loading.clear()
  })

  function find(secret: string): Key | Promise<Key | undefined> {
    const name = hash('sha256', secret, 'base64')
    const cached = cache.get(name)
    // a clock that was set back must not keep a revoked key valid
    if (cached && Math.abs(now() - cached.at) < FRESH_MS) return cached.key
    return loading.get(name) ?? load(secret, name)
  }

  function load(secret: string, name: string): Promise<Key | undefined> {
    const loaded = read(secret)
      .then(key => {
        // a row read before a change must not be cached
        if (key && loading.get(name) === loaded) cache.set(name, { key, at: now() })
        return key
      })
      .finally(() => {
        if (loading.get(name) === loaded) loading.delete(name)
      })
    loading.set(name, loaded)
    return loaded
  }

  async function read(secret: string): Promise<Key | undefined> {
    const keyed = vault.hashKey(secret)
    return isWellFormed(secret) || keyed === adminHash ? keys.byHash(keyed) : undefined
  }

  function touch(key: Key) {
    const last = touched.get(key.id) ?? key.lastUsedAt ?? 0
    if (now() - last < TOUCH_MS) return
    touched.set(key.id, now())
    keys.touch(key.id, now()).catch(() => touched.delete(key.id))
  }

  function admit(request: FastifyRequest, key: Key | undefined): Key {
    if (!key || key.disabled || key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= now()))
      throw new ApiError('invalid_api_key')
    const columns = damageIn(key)
    // without its limits it could do anything
    if (columns.length)
      throw new ApiError('internal_error', { message: unusable(key), cause: new DamagedError(columns.join()) })
    if (
      key.ipAllowlist &&
      !inNetworks(
        request.ip,
        key.ipAllowlist.map(parseNetwork).filter(network => network !== null)
      )
    ) {
      throw new ApiError('ip_not_allowed', { message: `This key is not allowed from ${request.ip}.` })
    }
    touch(key)
    return key
  }

  return {
    /**
     * Returns the key of the request, synchronously when it was used within the last second, for the hook before every poll.
     * Throws invalid_api_key or ip_not_allowed.
     */
    identify(request: FastifyRequest): Key | Promise<Key> {
      const secret = secretOf(request.headers)
      if (secret === undefined)
        throw new ApiError('invalid_api_key', {
          message: 'No API key was sent. Send it in the Authorization header: Bearer sk-….'
        })
      const found = find(secret)
      return found instanceof Promise ? found.then(key => admit(request, key)) : admit(request, found)
    },

    /** Whether the request has no key at all. */
    isWithoutKey: ({ headers }: FastifyRequest) => secretOf(headers) === undefined
  }
}

const unusable = ({ id }: Key) =>
  `The stored settings of this key (${id}) are damaged. The operator has to set them again.`

export type Auth = ReturnType<typeof createAuth>

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
