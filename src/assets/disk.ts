import { createReadStream } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Archive } from './archive.ts'

const DAY = 86_400_000
const PARTIAL = '.partial'

/** An archive in a local folder. */
export function openDisk(folder: string): Archive {
  const pathOf = (name: string) => join(folder, name)

  return {
    async put(name, path, size) {
      const target = pathOf(name)
      const partial = target + PARTIAL
      await mkdir(dirname(target), { recursive: true })
      try {
        // a rename fails when the local file is on another disk
        await rename(path, partial).catch(() => copyFile(path, partial))
        const file = await open(partial, 'r+')
        const { size: arrived } = await file.stat()
        await file.sync()
        await file.close()
        if (arrived !== size) throw new Error(`${name} has ${arrived} bytes instead of ${size}`)
        await rename(partial, target)
      } catch (error) {
        await rm(partial, { force: true })
        throw error
      }
    },

    size: name =>
      stat(pathOf(name)).then(
        ({ size }) => size,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
          throw error
        }
      ),

    read: async (name, range) => createReadStream(pathOf(name), range),

    remove: name => rm(pathOf(name), { force: true }),

    async sweep(now) {
      const names = await readdir(folder, { recursive: true }).catch(() => [])
      for (const name of names.filter(one => one.endsWith(PARTIAL))) {
        const { mtimeMs } = await stat(join(folder, name)).catch(() => ({ mtimeMs: now }))
        if (now - mtimeMs > DAY) await rm(join(folder, name), { force: true })
      }
    }
  }
}
