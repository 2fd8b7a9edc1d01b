import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { createAdmin } from './admin/index.ts'
import { createAlerts } from './alerts/index.ts'
import { createSettings } from './admin/settings.ts'
import { createAccounts } from './admin/accounts.ts'
import { createAttention } from './admin/attention.ts'
import { disksOf } from './admin/disk.ts'
import { createInsights } from './admin/insights.ts'
import { openOidc } from './admin/oidc.ts'
import { createLive } from './admin/live.ts'
import { createAdminTasks } from './admin/tasks.ts'
import { createAdminWebhooks } from './admin/webhooks.ts'
import { isRestoring } from './backup/journal.ts'
import { configuredSettings } from './config-text.ts'
import type { Config } from './config.ts'
import type { Task } from './db/index.ts'
import { ConfigError } from './errors.ts'
import type { CopyTry } from './files/archiver.ts'
import { createFiles, openStorage } from './files/index.ts'
import { createClock } from './lib/clock.ts'
import { createSignal } from './lib/signal.ts'
import { createLoop } from './loop.ts'
import { diskSpace } from './lib/disk-space.ts'
import { version } from './lib/version.ts'
import { measureExchange } from './metrics/exchange.ts'
import { createMetrics } from './metrics/index.ts'
import { openSandbox, SANDBOX_ORIGIN } from './sandbox/channel.ts'
import { chosenKeyHash, openDatabaseAndVault } from './secret-key.ts'
import { openStores } from './stores/index.ts'
import { createMetaStore } from './stores/meta.ts'
import type { DeliveryChange } from './stores/deliveries.ts'
import type { TaskChange } from './stores/tasks.ts'
import { createEngine } from './tasks/engine.ts'
import { createExchangeLog } from './tasks/exchange-log.ts'
import { createJournal, type ToldMoment } from './tasks/journal.ts'
import { createRouting } from './tasks/routing.ts'
import type { Exchange } from './upstream/exchange.ts'
import { openUpstream } from './upstream/index.ts'
import { vendors } from './vendors/index.ts'
import { createWebhooks } from './webhooks/index.ts'

const MEGABYTE = 1024 * 1024
const LARGEST_BODY = 64 * MEGABYTE
const DAY = 86_400_000
const SETTINGS_EVERY = 2000

/** What all services share; tests pass their own clock and random numbers. */
export interface Environment {
  config: Config
  log: Logger
  now?(): number
  /** milliseconds at an even rate, unaffected by changes of the wall clock */
  monotonic?(): number
  random?(): number
  /** replaces the exchange with vendors, in simulations */
  exchange?: Exchange
}

/**
 * Opens the database, Redis if configured, and the sandbox vendor if tasks are processed here (`runs`), and creates the services. Nothing
 * listens or runs before `start`. Throws ConfigError.
 */
