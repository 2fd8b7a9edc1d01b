import { randomBytes } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { wordsOf } from './check.ts'

/** Writes a small file to a folder, down to the disk, and deletes it. Returns why that failed; null: it worked. */
export async function writeTest(folder: string): Promise<string | null> {
  const path = join(folder, `.doctor-${randomBytes(6).toString('hex')}`)
  try {
    const file = await open(path, 'wx')
    try {
      await file.writeFile('reelay doctor writes and deletes this file\n')
      await file.sync()
    } finally {
      await file.close()
    }
    return null
  } catch (error) {
    return wordsOf(error)
  } finally {
    await rm(path, { force: true }).catch(() => {})
  }
}
