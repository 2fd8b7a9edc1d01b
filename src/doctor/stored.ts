import { existsSync, statfsSync, statSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import type { Config } from '../config.ts'
import { openDatabase, type Channel, type Database, type Model } from '../db/index.ts'
import { isAdditive, loadMigrations } from '../db/migrate.ts'
import { explainClosed, readClosed } from '../stores/closed.ts'
import { createEndpointStore } from '../stores/endpoints.ts'
import { createKeyStore } from '../stores/keys.ts'
import { intact } from '../lib/damaged.ts'
import { readAddress } from '../lib/address-file.ts'
import { withoutSecrets } from '../lib/log-error.ts'
import { createVault, type Vault } from '../lib/vault.ts'
import { SANDBOX_CHANNEL } from '../sandbox/channel.ts'
import { isRotating, readPreviousKey, readSecretKey, secretKeyFits } from '../secret-key.ts'
import { checkMoney } from '../stores/audit-money.ts'
import { findDamagedRows, type DamagedRow } from '../stores/audit-rows.ts'
import { createAssetStore } from '../stores/assets.ts'
import { createChannelStore, createModelStore } from '../stores/channels.ts'
import { createInvariants } from '../stores/audit-slots.ts'
import { credentialContext } from '../lib/encryption-context.ts'
import { vendors } from '../vendors/index.ts'
import { publishedPrices } from '../domain/published-prices.ts'
import { isAlive } from './alive.ts'
import { attempt, ok, problem, some, wordsOf, type Check } from './check.ts'
import { channelState, disabledEndpoints, disabledKeys, disabledModels } from './disabled.ts'
import { checkLive, type OpenProbes } from './live.ts'
import { writeTest } from './write-test.ts'

/*
 * The checks of `doctor`, of what is here: configuration, folder, database. Nothing is created or migrated, and what is written is deleted again.
 * Those that send requests are in live.ts.
 */

const MEGABYTE = 1e6
const LEAST_FREE = 500 * MEGABYTE
const CLOCK_SLACK_MS = 60_000
// a correct clock is later than the build of this program
const BUILT_AT = Date.UTC(2026, 0, 1)

interface Options {
  config: Config
  /** milliseconds */
  now: number
  /** called when the database and its key are right */
  openProbes: OpenProbes
}

/** Runs all checks, in an order in which the first problem explains the others. */
export async function examine({ config, now, openProbes }: Options): Promise<Check[]> {
  const checks = [
    ok('configuration', 'valid'),
    await attempt('data folder', () => dataFolder(config)),
    await attempt('server', () => server(config))
  ]
  const path = /^file:(.*)$/.exec(config.DATABASE_URL)?.[1]
  if (path !== undefined && !existsSync(path))
    return [...checks, problem('database', `${path} does not exist. Create it: reelay migrate`)]

  let database: Database
  try {
    database = await openDatabase(config.DATABASE_URL)
    await database.ping()
  } catch (error) {
    return [
      ...checks,
      problem('database', `cannot be reached: ${wordsOf(error)}. Check DATABASE_URL, and that the database runs.`)
    ]
  }
  try {
    checks.push(ok('database', `${database.kind} answers`))
    const closed = await readClosed(database)
    if (closed) checks.push(problem('move', explainClosed(closed)))
    const migrated = await attempt('migrations', () => migrations(database))
    checks.push(migrated)
    if (migrated.ok) checks.push(...(await checkRows({ config, now, openProbes }, database, closed === null)))
  } finally {
    await database.close()
  }
  return checks
}

async function checkRows({ config, now, openProbes }: Options, database: Database, isOpen: boolean): Promise<Check[]> {
  const invariants = createInvariants(database)
  const channels = (await createChannelStore(database).list()).map(intact)
  const models = new Map((await createModelStore(database).list()).map(intact).map(model => [model.name, model]))
  const endpoints = await createEndpointStore(database).list({ limit: 100_000, order: 'asc' })
  const vault = vaultOf(config)
  const fits = await attempt('secret key', () => secret(database, vault))
  const isUsable = vault !== null && fits.ok
  const stored = isUsable
    ? channels.map(channel => ({ channel, check: credential(channel, vault, unpricedOf(channel, models)) }))
    : []
  return [
    fits,
    // a database that was moved away or belongs to another key is not opened as a server would
    ...(isUsable && isOpen
      ? await checkLive({ config, now, channels: stored, endpoints, vault, openProbes })
      : stored.map(({ check }) => check)),
    disabledModels([...models.values()]),
    await attempt('keys', async () => disabledKeys(await createKeyStore(database).list({ limit: 100_000 }))),
    disabledEndpoints(endpoints),
    sandbox(config, channels),
    await attempt('rows', async () => rows(await findDamagedRows(database))),
    await attempt('clock', async () => clock(now, await invariants.newestTime(), await databaseTime(database))),
    await attempt('ledger', async () => ledger(database, invariants)),
    await attempt('slots', async () => slots(await invariants.wrongSlots())),
    await attempt('archive', async () => archive(await createAssetStore(database).troubled()))
  ]
}

async function dataFolder({ DATA_DIR }: Config): Promise<Check> {
  const name = 'data folder'
  if (!existsSync(DATA_DIR)) return problem(name, `${DATA_DIR} does not exist. Create it: reelay migrate`)
  if (!statSync(DATA_DIR).isDirectory()) return problem(name, `${DATA_DIR} is not a folder. Set DATA_DIR to one.`)
  const { bavail, bsize } = statfsSync(DATA_DIR)
  const free = bavail * bsize
  const text =
    free < 10_000 * MEGABYTE ? `${Math.round(free / MEGABYTE)} MB` : `${Math.round(free / 1000 / MEGABYTE)} GB`
  if (free < LEAST_FREE)
    return problem(name, `only ${text} free in ${DATA_DIR}. Free some, or keep videos for less long (RETENTION_DAYS).`)
  const unwritable = await writeTest(DATA_DIR)
  if (unwritable !== null) return problem(name, `${DATA_DIR} cannot be written: ${unwritable}. Let this user write it.`)
  return ok(name, `${DATA_DIR}, writable, ${text} free`)
}

async function server(config: Config): Promise<Check> {
  const url = readAddress(config.DATA_DIR)
  if (url !== null && (await isAlive(url))) return ok('server', `running at ${url}`)
  return ok('server', 'not running on this data folder')
}

async function migrations({ db, kind }: Database): Promise<Check> {
  const name = 'migrations'
  const known = loadMigrations(kind).map(migration => migration.name)
  const applied = await db
    .select({ name: sql<string>`name` })
    .from(sql`migrations`)
    .catch(() => [])
  const done = new Set(applied.map(row => row.name))
  const missing = known.filter(one => !done.has(one))
  const foreign = [...done].filter(one => !known.includes(one))
  const beside = kind === 'postgres' && foreign.every(one => one > (known.at(-1) ?? '') && isAdditive(one))
  if (foreign.length && beside)
    return ok(name, `all ${known.length} applied, and ${foreign.join(', ')} of a newer release: finish the upgrade`)
  if (foreign.length)
    return problem(
      name,
      `the database is newer than this program: it has ${foreign.join(', ')}. Run the newer version, or restore a backup.`
    )
  if (missing.length) return problem(name, `${missing.join(', ')} not applied. Apply: reelay migrate`)
  return ok(name, `all ${known.length} applied`)
}

// never created here: a new key would hide that the old one is lost
function vaultOf(config: Config): Vault | null {
  const key = readSecretKey(config)
  return key && createVault(key, { previous: readPreviousKey(config) })
}

async function secret(database: Database, vault: Vault | null): Promise<Check> {
  const name = 'secret key'
  if (!vault)
    return problem(name, 'SECRET_KEY is not set and DATA_DIR has no secret.key: encrypted credentials cannot be read')
  const fits = await secretKeyFits(database, vault)
  if (fits === false) return problem(name, 'not the one this database was created with. Restore the old one.')
  if (fits && (await isRotating(database, vault)))
    return problem(name, `what SECRET_KEY_PREVIOUS encrypted is not rewritten yet. Rewrite it: reelay rewrap`)
  return ok(name, fits ? 'matches this database' : 'nothing is encrypted with it yet')
}

function credential(channel: Channel, vault: Vault, unpriced: readonly string[]): Check {
  const name = `channel ${channel.name}`
  const vendor = vendors[channel.vendor]
  if (!vendor)
    return problem(name, `this version has no vendor ${channel.vendor}. Run a newer one, or remove the channel.`)
  try {
    const opened: unknown = JSON.parse(vault.decrypt(channel.credential, credentialContext(channel.id)))
    const missing = vendor.credential.fields.filter(field => !field.optional && !(field.name in Object(opened)))
    if (missing.length)
      return problem(
        name,
        `the credential lacks ${missing.map(field => field.label).join(', ')}. ${setCredential(channel)}`
      )
  } catch {
    return problem(name, `the credential cannot be decrypted. ${setCredential(channel)}`)
  }
  const withoutPrice = unpriced.length ? `; no price, so not for keys with a budget: ${some(unpriced)}` : ''
  return channelState(channel, `the credential can be decrypted${withoutPrice}`)
}

const setCredential = ({ name }: Channel) => `Set it again: reelay channels set ${name} --credential-file …`

/** Returns the channel's public names without a price, set or published. */
function unpricedOf({ vendor, baseUrl, builtIn, models: names }: Channel, models: Map<string, Model>): string[] {
  if (builtIn) return []
  const published = (upstream: string) => publishedPrices(vendors[vendor]?.prices, upstream, baseUrl)
  return Object.entries(names)
    .filter(([name, upstream]) => !models.get(name)?.prices.length && !published(upstream).length)
    .map(([name]) => name)
}

function sandbox({ SANDBOX }: Config, channels: readonly Channel[]): Check {
  const real = channels.filter(({ id, disabled }) => id !== SANDBOX_CHANNEL && !disabled)
  if (SANDBOX === 'off' && real.length === 0)
    return problem('sandbox', `off, and no channel is enabled: no video can be made. Add one: reelay channels add`)
  if (SANDBOX === 'off') return ok('sandbox', 'off')
  const served = new Set(real.flatMap(({ models }) => Object.keys(models)))
  const own = Object.keys(channels.find(({ id }) => id === SANDBOX_CHANNEL)?.models ?? {})
  const left = SANDBOX === 'on' ? own : own.filter(model => !served.has(model))
  if (own.length === 0) return ok('sandbox', `${SANDBOX}; starts with the server`)
  return ok(
    'sandbox',
    left.length ? `${SANDBOX}; test videos for ${left.join(', ')}` : `${SANDBOX}; real channels serve all its models`
  )
}

const setClock = 'Set the clock, and let NTP keep it.'

function clock(now: number, newest: number | null, atDatabase: number): Check {
  const name = 'clock'
  const at = new Date(now).toISOString()
  if (now < BUILT_AT) return problem(name, `${at} is before this program was built. ${setClock}`)
  if (newest !== null && newest > now + CLOCK_SLACK_MS)
    return problem(
      name,
      `${at} is ${Math.round((newest - now) / 1000)} s before the newest row of the database. ${setClock}`
    )
  const apart = Math.round(Math.abs(atDatabase - now) / 1000)
  if (apart * 1000 > CLOCK_SLACK_MS)
    return problem(name, `${at} differs from the database's clock by ${apart} s. ${setClock}`)
  return ok(name, at)
}

const REPORT = '. Restore a backup, or report this as a bug of reelay.'

async function databaseTime({ db, kind }: Database): Promise<number> {
  const milliseconds =
    kind === 'postgres'
      ? sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`
      : sql<number>`unixepoch() * 1000`
  const [row] = await db.select({ at: milliseconds }).from(sql`(select 1) as one`)
  return Number(row?.at)
}

async function ledger(database: Database, invariants: ReturnType<typeof createInvariants>): Promise<Check> {
  const broken = await checkMoney(database)
  if (broken.length)
    return problem('ledger', some(broken.map(({ rule, subject }) => `${subject} violates: ${rule}`)) + REPORT)
  const undecided = await invariants.undecidedHolds()
  return ok(
    'ledger',
    undecided
      ? `balanced; ${undecided} holds of submits with an unknown outcome await a decision`
      : 'balanced: each hold is settled once'
  )
}

function rows(found: readonly DamagedRow[]): Check {
  const all = found.map(({ table, id, column }) => `${table} ${id}: ${column}`)
  return all.length
    ? problem('rows', `damaged, and not used: ${some(all)}. Set the fields again, or restore a backup.`)
    : ok('rows', 'every row can be read')
}

function slots(wrong: readonly { id: string; counted: number; taken: number }[]): Check {
  const all = wrong.map(({ id, counted, taken }) => `${id} counts ${counted}, but ${taken} tasks hold a slot`)
  return all.length ? problem('slots', some(all) + REPORT) : ok('slots', 'every counter matches its tasks')
}

function archive({ waiting, lost, error }: { waiting: number; lost: number; error: string | null }): Check {
  const name = 'archive'
  const why = error === null ? '' : `: ${withoutSecrets(error)}`
  if (waiting)
    return problem(
      name,
      `${waiting} finished videos are not archived yet; retrying${why}. Check ARCHIVE_URL and the disk.`
    )
  return ok(
    name,
    lost
      ? `${lost} finished videos were gone at their vendors before they could be archived${why}`
      : 'every finished video is archived'
  )
}
