import { invalid } from '../admin/channel-checks.ts'
import { createHash } from 'node:crypto'
import type { KeySettings, KnownSecret } from '../admin/keys.ts'
import type { Key } from '../db/index.ts'
import { blankKey } from '../domain/blank-key.ts'
import { toSettings } from '../http/routes/admin/keys.ts'
import { intact } from '../lib/damaged.ts'
import type { Vault } from '../lib/vault.ts'
import { splitHash } from './check.ts'
import { changesOf, differenceOf, hidden } from './ownership.ts'
import type { FileKey } from './schema.ts'
import type { Sync, Tools } from './tools.ts'

type Named = Partial<KeySettings> & { name: string }

export async function syncKeys({ tools, file, ownership, attempt }: Sync): Promise<void> {
  const { keys, by } = tools
  for (const [index, key] of file.content.keys.entries()) {
    const path = ['keys', index]
    await attempt(path, async () => {
      const { secret: _secret, hash: _hash, hint: _hint, ...given } = key
      const settings = toSettings(given)
      const wanted: Named = { ...blankSettings, ...settings, name: key.name }
      const secret = secretOf(tools, key)
      const row = await find(tools, key, hashOf(tools, secret))
      const { line } = file.position(path)
      if (!row) {
        const made = await keys.createWith(wanted, secret, by)
        return ownership.own('key', made, line, 'new')
      }
      const difference = differenceOf(settingsOf(row), wanted)
      if (Object.keys(difference).length) await keys.update(row.id, changesOf(difference), by)
      if (isAnother(tools, row, secret)) {
        await keys.replaceSecret(row.id, secret, by)
        difference.secret = hidden
      }
      return ownership.own('key', { id: row.id, name: key.name }, line, difference)
    })
  }
}

/** Returns the key that a file means: the one with its secret, else the one with its name. */
async function find({ stores }: Tools, { name }: FileKey, hash: string): Promise<Key | null> {
  const same = await stores.keys.byHash(hash)
  if (same && (same.revokedAt !== null || same.userId !== null))
    throw invalid('name', 'has the secret of a key that was revoked. Use a new secret')
  const others = (await stores.keys.named(name)).filter(({ id }) => id !== same?.id)
  if (others.length > (same ? 0 : 1))
    throw invalid(
      'name',
      `is the name of several keys in the database: ${[same, ...others].flatMap(one => (one ? [one.id] : [])).join(', ')}`
    )
  return same ?? others[0] ?? null
}

const hashOf = ({ vault }: Tools, secret: string | KnownSecret) =>
  typeof secret === 'string' ? vault.hashKey(secret) : secret.hash

/** Whether the secret has to be stored: it is another one, or was known by its hash only. */
const isAnother = (tools: Tools, row: Key, secret: string | KnownSecret) =>
  row.hash !== hashOf(tools, secret) || (typeof secret === 'string' && row.callbackSecret === null)

function secretOf({ vault }: Tools, { secret, hash, hint = '' }: FileKey): string | KnownSecret {
  if (secret !== undefined) return secret
  // true because the file was checked
  const known = splitHash(hash!)!
  if (known.mark !== hashMark(vault))
    throw invalid('hash', 'was made with another SECRET_KEY. Start with that one, or give the secret instead')
  return { hash: known.hash, hint }
}

/** Tells what keys are hashed with from what they are hashed with elsewhere. */
const hashMark = ({ hashingKey }: Vault) => createHash('sha256').update(hashingKey).digest('hex').slice(0, 8)

/** Returns the hash of a key as files have it. */
export const shownHash = (vault: Vault, { hash }: Pick<Key, 'hash'>) => `hmac-sha256:${hashMark(vault)}:${hash}`

export async function disableKey({ keys, stores, by }: Tools, id: string) {
  const row = await stores.keys.get(id)
  if (!row || row.revokedAt !== null) return null
  if (!row.disabled) await keys.update(id, { disabled: true }, by)
  return { name: row.name, disabled: !row.disabled }
}

export function settingsOf(row: Key): KeySettings {
  const { name, role, scopes, owner, models, ipAllowlist, expiresAt, disabled, ...rest } = intact(row)
  const { requestsPerMinute, maxConcurrency, maxQueued, budget, dialect, durationPolicy } = rest
  return {
    name,
    role,
    scopes,
    owner,
    models,
    ipAllowlist,
    expiresAt,
    requestsPerMinute,
    maxConcurrency,
    maxQueued,
    budget,
    dialect,
    durationPolicy,
    disabled
  }
}

/** What a key has that a file says nothing of. */
export const { name: _name, ...blankSettings } = settingsOf({ ...blankKey, id: '', name: '', hash: '', createdAt: 0 })
