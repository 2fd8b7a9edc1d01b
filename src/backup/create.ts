import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Archive } from '../assets/archive.ts'
import type { Database } from '../db/index.ts'
import { version } from '../lib/version.ts'
import { createAssetStore, type ArchivedFile } from '../stores/assets.ts'
import { names, readLines, type About, type Archived, type Manifest } from './format.ts'
import { pack, textEntry, type Entry } from './tar.ts'

const STAGED = 'backup-'
const DAY = 86_400_000

export interface BackupSource {
  database: Database
  /** writes a copy of the SQLite file to a path; not called for PostgreSQL */
  copy(path: string): Promise<void>
  /** where the archived files are, to include them; null: they are only listed */
  archive: Pick<Archive, 'size' | 'read'> | null
  dataDir: string
  secretKey: Buffer
  previousKey: Buffer | null
  /** milliseconds */
  now: number
}

/** What a backup has, once it was read to its end. */
export interface Backup {
  bytes: AsyncGenerator<Uint8Array>
  /** removes the copy of the database; to be called in any case */
  close(): Promise<void>
}

/** Copies the database and lists the archive, consistent while a server runs, and returns the backup as a stream (format.ts). */
export async function openBackup(source: BackupSource): Promise<Backup> {
  const { database, copy, dataDir, now } = source
  await removeLeftovers(dataDir, now)
  // beside the database: it may be too large for the system's folder of temporary files
  const folder = await mkdtemp(join(dataDir, STAGED))
  const close = () => rm(folder, { recursive: true, force: true })
  try {
    const paths = { database: join(folder, names.database), archiveList: join(folder, names.archiveList) }
    if (database.kind === 'sqlite') await copy(paths.database)
    // after the copy: files that it knows are listed, unless they are gone
    await pipeline(listArchived(database), createWriteStream(paths.archiveList))
    return { bytes: pack(entriesOf(source, paths)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function* entriesOf(
  { database, archive, dataDir, secretKey, previousKey, now }: BackupSource,
  paths: { database: string; archiveList: string }
): AsyncGenerator<Entry> {
  const manifest: Manifest = { entries: [], missing: [] }
  const counted = (entry: Entry): Entry => ({ ...entry, body: recorded(entry, manifest) })
  const about: About = {
    format: 1,
    created_at: new Date(now).toISOString(),
    version: version(),
    database: database.kind,
    archive: archive !== null
  }
  yield counted(textEntry(names.about, JSON.stringify(about)))
  if (database.kind === 'sqlite') yield counted(await fileEntry(names.database, paths.database))
  yield counted(textEntry(names.secretKey, `${secretKey.toString('base64')}\n`))
  if (previousKey) yield counted(textEntry(names.previousKey, `${previousKey.toString('base64')}\n`))
  const sandbox = join(dataDir, names.sandbox)
  const { size: written } = await stat(sandbox).catch(() => ({ size: 0 }))
  // it grows: as much as there is now
  if (database.kind === 'sqlite' && written)
    yield counted({ name: names.sandbox, size: written, body: createReadStream(sandbox, { end: written - 1 }) })
  yield counted(await fileEntry(names.archiveList, paths.archiveList))
  if (archive)
    for await (const { name } of readLines(paths.archiveList)) {
      const size = await archive.size(name)
      if (size === null) manifest.missing.push(name)
      else yield counted({ name: names.archive + name, size, body: readAll(archive, name, size) })
    }
  yield textEntry(names.manifest, JSON.stringify(manifest))
}

/** Passes an entry's body on, and adds its size and hash to the manifest. */
async function* recorded({ name, body }: Entry, { entries }: Manifest) {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of body) {
    hash.update(chunk)
    bytes += chunk.length
    yield chunk
  }
  entries.push({ name, bytes, sha256: hash.digest('hex') })
}

const fileEntry = async (name: string, path: string): Promise<Entry> => ({
  name,
  size: (await stat(path)).size,
  body: createReadStream(path)
})

async function* readAll(archive: Pick<Archive, 'read'>, name: string, size: number): AsyncGenerator<Uint8Array> {
  if (size > 0) yield* await archive.read(name, { start: 0, end: size - 1 })
}

async function* listArchived(database: Database) {
  for await (const file of createAssetStore(database).archived()) yield `${JSON.stringify(lineOf(file))}\n`
}

const lineOf = ({ name, bytes, sha256, contentType }: ArchivedFile): Archived => ({
  name,
  bytes,
  sha256,
  content_type: contentType ?? 'video/mp4'
})

/** Removes copies that backups left which were killed. */
async function removeLeftovers(dataDir: string, now: number) {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(STAGED)) continue
    const path = join(dataDir, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: now }))
    if (now - mtimeMs > DAY) await rm(path, { recursive: true, force: true })
  }
}
