import type { Server } from 'node:http'
import type { Socket } from 'node:net'

// a request may be on its way
const FIRST_BYTES_MS = 500

/** Knows a server's connections, so that a stop need not wait for those that nobody uses. */
export function trackConnections(server: Server) {
  const sockets = new Map<Socket, number>()
  server.on('connection', socket => {
    sockets.set(socket, performance.now())
    socket.once('close', () => sockets.delete(socket))
  })

  return {
    /** Closes connections between two requests, and those opened in advance that never asked for anything: Node counts them as busy. */
    closeUnused() {
      server.closeIdleConnections()
      const before = performance.now() - FIRST_BYTES_MS
      for (const [socket, since] of sockets) if (socket.bytesRead === 0 && since < before) socket.destroy()
    }
  }
}
