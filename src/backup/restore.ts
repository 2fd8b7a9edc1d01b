import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { z } from 'zod'
import type { Archive } from '../assets/archive.ts'
import type { Config } from '../config.ts'
import type { Database } from '../db/index.ts'
import { createSemaphore } from '../lib/semaphore.ts'
import { checkDatabase, checkExternal, type Restored } from './check.ts'
import { decrypt } from './encryption.ts'
import { BackupError } from './error.ts'
import {
  aboutSchema,
  archivedSchema,
  manifestSchema,
  names,
  readLines,
  type About,
  type Archived,
  type Manifest
} from './format.ts'
import { commitRestore, finishRestore, STAGED } from './journal.ts'
import { unpack, type Entry } from './tar.ts'

const SMALL = 512 * 1024 * 1024
const LOOKS = 16

interface Options {
  config: Config
  source: AsyncIterable<Uint8Array>
  passphrase: string | undefined
  /** where archived files go; null: nowhere */
  archive: Archive | null
  /** replaces what is there, which is kept under another name */
  force: boolean
  /** accepts a database whose ledger does not add up */
  unbalanced: boolean
  /** called with the restored database before it is put in place, to write into it */
  onChecked?(database: Database): Promise<void>
  /** milliseconds */
  now: number
}

export interface Outcome extends Restored {
  about: About
  /** archived files that the backup had */
  files: number
  /** archived files that the database knows and the archive does not have */
  missing: string[]
  /** what files that were in the way are called now: their name and this; null: there were none */
  keptAs: string | null
  /** whether it was made during a rotation of the secret key, which is not finished */
  isRotating: boolean
}

/**
 * Restores a backup into DATA_DIR, whose lock the caller has: stages it, checks all of it, and then replaces what is there at once. Killed before
 * that, nothing has changed but for additional files in the archive. Throws BackupError when the backup or the folder is not fit for it.
 */
export async function restoreBackup(options: Options): Promise<Outcome> {
  const { config, source, passphrase, archive, force, unbalanced, now, onChecked = async () => {} } = options
  const { DATA_DIR: dataDir } = config
  await mkdir(dataDir, { recursive: true })
  finishRestore(dataDir)
  const targets = targetsOf(config)
  const inTheWay = Object.values(targets).some(path => existsSync(path))
  if (inTheWay && !force)
    throw new BackupError(
      `${dataDir} is not empty: it has a database or a secret key. Restore into another folder (DATA_DIR), or use --force, which keeps what is there under another name.`
    )

  const staged = stagingOf(config)
  for (const path of Object.values(staged)) rmSync(path, { recursive: true, force: true })
  await mkdir(staged.folder, { recursive: true, mode: 0o700 })
  try {
    const received = await receive(decrypt(source, passphrase), { staged, archive, kind: kindOf(config) })
    const keys = receivedKeys(config, staged)
    const restored =
      received.about.database === 'sqlite'
        ? await checkDatabase({ path: staged.database, ...keys, unbalanced, onChecked })
        : await checkExternal({ url: config.DATABASE_URL, ...keys })
    const keepAs = `.before-restore-${new Date(now).toISOString().slice(0, 19).replaceAll(':', '-')}`
    const moves = (['secretKey', 'previousKey', 'sandbox', 'database'] as const)
      .filter(name => existsSync(staged[name]) && (name !== 'secretKey' || config.SECRET_KEY === undefined))
      .map(name => ({ from: relative(dataDir, staged[name]), to: relative(dataDir, targets[name]) }))
    const missing = archive ? await missingIn(archive, staged.archiveList) : []
    commitRestore(dataDir, { keepAs, moves })
    finishRestore(dataDir)
    const { about, files } = received
    return {
      ...restored,
      about,
      files,
      missing,
      keptAs: inTheWay ? keepAs : null,
      isRotating: keys.previousKey !== null
    }
  } finally {
    for (const path of [staged.folder, staged.database]) rmSync(path, { recursive: true, force: true })
  }
}

const kindOf = ({ DATABASE_URL }: Config) => (DATABASE_URL.startsWith('file:') ? 'sqlite' : 'postgres')

/** Returns where the restored files go. */
function targetsOf({ DATA_DIR, DATABASE_URL }: Config) {
  const path = /^file:(?:\/\/(?=\/))?(.*)$/.exec(DATABASE_URL)?.[1]
  return {
    ...(path !== undefined && { database: path }),
    secretKey: join(DATA_DIR, names.secretKey),
    previousKey: join(DATA_DIR, names.previousKey),
    sandbox: join(DATA_DIR, names.sandbox)
  } as Record<'database' | 'secretKey' | 'previousKey' | 'sandbox', string> // true because nothing asks for the database of PostgreSQL
}

type Staged = ReturnType<typeof stagingOf>

function stagingOf(config: Config) {
  const folder = join(config.DATA_DIR, STAGED)
  const { database } = targetsOf(config)
  return {
    folder,
    // a rename needs the same disk
    database:
      database === undefined || resolve(dirname(database)) === resolve(config.DATA_DIR)
        ? join(folder, names.database)
        : `${database}.restoring`,
    secretKey: join(folder, names.secretKey),
    previousKey: join(folder, names.previousKey),
    sandbox: join(folder, names.sandbox),
    archiveList: join(folder, names.archiveList),
    incoming: join(folder, 'incoming')
  }
}

interface Receiving {
  staged: Staged
  archive: Archive | null
  kind: 'sqlite' | 'postgres'
}

