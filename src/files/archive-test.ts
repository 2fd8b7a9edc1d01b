import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Archive } from '../assets/archive.ts'
import { withoutSecrets } from '../lib/log-error.ts'
import type { Incoming } from './incoming.ts'

/** What became of a test of the archive. */
export interface ArchiveTest {
  ok: boolean
  /** why not, for the operator */
  error: string | null
  ms: number
}

interface Dependencies {
  /** null: nothing is archived */
  archive: Archive | null
  incoming: Incoming
  /** milliseconds at an even rate */
  monotonic(): number
  timeoutMs?: number
}

/** Returns a function that writes a small file to the archive, reads it, and deletes it again. Never throws. */
export function createArchiveTest({ archive, incoming, monotonic, timeoutMs = 20_000 }: Dependencies) {
  async function roundTrip(files: Archive): Promise<void> {
    const id = randomBytes(8).toString('hex')
    const [name, content] = [`test/${id}.txt`, `reelay writes, reads and deletes this file: ${id}`]
    await incoming.use(`test-${id}`, async path => {
      await writeFile(path, content)
      await files.put(name, path, content.length, 'text/plain')
    })
    try {
      const size = await files.size(name)
      if (size !== content.length) throw new Error(`the file has ${size ?? 0} bytes instead of ${content.length}`)
      const read = await textOf(await files.read(name, { start: 0, end: content.length - 1 }))
      if (read !== content) throw new Error('what was read is not what was written')
    } finally {
      await files.remove(name)
    }
    if ((await files.size(name)) !== null) throw new Error('the file is still there after it was deleted')
  }

  return async function testArchive(): Promise<ArchiveTest> {
    if (!archive) return { ok: false, error: 'ARCHIVE_URL is off: nothing is archived', ms: 0 }
    const startedAt = monotonic()
    const over = new AbortController()
    const late = sleep(timeoutMs, undefined, { signal: over.signal }).then(() => {
      throw new Error(`no answer within ${timeoutMs / 1000} seconds`)
    })
    late.catch(() => {})
    const error = await Promise.race([roundTrip(archive), late])
      .then(() => null, reasonOf)
      .finally(() => over.abort())
    return { ok: error === null, error, ms: Math.round(monotonic() - startedAt) }
  }
}

export type TestArchive = ReturnType<typeof createArchiveTest>

/** S3 names its errors where others have a message: `NoSuchBucket`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const [cause] = error instanceof AggregateError ? error.errors : []
  const { name, message } = cause instanceof Error ? cause : error
  return withoutSecrets(name === 'Error' || message.includes(name) ? message : `${name}: ${message}`, 500)
}
