import type { Command } from 'commander'
import { jsonOption, passphraseOption } from './arguments.ts'
import { lazily } from './lazily.ts'

export function restoreCommand(program: Command) {
  program
    .command('restore')
    .description('restore a backup into DATA_DIR')
    .argument('<file>', 'the backup; - for stdin')
    .option('--force', 'replace what is there; it is kept under another name', false)
    .option('--unbalanced', 'accept a ledger that does not add up', false)
    .addOption(passphraseOption())
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./run/restore.ts')).restore))
}
