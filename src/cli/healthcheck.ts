import type { Command } from 'commander'
import { lazily } from './lazily.ts'

export function healthcheckCommand(program: Command) {
  program
    .command('healthcheck')
    .description('check that the local server answers (exit 0 or 1)')
    .action(lazily(async () => (await import('./run/healthcheck.ts')).healthcheck))
}
