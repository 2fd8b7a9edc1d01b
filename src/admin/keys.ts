import type { Key, Role } from '../db/index.ts'
import { ApiError } from '../errors.ts'
import { callbackSecretContext } from '../lib/encryption-context.ts'
import { newId } from '../lib/ids.ts'
import { hintOf, newSecret } from '../lib/secrets.ts'
import type { Vault } from '../lib/vault.ts'
import type { KeyStore } from '../stores/keys.ts'
import { callbackSecretOf } from '../webhooks/sign.ts'

/** What an operator decides about a key. */
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
  | 'disabled'
>

interface Dependencies {
  store: KeyStore
  vault: Vault
  now(): number
  /** a key changed: whoever caches keys must forget them */
  onChange(): void
  /** a key was given another budget */
  onBudget?(key: Key): Promise<void>
}

const usual: Omit<KeySettings, 'name'> = {
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
  disabled: false
}

/** API keys: the secret is shown once, only a keyed hash of it is stored. */
export function createKeys({ store, vault, now, onChange, onBudget }: Dependencies) {
  async function create(
    settings: Partial<KeySettings> & { name: string },
    secret = newSecret()
  ): Promise<{ key: Key; secret: string }> {
    const id = newId('key', now())
    const key: Key = {
      ...usual,
      ...settings,
      id,
      callbackSecret: sealedCallbackSecret(id, secret),
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

  const sealedCallbackSecret = (id: string, secret: string) =>
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

    /** A new secret for the same key; the old one ends at once. */
    async rotate(id: string): Promise<{ key: Key; secret: string }> {
      const secret = newSecret()
      const set = {
        hash: vault.hashKey(secret),
        hint: hintOf(secret),
        callbackSecret: sealedCallbackSecret(id, secret)
      }
      return { key: await update(id, set), secret }
    },

    /** Ends a key for good, at once. Its tasks stay. */
    async revoke(id: string): Promise<void> {
      // not by update(): what it finds revoked is gone
      if (!(await store.update(id, { revokedAt: now() }))) throw notFound(id)
      onChange()
    },

    /** Installs a secret that the operator chose; the same one again changes nothing. */
    async install(secret: string, role: Role, name: string): Promise<void> {
      const known = await store.byHash(vault.hashKey(secret))
      if (!known) await create({ name, role }, secret)
    },

    count: () => store.count()
  }
}

export type Keys = ReturnType<typeof createKeys>

const notFound = (id: string) => new ApiError('not_found', { param: 'id', message: `There is no key ${id}.` })
