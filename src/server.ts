import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { takeFolder } from './backup/journal.ts'
import type { Key } from './db/index.ts'
import { buildApp } from './http/app.ts'
import { isUsable } from './domain/key-use.ts'
import { ApiError } from './errors.ts'
import { createAuth, type Auth } from './http/plugins/auth.ts'
import { CLI_KEY } from './http/plugins/caller.ts'
import { trackConnections } from './http/plugins/connections.ts'
import { createSessionAuth } from './http/plugins/session-auth.ts'
import { originOf } from './http/origin.ts'
import { createContentSender } from './http/routes/content.ts'
import { createModelReader } from './http/routes/models.ts'
import { createInlineReader } from './http/video/inline-video.ts'
import { createPresenter } from './http/video/presenter.ts'
import { createLinks } from './http/video/signed-links.ts'
import { createWatches } from './http/video/watches.ts'
import { createByteBudget } from './lib/byte-budget.ts'
import { createPlaces } from './lib/places.ts'
import { jsonSchema } from './config-file/schema.ts'
import { createDownload } from './backup/download.ts'
import { createDoctor } from './doctor/index.ts'
import { createSystem } from './admin/system.ts'
import { settingsOf } from './config-text.ts'
import { bodyLimits } from './services/engine-settings.ts'
import { packageRoot } from './lib/root.ts'
import { withoutTrailing } from './lib/trailing.ts'
import { version } from './lib/version.ts'
import { SANDBOX_CHANNEL } from './sandbox/channel.ts'
import { atMostEvery } from './lib/at-most-every.ts'
import { writeAddress } from './lib/address-file.ts'
import { createMetaStore } from './stores/meta.ts'
import { vendors } from './vendors/index.ts'
import type { Environment } from './services/environment.ts'
import { openServices, type Services } from './services/index.ts'

export type Server = Awaited<ReturnType<typeof startServer>>

// connections that may wait to be accepted: with Node's 511, some of thousands at once would be reset
const BACKLOG = 4096
// of one key; each has a connection, whose first 64 KB or so are read
const BODIES_WAITING = 20
const WRITE_EVERY = 2000

/**
 * Starts everything: services, sandbox, HTTP and the loop. Throws when the configuration is invalid, or when the folder or the port is taken;
 * then nothing is written, so the server that has them is not disturbed.
 */
export async function startServer(environment: Environment) {
  const lock = takeFolder(environment.config)
  try {
    await checkPort(environment.config)
    return await startLocked(environment, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

async function startLocked(environment: Environment, lock: ReturnType<typeof takeFolder>) {
  const { config, log } = environment
  const services = await openServices(environment, { runs: true })
  if (config.ADMIN_KEY && !(await services.keys.install(config.ADMIN_KEY, 'admin', 'ADMIN_KEY')))
    log.warn('ADMIN_KEY has been rotated or revoked and no longer works: remove it, or set the new key')
  if (config.CONFIG_FILE !== undefined) await applyFile(services, config.CONFIG_FILE)
  else await noticeManaged(services, log)
  let draining = false
  const { app, watches, bodies } = createHttp(environment, services, { isDraining: () => draining })
  const connections = trackConnections(app.server)
  const url = await app
    .listen({ host: config.HOST, port: config.PORT, backlog: BACKLOG })
    .catch(async (error: unknown) => {
      // open handles would keep the process alive
      await app.close()
      await services.close()
      throw error
    })
  writeAddress(config.DATA_DIR, url)
  services.start()

  return {
    url,
    app,
    services,
    watches,
    bodies,

    /**
     * Reports not ready, and for `delayMs` (milliseconds) still serves what a load balancer sends; then stops accepting, finishes what is in
     * flight, releases leases and closes.
     */
    async stop(delayMs = 0) {
      draining = true
      if (delayMs > 0) await sleep(delayMs)
      watches.stop()
      services.live.stop()
      // otherwise a connection that becomes idle after its last answer stays open until its keep-alive ends
      const sweep = setInterval(connections.closeUnused, 100)
      await Promise.all([app.close(), services.stop()])
      clearInterval(sweep)
      // wait for submits of the last requests
      await services.worker.stop()
      await services.close()
      lock.release()
    }
  }
}

/** Applies the configuration file. Throws ConfigError when it cannot be applied; then nothing has changed. */
async function applyFile(services: Services, path: string): Promise<void> {
  try {
    await services.configFile.apply(path)
  } catch (error) {
    // open handles would keep the process alive
    await services.close()
    throw error
  }
}

/** Without the file nobody could change what it owned. */
async function noticeManaged({ stores }: Services, log: Environment['log']): Promise<void> {
  const owned = await stores.managed.list()
  if (owned[0])
    log.warn(
      { objects: owned.length, file: owned[0].file },
      'CONFIG_FILE is not set, but the database has objects that a configuration file owns: set it, or run `reelay config release`'
    )
}

/** Throws when the port cannot be listened on. */
async function checkPort({ HOST: host, PORT: port }: Environment['config']): Promise<void> {
  if (port === 0) return
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ host, port }, resolve)
  })
  await new Promise(resolve => server.close(resolve))
}

interface HttpOptions {
  /** replaces authentication by keys */
  auth?: Auth
  isDraining?(): boolean
}

