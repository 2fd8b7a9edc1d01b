import { createChecks } from '../../config-file/check.ts'
import { toYaml } from '../../config-file/export.ts'
import type { Step } from '../../config-file/ownership.ts'
import { readConfigFile } from '../../config-file/read.ts'
import { loadConfig } from '../../config.ts'
import { shownConfig } from '../../config-text.ts'
import { newSecret } from '../../lib/secrets.ts'
import { createLog } from '../../log.ts'
import { openServices, type Services } from '../../services/index.ts'
import { createGuard } from '../../upstream/guard.ts'
import { vendors } from '../../vendors/index.ts'
import { usage } from '../exit.ts'
import { commandLine } from './record.ts'
import { print, printFields, printTable, style, say, type Format } from '../print.ts'

export async function check(given: string | undefined, options: Format): Promise<void> {
  const settings = loadConfig(process.env)
  const path = given ?? settings.CONFIG_FILE
  const guard = createGuard({ allow: settings.OUTBOUND_ALLOW })
  if (path !== undefined) await readConfigFile(path, { ...createChecks(vendors, guard.check), env: process.env })
  print(shownConfig(settings), options, fields => {
    printFields(fields)
    say(`\n${style('green', 'ok')}  The configuration is valid.`)
    if (path !== undefined) say(`${style('green', 'ok')}  ${path} is valid.`)
  })
}

export const diff = (given: string | undefined, options: Format) =>
  withServices(async ({ configFile }) => {
    print(await configFile.diff(pathOf(given)), options, steps => printSteps(steps, 'Nothing would change.'))
  })

export const apply = (given: string | undefined, options: Format) =>
  withServices(async ({ configFile }) => {
    const path = pathOf(given)
    print(await configFile.apply(path), options, steps => {
      printSteps(steps, 'Nothing has changed.')
      say(`${style('green', 'ok')}  ${path} is applied. Running servers follow within seconds.`)
    })
  })

export const exportFile = (options: Format) =>
  withServices(async ({ configFile }) => {
    const exported = await configFile.export()
    print(exported.content, options, () => process.stdout.write(toYaml(exported)))
  })

export const release = (options: Format) =>
  withServices(async ({ configFile }) => {
    print(await configFile.release(commandLine), options, steps =>
      printSteps(steps, 'The configuration file owns nothing.')
    )
  })

export const printSecret = () => say(newSecret())

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
