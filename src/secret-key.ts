import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { openDatabase, type Database } from './db/index.ts'
import { ConfigError } from './errors.ts'
import { CANARY_CONTEXT, HASHING_KEY_CONTEXT } from './lib/encryption-context.ts'
import { createVault, hashingKeyOf, type Vault } from './lib/vault.ts'
import { explainClosed, readClosed } from './stores/closed.ts'
import { createMetaStore } from './stores/meta.ts'

/** Opens and migrates the database, and creates the vault. Throws ConfigError when the database was encrypted with another key. */
export async function openDatabaseAndVault(config: Config, log: Logger): Promise<{ database: Database; vault: Vault }> {
  mkdirSync(config.DATA_DIR, { recursive: true })
  const known = readSecretKey(config)
  const database = await openDatabase(config.DATABASE_URL, error =>
    log.error({ err: error }, 'database connection lost')
  )
  try {
    const closed = await readClosed(database)
    if (closed) throw new ConfigError(explainClosed(closed))
    if (!known) await refuseNewKey(config, database)
    const onCopy = (path: string) => log.info({ path }, 'database copied before its migrations')
    const onNewer = (migrations: string[]) =>
      log.warn({ migrations }, 'a newer release has migrated the database: finish the upgrade')
    for (const name of await database.migrate({ onCopy, onNewer })) log.info({ name }, 'migration applied')
    const vault = await openVault(database, known ?? newSecretKey(config), readPreviousKey(config))
    await checkSecretKey(database, vault)
    return { database, vault }
  } catch (error) {
    await database.close()
    throw error
  }
}

const pathOf = ({ DATA_DIR }: Config) => join(DATA_DIR, 'secret.key')

/** Returns the secret key of the configuration, else of DATA_DIR; null: there is none yet. Throws ConfigError when it is malformed. */
export function readSecretKey(config: Config): Buffer | null {
  if (config.SECRET_KEY) return Buffer.from(config.SECRET_KEY, 'base64')
  const path = pathOf(config)
  if (!existsSync(path)) return null
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64')
  if (key.length !== 32) throw new ConfigError(`${path} must contain 32 bytes in base64.`)
  return key
}

/** Returns the key before a rotation; null: there was none. */
export const readPreviousKey = ({ SECRET_KEY_PREVIOUS: key }: Config): Buffer | null =>
  key === undefined ? null : Buffer.from(key, 'base64')

/**
 * Creates the vault of a database. API keys stay hashed with what the first key was derived to: a rotation stores that, encrypted; before it is
 * finished, the canary tells which key was the first.
 */
export async function openVault(database: Database, secretKey: Buffer, previous: Buffer | null): Promise<Vault> {
  const vault = createVault(secretKey, { previous })
  const meta = createMetaStore(database)
  const [stored, canary] = [await meta.get(HASHING_KEY), await meta.get(CANARY)]
  try {
    if (stored !== undefined)
      return createVault(secretKey, {
        previous,
        hashingKey: Buffer.from(vault.decrypt(stored, HASHING_KEY_CONTEXT), 'base64')
      })
  } catch {
    // neither key is right: the check says so
    return vault
  }
  if (!previous || canary === undefined || vault.isCurrent(canary, CANARY_CONTEXT)) return vault
  return createVault(secretKey, { previous, hashingKey: hashingKeyOf(previous) })
}

/** Finishes a rotation, when everything else is encrypted with the current key: from here on the previous one is not needed. */
export async function finishRotation(database: Database, vault: Vault): Promise<void> {
  const { meta } = database
  const values = [
    { name: HASHING_KEY, value: vault.encrypt(vault.hashingKey.toString('base64'), HASHING_KEY_CONTEXT) },
    { name: CANARY, value: vault.encrypt('reelay', CANARY_CONTEXT) }
  ]
  await database.transaction(async tx => {
    for (const { name, value } of values)
      await tx.insert(meta).values({ name, value }).onConflictDoUpdate({ target: meta.name, set: { value } })
  })
}

/** Whether a rotation was begun and not finished: the database still needs the previous key. */
export async function isRotating(database: Database, vault: Vault): Promise<boolean> {
  const canary = await createMetaStore(database).get(CANARY)
  return canary !== undefined && !vault.isCurrent(canary, CANARY_CONTEXT)
}

function newSecretKey(config: Config): Buffer {
  const key = randomBytes(32)
  writeFileSync(pathOf(config), `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  return key
}

/** A new key would only hide that the one of this database is lost. */
async function refuseNewKey(config: Config, database: Database): Promise<void> {
  // a new database has no tables yet
  const encrypted = await createMetaStore(database)
    .get(CANARY)
    .catch(() => undefined)
  if (encrypted !== undefined)
    throw new ConfigError(
      `${pathOf(config)} is missing, and this database was encrypted with it. Restore that file from your backup, or set SECRET_KEY to its content.`
    )
}

/** Refuses a database that was encrypted with another key, before anything is written with the wrong one. */
async function checkSecretKey(database: Database, vault: Vault): Promise<void> {
  const matches = await secretKeyFits(database, vault)
  if (matches === null) return createMetaStore(database).set(CANARY, vault.encrypt('reelay', CANARY_CONTEXT))
  if (!matches)
    throw new ConfigError(
      'SECRET_KEY is not the one that encrypted this database, so its vendor credentials cannot be read. Start with the original key, or set SECRET_KEY_PREVIOUS to it for a rotation.'
    )
}

const CANARY = 'canary'
const HASHING_KEY = 'hashing_key'

/** Whether this database was encrypted with the vault's key; null: with none yet. */
export async function secretKeyFits(database: Database, vault: Vault): Promise<boolean | null> {
  const encrypted = await createMetaStore(database).get(CANARY)
  if (encrypted === undefined) return null
  try {
    vault.decrypt(encrypted, CANARY_CONTEXT)
    return true
  } catch {
    return false
  }
}

/** Returns the hash of the ADMIN_KEY of this or an earlier start: it may lack our checksum, and stays valid when the variable is removed. */
export async function chosenKeyHash({ ADMIN_KEY }: Config, database: Database, vault: Vault): Promise<string | null> {
  const meta = createMetaStore(database)
  if (!ADMIN_KEY) return (await meta.get('admin_key')) ?? null
  const hash = vault.hashKey(ADMIN_KEY)
  await meta.set('admin_key', hash)
  return hash
}
