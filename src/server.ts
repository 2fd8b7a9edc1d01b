import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino, type Logger } from 'pino'
import { openArchive } from './assets/archive.ts'
import { openDisk } from './assets/disk.ts'
import { findFfmpeg } from './assets/thumbnail.ts'
import type { Config } from './config.ts'
import { openDatabase, type Database, type Key } from './db/index.ts'
import { ConfigError } from './errors.ts'
import { buildApp } from './http/app.ts'
import { createAuth, type Auth } from './http/auth.ts'
import { trackConnections } from './http/connections.ts'
import { createLinks } from './http/link.ts'
import { createPresenter } from './http/routes/videos.ts'
import { createWatches } from './http/wait.ts'
import { createFailPoints } from './lib/failpoint.ts'
import { createTurns } from './lib/turns.ts'
import { errorSerializers } from './lib/log-error.ts'
import { createVault, type Vault } from './lib/vault.ts'
import { createChannelStore, createModelStore } from './stores/channels.ts'
import { createDeliveryStore } from './stores/deliveries.ts'
import { createEndpointStore } from './stores/endpoints.ts'
import { createLimits } from './http/limits.ts'
import { createKeyStore } from './stores/keys.ts'
import { createLedgerStore } from './stores/ledger.ts'
import { createMetaStore } from './stores/meta.ts'
import { createSuspenseStore } from './stores/suspense.ts'
import { createUsageStore } from './stores/usage.ts'
import { createSlotStore } from './stores/slots.ts'
import { createTaskStore } from './stores/tasks.ts'
import { SANDBOX_CHANNEL, openSandbox } from './sandbox/channel.ts'
import { createCallbacks } from './tasks/callbacks.ts'
import { createChannels } from './tasks/channels.ts'
import { createCopying } from './tasks/copying.ts'
import { createEndpoints } from './tasks/endpoints.ts'
import { createKeys } from './tasks/keys.ts'
import type { Change } from './tasks/lifecycle.ts'
import { createLoop } from './tasks/loop.ts'
import { createModels } from './tasks/models.ts'
import { createPricing } from './tasks/pricing.ts'
import { createSuspense } from './tasks/suspense.ts'
import { createUsage } from './tasks/usage.ts'
import { createPace } from './tasks/pace.ts'
import { createRecent } from './tasks/recent.ts'
import { createResults } from './tasks/results.ts'
import { createRouting } from './tasks/routing.ts'
import { createTasks } from './tasks/tasks.ts'
import { createWorker } from './tasks/worker.ts'
import { createDrain } from './tasks/drain.ts'
import { createPlaces } from './tasks/places.ts'
import { createFollowing } from './tasks/following.ts'
import { createForgetting } from './tasks/forgetting.ts'
import { createKeeping } from './tasks/keeping.ts'
import { createHealth } from './tasks/health.ts'
import { createReplay } from './tasks/replay.ts'
import { createSubmitting } from './tasks/submitting.ts'
import { createAssetStore } from './stores/assets.ts'
import { createIdempotencyStore } from './stores/idempotency.ts'
import { createDownload } from './upstream/download.ts'
import { createExchange, type Exchange } from './upstream/exchange.ts'
import { createGuard, type Guard } from './upstream/guard.ts'
import { createPost } from './upstream/post.ts'
import { createSend } from './upstream/send.ts'
import { vendors } from './vendors/index.ts'
import { createDeliver } from './webhooks/deliver.ts'

/** What everything shares; tests pass their own clock and chance. */
export interface Environment {
  config: Config
  log: Logger
  now?(): number
  random?(): number
  /** talks to vendors; simulations bring their own */
  exchange?: Exchange
}

