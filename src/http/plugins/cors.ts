import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** Browsers on these origins may call us (`*`: any). Keys travel in headers, so there are no cookies to protect. */
export const crossOrigin = fp(
  async (app: FastifyInstance, { origins }: { origins: readonly string[] }) => {
    await app.register(cors, {
      origin: origins.includes('*') ? '*' : [...origins],
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      // allowedHeaders stays away: what a preflight lists (x-stainless-*, new ones each year) is granted
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
      // its refusal would be a text of its own
      strictPreflight: false
    })
  },
  { name: 'cross-origin' }
)
