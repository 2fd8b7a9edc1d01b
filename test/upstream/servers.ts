import { createServer, type RequestListener } from 'node:http'
import { createServer as createSocketServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { parseAllow } from '../../src/lib/address.ts'
import { createGuard, type Resolve } from '../../src/upstream/guard.ts'

/** A guard that lets tests destination their own servers, and everything the list names. */
export function guardAllowing(text = '127.0.0.0/8', resolve?: Resolve) {
  return createGuard({ allow: parseAllow(text), ...(resolve && { resolve }) })
}

/** Real HTTP on a free port of 127.0.0.1; closed when the test ends. */
export async function serveHttp(listener: RequestListener) {
  return await listen(createServer(listener))
}

/** Bare connections, for answers no HTTP server would give. */
export async function serveSockets(onConnection: (socket: Socket) => void) {
  return await listen(
    createSocketServer(socket => {
      socket.on('error', () => {})
      onConnection(socket)
    })
  )
}

export function noSuchName(hostname: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }))
}

async function listen(server: Server) {
  const sockets = new Set<Socket>()
  const seen = { connections: 0, bytes: 0 }
  server.on('connection', (socket: Socket) => {
    seen.connections++
    sockets.add(socket)
    socket.on('data', data => (seen.bytes += data.length))
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  // true because the server listens on TCP
  const { port } = server.address() as AddressInfo
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  })
  return { port, origin: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, seen }
}
