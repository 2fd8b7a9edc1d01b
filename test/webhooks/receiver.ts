import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Received {
  path: string
  headers: Record<string, string>
  body: string
}

/** Somebody who is told things: real HTTP, every post kept. Closed when the test ends; a concurrent test says which that is. */
export async function startReceiver(onEnd: (close: () => Promise<void>) => void = onTestFinished) {
  const received: Received[] = []
  const sockets = new Set<Socket>()
  let heard = Promise.withResolvers<void>()

  const receiver = {
    url: '',
    received,
    /** how a post is answered: a status, or by hand */
    onPost: (_post: Received): number | ((response: ServerResponse) => void) => 200,
    /** Resolves when there are this many posts. */
    async until(count: number) {
      while (received.length < count) await heard.promise
      return received
    },
    ids: () => received.map(({ headers }) => headers['webhook-id'])
  }

  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      const post = { path: request.url ?? '', headers, body }
      received.push(post)
      const answer = receiver.onPost(post)
      if (typeof answer === 'number') response.writeHead(answer).end('ok')
      else answer(response)
      heard.resolve()
      heard = Promise.withResolvers()
    })
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on TCP
  onEnd(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>(resolve => server.close(() => resolve()))
  })
  return receiver
}