/** Creates the HTTP application over the services, with the watches of its streaming clients and the budget of its bodies. */
export function createHttp(
  { config, log }: Environment,
  services: Services,
  { auth, isDraining = () => false }: HttpOptions = {}
) {
  const { tasks, results, routing, pricing, endpoints, usage, unresolved, stores, vault, now, redis } = services
  const {
    adminTasks,
    accounts,
    insights,
    attention,
    audit,
    users,
    sessions,
    setup,
    keyChanges,
    sessionChanges,
    adminKeyHash: adminHash
  } = services
  const publicUrl = config.PUBLIC_URL
  const startedAt = now()
  const sessionAuth = createSessionAuth({ sessions, publicUrl, now, changes: [sessionChanges, keyChanges] })
  const keyAuth = createAuth({ keys: stores.keys, sessions: sessionAuth, vault, now, adminHash, keyChanges })
  const bodies = createByteBudget({ ...bodyLimits(config), maxWaiting: BODIES_WAITING })
  const watches = createWatches({
    mostPerKey: config.STREAMS_PER_KEY,
    readTasks: ids => stores.tasks.marks(ids),
    readKeys: ids => stores.keys.marks(ids, now())
  })
  const { tryWrite: write } = createMetaStore(services.database)
  // anyone may ask, and each write is an fsync
  const tryWrite = atMostEvery(WRITE_EVERY, now, () => write(now()))
  services.taskChanges.subscribe(({ id }) => watches.changed(id))
  keyChanges.subscribe(watches.keysChanged)
  const links = createLinks({ vault, publicUrl, ownerOf, now })
  const readInline = createInlineReader({ results, memory: bodies })
  const presenter = createPresenter({
    tasks,
    results,
    links,
    durations: services.durations,
    now,
    sandboxChannel: SANDBOX_CHANNEL
  })
  const content = { tasks, results, downloads: createPlaces(config.DOWNLOADS_PER_KEY) }
  const addressFor = (request: FastifyRequest) => withoutTrailing(publicUrl ?? originOf(request), '/')
  const app = buildApp({
    access: {
      auth: auth ?? keyAuth,
      identifyLink: links.identify,
      keyById: stores.keys.get,
      failedAuthPerMinute: config.FAILED_AUTH_PER_MINUTE,
      now
    },
    limits: { shared: redis, now },
    bodies,
    mcp: { version: version(), newKey: randomUUID, presenter, watches, audit, tracing: services.tracing },
    content,
    fronts: {
      auth: auth ?? keyAuth,
      tasks,
      presenter,
      watches,
      audit,
      tracing: services.tracing,
      sendContent: createContentSender(content),
      readModels: createModelReader({ tasks, routing, pricing }),
      readInline,
      originOf: addressFor,
      statusDialect: config.VIDEO_STATUS_DIALECT,
      now
    },
    models: { tasks, routing, pricing, originOf: addressFor },
    characters: { characters: services.characters, audit },
    estimate: { tasks },
    webhooks: { endpoints, audit },
    usage: { usage, accounts },
    callbacks: { callbacks: services.callbacks },
    admin: {
      keys: { keys: services.keys, accounts },
      channels: { channels: services.channels, accounts },
      vendors: { vendors },
      models: { models: services.models, accounts },
      tasks: { tasks, thumbnails: services.thumbnails, adminTasks, presenter, audit },
      deliveries: { endpoints, adminWebhooks: services.adminWebhooks, audit },
      ledger: { usage, unresolved, adminTasks, presenter, audit },
      usage: { usage },
      live: { live: services.live, auth: auth ?? keyAuth },
      insights: { insights, attention, presenter, now },
      alerts: { alerts: services.alerts },
      users: { users, publicUrl },
      sessions: { sessions },
      audit: { audit },
      settings: { settings: services.settings, audit },
      backup: { openBackup: createDownload({ config, database: services.database, now }), audit },
      system: {
        testArchive: services.testArchive,
        doctor: createDoctor({ ...services, config, now }),
        system: createSystem({
          database: services.database,
          stores,
          config,
          settings: settingsOf(config),
          redis,
          startedAt,
          now
        })
      }
    },
    console: {
      session: {
        users,
        sessions,
        setup,
        audit,
        sessionAuth,
        admitSecret: keyAuth.admitSecret,
        version: version(),
        publicUrl,
        isSandbox: services.sandbox !== null,
        providerName: services.oidc?.name ?? null
      },
      oidc: { oidc: services.oidc, users, sessions, sessionAuth, audit, vault, publicUrl, now },
      passwords: { users, sessions, setup, sessionAuth },
      signInsPerMinute: config.SIGN_INS_PER_MINUTE,
      publicUrl
    },
    health: { ping: services.database.ping, tryWrite, isDraining },
    metrics: services.metrics,
    metricsToken: config.METRICS_TOKEN,
    pages: {
      folder: join(packageRoot(), 'dist'),
      basePath: withoutTrailing(new URL(config.PUBLIC_URL ?? 'http://localhost').pathname, '/'),
      version: version(),
      configSchema: jsonSchema
    },
    log,
    now,
    trustProxy: config.TRUST_PROXY,
    corsOrigins: config.CORS_ORIGINS
  })
  return { app, watches, bodies }

  /** Returns the key that a task belongs to: signed links of the task act for it. Throws invalid_api_key when it may not be used any more. */
  async function ownerOf(taskId: string): Promise<Key> {
    const { keyId } = await tasks.getSigned(taskId)
    const key = await stores.keys.get(keyId)
    if (!key) throw new Error(`task ${taskId} has no key`)
    // the command line's key cannot be used anyway
    if (!isUsable(key, now()) && key.id !== CLI_KEY)
      throw new ApiError('invalid_api_key', { message: 'The key of this link was revoked, disabled or has expired.' })
    return key
  }
}
