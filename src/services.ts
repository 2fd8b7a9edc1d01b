import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { openArchive } from './assets/archive.ts'
import { openDisk } from './assets/disk.ts'
import { findFfmpeg } from './assets/thumbnail.ts'
import type { Config } from './config.ts'
import { openDatabase, type Key } from './db/index.ts'
import { createAuth } from './http/plugins/auth.ts'
import { createWatches } from './http/video/watch.ts'
import { createClock } from './lib/clock.ts'
import { createTurns } from './lib/turns.ts'
import { createVault } from './lib/vault.ts'
import { createChannelStore, createModelStore } from './stores/channels.ts'
import { createDeliveryStore } from './stores/deliveries.ts'
import { createEndpointStore } from './stores/endpoints.ts'
import { createLimits } from './http/plugins/rate-limit.ts'
import { createKeyStore } from './stores/keys.ts'
import { createLedgerStore } from './stores/ledger.ts'
import { createMomentStore } from './stores/clock-repair.ts'
import { createSuspenseStore } from './stores/unresolved.ts'
import { createUsageStore } from './stores/usage.ts'
import { createSlotStore } from './stores/slots.ts'
import { createTaskStore } from './stores/tasks.ts'
import { createCallbacks } from './tasks/callbacks.ts'
import { createChannels } from './admin/channels.ts'
import { createCopying } from './files/copy.ts'
import { createEndpoints } from './webhooks/endpoints.ts'
import { createKeys } from './admin/keys.ts'
import type { Change } from './domain/lifecycle.ts'
import { createLoop } from './loop.ts'
import { createModels } from './admin/models.ts'
import { createPricing } from './tasks/pricing.ts'
import { createSuspense } from './tasks/unresolved.ts'
import { createUsage } from './admin/usage.ts'
import { createPace } from './tasks/durations.ts'
import { createRecent } from './tasks/cache.ts'
import { createResults } from './files/results.ts'
import { createRouting } from './tasks/routing.ts'
import { createTasks } from './tasks/tasks.ts'
import { createWorker } from './tasks/worker.ts'
import { createDrain } from './tasks/throughput.ts'
import { createPlaces } from './tasks/queue-position.ts'
import { createFollowing } from './tasks/poll.ts'
import { createForgetting } from './tasks/cleanup.ts'
import { createKeeping } from './files/archiver.ts'
import { createHealth } from './tasks/channel-health.ts'
import { createReplay } from './tasks/idempotency.ts'
import { createSubmitting } from './tasks/submit.ts'
import { createAssetStore } from './stores/assets.ts'
import { createIdempotencyStore } from './stores/idempotency.ts'
import { createDownload } from './upstream/download.ts'
import { createExchange, type Exchange } from './upstream/exchange.ts'
import { createGuard, type Guard } from './upstream/guard.ts'
import { createPost } from './upstream/post.ts'
import { createSend } from './upstream/send.ts'
import { vendors } from './vendors/index.ts'
import { createDeliver } from './webhooks/deliver.ts'
import { checkSecretKey, chosenKeyHash, secretKey } from './secret-key.ts'

/** What everything shares; tests pass their own clock and chance. */
export interface Environment {
  config: Config
  log: Logger
  now?(): number
  /** milliseconds at an even pace, whatever becomes of the wall clock */
  steady?(): number
  random?(): number
  /** talks to vendors; simulations bring their own */
  exchange?: Exchange
}

/** Opens the database (and Redis, where there is one) and builds the services over it; it listens nowhere: what the CLI works with. */
export async function openServices({
  config,
  log,
  now = Date.now,
  steady = now === Date.now ? () => performance.now() : now,
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
  const watches = createWatches()
  const deliveryStore = createDeliveryStore(database)
  const deliver = createDeliver({ store: deliveryStore, vault, post: poster.post, now, random, log })
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
  const slots = createSlotStore(database)
  const taskStore = createTaskStore({
    database,
    ...(config.ARCHIVE_URL !== 'off' && { assets }),
    slots,
    ledger,
    onChange: taskChanged
  })
  // beside SQLite there is at most a command line; on Postgres other nodes change rows all the time
  const recent = createRecent({ load: taskStore.look, now, freshMs: database.kind === 'sqlite' ? 1000 : 0 })
  const pace = createPace({ load: model => taskStore.recentDurations(model) })
  const archiveUrl = config.ARCHIVE_URL ?? `file:${join(config.DATA_DIR, 'archive')}`
  const archive = archiveUrl === 'off' ? null : await openArchive(archiveUrl)
  // what comes inside a vendor's answer has no other place
  const files = archive ?? openDisk(join(config.DATA_DIR, 'archive'))
  const folder = join(config.DATA_DIR, 'incoming')
  const settleMs = config.SUBMIT_SETTLE_MS
  const deadlineMs = config.TASK_DEADLINE_MS
  const clock = createClock({ now, steady, rememberMs: Math.max(config.QUEUE_WAIT_MS, deadlineMs) })
  const moments = createMomentStore(database)
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
    clock,
    random,
    settleMs,
    deadlineMs
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
    clock,
    owner,
    settleMs
  })
  const pricing = createPricing({ routing, ledger, now, allowUnpriced: config.ALLOW_UNPRICED })
  const suspense = createSuspense({
    store: createSuspenseStore(database, ledger, slots),
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
      random
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
      bringNear: () => moments.bringNear(owner, now(), settleMs),
      forget: createForgetting({ idempotency, deliveries: deliveryStore, now }),
      now,
      clock,
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

/** PUBLIC_URL, when vendors elsewhere can be expected to call it. */
function reachable(publicUrl: string | undefined, guard: Guard): string | null {
  if (publicUrl === undefined) return null
  return publicUrl.startsWith('https:') || guard.check(publicUrl) === null ? publicUrl : null
}
