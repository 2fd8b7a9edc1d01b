import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createPump } from '../../lib/pump.ts'

const BYTES_PER_TURN = 1024 * 1024

/**
 * Reads what is left of bodies whose requests were answered, so that clients that send all of it first get the answer. All of them together are
 * read at a bounded rate: Node would read 2 MiB of each in a turn of the event loop.
 */
export function readUnread(server: Server): void {
  const pump = createPump(BYTES_PER_TURN)

  function readRest(request: IncomingMessage) {
    if (request.complete || request.destroyed) return
    // tells Node that somebody reads it
    request.read()
    request.pipe(pump()).resume()
  }

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers
    // before Node's own listener
    if (coding !== undefined || (length !== undefined && length !== '0'))
      response.prependOnceListener('finish', () => readRest(request))
  })
}
