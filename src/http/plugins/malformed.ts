import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { ApiError } from '../../errors.ts'
import { refuse } from '../parse.ts'

/** Refuses what no honest client sends and some database would stumble over. */
export const cleanRequests = fp(
  async (app: FastifyInstance) => {
    app.addHook('onRequest', ({ raw, params, query }, _reply, done) => {
      if (raw.httpVersion === '1.1' && raw.headers.host === undefined) throw refuse('', 'The Host header is missing.')
      // whatever is dirty was percent-encoded: Node reads the rest of the line as Latin-1
      if (!raw.url?.includes('%')) return done()
      for (const value of Object.values(params as Record<string, string>))
        if (isDirty(value)) throw new ApiError('not_found')
      for (const [name, value] of Object.entries(query as Record<string, string | string[]>))
        if (isDirty(name) || [value].flat().some(isDirty))
          throw refuse(isDirty(name) ? '' : name, 'The query holds a character that cannot be read.')
      done()
    })
  },
  { name: 'clean-requests' }
)

// PostgreSQL takes no U+0000; U+FFFD is what bytes that are not UTF-8 become
const isDirty = (text: string) => text.includes('\0') || text.includes('\uFFFD') || !text.isWellFormed()
