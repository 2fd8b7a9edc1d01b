import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
  onRequestHookHandler
} from 'fastify'
import type { Front, FrontRoute, WireRequest } from '../../fronts/front.ts'
import { createAccess, type AccessOptions } from '../plugins/access.ts'
import { needs } from '../plugins/caller.ts'
import { IMAGES_BODY_LIMIT } from '../plugins/intake.ts'
import { ApiError } from '../../errors.ts'
import { wireOf, type Handle } from './wire.ts'
import { createHandlers, type FrontServices } from './handlers.ts'

export interface MountServices extends FrontServices {
  /** the address of the server for links in answers to a request */
  originOf(request: FastifyRequest): string
  /** the format that the server prefers */
  statusDialect: WireRequest['serverDialect']
}

export interface MountOptions extends MountServices {
  fronts: readonly Front[]
  access: AccessOptions
  /** `polls` are nearly all of the traffic; they are apart, because reading bodies costs each request promises */
  which: 'polls' | 'others'
}

/** Mounts the routes of fronts: authenticates, counts, checks permissions, and answers in the front's shape. */
export async function frontRoutes(app: FastifyInstance, { fronts, access, which, ...services }: MountOptions) {
  const { byKey, byKeyInHeader } = createAccess(app, access)
  const handlers = createHandlers(services)
  const toWire: ToWire = request => wireOf(request, services.originOf(request), services.statusDialect)
  for (const front of fronts) {
    const hooks = [
      ...(front.key ? [keyFrom(front)] : []),
      byKey,
      // an admin sees every video that is asked for by its id
      ...(which === 'polls' ? [] : [byKeyInHeader]),
      describes(front)
    ] as onRequestHookHandler[] // true because each calls `done` or returns a promise
    for (const routes of groupsOf(front)) {
      const [{ method, path, does }] = routes
      if (isPoll(routes) !== (which === 'polls')) continue
      const isRead = routes.every(one => !writes.has(one.does))
      // hooks of the route: a scope for each front is a sixth of a start
      app.route({
        method: does === 'content' ? ['GET', 'HEAD'] : method,
        url: urlOf(path),
        ...needs(isRead ? 'tasks:read' : 'tasks:write'),
        ...(routes.some(one => one.does === 'create') && { bodyLimit: IMAGES_BODY_LIMIT }),
        ...(does === 'events' && { exposeHeadRoute: false }),
        onRequest: hooks,
        handler: dispatch(
          routes.map(route => ({ route, handle: handlers(front, route) })),
          toWire
        )
      })
    }
  }
}

const writes: ReadonlySet<FrontRoute['does']> = new Set(['create', 'cancel', 'delete', 'discard'])

type ToWire = (request: FastifyRequest) => WireRequest

type Routes = [FrontRoute, ...FrontRoute[]]

/** The routes that share method and path. */
export function groupsOf({ routes }: Pick<Front, 'routes'>): Routes[] {
  const groups = Map.groupBy(routes, ({ method, path }) => `${method} ${path}`)
  return [...groups.values()] as Routes[] // true because each has the route that made it
}

/** Whether routes that share method and path are the poll of a front. */
export const isPoll = ([route]: readonly FrontRoute[]) => route?.method === 'GET' && route.does === 'get'

/** Returns Fastify's pattern for the path of a front. */
export const urlOf = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1')

function dispatch(all: readonly { route: FrontRoute; handle: Handle }[], toWire: ToWire) {
  return (request: FastifyRequest, reply: FastifyReply): unknown => {
    const wire = toWire(request)
    const found = all.length === 1 ? all[0] : all.find(({ route }) => route.when?.(wire) ?? true)
    if (!found) throw new ApiError('not_found')
    return found.handle(wire, request, reply)
  }
}

const keyFrom = (front: Front) => (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) => {
  const secret = front.key?.(wireOf(request, '', 'auto'))
  if (secret !== undefined) request.headers.authorization = `Bearer ${secret}`
  done()
}

/** Returns the hook that marks answers as not cacheable, and as depending on headers. */
function describes({ varies }: Front) {
  const vary = varies?.join(', ')
  return (_request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => {
    if (vary !== undefined) addVary(reply, vary)
    reply.header('cache-control', 'no-store')
    done()
  }
}

/** Adds names to the header `Vary`. */
export function addVary(reply: FastifyReply, names: string) {
  // with CORS there already is Origin
  const before = reply.getHeader('vary')
  reply.header('vary', before === undefined ? names : `${before}, ${names}`)
}
