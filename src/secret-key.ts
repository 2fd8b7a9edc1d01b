import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { openDatabase, type Database } from './db/index.ts'
import { ConfigError } from './errors.ts'
import { createVault, type Vault } from './lib/vault.ts'
import { createMetaStore } from './stores/meta.ts'

/** Opens and migrates the database, and creates the vault. Throws ConfigError when the database was encrypted with another key. */
export async function openDatabaseAndVault(config: Config, log: Logger): Promise<{ database: Database; vault: Vault }> {
  mkdirSync(config.DATA_DIR, { recursive: true })
  const known = readSecretKey(config)
  const database = await openDatabase(config.DATABASE_URL, error =>
    log.error({ err: error }, 'database connection lost')
  )
  try {
    if (!known) await refuseNewKey(config, database)
    for (const name of await database.migrate()) log.info({ name }, 'migration applied')
    const vault = createVault(known ?? newSecretKey(config))
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

function newSecretKey(config: Config): Buffer {
  const key = randomBytes(32)
  writeFileSync(pathOf(config), `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  return key
}

/** A new key would only hide that the one of this database is lost. */
async function refuseNewKey(config: Config, database: Database): Promise<void> {
  // a new database has no tables yet
  const encrypted = await createMetaStore(database)
    .get('canary')
    .catch(() => undefined)
  if (encrypted !== undefined)
    throw new ConfigError(
      `${pathOf(config)} is missing, and this database was encrypted with it. Restore that file from your backup, or set SECRET_KEY to its content.`
    )
}

/** Refuses a database that was encrypted with another key, before anything is written with the wrong one. */
async function checkSecretKey(database: Database, vault: Vault): Promise<void> {
  const matches = await secretKeyFits(database, vault)
  if (matches === null) return createMetaStore(database).set('canary', vault.encrypt('reelay', CANARY))
  if (!matches)
    throw new ConfigError(
      'SECRET_KEY is not the one that encrypted this database, so its vendor credentials cannot be read. Start with the original key.'
    )
}

const CANARY = 'meta:canary:value'

/** Whether this database was encrypted with the vault's key; null: with none yet. */
export async function secretKeyFits(database: Database, vault: Vault): Promise<boolean | null> {
  const encrypted = await createMetaStore(database).get('canary')
  if (encrypted === undefined) return null
  try {
    vault.decrypt(encrypted, CANARY)
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
