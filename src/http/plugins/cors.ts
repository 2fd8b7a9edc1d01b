import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** Allows browsers on these origins (`*`: any). Keys are sent in headers, so there are no cookies to protect. */
export const crossOrigin = fp(
  async (app: FastifyInstance, { origins }: { origins: readonly string[] }) => {
    await app.register(cors, {
      origin: origins.includes('*') ? '*' : [...origins],
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      // without allowedHeaders all headers of a preflight are allowed (x-stainless-*, new ones each year)
      exposedHeaders: [
        'x-request-id',
        'openai-poll-after-ms',
        'retry-after',
        'x-should-retry',
        'idempotent-replayed',
        'x-ratelimit-limit-requests',
        'x-ratelimit-remaining-requests',
        'x-ratelimit-reset-requests',
        'accept-ranges',
        'content-range',
        'content-disposition',
        'etag'
      ],
      maxAge: 600,
      // its refusal would not have our error body
      strictPreflight: false
    })
  },
  { name: 'cross-origin' }
)
