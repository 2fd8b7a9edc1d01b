import type { Server } from 'node:http'
import type { Socket } from 'node:net'

// the first bytes of a request may still be in transit
const FIRST_BYTES_MS = 500

/** Tracks a server's connections, so that a stop need not wait for unused ones. */
export function trackConnections(server: Server) {
  const sockets = new Map<Socket, number>()
  server.on('connection', socket => {
    sockets.set(socket, performance.now())
    socket.once('close', () => sockets.delete(socket))
  })

  return {
    /** Closes idle connections, and those without a first request, which Node counts as busy. */
    closeUnused() {
      server.closeIdleConnections()
      const before = performance.now() - FIRST_BYTES_MS
      for (const [socket, since] of sockets) if (socket.bytesRead === 0 && since < before) socket.destroy()
    }
  }
}
