import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'

/*
 * What is in a backup, a tar archive, in this order:
 *   backup.json       when it was made, by which version, of which database
 *   reelay.db         the SQLite file (of PostgreSQL: none, it has pg_dump)
 *   secret.key        32 bytes in base64; secret.key.previous too while a rotation is not finished
 *   sandbox.jsonl     the sandbox's own state, if there is any
 *   archive.jsonl     one archived file per line
 *   archive/…         these files, when asked for
 *   manifest.json     size and SHA-256 of everything above: a backup without it was cut short
 */

export const names = {
  about: 'backup.json',
  database: 'reelay.db',
  secretKey: 'secret.key',
  previousKey: 'secret.key.previous',
  sandbox: 'sandbox.jsonl',
  archiveList: 'archive.jsonl',
  archive: 'archive/',
  manifest: 'manifest.json'
} as const

/** backup.json */
export const aboutSchema = z.object({
  format: z.literal(1, { error: 'was made by a newer version of reelay' }),
  created_at: z.string(),
  version: z.string(),
  database: z.enum(['sqlite', 'postgres']),
  /** whether the archived files are in it */
  archive: z.boolean()
})
export type About = z.infer<typeof aboutSchema>

/** A line of archive.jsonl. `bytes` and `sha256` null: not known. */
export const archivedSchema = z.object({
  // our own names: nothing that leads out of the archive
  name: z.string().regex(/^(?!.*(^|\/)\.{1,2}(\/|$))[\w.-]+(\/[\w.-]+)*$/),
  bytes: z.number().nullable(),
  sha256: z.string().nullable(),
  content_type: z.string()
})
export type Archived = z.infer<typeof archivedSchema>

/** manifest.json. `missing`: files of archive.jsonl that the archive no longer had. */
export const manifestSchema = z.object({
  entries: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string() })),
  missing: z.array(z.string())
})
export type Manifest = z.infer<typeof manifestSchema>

/** Returns the name of a backup's file, e.g. `reelay-2026-11-30T10-05-00Z.tar`. `now` in milliseconds. */
export const fileName = (now: number) => `reelay-${new Date(now).toISOString().slice(0, 19).replaceAll(':', '-')}Z.tar`

/** Yields the files that archive.jsonl lists. */
export async function* readLines(path: string): AsyncGenerator<Archived> {
  for await (const line of createInterface({ input: createReadStream(path) }))
    yield archivedSchema.parse(JSON.parse(line))
}
