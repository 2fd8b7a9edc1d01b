import type { Command } from 'commander'
import { jsonOption } from './arguments.ts'
import { lazily } from './lazily.ts'

export function doctorCommand(program: Command) {
  program
    .command('doctor')
    .description('check this installation (exit 1: problems found)')
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./run/doctor.ts')).doctor))
}
