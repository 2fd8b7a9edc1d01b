import { randomBytes } from 'node:crypto'
import { createAdmin } from '../admin/index.ts'
import { createAlerts } from '../alerts/index.ts'
import { createRefuseManaged } from '../admin/managed.ts'
import { createSettings } from '../admin/settings.ts'
import { createViews } from '../admin/views.ts'
import { configuredSettings } from '../config-text.ts'
import { createConfigFile } from '../config-file/index.ts'
import { engineSettings } from './engine-settings.ts'
import { createFiles, openStorage } from '../files/index.ts'
import { createCallbackWriter } from '../http/fronts/callbacks.ts'
import { createLinkMaker } from '../http/video/signed-links.ts'
import { createClock } from '../lib/clock.ts'
import { diskSpace } from '../lib/disk-space.ts'
import { createLoop } from '../loop.ts'
import { connectNodes } from '../redis/index.ts'
import { openSandbox, SANDBOX_ORIGIN } from '../sandbox/channel.ts'
import { chosenKeyHash, openDatabaseAndVault } from '../secret-key.ts'
import { checkConfig } from './check-config.ts'
import type { Environment } from './environment.ts'
import { createSignals } from './signals.ts'
import { openStores } from '../stores/index.ts'
import { createEngine } from '../tasks/engine.ts'
import { createRouting } from '../tasks/routing.ts'
import { openTelemetry } from './telemetry.ts'
import { openUpstream } from '../upstream/index.ts'
import { vendors } from '../vendors/index.ts'
import { createWebhooks } from '../webhooks/index.ts'

/**
 * Opens the database, Redis if configured, and the sandbox vendor if tasks are processed here (`runs`), and creates the services. Nothing
 * listens or runs before `start`. Throws ConfigError.
 */
export async function openServices(environment: Environment, { runs = false } = {}) {
  const { config, log, now = Date.now, random = Math.random, env = process.env } = environment
  const monotonic = environment.monotonic ?? (now === Date.now ? () => performance.now() : now)
  const { RECONCILE_AFTER_MS: reconcileAfterMs, DATA_DIR: dataDir, ARCHIVE_URL: archiveUrl } = config
  const owner = `node_${randomBytes(8).toString('hex')}`
  const { oidc } = checkConfig(config, log)

  // what is remembered
  const { database, vault } = await openDatabaseAndVault(config, log)
  const signals = createSignals()
  const { taskChanges, settingChanges } = signals
  const stores = openStores(database, { ...signals, archives: archiveUrl !== 'off' })
  const storage = await openStorage({ archiveUrl, dataDir, maxMB: config.MAX_VIDEO_MB, monotonic, log })
  const configured = configuredSettings(config)
  const settings = createSettings({ ...stores, store: stores.settings, configured, settingChanges, log })
  await settings.refresh()

  // who makes the videos, and what watches them
  const shared = database.kind === 'postgres' ? stores.meta : null
  const sandbox = runs ? await openSandbox({ config, store: stores.channels, shared, vault, now, log }) : null
  const inside = { allow: config.OUTBOUND_ALLOW, sandbox: sandbox && { origin: SANDBOX_ORIGIN, url: sandbox.url } }
  const upstream = openUpstream({ ...inside, reconcileAfterMs, now, exchange: environment.exchange })
  const { refuseAddress } = upstream
  const routing = createRouting({ ...stores, vendors, vault, now, random, sandbox: config.SANDBOX, log })
  const exchangeLog = () => settings.current().exchange_log
  const basis = { config, stores, routing, now, monotonic, log, ...signals }
  const telemetry = await openTelemetry({ ...basis, exchange: upstream.exchange, exchangeLog })
  const { metrics, exchange } = telemetry

  // what is done: keys and channels are managed, tasks are moved, files are fetched, events are delivered
  const refuseManaged = createRefuseManaged(stores.managed)
  const means = { ...basis, database, vault, vendors, exchange, refuseAddress, refuseManaged, random }
  const admin = createAdmin(means)
  const clock = createClock({ now, monotonic, rememberMs: Math.max(config.QUEUE_WAIT_MS, config.TASK_DEADLINE_MS) })
  const makeLink = createLinkMaker({ vault, publicUrl: config.PUBLIC_URL, now })
  const engine = createEngine({
    ...means,
    ...storage,
    isShared: database.kind !== 'sqlite',
    settings: engineSettings(config, refuseAddress, () => settings.current().exchange_log_days),
    makeLink,
    probe: admin.channels.proves,
    owner,
    clock
  })
  const files = await createFiles({ ...means, storage, engine, settings, runs, onCopy: telemetry.onCopy })
  const { archiver, retention } = files
  const onOutcome = metrics.delivery
  const webhooks = createWebhooks({ ...means, upstream, writeCallback: createCallbackWriter(makeLink), onOutcome })
  const { deliver } = webhooks
  const configFile = createConfigFile({ ...means, deliver, configured, env, onSettings: settings.refresh })
  const views = createViews({ ...means, ...admin, engine, deliver })
  const alerts = createAlerts({ ...means, attention: views.attention, upstream })
  const clampSchedule = () => stores.clockRepair.clampSchedule(owner, now(), reconcileAfterMs)
  const loop = createLoop({ ...engine, tasks: stores.tasks, archiver, clampSchedule, now, clock, log })
  const redis = await connectNodes({ ...signals, url: config.REDIS_URL, owner, log })

  // telemetry, the engine's cache, other nodes and streaming clients (server.ts) subscribe too
  taskChanges.subscribe(({ dueAt }) => loop.notify(dueAt))
  taskChanges.subscribe(({ event, remote }) => event && !remote && deliver.notify())
  const cleanUp = () => void engine.cleanup().catch((err: unknown) => log.warn({ err }, 'cleanup failed'))

  return {
    ...admin,
    ...engine,
    ...views,
    ...files,
    ...webhooks,
    alerts,
    oidc,
    ...signals,
    ...telemetry,
    database,
    stores,
    vault,
    routing,
    settings,
    configFile,
    loop,
    redis,
    sandbox,
    adminKeyHash: await chosenKeyHash(config, database, vault),
    now,

    start() {
      metrics.start({ ...stores, health: engine.health, disk: () => diskSpace(dataDir), redis, now })
      loop.start()
      deliver.start()
      alerts.notifier.start()
      void oidc?.check()
      settings.start()
      settingChanges.subscribe(() => void retention.run('changed'))
      settingChanges.subscribe(cleanUp)
      void retention.run('started')
    },

    /** Claims nothing more, finishes what is in flight, releases leases. */
    async stop() {
      settings.stop()
      await Promise.all([
        deliver.stop(),
        alerts.notifier.stop(),
        retention.stop(),
        loop.stop().then(() => Promise.all([engine.worker.stop(), engine.followUp.stop(), archiver.stop()]))
      ])
    },

    async close() {
      redis?.close()
      await telemetry.close()
      await Promise.all([upstream.close(), sandbox?.close()])
      await database.close()
    }
  }
}

export type Services = Awaited<ReturnType<typeof openServices>>