export async function openServices(
  {
    config,
    log,
    now = Date.now,
    monotonic = now === Date.now ? () => performance.now() : now,
    random = Math.random,
    exchange: given
  }: Environment,
  { runs = false } = {}
) {
  const reconcileAfterMs = config.RECONCILE_AFTER_MS
  // owner of leases, unique per process
  const owner = `node_${randomBytes(8).toString('hex')}`
  if (isRestoring(config.DATA_DIR))
    throw new ConfigError('A restore of this folder was interrupted. Start the server, or restore again, to finish it.')
  const { database, vault } = await openDatabaseAndVault(config, log)
  const taskChanges = createSignal<TaskChange>()
  const deliveryChanges = createSignal<DeliveryChange>()
  const settingChanges = createSignal()
  const keyChanges = createSignal()
  const sessionChanges = createSignal()
  const stores = openStores(database, { taskChanges, deliveryChanges, archives: config.ARCHIVE_URL !== 'off' })
  const settings = createSettings({
    store: stores.settings,
    configured: configuredSettings(config),
    changes: settingChanges
  })
  await settings.refresh()
  const storage = await openStorage({ archiveUrl: config.ARCHIVE_URL, dataDir: config.DATA_DIR, log })
  const sandbox = runs
    ? await openSandbox({
        mode: config.SANDBOX,
        store: stores.channels,
        vault,
        dataDir: config.DATA_DIR,
        shared: database.kind === 'postgres' ? createMetaStore(database) : null,
        now,
        log
      })
    : null
  const upstream = openUpstream({
    allow: config.OUTBOUND_ALLOW,
    sandbox: sandbox && { origin: SANDBOX_ORIGIN, url: sandbox.url },
    reconcileAfterMs,
    now,
    exchange: given
  })
  const { refuseAddress } = upstream
  const exchangeLog = createExchangeLog({
    exchange: upstream.exchange,
    store: stores.exchanges,
    mode: () => settings.current().exchange_log,
    load: stores.tasks.get,
    now,
    log
  })
  const { channels, models } = stores
  const routing = createRouting({ channels, models, vendors, vault, now, random, sandbox: config.SANDBOX, log })
  const metrics = createMetrics({ routing, version: version() })
  const channelOf = routing.nameOf
  const tracing = await openTracing({ config, now, log })
  const traced = tracing?.exchange({ exchange: exchangeLog.exchange, channelOf }) ?? exchangeLog.exchange
  const exchange = measureExchange({ exchange: traced, record: metrics.upstream, channelOf, monotonic })
  const { attemptsOf } = stores.tasks
  const { askedOf } = stores.taskDetails
  const onMoment = (told: ToldMoment) => {
    metrics.task(told)
    tracing?.task(told)
  }
  const journal = createJournal({ ...stores, attemptsOf, askedOf, onMoment, log })
  const onCopy = (task: Task, copy: CopyTry) => {
    if (copy.bytes !== null) metrics.archived(copy.bytes)
    tracing?.archive(task, copy)
  }
  const clock = createClock({ now, monotonic, rememberMs: Math.max(config.QUEUE_WAIT_MS, config.TASK_DEADLINE_MS) })
  const shared = { database, stores, vault, routing, exchange, refuseAddress, now, random, log }

  const admin = createAdmin({ ...shared, vendors, keyChanges, sessionChanges })
  const engine = createEngine({
    ...shared,
    ...storage,
    taskChanges,
    isShared: database.kind !== 'sqlite',
    settings: engineSettings(config, refuseAddress, () => settings.current().exchange_log_days * DAY),
    probe: admin.channels.proves,
    owner,
    clock
  })
  const adminTasks = createAdminTasks({
    ...stores,
    tasks: engine.tasks,
    search: stores.taskSearch,
    details: stores.taskDetails,
    audit: admin.audit,
    unresolvedHoldMs: config.UNRESOLVED_HOLD_MS
  })
  const insights = createInsights({ store: stores.insights, names: stores.names, adminTasks, now })
  const accounts = createAccounts({
    stats: stores.accountStats,
    durations: engine.durations,
    routing,
    usage: admin.usage,
    now
  })
  const live = createLive({
    ...stores,
    taskChanges,
    deliveryChanges,
    settingChanges,
    details: stores.taskDetails,
    search: stores.taskSearch,
    onError: err => log.warn({ err }, 'live events: not read')
  })
  const attention = createAttention({
    ...stores,
    ...engine,
    tasks: stores.tasks,
    vendors,
    routing,
    search: stores.taskSearch,
    stats: stores.accountStats,
    usage: admin.usage,
    disks: () => disksOf(config),
    now
  })
  const oidc = openOidc(config, refuseAddress, log)
  const alerts = createAlerts({ config, stores, attention, upstream, now, monotonic, random, log })
  const { archiver, retention, ...files } = await createFiles({
    ...shared,
    storage,
    engine,
    config,
    retentionDays: () => settings.current().retention_days,
    monotonic,
    runs,
    onCopy
  })
  const { deliver, endpoints } = createWebhooks({
    ...shared,
    upstream,
    endpointsPerKey: config.ENDPOINTS_PER_KEY,
    onOutcome: metrics.delivery
  })
  const adminWebhooks = createAdminWebhooks({ ...stores, deliver, audit: admin.audit, now })
  const clampSchedule = () => stores.clockRepair.clampSchedule(owner, now(), reconcileAfterMs)
  const loop = createLoop({ ...engine, tasks: stores.tasks, archiver, clampSchedule, now, clock, log })
  const onRow = (id: string) =>
    id.startsWith('dlv_')
      ? deliveryChanges.emit({ ids: [id], remote: true })
      : taskChanges.emit({ id, event: false, remote: true })
  const redis = config.REDIS_URL
    ? (await import('./redis/redis.ts')).openRedis({ url: config.REDIS_URL, owner, onRow, log })
    : null

  // the engine's cache and streaming clients (server.ts) subscribe to these too
  taskChanges.subscribe(
    ({ id }) => void exchangeLog.changed(id).catch((err: unknown) => log.warn({ err }, 'exchange log'))
  )
  taskChanges.subscribe(({ moment }) => moment && journal.record(moment))
  taskChanges.subscribe(() => loop.notify())
  taskChanges.subscribe(({ event, remote }) => event && !remote && deliver.notify())
  taskChanges.subscribe(({ id, remote }) => !remote && redis?.tell(id))
  deliveryChanges.subscribe(({ ids, remote }) => {
    if (!remote) for (const id of ids ?? []) redis?.tell(id)
  })
  let refreshing: NodeJS.Timeout | undefined
  const refreshSettings = () =>
    void settings.refresh().catch((err: unknown) => log.warn({ err }, 'settings could not be read'))

  return {
    ...admin,
    ...engine,
    adminTasks,
    adminWebhooks,
    accounts,
    insights,
    attention,
    alerts,
    oidc,
    live,
    database,
    stores,
    vault,
    routing,
    settings,
    ...files,
    archiver,
    retention,
    deliver,
    endpoints,
    loop,
    metrics,
    tracing,
    journal,
    redis,
    sandbox,
    taskChanges,
    keyChanges,
    sessionChanges,
    adminKeyHash: await chosenKeyHash(config, database, vault),
    now,

    start() {
      metrics.start({
        ...stores,
        health: engine.health,
        disk: () => diskSpace(config.DATA_DIR),
        redis,
        now
      })
      loop.start()
      deliver.start()
      alerts.notifier.start()
      void oidc?.check()
      // another node, or the command line, may change them
      refreshing = setInterval(refreshSettings, SETTINGS_EVERY)
      settingChanges.subscribe(() => void retention.run('changed'))
      settingChanges.subscribe(() => void engine.cleanup().catch((err: unknown) => log.warn({ err }, 'cleanup failed')))
      void retention.run('started')
    },

    /** Claims nothing more, finishes what is in flight, releases leases. */
    async stop() {
      clearInterval(refreshing)
      await Promise.all([
        deliver.stop(),
        alerts.notifier.stop(),
        retention.stop(),
        loop.stop().then(() => Promise.all([engine.worker.stop(), engine.followUp.stop(), archiver.stop()]))
      ])
    },

    async close() {
      redis?.close()
      metrics.stop()
      await journal.done()
      await tracing?.stop()
      await Promise.all([upstream.close(), sandbox?.close()])
      await database.close()
    }
  }
}

