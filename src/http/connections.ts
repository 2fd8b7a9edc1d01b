import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Knows a server's connections, so that a stop need not wait for those that nobody uses. */
export function trackConnections(server: Server) {
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  return {
    /** Closes connections between two requests, and those opened in advance that never asked for anything: Node counts them as busy. */
    closeUnused() {
      server.closeIdleConnections()
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
    }
  }
}
