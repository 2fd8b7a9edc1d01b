import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

/** How a list is answered: a page of JSON, or everything as a file. */
export type ListFormat = 'json' | 'csv' | 'ndjson'

/** Returns the format that an Accept header asks for. */
export function formatOf(accept = ''): ListFormat {
  if (/\btext\/csv\b/.test(accept)) return 'csv'
  return /\bapplication\/x-ndjson\b/.test(accept) ? 'ndjson' : 'json'
}

/** Streams an export as a file `name`; it ends when the client goes. */
export function sendExport(reply: FastifyReply, lines: AsyncIterable<string>, format: 'csv' | 'ndjson', name: string) {
  return reply
    .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}.${format}"`)
    .send(Readable.from(lines))
}
