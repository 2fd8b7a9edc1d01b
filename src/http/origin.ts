import type { FastifyRequest } from 'fastify'

/** Returns the address that the request was sent to, without a path. */
export const originOf = ({ protocol, host }: Pick<FastifyRequest, 'protocol' | 'host'>) => `${protocol}://${host}`

/** Returns the address of the console, as browsers know it. */
export const consoleUrl = (request: FastifyRequest, publicUrl: string | undefined) =>
  `${(publicUrl ?? originOf(request)).replace(/\/+$/, '')}/console`
