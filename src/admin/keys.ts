import type { Key, Role } from '../db/index.ts'
import { keyFields, system, type By, type Change } from '../domain/audit.ts'
import { blankKey } from '../domain/blank-key.ts'
import { permissionsOfKey } from '../domain/permissions.ts'
import { ApiError } from '../errors.ts'
import { callbackSecretContext } from '../lib/encryption-context.ts'
import { intact } from '../lib/damaged.ts'
import { newId } from '../lib/ids.ts'
import { hintOf, newSecret } from '../lib/secrets.ts'
import type { Vault } from '../lib/vault.ts'
import type { KeyStore } from '../stores/keys.ts'
import type { MetaStore } from '../stores/meta.ts'
import { callbackSecretOf } from '../webhooks/sign.ts'
import type { Audit } from './audit.ts'
import type { RefuseManaged } from './managed.ts'

/** The settings of a key that an operator may change. */
export type KeySettings = Pick<
  Key,
  | 'name'
  | 'role'
  | 'scopes'
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

/** A secret of which only the keyed hash is known. */
export type KnownSecret = Pick<Key, 'hash' | 'hint'>
type SecretFields = Pick<Key, 'hash' | 'hint' | 'callbackSecret'>

interface Dependencies {
  store: KeyStore
  meta: MetaStore
  audit: Audit
  refuseManaged: RefuseManaged
  vault: Vault
  now(): number
  /** called when a key changed, to invalidate caches of keys */
  onChange(): void
  /** called when a key's budget was set or changed */
  onBudget?(key: Key): Promise<void>
}

const HOUR = 3_600_000

const noOldSecret = { oldHash: null, oldCallbackSecret: null, oldExpiresAt: null, oldLastUsedAt: null }

/** API keys: the secret is shown only once; a keyed hash of it is stored. */
export function createKeys({ store, meta, audit, refuseManaged, vault, now, onChange, onBudget }: Dependencies) {
  /** Creates a key. Throws permission_denied when it could do more than who creates it. */
  async function create(
    settings: Partial<KeySettings> & { name: string },
    by: By = system,
    secret = newSecret()
  ): Promise<{ key: Key; secret: string }> {
    const id = newId('key', now())
    return { key: await insert(id, settings, secretFields(id, secret), by), secret }
  }

  async function insert(id: string, settings: Partial<KeySettings> & { name: string }, secret: SecretFields, by: By) {
    const key: Key = { ...blankKey, ...settings, ...secret, id, createdAt: now() }
    check(key, by)
    await audit.record(by, async tx => {
      await store.insert(key, tx)
      return [key, changeOf('key.create', key, { after: keyFields(key) })] as const
    })
    return key
  }

  /** Returns what is stored of a secret. Of one that is known by its hash only, events to a callback_url cannot be signed. */
  const secretFields = (id: string, secret: string | KnownSecret): SecretFields =>
    typeof secret === 'string'
      ? {
          hash: vault.hashKey(secret),
          hint: hintOf(secret),
          callbackSecret: vault.encrypt(callbackSecretOf(secret), callbackSecretContext(id))
        }
      : { ...secret, callbackSecret: null }

  /** Changes a key that is not revoked. `set`: the new values, from the present ones. */
  async function change(
    id: string,
    action: 'key.update' | 'key.rotate' | 'key.revoke',
    by: By,
    set: (before: Key) => Partial<Key>
  ): Promise<Key> {
    const key = await audit.record(by, async tx => {
      const row = await store.lock(id, tx)
      if (!row) throw notFound(id)
      await refuseManaged('key', id, tx)
      const before = intact(row)
      const values = set(before)
      const after = { ...before, ...values }
      check(before, by)
      check(after, by)
      if (Object.keys(values).length === 0) return [before, null] as const
      await store.update(id, values, tx)
      const fields = { before: keyFields(before), after: action === 'key.revoke' ? null : keyFields(after) }
      return [after, changeOf(action, after, fields)] as const
    })
    onChange()
    return key
  }

  return {
    create,

    /** Returns a key, even a revoked one: old videos and usage name it. */
    async get(id: string): Promise<Key> {
      const key = await store.get(id)
      if (!key) throw notFound(id)
      return key
    },

    list: (page: { after?: string; limit: number }) => store.list(page),

    async update(id: string, set: Partial<KeySettings>, by: By = system): Promise<Key> {
      const key = await change(id, 'key.update', by, () => set)
      if (set.budget) await onBudget?.(key)
      return key
    },

    /** Replaces the secret of a key. The old one stays valid for `keepOldForHours` hours; 0: it stops working at once. */
    async rotate(id: string, keepOldForHours = 0, by: By = system): Promise<{ key: Key; secret: string }> {
      const secret = newSecret()
      const fresh = secretFields(id, secret)
      const key = await change(id, 'key.rotate', by, before => ({
        ...fresh,
        ...(keepOldForHours === 0
          ? noOldSecret
          : {
              oldHash: before.hash,
              oldCallbackSecret: before.callbackSecret,
              oldExpiresAt: now() + keepOldForHours * HOUR,
              oldLastUsedAt: before.lastUsedAt
            })
      }))
      return { key, secret }
    },

    /** Creates a key with a secret that is chosen elsewhere. */
    async createWith(
      settings: Partial<KeySettings> & { name: string },
      secret: string | KnownSecret,
      by: By
    ): Promise<Key> {
      const id = newId('key', now())
      return insert(id, settings, secretFields(id, secret), by)
    },

    /** Replaces the secret by one that is chosen elsewhere; those before it stop working at once. */
    async replaceSecret(id: string, secret: string | KnownSecret, by: By): Promise<void> {
      await change(id, 'key.rotate', by, () => ({ ...secretFields(id, secret), ...noOldSecret }))
    },

    /** Revokes a key permanently, at once. Its tasks stay. */
    async revoke(id: string, by: By = system): Promise<void> {
      await change(id, 'key.revoke', by, () => ({ revokedAt: now(), ...noOldSecret }))
    },

    /**
     * Creates a key with a secret that the operator chose, unless it was here before: a rotated or revoked secret stays dead. Returns whether
     * the secret works.
     */
    async install(secret: string, role: Role, name: string): Promise<boolean> {
      const hash = vault.hashKey(secret)
      const mark = `installed_key:${hash}`
      const known = await store.byHash(hash)
      const isNew = !known && (await meta.get(mark)) === undefined
      if (isNew) await create({ name, role }, system, secret)
      await meta.set(mark, name)
      return isNew || known?.revokedAt === null
    }
  }
}

export type Keys = ReturnType<typeof createKeys>

/** Throws when the settings contradict each other, or the key may do more than who makes or changes it. */
function check(key: Key, { permissions }: By) {
  if (key.scopes !== null && key.role !== 'admin')
    throw new ApiError('invalid_request', { param: 'scopes', message: 'scopes: only admin keys have scopes.' })
  if (!permissionsOfKey(key).isSubsetOf(permissions))
    throw new ApiError('permission_denied', {
      message: 'This key may do more than you may, so you cannot create, change, rotate or revoke it.'
    })
}

const changeOf = (action: Change['action'], { id, name }: Key, fields: Pick<Change, 'before' | 'after'>): Change => ({
  action,
  target: { type: 'key', id, name },
  ...fields
})

const notFound = (id: string) => new ApiError('not_found', { param: 'id', message: `There is no key ${id}.` })
