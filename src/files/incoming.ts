import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'

/** Opens the folder for files on their way to the archive. Each is named after the row whose lease protects it: an asset, or `TASK-NUMBER`. */
export function openIncoming(folder: string) {
  return {
    /** Runs `work` with the path of a temporary file, and removes the file afterwards. */
    async use<T>(name: string, work: (path: string) => Promise<T>): Promise<T> {
      const path = join(folder, name)
      await mkdir(folder, { recursive: true })
      try {
        return await work(path)
      } finally {
        await rm(path, { force: true })
      }
    },

    /** Removes what killed processes left, except the files of rows that are `claimed`: another process is working on them. */
    async sweep(claimed: (ids: string[]) => Promise<readonly string[]>, log: Logger): Promise<void> {
      const names = await readdir(folder).catch(() => [])
      const idOf = (name: string) => name.split(/[.-]/, 1)[0]!
      const inUse = new Set(await claimed([...new Set(names.map(idOf))]))
      const left = names.filter(name => !inUse.has(idOf(name)))
      for (const name of left)
        await rm(join(folder, name), { recursive: true, force: true }).catch((error: unknown) =>
          log.warn({ name, err: error }, 'archive: an unfinished download could not be removed')
        )
      if (left.length) log.info({ files: left.length }, 'archive: unfinished downloads removed')
    }
  }
}

export type Incoming = ReturnType<typeof openIncoming>
