import { stat } from 'node:fs/promises'
import { diskSpace } from '../lib/disk-space.ts'

/** Space on the disk of a folder, in bytes. */
export interface Disk {
  folder: string
  free: number
  total: number
}

/** Returns the disks of DATA_DIR and, where it is another one, of an archive in a folder. */
export async function disksOf({ DATA_DIR, ARCHIVE_URL }: { DATA_DIR: string; ARCHIVE_URL?: string | undefined }) {
  const path = /^file:(?:\/\/(?=\/))?(.*)$/.exec(ARCHIVE_URL ?? '')?.[1]
  const folders = [DATA_DIR, ...(path === undefined ? [] : [path])]
  const seen = new Set<number>()
  const disks: Disk[] = []
  for (const folder of folders) {
    // the archive's folder comes with the first file
    const found = await stat(folder).catch(() => undefined)
    if (!found || seen.has(found.dev)) continue
    seen.add(found.dev)
    disks.push({ folder, ...diskSpace(folder) })
  }
  return disks
}
