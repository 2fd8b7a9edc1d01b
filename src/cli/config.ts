import type { Command } from 'commander'
import { jsonOption } from './arguments.ts'
import { lazily } from './lazily.ts'

const fileText = 'the file (default: CONFIG_FILE)'
const run = () => import('./run/config.ts')

export function configCommand(program: Command) {
  const config = program.command('config').description('the configuration')

  config
    .command('check')
    .summary('check and show the configuration')
    .description('check the settings and the configuration file, and show the settings')
    .argument('[file]', fileText)
    .addOption(jsonOption())
    .action(lazily(async () => (await run()).check))

  config
    .command('diff')
    .description('show what apply would change')
    .argument('[file]', fileText)
    .addOption(jsonOption())
    .action(lazily(async () => (await run()).diff))

  config
    .command('apply')
    .summary('apply the configuration file')
    .description('make the database what the configuration file says, all of it or nothing')
    .argument('[file]', fileText)
    .addOption(jsonOption())
    .action(lazily(async () => (await run()).apply))

  config
    .command('export')
    .summary('print the database as a configuration file')
    .description('print channels, models, keys and webhooks as a configuration file, without secrets')
    .addOption(jsonOption())
    .action(lazily(async () => (await run()).exportFile))

  config
    .command('explain')
    .description('show where the value of a setting comes from')
    .argument('<setting>', 'its name, e.g. RETENTION_DAYS')
    .addOption(jsonOption())
    .action(lazily(async () => (await import('./run/explain.ts')).explain))

  config
    .command('release')
    .summary('give what the file owns back to the database')
    .description('give what the configuration file owns back to the database, unchanged')
    .addOption(jsonOption())
    .action(lazily(async () => (await run()).release))

  config
    .command('key')
    .description('print a new secret for a key of the file')
    .action(lazily(async () => (await run()).printSecret))
}
