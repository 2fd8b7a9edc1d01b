import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'
import { UpstreamError } from './upstream-error.ts'

/* undici limits the headers and bodies of answers, but reads status lines and informational answers (1xx) without end: 25 MB of memory and a
   third of a core for each. Its diagnostics tell which socket a request was written to, and when the answer began. */

// headers are 16 KiB at most
const MOST = 1024 * 1024

/** sockets that wait for an answer, and how much each had read when the request was written */
const waiting = new WeakMap<Socket, number>()
const socketOf = new WeakMap<object, Socket>()
const bounded = new WeakSet<Socket>()

// undici's documented messages; connections of others are ignored
subscribe('undici:client:sendHeaders', message => {
  const { request, socket } = message as { request: object; socket: Socket }
  if (!bounded.has(socket)) return
  socketOf.set(request, socket)
  waiting.set(socket, socket.bytesRead)
})
subscribe('undici:request:headers', message => {
  const { request, response } = message as { request: object; response: { statusCode: number } }
  const socket = response.statusCode >= 200 ? socketOf.get(request) : undefined
  if (socket) waiting.delete(socket)
})

/** Wraps a connector: a connection is closed when an answer does not begin within the first MiB. */
export function boundBeginnings(connect: buildConnector.connector): buildConnector.connector {
  return (target, callback) =>
    connect(target, (...[error, socket]) => {
      if (error) return callback(error, null)
      bound(socket)
      callback(null, socket)
    })
}

function bound(socket: Socket) {
  bounded.add(socket)
  socket.on('readable', () => {
    const from = waiting.get(socket)
    if (from === undefined || socket.bytesRead - from <= MOST) return
    const problem = 'too_large'
    socket.destroy(new UpstreamError('the answer did not begin within 1 MiB', { sent: true, problem }))
  })
}
