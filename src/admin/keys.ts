import type { Key, Role } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { callbackSecretContext } from '../lib/encryption-context.ts'
import { newId } from '../lib/ids.ts'
import { hintOf, newSecret } from '../lib/secrets.ts'
import type { Vault } from '../lib/vault.ts'
import type { KeyStore } from '../stores/keys.ts'
import { callbackSecretOf } from '../webhooks/sign.ts'

/** The settings of a key that an operator may change. */
export type KeySettings = Pick<
  Key,
  | 'name'
  | 'role'
  | 'owner'
  | 'models'
  | 'ipAllowlist'
  | 'expiresAt'
  | 'requestsPerMinute'
  | 'maxConcurrency'
  | 'maxQueued'
  | 'budget'
  | 'dialect'
  | 'durationPolicy'
  | 'disabled'
>

interface Dependencies {
  store: KeyStore
  vault: Vault
  now(): number
  /** called when a key changed, to invalidate caches of keys */
  onChange(): void
  /** called when a key's budget was set or changed */
  onBudget?(key: Key): Promise<void>
}

const defaults: Omit<KeySettings, 'name'> = {
  role: 'member',
  owner: null,
  models: null,
  ipAllowlist: null,
  expiresAt: null,
  requestsPerMinute: null,
  maxConcurrency: null,
  maxQueued: null,
  budget: null,
  dialect: 'auto',
  durationPolicy: null,
  disabled: false
}

/** API keys: the secret is shown only once; a keyed hash of it is stored. */
export function createKeys({ store, vault, now, onChange, onBudget }: Dependencies) {
  async function create(
    settings: Partial<KeySettings> & { name: string },
    secret = newSecret()
  ): Promise<{ key: Key; secret: string }> {
    const id = newId('key', now())
    const key: Key = {
      ...defaults,
      ...settings,
      id,
      callbackSecret: encryptedCallbackSecret(id, secret),
      hash: vault.hashKey(secret),
      hint: hintOf(secret),
      revokedAt: null,
      lastUsedAt: null,
      inFlight: 0,
      queueTag: 0,
      createdAt: now()
    }
    await store.insert(key)
    return { key, secret }
  }

  const encryptedCallbackSecret = (id: string, secret: string) =>
    vault.encrypt(callbackSecretOf(secret), callbackSecretContext(id))

  async function update(id: string, set: Partial<Key>): Promise<Key> {
    const key = Object.keys(set).length ? await store.update(id, set) : await store.get(id)
    if (!key || key.revokedAt !== null) throw notFound(id)
    onChange()
    return key
  }

  return {
    create,

    async get(id: string): Promise<Key> {
      const key = await store.get(id)
      if (!key || key.revokedAt !== null) throw notFound(id)
      return key
    },

    list: (page: { after?: string; limit: number }) => store.list(page),

    async update(id: string, set: Partial<KeySettings>): Promise<Key> {
      const key = await update(id, set)
      if (set.budget) await onBudget?.(key)
      return key
    },

    /** Replaces the secret of a key; the old one stops working at once. */
    async rotate(id: string): Promise<{ key: Key; secret: string }> {
      const secret = newSecret()
      const set = {
        hash: vault.hashKey(secret),
        hint: hintOf(secret),
        callbackSecret: encryptedCallbackSecret(id, secret)
      }
      return { key: await update(id, set), secret }
    },

    /** Revokes a key permanently, at once. Its tasks stay. */
    async revoke(id: string): Promise<void> {
      // not by update(), which would not find the revoked key
      if (!(await store.update(id, { revokedAt: now() }))) throw notFound(id)
      onChange()
    },

    /** Creates a key with a secret that the operator chose; does nothing when it exists. */
    async install(secret: string, role: Role, name: string): Promise<void> {
      const known = await store.byHash(vault.hashKey(secret))
      if (!known) await create({ name, role }, secret)
    },

    /** Counts the keys that are not revoked. */
    count: () => store.count()
  }
}

export type Keys = ReturnType<typeof createKeys>

const notFound = (id: string) => new ApiError('not_found', { param: 'id', message: `There is no key ${id}.` })
