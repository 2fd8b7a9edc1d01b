import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { fronts } from '../../fronts/index.ts'
import type { Front, FrontRoute } from '../../fronts/front.ts'
import { createAccess, type AccessOptions } from '../plugins/access.ts'
import { needs } from '../plugins/caller.ts'
import { IMAGES_BODY_LIMIT } from '../plugins/intake.ts'
import { ApiError } from '../../errors.ts'
import { defined } from '../../lib/defined.ts'
import { wireOf, type Handle } from './wire.ts'
import { createHandlers, type FrontServices } from './handlers.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** where a front's clients put their key, unless it is the usual place */
    keyOf?: Front['key']
  }
}

export interface MountOptions extends FrontServices {
  access: AccessOptions
  /** `reads`: the routes without a body; they are apart, because reading bodies costs each request promises */
  which: 'reads' | 'others'
}

/** Mounts the routes of every front: authenticates, counts, checks permissions, and answers in the front's shape. */
export async function frontRoutes(app: FastifyInstance, { access, which, ...services }: MountOptions) {
  const { byKey, byKeyInHeader } = createAccess(app, access)
  const handlers = createHandlers(services)
  // one scope for all: one for each front is a sixth of a start
  app.addHook('onRequest', takeKey)
  app.addHook('onRequest', byKey)
  app.addHook('onRequest', byKeyInHeader)
  app.addHook('onRequest', notCached)
  for (const front of fronts)
    for (const routes of groupsOf(front)) {
      const [{ method, path }] = routes
      if ((method === 'GET') !== (which === 'reads')) continue
      const isRead = routes.every(({ does }) => !writes.has(does))
      app.route({
        method: routes[0].does === 'content' ? ['GET', 'HEAD'] : method,
        url: urlOf(path),
        config: { ...needs(isRead ? 'tasks:read' : 'tasks:write').config, ...defined({ keyOf: front.key }) },
        ...(routes.some(({ does }) => does === 'create') && { bodyLimit: IMAGES_BODY_LIMIT }),
        handler: dispatch(
          routes.map(route => ({ route, handle: handlers(front, route) })),
          services.originOf
        )
      })
    }
}

const writes: ReadonlySet<FrontRoute['does']> = new Set(['create', 'cancel', 'delete', 'discard'])

type Routes = [FrontRoute, ...FrontRoute[]]

/** The routes that share method and path. */
export function groupsOf({ routes }: Pick<Front, 'routes'>): Routes[] {
  const groups = Map.groupBy(routes, ({ method, path }) => `${method} ${path}`)
  return [...groups.values()] as Routes[] // true because each has the route that made it
}

/** Returns Fastify's pattern for the path of a front. */
export const urlOf = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1')

function dispatch(
  all: readonly { route: FrontRoute; handle: Handle }[],
  originOf: (request: FastifyRequest) => string
) {
  return (request: FastifyRequest, reply: FastifyReply): unknown => {
    const wire = wireOf(request, originOf(request))
    const found = all.length === 1 ? all[0] : all.find(({ route }) => route.when?.(wire) ?? true)
    if (!found) throw new ApiError('not_found')
    return found.handle(wire, request, reply)
  }
}

function takeKey(request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) {
  const secret = request.routeOptions.config.keyOf?.(wireOf(request, ''))
  if (secret !== undefined) request.headers.authorization = `Bearer ${secret}`
  done()
}

function notCached(_request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) {
  reply.header('cache-control', 'no-store')
  done()
}