/** Opens the database and builds the services over it, without any network of ours: what the CLI works with. */
export async function openServices({
  config,
  log,
  now = Date.now,
  random = Math.random,
  exchange: given
}: Environment) {
  mkdirSync(config.DATA_DIR, { recursive: true })
  const vault = createVault(secretKey(config))
  const database = await openDatabase(config.DATABASE_URL, error =>
    log.error({ err: error }, 'database connection broke')
  )
  try {
    for (const name of await database.migrate()) log.info({ name }, 'migration applied')
    await checkSecretKey(database, vault)
  } catch (error) {
    await database.close()
    throw error
  }

  let sandboxOrigin: string | null = null
  const guard = createGuard({ allow: config.OUTBOUND_ALLOW, trusted: origin => origin === sandboxOrigin })
  const submitTimeout = Math.min(60_000, Math.floor((config.SUBMIT_SETTLE_MS * 2) / 3))
  const send = createSend({ guard, times: { submitMs: submitTimeout } })
  const download = createDownload({ guard })
  const exchange = given ?? createExchange({ send, download, now, submitTimeout })
  const poster = createPost({ guard })
  const refuseAddress = (url: string) => guard.check(url)

  const channelStore = createChannelStore(database)
  const modelStore = createModelStore(database)
  const keyStore = createKeyStore(database)
  const ledger = createLedgerStore(database)
  const routing = createRouting({
    channels: channelStore,
    models: modelStore,
    vendors,
    vault,
    now,
    random,
    sandbox: config.SANDBOX
  })
  const owner = `node_${randomBytes(8).toString('hex')}`
  const poke = { now: () => {} }
  const assets = createAssetStore(database)
  const failPoint = createFailPoints(config.FAIL_POINT, random)
  const watches = createWatches()
  const deliveryStore = createDeliveryStore(database)
  const deliver = createDeliver({ store: deliveryStore, vault, post: poster.post, now, random, log, failPoint })
  const changed = (id: string) => {
    recent.forget(id)
    poke.now()
    watches.changed(id)
  }
  const redis = config.REDIS_URL
    ? (await import('./redis/redis.ts')).openRedis({ url: config.REDIS_URL, owner, onTask: changed, log })
    : null
  const taskChanged = (id: string, change: Change | null) => {
    changed(id)
    redis?.tell(id)
    if (change?.notify) deliver.wake()
  }
  const taskStore = createTaskStore({
    database,
    ...(config.ARCHIVE_URL !== 'off' && { assets }),
    slots: createSlotStore(database),
    ledger,
    onChange: taskChanged
  })
  // beside SQLite there is at most a command line; on Postgres other nodes change rows all the time
  const recent = createRecent({ load: taskStore.get, now, freshMs: database.kind === 'sqlite' ? 1000 : 0 })
  const pace = createPace({ load: model => taskStore.recentDurations(model) })
  const archiveUrl = config.ARCHIVE_URL ?? `file:${join(config.DATA_DIR, 'archive')}`
  const archive = archiveUrl === 'off' ? null : await openArchive(archiveUrl)
  // what comes inside a vendor's answer has no other place
  const files = archive ?? openDisk(join(config.DATA_DIR, 'archive'))
  const folder = join(config.DATA_DIR, 'incoming')
  const settleMs = config.SUBMIT_SETTLE_MS
  const deadlineMs = config.TASK_DEADLINE_MS
  const drain = createDrain()
  const health = createHealth({ channels: channelStore, routing, log, now, probe: id => channels.proves(id) })
  const shared = {
    tasks: taskStore,
    health,
    routing,
    exchange,
    pace,
    log,
    now,
    random,
    settleMs,
    deadlineMs,
    failPoint
  }
  const callbacks = createCallbacks({
    tasks: taskStore,
    routing,
    vault,
    log,
    now,
    publicUrl: reachable(config.PUBLIC_URL, guard),
    poke: () => poke.now()
  })
  const submit = createSubmitting({ ...shared, owner, callbackUrl: callbacks.url })
  const following = createFollowing({ ...shared, files, folder })
  const worker = createWorker({
    tasks: taskStore,
    routing,
    submit,
    following,
    drain,
    log,
    now,
    owner,
    settleMs,
    failPoint
  })
  const pricing = createPricing({ routing, ledger, now, allowUnpriced: config.ALLOW_UNPRICED })
  const suspense = createSuspense({
    store: createSuspenseStore(database, ledger),
    tasks: taskStore,
    routing,
    exchange,
    now,
    suspenseMs: config.SUSPENSE_MS,
    deadlineMs,
    log,
    onChange: id => taskChanged(id, null)
  })
  const idempotency = createIdempotencyStore(database)
  const replay = createReplay({
    store: idempotency,
    tasks: taskStore,
    now,
    reuseMs: config.REUSE_MS
  })
  const tasks = createTasks({
    assets,
    store: taskStore,
    recent,
    ledger,
    routing,
    pricing,
    worker,
    replay,
    drain,
    pace,
    places: createPlaces({ store: taskStore, now, maxQueued: config.MAX_QUEUED }),
    now,
    owner,
    submitWaitMs: config.SUBMIT_WAIT_MS,
    settleMs,
    queueWaitMs: config.QUEUE_WAIT_MS,
    defaultModel: config.DEFAULT_MODEL,
    refuseAddress,
    // fewer than the pool has connections; SQLite gathers what comes at once into one commit
    inTurn: createTurns(database.kind === 'sqlite' ? Infinity : 8)
  })
  const limits = createLimits({ now, failedAuthPerMinute: config.FAILED_AUTH_PER_MINUTE, shared: redis })
  const auth = createAuth({
    keys: keyStore,
    vault,
    now,
    adminHash: await chosenKeyHash(config, database, vault),
    onWrongKey: limits.countFailure
  })
  const onBudget = async ({ id, budget }: Key) => {
    if (budget) await ledger.rebase(id, budget.currency, now())
  }
  const keys = createKeys({ store: keyStore, vault, now, onChange: auth.forget, onBudget })
  const channels = createChannels({
    store: channelStore,
    routing,
    exchange,
    vault,
    vendors,
    now,
    refuseAddress
  })
  const endpoints = createEndpoints({
    store: createEndpointStore(database),
    deliveries: deliveryStore,
    keys: keyStore,
    deliver,
    vault,
    now,
    refuseAddress
  })
  const models = createModels({ store: modelStore, channels: channelStore, routing, now })
  const results = createResults({
    routing,
    partsOf: taskStore.partsOf,
    worker,
    exchange,
    assets,
    files,
    now,
    isPublic: url => url.startsWith('https:') && guard.check(url) === null
  })

  const keeping =
    archive &&
    createKeeping({
      store: assets,
      tasks: taskStore,
      copy: createCopying({
        results,
        archive,
        folder,
        ffmpeg: await findFfmpeg(),
        fetched: health.downloads.asked,
        log
      }),
      archive,
      downloads: health.downloads,
      retentionMs: config.RETENTION_DAYS === 0 ? null : config.RETENTION_DAYS * 86_400_000,
      log,
      now,
      random,
      failPoint
    })

  return {
    database,
    vault,
    keys,
    channels,
    models,
    tasks,
    results,
    routing,
    worker,
    pace,
    auth,
    limits,
    pricing,
    suspense,
    usage: createUsage({
      db: database.db,
      ledger,
      usage: createUsageStore(database),
      keys: keyStore,
      tasks: taskStore,
      now
    }),
    channelStore,
    endpoints,
    deliver,
    callbacks,
    watches,
    now,
    keeping,
    loop: createLoop({
      worker,
      tasks: taskStore,
      health,
      keeping,
      suspense,
      forget: createForgetting({ idempotency, deliveries: deliveryStore, now }),
      now,
      log,
      onPoke: wake => (poke.now = wake)
    }),

    /** The sandbox's address is ours: it may be called whatever OUTBOUND_ALLOW says. */
    trust(origin: string) {
      sandboxOrigin = origin
    },

    async close() {
      redis?.close()
      await Promise.all([send.close(), download.close(), poster.close()])
      await database.close()
    }
  }
}

