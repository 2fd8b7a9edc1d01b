import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyReply } from 'fastify'
import { newId } from '../lib/ids.ts'
import type { Auth } from './auth.ts'
import { BODY_LIMIT, bodyParsers } from './body.ts'
import { cleanRequests } from './clean.ts'
import { crossOrigin } from './cross-origin.ts'
import { failures } from './failures.ts'
import { logRequest } from './log.ts'
import { createRawErrors } from './raw-errors.ts'
import { adminRoutes, type AdminServices } from './routes/admin/index.ts'
import { callbackRoutes, type CallbackServices } from './routes/callbacks.ts'
import { contentRoutes, type ContentServices } from './routes/content.ts'
import { eventRoutes, type EventServices } from './routes/events.ts'
import { healthRoutes, type HealthServices } from './routes/health.ts'
import { modelRoutes, type ModelServices } from './routes/models.ts'
import { videoRoutes, type VideoServices } from './routes/videos.ts'
import { webhookRoutes, type WebhookServices } from './routes/webhooks.ts'

export interface Services {
  auth: Auth
  videos: VideoServices
  content: ContentServices
  models: ModelServices
  events: EventServices
  webhooks: WebhookServices
  callbacks: CallbackServices
  admin: AdminServices
  health: HealthServices
  log: FastifyBaseLogger
  now(): number
  trustProxy: readonly string[]
  corsOrigins: readonly string[]
}

const SECOND = 1000

/** The HTTP server: scopes with their own authentication over the services they need. */
export function buildApp({
  auth,
  videos,
  content,
  models,
  events,
  webhooks,
  callbacks,
  admin,
  health,
  log,
  now,
  trustProxy,
  corsOrigins
}: Services): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
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
      // Node would answer without a body; clean.ts looks for the header
      requireHostHeader: false
    },
    ...createRawErrors({ log, now }),
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 2000 },
    genReqId: ({ headers }) => requestIdOf(headers['x-request-id']) ?? newId('req', now()),
    onProtoPoisoning: 'error'
  })

  app.decorateRequest('key')
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => logRequest(log, request, reply))
  // an expectation that we do not know is ignored; Node would answer it without a body
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))

  app.register(failures)
  if (corsOrigins.length) app.register(crossOrigin, { origins: corsOrigins })
  app.register(cleanRequests)
  app.register(bodyParsers)

  app.register(healthRoutes, health)
  // AzureOpenAI's clients leave the version out of the path
  for (const prefix of ['/v1', '/openai/v1', '/openai']) {
    app.register(contentRoutes, { ...content, prefix })
    app.register(
      async scope => {
        scope.addHook('onRequest', async (request, reply) => {
          reply.headers({ vary: varyWith(reply, 'User-Agent, X-Stainless-Lang'), 'cache-control': 'no-store' })
          request.key = await auth.authenticate(request)
        })
        scope.register(videoRoutes, videos)
        scope.register(modelRoutes, models)
        scope.register(eventRoutes, events)
        scope.register(webhookRoutes, webhooks)
      },
      { prefix }
    )
  }
  app.register(callbackRoutes, callbacks)
  app.register(adminRoutes, { ...admin, prefix: '/admin' })
  return app
}

// whatever stands there already (Origin, where other origins may call)
function varyWith(reply: FastifyReply, names: string): string {
  const before = reply.getHeader('vary')
  return before === undefined ? names : `${before}, ${names}`
}

function requestIdOf(given: string | string[] | undefined): string | undefined {
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : undefined
}
