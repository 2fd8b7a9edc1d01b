import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Key } from './db/index.ts'
import { buildApp } from './http/app.ts'
import { createAuth, type Auth } from './http/plugins/auth.ts'
import { trackConnections } from './http/plugins/connections.ts'
import { createPresenter } from './http/video/presenter.ts'
import { createLinks } from './http/video/signed-links.ts'
import { createWatches } from './http/video/watch.ts'
import { SANDBOX_CHANNEL } from './sandbox/channel.ts'
import { openServices, type Environment, type Services } from './services.ts'

export type Server = Awaited<ReturnType<typeof startServer>>

// connections that may wait to be accepted: of thousands at once, Node's 511 would see the others reset
const BACKLOG = 4096

/** Starts everything: services, sandbox, HTTP, the loop. */
export async function startServer(environment: Environment) {
  const { config } = environment
  const services = await openServices(environment, { runs: true })
  if (config.ADMIN_KEY) await services.keys.install(config.ADMIN_KEY, 'admin', 'ADMIN_KEY')
  let draining = false
  const { app, watches } = createHttp(environment, services, { isDraining: () => draining })
  const connections = trackConnections(app.server)
  const url = await app
    .listen({ host: config.HOST, port: config.PORT, backlog: BACKLOG })
    .catch(async (error: unknown) => {
      // what is open would keep the process alive
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

    /**
     * Says that it is not ready, and for `delayMs` still takes what a balancer sends that has not heard it; then stops accepting, finishes
     * what is on the wire, gives leases back, closes.
     */
    async stop(delayMs = 0) {
      draining = true
      if (delayMs > 0) await sleep(delayMs)
      watches.stop()
      // a connection that falls idle only after its last answer would be waited for until its keep-alive ends
      const sweep = setInterval(connections.closeUnused, 100)
      await Promise.all([app.close(), services.stop()])
      clearInterval(sweep)
      // what the last requests submitted
      await services.worker.stop()
      await services.close()
    }
  }
}

interface HttpOptions {
  /** who may ask, when it is not for keys to say */
  auth?: Auth
  isDraining?(): boolean
}

/** The HTTP application over the services, and who waits in it for tasks. */
export function createHttp(
  { config, log }: Environment,
  services: Services,
  { auth, isDraining = () => false }: HttpOptions = {}
) {
  const { tasks, results, routing, pricing, endpoints, usage, unresolved, stores, vault, now, redis } = services
  const { keyChanges, adminKeyHash: adminHash } = services
  const door = auth ?? createAuth({ keys: stores.keys, vault, now, adminHash, keyChanges })
  const watches = createWatches()
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
    access: { auth: door, identifyLink: links.identify, failedAuthPerMinute: config.FAILED_AUTH_PER_MINUTE },
    limits: { shared: redis, now },
    videos: { tasks, presenter, watches },
    content: { tasks, results },
    models: { tasks, routing, pricing },
    events: { auth: door, tasks, watches, presenter, now },
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
  return { app, watches }

  /** The key that a task belongs to, whose links stand in for it. */
  async function ownerOf(taskId: string): Promise<Key> {
    const { keyId } = await tasks.getSigned(taskId)
    const key = await stores.keys.get(keyId)
    if (!key) throw new Error(`task ${taskId} has no key`)
    return key
  }
}
