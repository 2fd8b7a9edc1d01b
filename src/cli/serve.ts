import type { Command } from 'commander'
import { lazily } from './lazily.ts'

export function serveCommand(program: Command) {
  program
    .command('serve')
    .description('start the gateway')
    .action(lazily(async () => (await import('./run/serve.ts')).serve))
}
