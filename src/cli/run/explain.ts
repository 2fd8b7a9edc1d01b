import { configuredSettings, shownConfig } from '../../config-text.ts'
import { isGiven, loadConfig, schema, type Config } from '../../config.ts'
import type { DescribedSetting } from '../../admin/settings.ts'
import { settingNames } from '../../domain/settings.ts'
import { createLog } from '../../log.ts'
import { openServices } from '../../services/index.ts'
import { usage } from '../exit.ts'
import { print, printFields, type Format } from '../print.ts'

interface Explained {
  name: string
  value: unknown
  /** the first of these that has it: the environment, the configuration file, the database, the default */
  source: string
  default: unknown
}

/** Shows where the value of a setting comes from: the environment, the configuration file, the database, or the default. */
export async function explain(given: string, options: Format): Promise<void> {
  const config = loadConfig(process.env)
  const setting = await storedSetting(config, given)
  const explained = setting ? ofStored(setting) : ofEnvironment(config, given)
  print(explained, options, ({ name, value, source, default: fallback }) =>
    printFields({ [name]: text(value), source, default: text(fallback) })
  )
}

/** Returns one of the settings that can also be stored; undefined: it is none of them. */
async function storedSetting(config: Config, given: string): Promise<DescribedSetting | undefined> {
  const configured = configuredSettings(config)
  if (!settingNames.some(name => [name, configured[name].env].includes(given))) return undefined
  const services = await openServices({ config, log: createLog({ ...config, LOG_LEVEL: 'error' }, 2) })
  try {
    return (await services.settings.list()).find(({ name, env }) => [name, env].includes(given))
  } finally {
    await services.close()
  }
}

function ofStored({ name, env, value, fallback, origin, managedBy: owner }: DescribedSetting): Explained {
  const source = {
    env: environmentOf(env),
    file: owner ? `${owner.file}, line ${owner.line}` : 'the configuration file',
    database: 'the database',
    default: 'the default'
  }[origin]
  // what is given in the environment is the fallback of the others
  const otherwise: unknown = origin === 'env' ? schema.shape[envName(env)].safeParse(undefined).data : fallback
  return { name, value, source, default: otherwise }
}

function ofEnvironment(config: Config, given: string): Explained {
  const name = envName(given)
  const value = shownConfig(config)[name] ?? null
  const fallback: unknown = schema.shape[name].safeParse(undefined).data ?? null
  return { name, value, source: isGiven(config, name) ? environmentOf(name) : 'the default', default: fallback }
}

function envName(given: string): keyof typeof schema.shape {
  if (Object.hasOwn(schema.shape, given)) return given as keyof typeof schema.shape // true because it is one of its names
  throw usage(`There is no setting ${given}. \`reelay config check\` lists them.`)
}

const environmentOf = (name: string) => {
  const path = process.env[`${name}_FILE`]
  return path ? `${path}, named by ${name}_FILE in the environment` : `${name} in the environment`
}

const text = (value: unknown) =>
  value === null || value === undefined ? 'not set' : typeof value === 'string' ? value : JSON.stringify(value)