export type Services = Awaited<ReturnType<typeof openServices>>
export type Server = Awaited<ReturnType<typeof startServer>>

// connections that may wait to be accepted: of thousands at once, Node's 511 would see the others reset
const BACKLOG = 4096

/** Starts everything: services, sandbox, HTTP, the loop. */
export async function startServer(environment: Environment) {
  const { config } = environment
  const services = await openServices(environment)
  if (config.ADMIN_KEY) await services.keys.install(config.ADMIN_KEY, 'admin', 'ADMIN_KEY')
  const engine = await openEngine(environment, services)
  let draining = false
  const app = createApp(environment, services, { isDraining: () => draining })
  const connections = trackConnections(app.server)
  const url = await app
    .listen({ host: config.HOST, port: config.PORT, backlog: BACKLOG })
    .catch(async (error: unknown) => {
      // what is open would keep the process alive
      await app.close()
      await engine.close()
      await services.close()
      throw error
    })
  writeFileSync(join(config.DATA_DIR, 'address'), url)
  engine.start()

  return {
    url,
    app,
    services,
    sandbox: engine.sandbox,

    /**
     * Says that it is not ready, and for `delayMs` still takes what a balancer sends that has not heard it; then stops accepting, finishes
     * what is on the wire, gives leases back, closes.
     */
    async stop(delayMs = 0) {
      draining = true
      if (delayMs > 0) await sleep(delayMs)
      services.watches.stop()
      // a connection that falls idle only after its last answer would be waited for until its keep-alive ends
      const sweep = setInterval(connections.closeUnused, 100)
      await Promise.all([app.close(), engine.stop()])
      clearInterval(sweep)
      // what the last requests submitted
      await services.worker.stop()
      await engine.close()
      await services.close()
    }
  }
}

