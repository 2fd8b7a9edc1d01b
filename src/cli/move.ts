import type { Command } from 'commander'
import { jsonOption } from './arguments.ts'
import { lazily } from './lazily.ts'

export function moveCommand(program: Command) {
  program
    .command('move')
    .description('move everything from SQLite to PostgreSQL')
    .option('--to <url>', 'an empty database, postgres://…; a password may come from PGPASSWORD')
    .option('--cancel', 'give up a move, and use the SQLite database again', false)
    .option('--force', 'with --cancel: also after everything was moved', false)
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./run/move.ts')).moveOrCancel))
}
