import type { Command } from 'commander'
import { loadConfig, type Config } from '../config.ts'
import { withoutPassword } from '../lib/connection-url.ts'
import { withoutSecrets } from '../lib/log-error.ts'
import { jsonOption } from './arguments.ts'
import { print, printFields, style, say, type Format } from './print.ts'

const secret = new Set<keyof Config>(['SECRET_KEY', 'ADMIN_KEY'])
const connections = new Set<keyof Config>(['DATABASE_URL', 'REDIS_URL', 'ARCHIVE_URL'])

export function configCommand(program: Command) {
  const config = program.command('config').description('the configuration')

  config
    .command('check')
    .description('check the configuration and show it')
    .addOption(jsonOption())
    .action((options: Format) => {
      print(shown(loadConfig(process.env)), options, settings => {
        printFields(settings)
        say(`\n${style('green', 'ok')}  The configuration is valid.`)
      })
    })
}

/** Returns each variable as text; secrets only as `(set)`. */
function shown(config: Config): Record<string, string> {
  // true because Object.entries of a Config gives its own keys
  const entries = Object.entries(config) as [keyof Config, unknown][]
  return Object.fromEntries(
    entries
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [
        name,
        secret.has(name)
          ? '(set)'
          : connections.has(name)
            ? withoutPassword(String(value))
            : name === 'OUTBOUND_ALLOW'
              ? allowText(config)
              : textOf(value)
      ])
  )
}

const textOf = (value: unknown) => (Array.isArray(value) ? value.join(', ') || 'none' : withoutSecrets(String(value)))

const allowText = ({ OUTBOUND_ALLOW: { networks, hosts } }: Config) =>
  [...networks.map(([address, bits]) => `${address.toString()}/${bits}`), ...hosts].join(', ') || 'none'
