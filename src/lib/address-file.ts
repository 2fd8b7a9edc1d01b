import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Returns the URL that the last server on this folder has written; it may no longer run. */
export function readAddress(folder: string): string | null {
  const path = join(folder, 'address')
  return (existsSync(path) && readFileSync(path, 'utf8').trim()) || null
}

export function writeAddress(folder: string, url: string): void {
  writeFileSync(join(folder, 'address'), url)
}
