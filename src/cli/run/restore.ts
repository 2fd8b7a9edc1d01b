import { createReadStream, existsSync } from 'node:fs'
import { archiveOf } from '../../backup/archive-of.ts'
import { restoreBackup, type Outcome } from '../../backup/restore.ts'
import { loadConfig } from '../../config.ts'
import { takeFolder } from '../../backup/journal.ts'
import { usage } from '../exit.ts'
import { passphraseOf } from './passphrase.ts'
import { recordCommand } from './record.ts'
import { note, print, say, self, style, type Format } from '../print.ts'

interface Options extends Format {
  force: boolean
  unbalanced: boolean
  passphraseFile?: string
}

export async function restore(file: string, { force, unbalanced, passphraseFile, ...options }: Options): Promise<void> {
  if (file === '-' && passphraseFile === '-') throw usage('Only one of the backup and the passphrase can be on stdin.')
  if (file !== '-' && !existsSync(file)) throw usage(`There is no file ${file}.`)
  const passphrase = passphraseOf(passphraseFile)
  const config = loadConfig(process.env)
  const lock = takeFolder(config)
  try {
    const outcome = await restoreBackup({
      config,
      source: file === '-' ? process.stdin : createReadStream(file),
      passphrase,
      archive: await archiveOf(config),
      force,
      unbalanced,
      onChecked: database => recordCommand(database, { action: 'backup.restore', target: restored }),
      now: Date.now()
    })
    print(outcome, options, tell)
  } finally {
    lock.release()
  }
}

const restored = { type: 'backup', id: null, name: null } as const

function tell({ about, tasks, keys, channels, files, missing, keptAs, isRotating }: Outcome) {
  say(`${style('green', 'ok')}  Restored the backup of ${about.created_at} (reelay ${about.version})`)
  say(`${tasks} tasks, ${keys} keys, ${channels} channels, ${files} archived videos`)
  if (keptAs !== null) say(`What was there is kept, with ${keptAs} added to its name.`)
  if (missing.length)
    note(
      `The archive lacks ${missing.length} of the files that the database knows, e.g. ${missing[0]}. Copy them back too.`
    )
  if (isRotating)
    note(
      'It was made during a rotation of the secret key: set SECRET_KEY_PREVIOUS_FILE to secret.key.previous in DATA_DIR.'
    )
  say(`Start the server: ${self} serve`)
}
