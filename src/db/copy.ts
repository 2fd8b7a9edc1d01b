import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { ConfigError } from '../errors.ts'

// copies made before migrations; a release has a few of them
const KEPT = 3

/** Writes a copy of the SQLite file at `path`, as of one moment, while others write to it. The file `target` must not exist. Blocks this process. */
export function copySqlite(path: string, target: string): void {
  const connection = new Sqlite(path, { fileMustExist: true })
  try {
    connection.pragma('busy_timeout = 5000')
    vacuumInto(connection, target)
  } finally {
    connection.close()
  }
}

/**
 * Copies a database to `PATH.before-MIGRATION`, keeps the newest few of such copies, and returns the path. Throws ConfigError when it cannot be
 * written, usually because the disk is full.
 */
export function copyBefore(connection: Sqlite.Database, migration: string): string {
  const target = `${connection.name}.before-${migration}`
  const partial = `${target}.partial`
  try {
    rmSync(partial, { force: true })
    vacuumInto(connection, partial)
    renameSync(partial, target)
  } catch (error) {
    rmSync(partial, { force: true })
    throw new ConfigError(
      `The database could not be copied before its migration, so it was not migrated: ${wordsOf(error)}. Make room for ${target}, or back it up yourself and run \`reelay migrate --no-copy\`.`
    )
  }
  removeOld(connection.name)
  return target
}

/** Copies a database into a new file, and waits until it is on disk. */
function vacuumInto(connection: Sqlite.Database, target: string) {
  connection.prepare('vacuum into ?').run(target)
  const file = openSync(target, 'r+')
  fsyncSync(file)
  closeSync(file)
}

function removeOld(path: string) {
  const folder = dirname(path)
  const copies = readdirSync(folder)
    .filter(name => name.startsWith(`${basename(path)}.before-`) && !/\.partial$|before-restore/.test(name))
    .map(name => join(folder, name))
    .map(copy => ({ copy, at: statSync(copy).mtimeMs }))
    .toSorted((one, other) => other.at - one.at)
  for (const { copy } of copies.slice(KEPT)) rmSync(copy, { force: true })
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
