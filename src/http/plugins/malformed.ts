import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { ApiError } from '../../errors.ts'
import { refuse } from '../parse.ts'

/** Refuses requests that no well-behaved client sends and a database may not accept. */
export const cleanRequests = fp(
  async (app: FastifyInstance) => {
    app.addHook('onRequest', ({ raw, params, query }, _reply, done) => {
      if (raw.httpVersion === '1.1' && raw.headers.host === undefined) throw refuse('', 'The Host header is missing.')
      if (hasTwoHosts(raw.rawHeaders)) throw refuse('', 'The Host header was sent twice.')
      // invalid characters are percent-encoded: Node reads the rest of the line as Latin-1
      if (!raw.url?.includes('%')) return done()
      for (const value of Object.values(params as Record<string, string>))
        if (isInvalid(value)) throw new ApiError('not_found')
      for (const [name, value] of Object.entries(query as Record<string, string | string[]>))
        if (isInvalid(name) || [value].flat().some(isInvalid))
          throw isInvalid(name)
            ? refuse('', 'A name in the query contains an invalid character.')
            : refuse(name, 'contains an invalid character')
      done()
    })
  },
  { name: 'clean-requests' }
)

// Node keeps the first, a proxy before it may have read the last
function hasTwoHosts(headers: readonly string[]): boolean {
  let hosts = 0
  for (let n = 0; n < headers.length; n += 2) {
    const name = headers[n]!
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts > 1
}

// PostgreSQL does not accept U+0000; bytes that are not UTF-8 become U+FFFD
const isInvalid = (text: string) => text.includes('\0') || text.includes('\uFFFD') || !text.isWellFormed()
