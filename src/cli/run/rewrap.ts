import { rewrap } from '../../backup/rewrap.ts'
import { loadConfig } from '../../config.ts'
import { createLog } from '../../log.ts'
import { openDatabaseAndVault } from '../../secret-key.ts'
import { exitCodes } from '../exit.ts'
import { recordCommand } from './record.ts'
import { note, print, say, style, type Format } from '../print.ts'

export async function rewrapSecrets(options: Format): Promise<void> {
  const config = loadConfig(process.env)
  const { database, vault } = await openDatabaseAndVault(config, createLog({ ...config, LOG_LEVEL: 'error' }, 2))
  try {
    const result = await rewrap(database, vault)
    const target = { type: 'secret_key', id: null, name: null } as const
    await recordCommand(database, { action: 'secret_key.rewrap', target, after: { values: result.rewritten } })
    print(result, options, ({ rewritten, unreadable }) => {
      say(`${style('green', 'ok')}  Rewritten: ${rewritten}. SECRET_KEY_PREVIOUS is no longer needed.`)
      for (const one of unreadable) note(`Neither key can decrypt a value of ${one}. Set it again.`)
    })
    if (result.unreadable.length) process.exitCode = exitCodes.failed
  } finally {
    await database.close()
  }
}