export type Services = Awaited<ReturnType<typeof openServices>>

/** Returns how many bytes of bodies there may be at once, in sum and of each key: half of them, but at least the largest body. */
export function bodyLimits({ BODIES_MB }: Config) {
  const total = BODIES_MB * MEGABYTE
  return { total, each: Math.max(LARGEST_BODY, total / 2) }
}

function engineSettings(config: Config, refuseAddress: (url: string) => string | null, exchangesMs: () => number) {
  const { PUBLIC_URL: url } = config
  // vendors can use plain HTTP and private addresses only on the same network
  const reachable = url?.startsWith('https:') || (url !== undefined && refuseAddress(url) === null)
  return {
    submitWaitMs: config.SUBMIT_WAIT_MS,
    reconcileAfterMs: config.RECONCILE_AFTER_MS,
    deadlineMs: config.TASK_DEADLINE_MS,
    queueWaitMs: config.QUEUE_WAIT_MS,
    unresolvedHoldMs: config.UNRESOLVED_HOLD_MS,
    reuseMs: config.REUSE_MS,
    maxQueued: config.MAX_QUEUED,
    imageBytes: bodyLimits(config),
    allowUnpriced: config.ALLOW_UNPRICED,
    defaultModel: config.DEFAULT_MODEL,
    callbackBase: reachable ? url! : null,
    exchangesMs
  }
}

/** Loads what traces videos, when there is a collector to send traces to. */
async function openTracing({ config, now, log }: { config: Config; now(): number; log: Logger }) {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers } = config
  if (endpoint === undefined) return null
  const { createTracing } = await import('./tracing/index.ts')
  return createTracing({ endpoint, headers, serviceName: config.OTEL_SERVICE_NAME, version: version(), now, log })
}
