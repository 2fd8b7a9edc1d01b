import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { usage } from './exit.ts'

/** Stands for stdout, as the path of a file. */
export const STDOUT = '-'

/** Returns where the video will be saved; called before anything is paid. Throws a usage error when it is not possible. */
export async function placeFor(out: string | undefined, name: () => string): Promise<() => string> {
  if (out === undefined) return name
  if (out === STDOUT) {
    if (process.stdout.isTTY) throw usage('-o -: the video would be written to the terminal. Pipe it into a program.')
    return () => STDOUT
  }
  const there = await stat(out).catch(() => null)
  if (there?.isDirectory()) return () => join(out, name())
  const folder = await stat(dirname(out)).catch(() => null)
  if (!folder?.isDirectory()) throw usage(`-o: there is no folder ${dirname(out)}.`)
  return () => out
}

/** Returns a file name: the prompt's first words and the end of the id. */
export function nameFor({ id, prompt }: { id: string; prompt: string }): string {
  const words = prompt
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .slice(0, 40)
    .replaceAll(/^-|-$/g, '')
  return `${words || 'video'}-${id.slice(-6)}.mp4`
}

/** Writes a temporary file next to the path and renames it when it is complete and on disk. Returns its bytes. */
export async function save(from: Readable, path: string, mode = 0o666): Promise<number> {
  const part = join(dirname(path), `.${basename(path)}.${process.pid}.part`)
  const file = createWriteStream(part, { flush: true, mode })
  try {
    await pipeline(from, file)
    await rename(part, path)
    return file.bytesWritten
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

/** Writes everything to stdout. `onBytes` is called with how many were written. */
export async function writeOut(from: Readable, onBytes: (bytes: number) => void): Promise<void> {
  for await (const chunk of from as AsyncIterable<Buffer>) {
    if (!process.stdout.write(chunk)) await once(process.stdout, 'drain')
    onBytes(chunk.length)
  }
}

export const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1)} MB`
