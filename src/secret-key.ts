import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { openDatabase, type Database } from './db/index.ts'
import { ConfigError } from './errors.ts'
import { createVault, type Vault } from './lib/vault.ts'
import { createMetaStore } from './stores/meta.ts'

/** The database, migrated, and the vault whose key it was made with. Throws ConfigError when the key is another. */
export async function openDatabaseAndVault(config: Config, log: Logger): Promise<{ database: Database; vault: Vault }> {
  mkdirSync(config.DATA_DIR, { recursive: true })
  const vault = createVault(secretKey(config))
  const database = await openDatabase(config.DATABASE_URL, error =>
    log.error({ err: error }, 'database connection broke')
  )
  try {
    for (const name of await database.migrate()) log.info({ name }, 'migration applied')
    await checkSecretKey(database, vault)
    return { database, vault }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** The key of the configuration or of DATA_DIR, where it is made when there is none. */
export function secretKey({ SECRET_KEY, DATA_DIR }: Config): Buffer {
  if (SECRET_KEY) return Buffer.from(SECRET_KEY, 'base64')
  const path = join(DATA_DIR, 'secret.key')
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64')
  if (key.length !== 32) throw new ConfigError(`${path} is not 32 bytes in base64`)
  return key
}

/** A database that was sealed with another key is refused, before anything is written with the wrong one. */
async function checkSecretKey(database: Database, vault: Vault): Promise<void> {
  const fits = await secretKeyFits(database, vault)
  if (fits === null) return createMetaStore(database).set('canary', vault.encrypt('reelay', CANARY))
  if (!fits)
    throw new ConfigError(
      'SECRET_KEY is not the one this database was made with: its vendor credentials cannot be read. Start with the old key.'
    )
}

const CANARY = 'meta:canary:value'

/** Whether this database was sealed with this key; null: with none yet. */
export async function secretKeyFits(database: Database, vault: Vault): Promise<boolean | null> {
  const sealed = await createMetaStore(database).get('canary')
  if (sealed === undefined) return null
  try {
    vault.decrypt(sealed, CANARY)
    return true
  } catch {
    return false
  }
}

/** The hash of the ADMIN_KEY of this start, or of an earlier one: it carries no checksum of ours, and stays a key without the variable. */
export async function chosenKeyHash({ ADMIN_KEY }: Config, database: Database, vault: Vault): Promise<string | null> {
  const meta = createMetaStore(database)
  if (!ADMIN_KEY) return (await meta.get('admin_key')) ?? null
  const hash = vault.hashKey(ADMIN_KEY)
  await meta.set('admin_key', hash)
  return hash
}
