import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { lockFolder } from '../db/folder-lock.ts'
import { passCheckpoint } from '../lib/checkpoint.ts'
import { BackupError } from './error.ts'

/*
 * How a restore takes effect: everything is staged and checked, then one file says which staged files go where. Until it is there, nothing has
 * changed; once it is there, whoever opens the folder next finishes the moves.
 */

const FILE = 'restore.json'
/** The folder of files that wait to be moved, in DATA_DIR. */
export const STAGED = 'restore-staged'

const planSchema = z.object({
  /** files in the way are renamed to their name and this */
  keepAs: z.string(),
  /** paths from DATA_DIR on: whoever finishes it may know the folder by another name */
  moves: z.array(z.object({ from: z.string(), to: z.string() }))
})
export type Plan = z.infer<typeof planSchema>

/** Makes a restore final: from here on it is finished by `finishRestore`, whatever happens to this process. */
export function commitRestore(dataDir: string, plan: Plan): void {
  passCheckpoint('restore staged')
  const path = join(dataDir, FILE)
  writeFileSync(`${path}.new`, JSON.stringify(plan), { flush: true })
  renameSync(`${path}.new`, path)
  syncFolder(dataDir)
  passCheckpoint('restore committed')
}

/** Whether a restore was committed whose files are not all in place. */
export const isRestoring = (dataDir: string) => existsSync(join(dataDir, FILE))

/** Moves the files of a committed restore into place, and returns whether there was one. The folder must be locked. */
export function finishRestore(dataDir: string): boolean {
  const path = join(dataDir, FILE)
  if (!existsSync(path)) return false
  const { keepAs, moves } = planSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  for (const move of moves) {
    const [from, to] = [join(dataDir, move.from), join(dataDir, move.to)]
    if (!existsSync(from)) {
      if (existsSync(to)) continue
      throw new BackupError(
        `The restore of ${dataDir} cannot be finished: ${from} is missing. Restore again elsewhere.`
      )
    }
    // a database goes with its log, or it would lose what was committed last
    for (const part of ['-wal', '-shm', '']) if (existsSync(to + part)) renameSync(to + part, to + keepAs + part)
    renameSync(from, to)
    syncFolder(dirname(to))
    passCheckpoint('restore moved')
  }
  rmSync(join(dataDir, STAGED), { recursive: true, force: true })
  rmSync(path)
  syncFolder(dataDir)
  return true
}

/** A rename is on disk when its folder is. */
function syncFolder(path: string) {
  const folder = openSync(path, 'r')
  fsyncSync(folder)
  closeSync(folder)
}

/** Locks DATA_DIR for a server or a command, and finishes a restore that was interrupted. Throws ConfigError when it is in use. */
export function takeFolder(config: Parameters<typeof lockFolder>[0]): ReturnType<typeof lockFolder> {
  const lock = lockFolder(config)
  try {
    finishRestore(config.DATA_DIR)
    return lock
  } catch (error) {
    lock.release()
    throw error
  }
}
