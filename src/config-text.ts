import { isGiven, schema, type Config } from './config.ts'
import type { ConfiguredSetting, SettingName } from './domain/settings.ts'
import { withoutPassword } from './lib/connection-url.ts'
import { withoutSecrets } from './lib/log-error.ts'

const secret = new Set<keyof Config>([
  'SECRET_KEY',
  'SECRET_KEY_PREVIOUS',
  'ADMIN_KEY',
  'METRICS_TOKEN',
  'OTEL_EXPORTER_OTLP_HEADERS'
])
const connections = new Set<keyof Config>(['DATABASE_URL', 'REDIS_URL', 'ARCHIVE_URL', 'SMTP_URL'])

/** Returns each variable as text; secrets only as `(set)`. */
export function shownConfig(config: Config): Record<string, string> {
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
            : (special[name]?.(config) ?? textOf(value))
      ])
  )
}

const textOf = (value: unknown) => (Array.isArray(value) ? value.join(', ') || 'none' : withoutSecrets(String(value)))

/** Variables that are parsed into more than a list of texts. */
const special: { [Name in keyof Config]?: (config: Config) => string } = {
  OUTBOUND_ALLOW: ({ OUTBOUND_ALLOW: { networks, hosts } }) =>
    [...networks.map(([address, bits]) => `${address.toString()}/${bits}`), ...hosts].join(', ') || 'none',
  ALERTS: ({ ALERTS }) => ALERTS.map(({ kind, shown }) => `${kind}:${shown}`).join(', ') || 'none'
}

/** Returns every setting with its text (null: not set) and whether it is the default. */
export function settingsOf(config: Config) {
  const texts = shownConfig(config)
  // true because both are read by the schema's own names
  const [given, defaults] = [config, schema.safeParse({}).data] as unknown as Record<string, unknown>[]
  return Object.entries(schema.shape).map(([name, field]) => {
    const isDefault = texts[name] === undefined || JSON.stringify(given?.[name]) === JSON.stringify(defaults?.[name])
    return { name, value: texts[name] ?? null, isDefault, description: field.description ?? '' }
  })
}

/** Returns what the environment says of the settings that can also be changed while the server runs. */
export function configuredSettings(config: Config): Record<SettingName, ConfiguredSetting> {
  const of = (env: 'RETENTION_DAYS' | 'EXCHANGE_LOG' | 'EXCHANGE_LOG_DAYS'): ConfiguredSetting => ({
    env,
    isGiven: isGiven(config, env),
    value: config[env],
    description: schema.shape[env].description ?? ''
  })
  return {
    retention_days: of('RETENTION_DAYS'),
    exchange_log: of('EXCHANGE_LOG'),
    exchange_log_days: of('EXCHANGE_LOG_DAYS')
  }
}
