import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'

/** Logs one line per request: only these fields, because headers, query and body contain secrets and prompts. */
export function logRequest(log: FastifyBaseLogger, request: FastifyRequest, reply: FastifyReply) {
  log.info(
    {
      requestId: request.id,
      // undefined when the request was refused before authentication
      keyId: (request.key as FastifyRequest['key'] | undefined)?.id ?? null,
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime)
    },
    'request'
  )
}
