import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ConfigError } from './errors.ts'
import { parseAllow, parseNetwork } from './lib/address.ts'
import { parseAlertTargets } from './lib/alert-targets.ts'
import { freeze } from './lib/freeze.ts'
import { parseOidcRoles } from './lib/oidc-roles.ts'
import { withoutTrailing } from './lib/trailing.ts'

const milliseconds = (fallback: number) => z.coerce.number().int().min(0).max(3_600_000).default(fallback)
const list = z
  .string()
  .default('')
  .transform(text =>
    text
      .split(',')
      .map(part => part.trim())
      .filter(Boolean)
  )

/** A text that `parse` reads; what it throws is the problem. */
const parsed = <Value>(parse: (text: string) => Value) =>
  z
    .string()
    .default('')
    .transform((text, context) => {
      try {
        return parse(text)
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message })
        return z.NEVER
      }
    })

const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text.toLowerCase()

/** One field per variable. The describe() texts become `.env.example` and the README's table. */
export const schema = z.object({
  HOST: z.string().default('127.0.0.1').describe('address to listen on; 0.0.0.0 in the container image'),
  PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(3000)
    .describe('port to listen on; 0 picks a free one, which is printed and written to DATA_DIR/address'),
  DATA_DIR: z.string().default('./data').describe('folder of the database, the secret key and the archive'),
  CONFIG_FILE: z
    .string()
    .optional()
    .describe(
      'file with channels, models, keys and webhooks (gateway.yaml), applied at start and on SIGHUP; it owns what it names, the database the rest'
    ),
  DATABASE_URL: z
    .string()
    .regex(/^(file:|postgres(ql)?:\/\/)/, 'must begin with file: or postgres://')
    .optional()
    .describe('file:PATH (SQLite, default file:$DATA_DIR/reelay.db) or postgres://…'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://')
    .optional()
    .describe(
      'redis://… (Redis or Valkey): rate limits apply across all nodes, and clients learn of changes by other nodes at once'
    ),
  ARCHIVE_URL: z
    .string()
    .regex(/^(off$|file:|s3:\/\/)/, 'must be off, file:PATH or s3://bucket/prefix?endpoint=…&region=…')
    .optional()
    .describe(
      'where finished videos are archived: file:PATH (default file:$DATA_DIR/archive), s3://bucket/prefix?endpoint=…&region=…, or off'
    ),
  RETENTION_DAYS: z.coerce
    .number()
    .min(0)
    .max(36_500)
    .default(0)
    .describe('days that archived videos are kept, also those that are archived already; 0 keeps them forever'),
  MAX_VIDEO_MB: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(2048)
    .describe(
      'the largest video that is archived, in MB; larger ones are served from their vendor while its link works'
    ),
  EXCHANGE_LOG: z
    .enum(['errors', 'all', 'off'])
    .default('errors')
    .describe(
      'which requests to vendors are kept with their answers for EXCHANGE_LOG_DAYS, masked and without images: errors (refusals and failed tasks), all, or off'
    ),
  EXCHANGE_LOG_DAYS: z.coerce
    .number()
    .min(1)
    .max(3650)
    .default(14)
    .describe('days that requests to vendors and their answers are kept'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'base URL of the links in answers; default: the host of the request if it is local or a trusted proxy sent it, else the address it came in at'
    ),
  SECRET_KEY: z
    .string()
    .refine(text => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64 (openssl rand -base64 32)')
    .optional()
    .describe('32 bytes in base64 that encrypt vendor credentials; created in DATA_DIR/secret.key when absent'),
  SECRET_KEY_PREVIOUS: z
    .string()
    .refine(text => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64')
    .optional()
    .describe(
      'the SECRET_KEY before a rotation: what it encrypted is still read, until `reelay rewrap` has rewritten it'
    ),
  ADMIN_KEY: z
    .string()
    .regex(/^sk-[\w-]{29,}$/, 'must be sk- and at least 29 letters, digits, - or _')
    .optional()
    .describe('an admin key to create at start; when no key exists, one is created and printed once'),
  SANDBOX: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe('built-in vendor that needs no account; auto serves the documented models until a real channel does'),
  VIDEO_STATUS_DIALECT: z
    .enum(['auto', 'openai', 'unified'])
    .default('auto')
    .describe('status words on /v1/videos for clients whose format is unknown; auto means unified (succeeded)'),
  DEFAULT_MODEL: z.string().optional().describe('model of create requests that name none'),
  OUTBOUND_ALLOW: parsed(parseAllow).describe(
    'private addresses that may be called, also over plain HTTP: CIDRs and host names, comma-separated'
  ),
  SUBMIT_WAIT_MS: milliseconds(15_000).describe(
    "how long a POST waits for the vendor's answer before it returns the queued task"
  ),
  RECONCILE_AFTER_MS: milliseconds(90_000).describe(
    'how long after a submit without an answer the vendor is asked whether it accepted it'
  ),
  QUEUE_WAIT_MS: z.coerce
    .number()
    .int()
    .min(1000)
    .default(3_600_000)
    .describe('longest wait for a free slot, in milliseconds; then the task fails and its hold is released'),
  MAX_QUEUED: z.coerce
    .number()
    .int()
    .min(0)
    .default(10_000)
    .describe(
      'most tasks that may wait for a slot; further requests get a 503 with Retry-After, but a key that has less than an even share of these still gets in'
    ),
  BODIES_MB: z.coerce
    .number()
    .int()
    .min(64)
    .default(96)
    .describe(
      'most megabytes of request bodies in memory at once, and of images on their way to vendors; one key may have half of them, but at least 64; further requests get a 429 or 503 with Retry-After'
    ),
  STREAMS_PER_KEY: z.coerce
    .number()
    .int()
    .min(1)
    .default(200)
    .describe('streams of events and waiting requests that one key may have open at once; further ones get a 429'),
  DOWNLOADS_PER_KEY: z.coerce
    .number()
    .int()
    .min(1)
    .default(50)
    .describe('files that one key may download at once, signed links of its videos included; further ones get a 429'),
  ENDPOINTS_PER_KEY: z.coerce.number().int().min(0).default(100).describe('webhook endpoints that one key may have'),
  TASK_DEADLINE_MS: z.coerce
    .number()
    .int()
    .min(60_000)
    .default(21_600_000)
    .describe('time limit of a task; one that has not ended by then fails as expired'),
  REUSE_MS: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe(
      'how long a key that repeats a request with a seed gets the finished video again, free of charge; 0: never'
    ),
  ALLOW_UNPRICED: z
    .stringbool()
    .default(false)
    .describe('whether keys with a budget may use models without a price: true or false'),
  UNRESOLVED_HOLD_MS: z.coerce
    .number()
    .int()
    .min(60_000)
    .default(86_400_000)
    .describe('how long the hold of a submit of unknown outcome waits for a decision before it is released'),
  DRAIN_DELAY_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(0)
    .describe(
      'behind a load balancer: how long after SIGTERM requests are still served while /readyz returns 503, so that the balancer notices first'
    ),
  FAILED_AUTH_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(1)
    .default(600)
    .describe('requests per minute with a wrong key from one address (IPv6: one /64); further ones get a 429'),
  SIGN_INS_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(1)
    .default(10)
    .describe('sign-ins to the console per minute from one address, and for one user; further ones get a 429'),
  OIDC_ISSUER: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('identity provider for the console (OpenID Connect), e.g. https://login.example.com/realms/main'),
  OIDC_CLIENT_ID: z
    .string()
    .optional()
    .describe('client id of the console there; its redirect URI is PUBLIC_URL + /console/api/oidc/callback'),
  OIDC_CLIENT_SECRET: z.string().optional().describe('client secret; without one the client is public'),
  OIDC_ROLES: parsed(parseOidcRoles).describe(
    'role of each group: group=owner, group=operator or group=viewer, comma-separated; * is everybody. Others cannot sign in'
  ),
  OIDC_ROLE_CLAIM: z
    .string()
    .default('groups')
    .describe('claim that names the groups, in the ID token or the user info; a path like realm_access.roles, too'),
  OIDC_SCOPES: z.string().default('openid profile email').describe('scopes that are asked for'),
  OIDC_NAME: z
    .string()
    .max(40)
    .optional()
    .describe('what people call it, for the button of the sign-in page; default: the host of OIDC_ISSUER'),
  TRUST_PROXY: list
    .refine(all => all.every(one => parseNetwork(one) !== null), 'must be addresses or CIDRs, e.g. 10.0.0.0/8')
    .describe('addresses of proxies whose X-Forwarded-For is trusted: CIDRs, comma-separated'),
  CORS_ORIGINS: list
    .refine(all => all.every(one => one === '*' || isOrigin(one)), 'must be origins, e.g. https://app.example.com')
    .describe('browser origins that may call the API, comma-separated; * for any'),
  METRICS_TOKEN: z
    .string()
    .regex(/^[\w.~+/=-]{16,}$/, 'must be at least 16 letters, digits or . ~ + / = - _')
    .optional()
    .describe('bearer token that may read /metrics and nothing else; an admin key with metrics:read always may'),
  ALERTS: parsed(parseAlertTargets).describe(
    'who is told when a channel is disabled or does not recover, a budget is used up, the archive fails, files are lost, a disk is full or a submit has an unknown outcome: slack:https://…, feishu:https://…, dingtalk:https://…, wecom:https://…, webhook:https://…?secret=whsec_…, mailto:ops@example.com, comma-separated'
  ),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'must be smtp://user:password@host:587 or smtps://user:password@host' })
    .optional()
    .describe('mail server for the mailto: targets of ALERTS: smtps://user:password@host or smtp://…'),
  SMTP_FROM: z
    .email()
    .optional()
    .describe('address that these e-mails come from; default: the user in SMTP_URL, when that is an e-mail address'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'OpenTelemetry collector that traces of videos are sent to, as OTLP over HTTP, e.g. http://127.0.0.1:4318'
    ),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .default('')
    .describe('headers for the collector: name=value, comma-separated, values URL-encoded'),
  OTEL_SERVICE_NAME: z.string().default('reelay').describe('name of this service in traces'),
  LOG_FORMAT: z
    .enum(['pretty', 'json'])
    .optional()
    .describe('pretty (one readable line) or json; default: pretty in a terminal, else json'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('lowest log level that is written')
})

export type Config = Readonly<z.infer<typeof schema> & { DATABASE_URL: string }>

type ReadFile = (path: string) => string

/**
 * The only reader of the environment. Empty values count as absent; each variable may come from a file (`SECRET_KEY_FILE`). Throws a
 * ConfigError that lists every problem, without the values.
 */
export function loadConfig(
  env: Record<string, string | undefined>,
  readFile: ReadFile = path => readFileSync(path, 'utf8')
): Config {
  const given = new Set<string>()
  const values = load(schema, env, readFile, given)
  const config = freeze({
    ...values,
    DATABASE_URL: values.DATABASE_URL ?? `file:${join(values.DATA_DIR, 'reelay.db')}`
  })
  givenNames.set(config, given)
  return config
}

const givenNames = new WeakMap<Config, ReadonlySet<string>>()

/** Whether a variable is set in the environment, be it to its default. */
export const isGiven = (config: Config, name: keyof Config) => givenNames.get(config)?.has(name) ?? false

/** Variables that were renamed before 1.0: the old name is still read. */
const formerNames: Readonly<Record<string, string>> = {
  RECONCILE_AFTER_MS: 'SUBMIT_SETTLE_MS',
  UNRESOLVED_HOLD_MS: 'SUSPENSE_MS'
}

/** Returns a warning for each variable that is set under its old name. */
export function formerNamesIn(env: Record<string, string | undefined>): string[] {
  return Object.entries(formerNames)
    .filter(([, old]) => env[old]?.trim() || env[`${old}_FILE`]?.trim())
    .map(([name, old]) => `${old} is now called ${name}. The old name still works, but will be removed in 1.0.`)
}

/** Variables of the command line only: the server to use, a credential for `channels add`, and the passphrase of backups. */
const clientSchema = z.object({
  REELAY_URL: z
    .url({ protocol: /^https?$/, error: 'must be the http(s) address of a reelay server' })
    .transform(url => withoutTrailing(url, '/'))
    .optional(),
  REELAY_KEY: z.string().optional(),
  REELAY_CREDENTIAL: z.string().optional(),
  REELAY_PASSPHRASE: z.string().optional()
})

export type ClientConfig = z.infer<typeof clientSchema>

/** Reads the command line's own variables. Throws ConfigError. */
export function loadClientConfig(
  env: Record<string, string | undefined>,
  readFile: ReadFile = path => readFileSync(path, 'utf8')
): ClientConfig {
  const config = load(clientSchema, env, readFile)
  if ((config.REELAY_URL === undefined) !== (config.REELAY_KEY === undefined))
    throw unusable(['REELAY_URL and REELAY_KEY go together: set both, or neither to use the local database'])
  return config
}

/** Returns the text of `.env.example`, generated from the schema. */
export function envExample(): string {
  const lines = Object.entries(schema.shape).map(([name, field]) => {
    const fallback: unknown = field.safeParse(undefined).data
    const value = ['string', 'number', 'boolean'].includes(typeof fallback) ? String(fallback) : ''
    return `# ${field.description}\n# ${name}=${value}\n`
  })
  return `# Every variable is optional. Each may also be read from a file: NAME_FILE=/path\n\n${lines.join('\n')}`
}

function load<Shape extends z.ZodRawShape>(
  from: z.ZodObject<Shape>,
  env: Record<string, string | undefined>,
  readFile: ReadFile,
  names = new Set<string>()
): z.infer<z.ZodObject<Shape>> {
  const problems: string[] = []
  const given: Record<string, string> = {}
  for (const name of Object.keys(from.shape)) {
    const former = formerNames[name] ?? name
    const path = env[`${name}_FILE`]?.trim() || env[`${former}_FILE`]?.trim()
    let value = env[name]?.trim() || env[former]?.trim()
    if (path && value) {
      problems.push(`${name}: ${name}_FILE is set too; set only one of them`)
      continue
    }
    try {
      if (path) value = readFile(path).trim()
    } catch {
      problems.push(`${name}_FILE: ${path} cannot be read`)
    }
    if (!value) continue
    given[name] = value
    names.add(name)
  }
  const result = from.safeParse(given)
  if (!result.success) problems.push(...result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`))
  if (problems.length || !result.data) throw unusable(problems)
  return result.data
}

const unusable = (problems: readonly string[]) =>
  new ConfigError(`The configuration is invalid:\n  ${problems.join('\n  ')}`)
