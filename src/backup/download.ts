import type { Config } from '../config.ts'
import type { Database } from '../db/index.ts'
import { BackupError } from './error.ts'
import { readPreviousKey, readSecretKey } from '../secret-key.ts'
import { archiveOf } from './archive-of.ts'
import { openBackup, type Backup } from './create.ts'
import { fileName } from './format.ts'

interface Dependencies {
  config: Config
  database: Database
  now(): number
}

/** Returns a function that opens a backup inside the server, one at a time: null while another one is open. `withArchive`: with the archived files. */
export function createDownload({ config, database, now }: Dependencies) {
  let isOpen = false

  return async (withArchive: boolean): Promise<(Backup & { name: string }) | null> => {
    if (isOpen) return null
    isOpen = true
    try {
      const secretKey = readSecretKey(config)
      const { copyTo } = database
      if (!secretKey) throw new BackupError('There is no secret key.')
      const backup = await openBackup({
        database,
        copy: async path => copyTo?.(path),
        archive: withArchive ? await archiveOf(config) : null,
        dataDir: config.DATA_DIR,
        secretKey,
        previousKey: readPreviousKey(config),
        now: now()
      })
      return {
        ...backup,
        name: fileName(now()),
        close() {
          isOpen = false
          return backup.close()
        }
      }
    } catch (error) {
      isOpen = false
      throw error
    }
  }
}
