import type { Command } from 'commander'
import { createChecks } from '../config-file/check.ts'
import { toYaml } from '../config-file/export.ts'
import type { Step } from '../config-file/ownership.ts'
import { readConfigFile } from '../config-file/read.ts'
import { loadConfig } from '../config.ts'
import { shownConfig } from '../config-text.ts'
import { newSecret } from '../lib/secrets.ts'
import { createLog } from '../log.ts'
import { openServices, type Services } from '../services/index.ts'
import { createGuard } from '../upstream/guard.ts'
import { vendors } from '../vendors/index.ts'
import { jsonOption } from './arguments.ts'
import { usage } from './exit.ts'
import { explain } from './explain.ts'
import { commandLine } from './local.ts'
import { print, printFields, printTable, style, say, type Format } from './print.ts'

const fileText = 'the file (default: CONFIG_FILE)'

export function configCommand(program: Command) {
  const config = program.command('config').description('the configuration')

  config
    .command('check')
    .description('check the settings and the configuration file, and show the settings')
    .argument('[file]', fileText)
    .addOption(jsonOption())
    .action(async (given: string | undefined, options: Format) => {
      const settings = loadConfig(process.env)
      const path = given ?? settings.CONFIG_FILE
      const { check } = createGuard({ allow: settings.OUTBOUND_ALLOW })
      if (path !== undefined) await readConfigFile(path, { ...createChecks(vendors, check), env: process.env })
      print(shownConfig(settings), options, fields => {
        printFields(fields)
        say(`\n${style('green', 'ok')}  The configuration is valid.`)
        if (path !== undefined) say(`${style('green', 'ok')}  ${path} is valid.`)
      })
    })

  config
    .command('diff')
    .description('show what applying the configuration file would change')
    .argument('[file]', fileText)
    .addOption(jsonOption())
    .action((given: string | undefined, options: Format) =>
      withServices(async ({ configFile }) => {
        print(await configFile.diff(pathOf(given)), options, steps => printSteps(steps, 'Nothing would change.'))
      })
    )

  config
    .command('apply')
    .description('make the database what the configuration file says, all of it or nothing')
    .argument('[file]', fileText)
    .addOption(jsonOption())
    .action((given: string | undefined, options: Format) =>
      withServices(async ({ configFile }) => {
        const path = pathOf(given)
        print(await configFile.apply(path), options, steps => {
          printSteps(steps, 'Nothing has changed.')
          say(`${style('green', 'ok')}  ${path} is applied. Running servers follow within seconds.`)
        })
      })
    )

  config
    .command('export')
    .description('print channels, models, keys and webhooks as a configuration file, without secrets')
    .addOption(jsonOption())
    .action((options: Format) =>
      withServices(async ({ configFile }) => {
        const exported = await configFile.export()
        print(exported.content, options, () => process.stdout.write(toYaml(exported)))
      })
    )

  config
    .command('explain')
    .description('show where the value of a setting comes from')
    .argument('<setting>', 'its name, e.g. RETENTION_DAYS')
    .addOption(jsonOption())
    .action(explain)

  config
    .command('release')
    .description('give what the configuration file owns back to the database, unchanged')
    .addOption(jsonOption())
    .action((options: Format) =>
      withServices(async ({ configFile }) => {
        print(await configFile.release(commandLine), options, steps =>
          printSteps(steps, 'The configuration file owns nothing.')
        )
      })
    )

  config
    .command('key')
    .description('print a new secret for a key of the configuration file')
    .action(() => say(newSecret()))
}

function pathOf(given: string | undefined): string {
  const path = given ?? loadConfig(process.env).CONFIG_FILE
  if (path === undefined) throw usage('Name the file, or set CONFIG_FILE.')
  return path
}

/** Opens the local database: running servers on it notice changes by themselves. */
async function withServices(work: (services: Services) => Promise<void>): Promise<void> {
  const config = loadConfig(process.env)
  const services = await openServices({ config, log: createLog({ ...config, LOG_LEVEL: 'error' }, 2) })
  try {
    await work(services)
  } finally {
    await services.close()
  }
}

const colours = { create: 'green', update: 'yellow', adopt: 'yellow', disable: 'red', release: 'yellow' } as const

function printSteps(steps: readonly Step[], nothing: string) {
  if (steps.length === 0) return say(nothing)
  printTable(
    ['line', 'change', 'object', 'fields'],
    steps.map(({ kind, name, action, line, fields = {} }) => [
      line ?? '–',
      { text: action, style: colours[action] },
      `${kind.replace('_', ' ')} ${name}`,
      Object.entries(fields)
        .map(([field, [before, after]]) => `${field}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`)
        .join(', ')
    ])
  )
}
