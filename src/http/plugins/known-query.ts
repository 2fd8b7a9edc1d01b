import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { refuse } from '../parse.ts'

/** Refuses query parameters that the route does not declare: a filter that filters nothing would go unnoticed. */
export function knownQuery(request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) {
  const shape = request.routeOptions.config.query?.shape ?? {}
  const names = Object.keys(request.query as object) // true because Fastify's parser gives an object
  const unknown = names.find(name => !Object.hasOwn(shape, name))
  if (unknown === undefined) return done()
  const known = Object.keys(shape)
  const advice = known.length ? `; this route has ${known.join(', ')}` : '; this route has none'
  done(refuse(unknown, `is not a known query parameter${advice}`))
}
