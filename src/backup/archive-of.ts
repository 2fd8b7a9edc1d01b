import { join } from 'node:path'
import type { Archive } from '../assets/archive.ts'
import { openArchive } from '../assets/index.ts'
import type { Config } from '../config.ts'

/** Opens the archive of an installation; null: it has none. */
export async function archiveOf({ ARCHIVE_URL: url, DATA_DIR }: Config): Promise<Archive | null> {
  return url === 'off' ? null : openArchive(url ?? `file:${join(DATA_DIR, 'archive')}`)
}
