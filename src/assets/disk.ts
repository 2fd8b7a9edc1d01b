import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createWriteStream } from 'node:fs'

/** Files under one folder. Names are made by us, never by a client. A file appears whole or not at all. */
export function createDisk(folder: string) {
  const pathOf = (name: string) => join(folder, name)

  return {
    async put(name: string, content: Readable | Buffer): Promise<void> {
      const path = pathOf(name)
      const partial = `${path}.partial`
      await mkdir(dirname(path), { recursive: true })
      try {
        await pipeline(Buffer.isBuffer(content) ? [content] : content, createWriteStream(partial))
        const file = await open(partial, 'r+')
        await file.sync()
        await file.close()
        await rename(partial, path)
      } catch (error) {
        await rm(partial, { force: true })
        throw error
      }
    },

    /** Size in bytes; null when there is no such file. */
    async size(name: string): Promise<number | null> {
      return stat(pathOf(name)).then(
        ({ size }) => size,
        () => null
      )
    },

    /** Bytes `start` to `end`, both included. */
    read: (name: string, range?: { start: number; end: number }): Readable => createReadStream(pathOf(name), range),

    async remove(name: string): Promise<void> {
      await rm(pathOf(name), { force: true })
    }
  }
}

export type Disk = ReturnType<typeof createDisk>
