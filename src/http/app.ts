import type { IncomingMessage } from 'node:http'
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type HookHandlerDoneFunction
} from 'fastify'
import type { Logger } from 'pino'
import type { Metrics } from '../metrics/index.ts'
import { newId } from '../lib/ids.ts'
import { createAccess, type AccessOptions } from './plugins/access.ts'
import { bodyParsers } from './plugins/body.ts'
import { BODY_LIMIT, type IntakeOptions } from './plugins/intake.ts'
import { cleanRequests } from './plugins/malformed.ts'
import { crossOrigin } from './plugins/cors.ts'
import { failures } from './plugins/errors.ts'
import { rateLimits, type RateLimitOptions } from './plugins/rate-limit.ts'
import { logRequest } from './plugins/access-log.ts'
import { readUnread } from './plugins/unread.ts'
import { createRawErrors } from './plugins/raw-errors.ts'
import { formats, fronts as wires } from '../fronts/index.ts'
import { prefixes } from '../fronts/documented/paths.ts'
import { varies } from '../fronts/documented/routes.ts'
import { addVary, frontRoutes, type MountServices } from './fronts/mount.ts'
import { adminRoutes, type AdminServices } from './routes/admin/index.ts'
import { consoleRoutes, type ConsoleServices } from './routes/console/index.ts'
import { callbackRoutes, type CallbackServices } from './routes/callbacks.ts'
import { contentRoutes, type ContentServices } from './routes/content.ts'
import { characterRoutes, type CharacterServices } from './routes/characters.ts'
import { estimateRoutes, type EstimateServices } from './routes/estimate.ts'
import { docsRoutes } from './routes/docs.ts'
import { healthRoutes, type HealthServices } from './routes/health.ts'
import { metricRoutes, withMetricsToken, type MetricServices } from './routes/metrics.ts'
import { mcpRoutes, type McpServices } from './routes/mcp.ts'
import { modelRoutes, type ModelRouteServices } from './routes/models.ts'
import { usageRoutes, type UsageServices } from './routes/usage.ts'
import { pageRoutes, type PageServices } from './routes/pages.ts'
import { referenceRoutes, type ReferenceServices } from './routes/reference.ts'
import { webhookRoutes, type WebhookServices } from './routes/webhooks.ts'

export interface Services {
  access: AccessOptions
  limits: RateLimitOptions
  bodies: IntakeOptions['bodies']
  content: ContentServices
  mcp: Omit<McpServices, keyof ModelRouteServices>
  fronts: MountServices
  models: ModelRouteServices
  characters: CharacterServices
  estimate: EstimateServices
  webhooks: WebhookServices
  usage: UsageServices
  callbacks: CallbackServices
  admin: AdminServices
  console: ConsoleServices
  health: HealthServices
  metrics: MetricServices['metrics'] & Pick<Metrics, 'http'>
  /** a bearer that may read the metrics */
  metricsToken: string | undefined
  pages: PageServices & ReferenceServices
  log: Logger
  now(): number
  trustProxy: readonly string[]
  corsOrigins: readonly string[]
}

const SECOND = 1000

