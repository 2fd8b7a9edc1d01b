import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'
import { UpstreamError } from './upstream-error.ts'

/* undici bounds the headers and bodies of answers, but reads a status line, or answers before the answer (1xx), for as long as they come: 25 MB of
   memory and a third of a core for each. Its diagnostics tell which socket a request was written to, and when its answer began. */

// headers are 16 KiB at most
const MOST = 1024 * 1024

/** what a socket had read when the request was written whose answer it waits for */
const waiting = new WeakMap<Socket, number>()
const socketOf = new WeakMap<object, Socket>()
const bounded = new WeakSet<Socket>()

// undici's documented messages; those of other connections than ours are passed over
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

/** The same connector, whose connections end when an answer does not begin within the first MiB. */
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
    socket.destroy(new UpstreamError('the answer does not begin, and does not end', { sent: true, problem }))
  })
}
