import type { Command } from 'commander'
import { jsonOption } from './arguments.ts'
import { lazily } from './lazily.ts'

export function migrateCommand(program: Command) {
  program
    .command('migrate')
    .description('apply database migrations (serve does it too)')
    .option('--no-copy', 'do not copy the SQLite file first')
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./run/migrate.ts')).migrate))
}