/** Stages what a backup has and checks it against its manifest. */
async function receive(source: AsyncIterable<Uint8Array>, { staged, archive, kind }: Receiving) {
  const seen = new Map<string, { bytes: number; sha256: string }>()
  let about: About | undefined
  let manifest: Manifest | undefined
  let listed: Map<string, Archived> | undefined
  let files = 0
  const places: Record<string, string> = {
    [names.database]: staged.database,
    [names.secretKey]: staged.secretKey,
    [names.previousKey]: staged.previousKey,
    [names.sandbox]: staged.sandbox,
    [names.archiveList]: staged.archiveList
  }
  try {
    for await (const entry of unpack(source)) {
      const { name } = entry
      if (!about && name !== names.about) throw new BackupError('This is not a backup made by reelay.')
      if (name === names.about) {
        const bytes = await small(entry)
        about = parse(aboutSchema, bytes, name)
        refuseKind(about, kind)
        seen.set(name, { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
      } else if (name === names.manifest) manifest = parse(manifestSchema, await small(entry), name)
      else if (name.startsWith(names.archive)) {
        const path = name.slice(names.archive.length)
        listed ??= await readListed(staged.archiveList)
        seen.set(name, await receiveFile(entry, listed.get(path) ?? unlisted(path), { staged, archive }))
        files++
      } else if (places[name] !== undefined) seen.set(name, await write(entry, places[name]))
      else throw new BackupError(`The backup has a file that this version does not know: ${name}. Use a newer version.`)
    }
  } catch (error) {
    if (error instanceof BackupError || (error instanceof Error && 'code' in error)) throw error
    throw new BackupError(`The backup is damaged or cut short: ${error instanceof Error ? error.message : error}.`)
  }
  if (!about || !manifest) throw new BackupError('The backup is cut short: its manifest is missing.')
  for (const { name, bytes, sha256 } of manifest.entries) {
    const found = seen.get(name)
    if (!found) throw new BackupError(`The backup is incomplete: ${name} is missing.`)
    if (found.bytes !== bytes || found.sha256 !== sha256)
      throw new BackupError(`The backup is damaged: ${name} is not what was backed up.`)
  }
  if (manifest.entries.length !== seen.size)
    throw new BackupError('The backup has files that its manifest does not list.')
  return { about, files }
}

function refuseKind({ database }: About, kind: 'sqlite' | 'postgres') {
  if (database === kind) return
  throw new BackupError(
    kind === 'postgres'
      ? 'This backup has a SQLite database, and DATABASE_URL is PostgreSQL. Restore it without DATABASE_URL, then run `reelay move --to postgres://…`.'
      : 'This backup belongs to a PostgreSQL database. Restore that with pg_restore, set DATABASE_URL to it, and run this again.'
  )
}

const unlisted = (name: string): Archived =>
  archivedSchema.parse({ name, bytes: null, sha256: null, content_type: 'video/mp4' })

async function readListed(path: string): Promise<Map<string, Archived>> {
  const listed = new Map<string, Archived>()
  for await (const file of readLines(path)) listed.set(file.name, file)
  return listed
}

/** Puts an archived file into the archive, unless it is there. */
async function receiveFile(
  entry: Entry,
  { name, sha256, content_type }: Archived,
  { staged, archive }: Pick<Receiving, 'staged' | 'archive'>
) {
  const received = await write(entry, staged.incoming)
  if (sha256 !== null && received.sha256 !== sha256)
    throw new BackupError(`The backup is damaged: ${entry.name} is not what was archived.`)
  if (archive && (await archive.size(name)) !== received.bytes)
    await archive.put(name, staged.incoming, received.bytes, content_type)
  return received
}

/** Writes an entry to a file, on disk when it returns. */
async function write({ body }: Entry, path: string) {
  const hash = createHash('sha256')
  let bytes = 0
  const file = await open(path, 'w', 0o600)
  try {
    for await (const chunk of body) {
      hash.update(chunk)
      bytes += chunk.length
      await file.writeFile(chunk)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return { bytes, sha256: hash.digest('hex') }
}

async function small({ name, size, body }: Entry): Promise<Buffer> {
  if (size > SMALL) throw new BackupError(`The backup is damaged: ${name} is too large.`)
  return buffer(body)
}

function parse<Schema extends z.ZodType>(schema: Schema, bytes: Buffer, name: string): z.infer<Schema> {
  const { data, error } = schema.safeParse(JSON.parse(bytes.toString()))
  if (error) throw new BackupError(`${name} of this backup ${error.issues[0]?.message ?? 'is not valid'}.`)
  return data
}

/** Returns the keys of the backup. Throws BackupError when SECRET_KEY is set to another one. */
function receivedKeys({ SECRET_KEY }: Config, staged: Staged) {
  const read = (path: string) => Buffer.from(readFileSync(path, 'utf8').trim(), 'base64')
  if (!existsSync(staged.secretKey)) throw new BackupError('The backup has no secret key.')
  const secretKey = read(staged.secretKey)
  if (SECRET_KEY !== undefined && !Buffer.from(SECRET_KEY, 'base64').equals(secretKey))
    throw new BackupError(
      'SECRET_KEY is not the one that this backup was encrypted with. Remove it to use the key of the backup, or set it to that key.'
    )
  return { secretKey, previousKey: existsSync(staged.previousKey) ? read(staged.previousKey) : null }
}

/** Returns the listed files that the archive does not have. */
async function missingIn(archive: Archive, list: string): Promise<string[]> {
  const few = createSemaphore(LOOKS)
  const looks: Promise<string | null>[] = []
  for await (const { name } of readLines(list))
    looks.push(few(async () => ((await archive.size(name)) === null ? name : null)))
  return (await Promise.all(looks)).filter(name => name !== null)
}
