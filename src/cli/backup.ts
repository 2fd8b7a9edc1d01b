import type { Command } from 'commander'
import { jsonOption, passphraseOption } from './arguments.ts'
import { lazily } from './lazily.ts'

export function backupCommand(program: Command) {
  program
    .command('backup')
    .summary('save everything in one file while the server runs')
    .description('save the database, the secret key and a list of the archive in one file, while the server runs')
    .argument('[file]', 'where to write it; - for stdout (default: reelay-TIME.tar)')
    .option('--archive', 'with the archived videos', false)
    .option('--encrypt', 'encrypt it with a passphrase', false)
    .option('--force', 'replace an existing file', false)
    .addOption(passphraseOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./run/backup.ts')).backUp))
}
