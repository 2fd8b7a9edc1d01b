import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { ConfigError } from '../errors.ts'
import { readAddress } from '../lib/address-file.ts'

interface Lock {
  release(): void
}

/**
 * Takes a data folder for this process when its database is SQLite, which has one server. The system releases it when the process ends,
 * however it ends. Throws ConfigError when another process has it.
 */
export function lockFolder({ DATA_DIR: folder, DATABASE_URL: url }: { DATA_DIR: string; DATABASE_URL: string }): Lock {
  if (!url.startsWith('file:')) return { release() {} }
  mkdirSync(folder, { recursive: true })
  // Node has no file locks; those of SQLite are the system's, also between containers. `user_version` is the holder's process id.
  const lock = new Sqlite(join(folder, 'server.lock'), { timeout: 0 })
  try {
    lock.exec(`begin immediate; pragma user_version = ${process.pid}; commit; begin immediate`)
    return { release: () => lock.close() }
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY'
    const holder = isTaken ? String(lock.pragma('user_version', { simple: true })) : ''
    lock.close()
    if (!isTaken) throw error
    const address = readAddress(folder)
    throw new ConfigError(
      `Another reelay runs on ${folder} (process ${holder}${address === null ? '' : `, ${address}`}). Stop it first, or set DATA_DIR to another folder.`
    )
  }
}