/** What moves tasks on: the sandbox vendor, where it is wanted, the loop and the deliveries. */
export async function openEngine({ config, log }: Environment, services: Services) {
  const { loop, deliver, worker, keeping, channelStore, vault, now, routing } = services
  const sandbox =
    config.SANDBOX === 'off'
      ? null
      : await openSandbox({ store: channelStore, vault, dataDir: config.DATA_DIR, now, log })
  if (sandbox) services.trust(sandbox.url)
  else await channelStore.update(SANDBOX_CHANNEL, { disabled: true })
  routing.changed()

  return {
    sandbox: sandbox !== null,

    start() {
      loop.start()
      deliver.start()
    },

    /** Takes nothing new in hand, finishes what is on the wire, gives leases back. */
    async stop() {
      await Promise.all([deliver.stop(), loop.stop().then(() => Promise.all([worker.stop(), keeping?.stop()]))])
    },

    async close() {
      await sandbox?.close()
    }
  }
}

/** The HTTP application over the services; whoever may ask is `auth`'s to say. */
export function createApp(
  { config, log }: Environment,
  services: Services,
  { auth = services.auth, isDraining = () => false }: { auth?: Auth; isDraining?(): boolean } = {}
) {
  const { tasks, results, routing, pace, keys, channels, models, vault, database, now } = services
  const { endpoints, callbacks, watches, limits, pricing, usage, suspense } = services
  const links = createLinks({ vault, publicUrl: config.PUBLIC_URL, now })
  const videos = {
    tasks,
    results,
    links,
    pace,
    watches,
    now,
    statusDialect: config.VIDEO_STATUS_DIALECT,
    sandboxChannel: SANDBOX_CHANNEL
  }
  const show = createPresenter(videos)
  return buildApp({
    auth,
    limits,
    videos,
    content: { auth, tasks, results, links },
    models: { tasks, routing, pricing },
    events: { auth, tasks, watches, show, now },
    webhooks: { endpoints },
    usage: { usage },
    callbacks: { callbacks },
    admin: {
      auth,
      limits,
      keys: { keys },
      channels: { channels },
      models: { models },
      tasks: { tasks, show, deliveries: endpoints.deliveries },
      deliveries: { endpoints },
      ledger: { usage, suspense, show },
      usage: { usage }
    },
    health: { ping: database.ping, isDraining },
    log,
    now,
    trustProxy: config.TRUST_PROXY,
    corsOrigins: config.CORS_ORIGINS
  })
}

/** PUBLIC_URL, when vendors elsewhere can be expected to call it. */
function reachable(publicUrl: string | undefined, guard: Guard): string | null {
  if (publicUrl === undefined) return null
  return publicUrl.startsWith('https:') || guard.check(publicUrl) === null ? publicUrl : null
}

/**
 * The log: JSON lines, gathered a little so that a busy server does not write one by one. On stderr (2), where commands log beside what
 * they print, each line goes out at once.
 */
export function createLog(level: Config['LOG_LEVEL'], fd: 1 | 2 = 1): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: errorSerializers },
    pino.destination(fd === 1 ? { fd, sync: false, minLength: 4096, periodicFlush: 500 } : { fd, sync: true })
  )
}

/** The key of the configuration or of DATA_DIR, where it is made when there is none. */
export function secretKey({ SECRET_KEY, DATA_DIR }: Config): Buffer {
  if (SECRET_KEY) return Buffer.from(SECRET_KEY, 'base64')
  const path = join(DATA_DIR, 'secret.key')
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64')
  if (key.length !== 32) throw new ConfigError(`${path} is not 32 bytes in base64`)
  return key
}

/** A database that was sealed with another key is refused, before anything is written with the wrong one. */
async function checkSecretKey(database: Database, vault: Vault): Promise<void> {
  const fits = await secretKeyFits(database, vault)
  if (fits === null) return createMetaStore(database).set('canary', vault.seal('reelay', CANARY))
  if (!fits)
    throw new ConfigError(
      'SECRET_KEY is not the one this database was made with: its vendor credentials cannot be read. Start with the old key.'
    )
}

const CANARY = 'meta:canary:value'

/** Whether this database was sealed with this key; null: with none yet. */
export async function secretKeyFits(database: Database, vault: Vault): Promise<boolean | null> {
  const sealed = await createMetaStore(database).get('canary')
  if (sealed === undefined) return null
  try {
    vault.open(sealed, CANARY)
    return true
  } catch {
    return false
  }
}

/** The hash of the ADMIN_KEY of this start, or of an earlier one: it carries no checksum of ours, and stays a key without the variable. */
async function chosenKeyHash({ ADMIN_KEY }: Config, database: Database, vault: Vault): Promise<string | null> {
  const meta = createMetaStore(database)
  if (!ADMIN_KEY) return (await meta.get('admin_key')) ?? null
  const hash = vault.hashKey(ADMIN_KEY)
  await meta.set('admin_key', hash)
  return hash
}
