import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino, type Logger } from 'pino'
import type { Config } from './config.ts'
import { buildApp } from './http/app.ts'
import type { Auth } from './http/plugins/auth.ts'
import { trackConnections } from './http/plugins/connections.ts'
import { createLinks } from './http/video/signed-links.ts'
import { createPresenter } from './http/routes/videos.ts'
import { errorSerializers } from './lib/log-error.ts'
import { SANDBOX_CHANNEL, openSandbox } from './sandbox/channel.ts'
import { openServices, type Environment, type Services } from './services.ts'

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
