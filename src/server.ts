import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Key } from './db/index.ts'
import { buildApp } from './http/app.ts'
import { createAuth, type Auth } from './http/plugins/auth.ts'
import { trackConnections } from './http/plugins/connections.ts'
import { createPresenter } from './http/video/presenter.ts'
import { createLinks } from './http/video/signed-links.ts'
import { createWatches } from './http/video/watches.ts'
import { createByteBudget } from './lib/byte-budget.ts'
import { createPlaces } from './lib/places.ts'
import { SANDBOX_CHANNEL } from './sandbox/channel.ts'
import { bodyLimits, openServices, type Environment, type Services } from './services.ts'

export type Server = Awaited<ReturnType<typeof startServer>>

// connections that may wait to be accepted: with Node's 511, some of thousands at once would be reset
const BACKLOG = 4096
// of one key; each has a connection, whose first 64 KB or so are read
const BODIES_WAITING = 20

/** Starts everything: services, sandbox, HTTP and the loop. Throws when the configuration is invalid or the port is taken. */
export async function startServer(environment: Environment) {
  const { config } = environment
  const services = await openServices(environment, { runs: true })
  if (config.ADMIN_KEY) await services.keys.install(config.ADMIN_KEY, 'admin', 'ADMIN_KEY')
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
  writeFileSync(join(config.DATA_DIR, 'address'), url)
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
      // otherwise a connection that becomes idle after its last answer stays open until its keep-alive ends
      const sweep = setInterval(connections.closeUnused, 100)
      await Promise.all([app.close(), services.stop()])
      clearInterval(sweep)
      // wait for submits of the last requests
      await services.worker.stop()
      await services.close()
    }
  }
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
  const { keyChanges, adminKeyHash: adminHash } = services
  const authentication = auth ?? createAuth({ keys: stores.keys, vault, now, adminHash, keyChanges })
  const bodies = createByteBudget({ ...bodyLimits(config), maxWaiting: BODIES_WAITING })
  const watches = createWatches({
    mostPerKey: config.STREAMS_PER_KEY,
    readTasks: ids => stores.tasks.marks(ids),
    readKeys: ids => stores.keys.marks(ids, now())
  })
  services.taskChanges.subscribe(({ id }) => watches.changed(id))
  keyChanges.subscribe(watches.keysChanged)
  const links = createLinks({ vault, publicUrl: config.PUBLIC_URL, ownerOf, now })
  const presenter = createPresenter({
    tasks,
    results,
    links,
    memory: bodies,
    durations: services.durations,
    now,
    statusDialect: config.VIDEO_STATUS_DIALECT,
    sandboxChannel: SANDBOX_CHANNEL
  })
  const app = buildApp({
    access: { auth: authentication, identifyLink: links.identify, failedAuthPerMinute: config.FAILED_AUTH_PER_MINUTE },
    limits: { shared: redis, now },
    bodies,
    videos: { tasks, presenter, watches },
    content: { tasks, results, downloads: createPlaces(config.DOWNLOADS_PER_KEY) },
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
    health: { ping: services.database.ping, isDraining },
    log,
    now,
    trustProxy: config.TRUST_PROXY,
    corsOrigins: config.CORS_ORIGINS
  })
  return { app, watches, bodies }

  /** Returns the key that a task belongs to: signed links of the task act for it. */
  async function ownerOf(taskId: string): Promise<Key> {
    const { keyId } = await tasks.getSigned(taskId)
    const key = await stores.keys.get(keyId)
    if (!key) throw new Error(`task ${taskId} has no key`)
    return key
  }
}
