import { existsSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { openBackup, type Backup } from '../../backup/create.ts'
import { encrypt } from '../../backup/encryption.ts'
import { BackupError } from '../../backup/error.ts'
import { fileName } from '../../backup/format.ts'
import { archiveOf } from '../../backup/archive-of.ts'
import { loadClientConfig, loadConfig } from '../../config.ts'
import { copySqlite } from '../../db/copy.ts'
import { openDatabase, type Database } from '../../db/index.ts'
import { readPreviousKey, readSecretKey } from '../../secret-key.ts'
import { readClosed } from '../../stores/closed.ts'
import { readJson } from '../client.ts'
import { CommandFailure, exitCodes, usage } from '../exit.ts'
import { passphraseOf } from './passphrase.ts'
import { note, print, say, style, type Format } from '../print.ts'
import { recordCommand } from './record.ts'
import { megabytes, save } from '../save.ts'
import { openHttp } from './http-client.ts'

interface Options extends Format {
  archive: boolean
  encrypt: boolean
  force: boolean
  passphraseFile?: string
}

export async function backUp(given: string | undefined, options: Options): Promise<void> {
  const passphrase = passphraseOf(options.passphraseFile)
  if (options.encrypt && passphrase === undefined)
    throw usage('--encrypt: set REELAY_PASSPHRASE, or use --passphrase-file.')
  const file = given ?? fileName(Date.now()) + (options.encrypt ? '.enc' : '')
  if (file === '-' && process.stdout.isTTY) throw usage('A backup is not text: send stdout to a file or a pipe.')
  if (file !== '-' && existsSync(file) && !options.force) throw usage(`${file} exists. Use --force to replace it.`)

  const backup = await open(options)
  try {
    const bytes = Readable.from(
      options.encrypt && passphrase !== undefined ? encrypt(backup.bytes, passphrase) : backup.bytes,
      { objectMode: false }
    )
    if (file === '-') return await pipeline(bytes, process.stdout)
    const size = await save(bytes, file, PRIVATE)
    const result = { file, bytes: size, encrypted: options.encrypt, archive: options.archive }
    print(result, options, () => {
      say(`${style('green', 'ok')}  ${file}, ${megabytes(size)}`)
      if (!options.encrypt) say('It contains the secret key: keep it where only you can read it.')
      if (!options.archive) say('Archived videos are only listed in it. Back them up too, or use --archive.')
    })
  } finally {
    await backup.close()
  }
}

// it has the secret key
const PRIVATE = 0o600

/** Opens a backup of the server that REELAY_URL names, else of the local database. */
async function open({ archive }: Options): Promise<Pick<Backup, 'close'> & { bytes: AsyncIterable<Uint8Array> }> {
  const { REELAY_URL: url, REELAY_KEY: key } = loadClientConfig(process.env)
  if (url !== undefined && key !== undefined) {
    const client = openHttp(url, key)
    const answer = await client.send({ method: 'GET', path: `/admin/backup?archive=${archive}` })
    if (answer.status !== 200) await readJson(answer)
    return { bytes: answer.body, close: client.close }
  }

  const config = loadConfig(process.env)
  const path = /^file:(?:\/\/(?=\/))?(.*)$/.exec(config.DATABASE_URL)?.[1]
  if (path !== undefined && !existsSync(path))
    throw new CommandFailure(exitCodes.failed, `There is no database ${path} to back up.`)
  const secretKey = readSecretKey(config)
  if (!secretKey)
    throw new BackupError('There is no secret key: set SECRET_KEY, or DATA_DIR to the folder of secret.key.')
  const database = await openDatabase(config.DATABASE_URL)
  try {
    const backup = await openBackup({
      database,
      copy: async target => copySqlite(path ?? '', target),
      archive: archive ? await archiveOf(config) : null,
      dataDir: config.DATA_DIR,
      secretKey,
      previousKey: readPreviousKey(config),
      now: Date.now()
    })
    await record(database, archive)
    return {
      ...backup,
      async close() {
        await backup.close()
        await database.close()
      }
    }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** Writes it down in the audit, as `GET /admin/backup` does. A database that cannot take the row is backed up all the same. */
async function record(database: Database, archive: boolean): Promise<void> {
  // the rows of a database that is moved are counted
  if (await readClosed(database)) return
  const target = { type: 'backup', id: null, name: fileName(Date.now()) } as const
  await recordCommand(database, { action: 'backup.create', target, after: { archive } }).catch((error: unknown) =>
    note(`The audit has no row of this backup: ${error instanceof Error ? error.message : String(error)}`)
  )
}
