import type { Command } from 'commander'
import { jsonOption } from './arguments.ts'
import { lazily } from './lazily.ts'

export function rewrapCommand(program: Command) {
  program
    .command('rewrap')
    .summary('encrypt secrets with the new SECRET_KEY')
    .description('rewrite what SECRET_KEY_PREVIOUS encrypted with SECRET_KEY')
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./run/rewrap.ts')).rewrapSecrets))
}
