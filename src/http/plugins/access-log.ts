import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'

/** One line per request: fields by name, never the request, whose headers, query and body hold secrets and prompts. */
export function logRequest(log: FastifyBaseLogger, request: FastifyRequest, reply: FastifyReply) {
  log.info(
    {
      requestId: request.id,
      // none where the request was refused before its key was looked at
      keyId: (request.key as FastifyRequest['key'] | undefined)?.id ?? null,
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime)
    },
    'request'
  )
}