/** Returns the HTTP application: scopes, each with its own authentication, over the services they need. */
export function buildApp({
  access,
  limits,
  bodies,
  content,
  fronts,
  models,
  mcp,
  characters,
  estimate,
  webhooks,
  usage,
  callbacks,
  admin,
  console,
  health,
  metrics,
  metricsToken,
  pages,
  log,
  now,
  trustProxy,
  corsOrigins
}: Services): FastifyInstance {
  // at their lowest levels plugins log whole requests, with the key
  const frameworkLog: FastifyBaseLogger = log.isLevelEnabled('debug') ? log.child({}, { level: 'info' }) : log
  const app = Fastify({
    // the wider type: pino's own would become part of every route's type
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustProxy.length ? [...trustProxy] : false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: 120 * SECOND,
    connectionTimeout: 0,
    keepAliveTimeout: 72 * SECOND,
    http: {
      headersTimeout: 10 * SECOND,
      connectionsCheckingInterval: SECOND,
      maxHeaderSize: 16_384,
      // Node would answer without a body; malformed.ts checks the header
      requireHostHeader: false
    },
    ...createRawErrors({ log, now }),
    rewriteUrl: ({ url = '/' }: IncomingMessage) => withoutBase(url, pages.basePath),
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 2000 },
    genReqId: ({ headers }) => requestIdOf(headers['x-request-id']) ?? newId('req', now()),
    // requests on open connections are still answered during a stop
    return503OnClosing: false,
    onProtoPoisoning: 'error',
    // log lines have the request id themselves; a child logger per request costs 1 µs
    childLoggerFactory: () => frameworkLog
  })

  app.decorateRequest('key')
  app.decorateRequest('caller', null)
  // hooks with a callback: a promise costs a poll 0.4 µs
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    if (health.isDraining()) reply.header('connection', 'close')
    done()
  })
  const isLogged = log.isLevelEnabled('info')
  app.addHook('onResponse', (request, reply, done) => {
    metrics.http(request.method, request.routeOptions.url, reply.statusCode, reply.elapsedTime)
    if (isLogged) logRequest(log, request, reply)
    done()
  })
  // an unknown Expect header is ignored; Node would answer without a body
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  readUnread(app.server)

  app.removeAllContentTypeParsers()
  // for paths that do not exist: the error must be about the path, not the body
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.register(failures)
  if (corsOrigins.length) app.register(crossOrigin, { origins: corsOrigins })
  app.register(cleanRequests)

  app.register(rateLimits, limits)
  app.register(healthRoutes, health)
  app.register(pageRoutes, pages)
  app.register(referenceRoutes, pages)
  app.register(docsRoutes, pages)
  app.register(async scope => {
    const { byAdmin } = createAccess(scope, { ...access, auth: withMetricsToken(access.auth, metricsToken) })
    for (const hook of byAdmin) scope.addHook('onRequest', hook)
    scope.register(metricRoutes, { metrics })
  })
  for (const some of [formats, wires]) app.register(frontRoutes, { ...fronts, access, fronts: some, which: 'polls' })
  // separate from the polls: the multipart hooks cost two promises and a listener, a quarter of a poll
  app.register(async scope => {
    scope.register(bodyParsers, { bodies, now })
    scope.register(callbackRoutes, callbacks)
    scope.register(frontRoutes, { ...fronts, access, fronts: wires, which: 'others' })
    scope.register(consoleRoutes, { ...console, prefix: '/console/api' })
    scope.register(async known => {
      const { byKey, byKeyOrLink, byKeyInHeader, byAdmin } = createAccess(known, access)
      known.register(async inner => {
        inner.addHook('onRequest', byKeyOrLink)
        for (const prefix of prefixes) inner.register(contentRoutes, { ...content, prefix })
      })
      known.register(frontRoutes, { ...fronts, access, fronts: formats, which: 'others' })
      known.register(async inner => {
        inner.addHook('onRequest', byKey)
        inner.addHook('onRequest', byKeyInHeader)
        inner.addHook('onRequest', variesByClient)
        inner.register(mcpRoutes, { ...mcp, ...models })
        for (const prefix of prefixes) {
          inner.register(characterRoutes, { ...characters, prefix })
          inner.register(estimateRoutes, { ...estimate, prefix })
          inner.register(modelRoutes, { ...models, prefix })
          inner.register(webhookRoutes, { ...webhooks, prefix })
          inner.register(usageRoutes, { ...usage, prefix })
        }
      })
      known.register(async inner => {
        for (const hook of byAdmin) inner.addHook('onRequest', hook)
        inner.register(adminRoutes, { ...admin, prefix: '/admin' })
      })
    })
  })
  return app
}

/** Marks answers as depending on the client, and as not cacheable. */
function variesByClient(_request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) {
  addVary(reply, varies.join(', '))
  reply.header('cache-control', 'no-store')
  done()
}

/** A proxy may pass the path of PUBLIC_URL on or take it away: both arrive at the same route. */
const withoutBase = (url: string, basePath: string) =>
  url.startsWith(`${basePath}/`) || url === basePath ? url.slice(basePath.length) || '/' : url

function requestIdOf(given: string | string[] | undefined): string | undefined {
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : undefined
}
