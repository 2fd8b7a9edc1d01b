import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { lockFolder } from './db/folder-lock.ts'
import type { Key } from './db/index.ts'
import { buildApp } from './http/app.ts'
import { createAuth, type Auth } from './http/plugins/auth.ts'
import { trackConnections } from './http/plugins/connections.ts'
import { createPresenter } from './http/video/presenter.ts'
import { createLinks } from './http/video/signed-links.ts'
import { createWatches } from './http/video/watch.ts'
import { SANDBOX_CHANNEL } from './sandbox/channel.ts'
import { atMostEvery } from './lib/at-most-every.ts'
import { writeAddress } from './lib/address-file.ts'
import { createMetaStore } from './stores/meta.ts'
import { openServices, type Environment, type Services } from './services.ts'

export type Server = Awaited<ReturnType<typeof startServer>>

// connections that may wait to be accepted: with Node's 511, some of thousands at once would be reset
const BACKLOG = 4096
const WRITE_EVERY = 2000

/**
 * Starts everything: services, sandbox, HTTP and the loop. Throws when the configuration is invalid, or when the folder or the port is taken;
 * then nothing is written, so the server that has them is not disturbed.
 */
export async function startServer(environment: Environment) {
  const lock = lockFolder(environment.config)
  try {
    await checkPort(environment.config)
    return await startLocked(environment, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

async function startLocked(environment: Environment, lock: ReturnType<typeof lockFolder>) {
  const { config } = environment
  const services = await openServices(environment, { runs: true })
  if (config.ADMIN_KEY) await services.keys.install(config.ADMIN_KEY, 'admin', 'ADMIN_KEY')
  let draining = false
  const { app, watches } = createHttp(environment, services, { isDraining: () => draining })
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

    /**
     * Reports not ready, and for `delayMs` (milliseconds) still serves what a load balancer sends; then stops accepting, finishes what is in
     * flight, releases leases and closes.
     */
    async stop(delayMs = 0) {
      draining = true
      if (delayMs > 0) await sleep(delayMs)
      watches.stop()
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

/** Creates the HTTP application over the services, and the watches of its streaming clients. */
export function createHttp(
  { config, log }: Environment,
  services: Services,
  { auth, isDraining = () => false }: HttpOptions = {}
) {
  const { tasks, results, routing, pricing, endpoints, usage, unresolved, stores, vault, now, redis } = services
  const { keyChanges, adminKeyHash: adminHash } = services
  const authentication = auth ?? createAuth({ keys: stores.keys, vault, now, adminHash, keyChanges })
  const watches = createWatches()
  const { tryWrite: write } = createMetaStore(services.database)
  // anyone may ask, and each write is an fsync
  const tryWrite = atMostEvery(WRITE_EVERY, now, () => write(now()))
  services.taskChanges.subscribe(({ id }) => watches.changed(id))
  const links = createLinks({ vault, publicUrl: config.PUBLIC_URL, ownerOf, now })
  const presenter = createPresenter({
    tasks,
    results,
    links,
    durations: services.durations,
    now,
    statusDialect: config.VIDEO_STATUS_DIALECT,
    sandboxChannel: SANDBOX_CHANNEL
  })
  const app = buildApp({
    access: { auth: authentication, identifyLink: links.identify, failedAuthPerMinute: config.FAILED_AUTH_PER_MINUTE },
    limits: { shared: redis, now },
    videos: { tasks, presenter, watches },
    content: { tasks, results },
    models: { tasks, routing, pricing },
    events: { auth: authentication, tasks, watches, presenter, now },
    webhooks: { endpoints },
    usage: { usage },
    callbacks: { callbacks: services.callbacks },
    admin: {
      keys: { keys: services.keys },
      channels: { channels: services.channels },
      models: { models: services.models },
      tasks: { tasks, presenter, deliveries: endpoints.deliveries },
      deliveries: { endpoints },
      ledger: { usage, unresolved, presenter },
      usage: { usage }
    },
    health: { ping: services.database.ping, tryWrite, isDraining },
    log,
    now,
    trustProxy: config.TRUST_PROXY,
    corsOrigins: config.CORS_ORIGINS
  })
  return { app, watches }

  /** Returns the key that a task belongs to: signed links of the task act for it. */
  async function ownerOf(taskId: string): Promise<Key> {
    const { keyId } = await tasks.getSigned(taskId)
    const key = await stores.keys.get(keyId)
    if (!key) throw new Error(`task ${taskId} has no key`)
    return key
  }
}
