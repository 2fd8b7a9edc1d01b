import { once } from 'node:events'
import {
  Agent,
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/*
 * A balancer as they usually are: it asks /readyz every `checkMs`, sends requests to the nodes that say 200 in turn, over kept connections,
 * and sends one to another node only when the first cannot have had it: its connection was refused.
 */

interface Node {
  url: string
}

export async function startBalancer(
  nodes: readonly Node[],
  { checkMs, keepAlive }: { checkMs: number; keepAlive: boolean }
) {
  const agent = new Agent({ keepAlive })
  const ready = new Set<string>()
  const problems: string[] = []
  let turn = 0
  let stopped = false

  async function check() {
    while (!stopped) {
      await Promise.all(
        nodes.map(async ({ url }) => {
          const status = await fetch(`${url}/readyz`, { headers: { connection: 'close' } }).then(
            response => response.status,
            () => 0
          )
          if (status === 200) ready.add(url)
          else ready.delete(url)
        })
      )
      await sleep(checkMs)
    }
  }

  function send(node: string, { method, url, headers }: IncomingMessage, body: Buffer) {
    return new Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }>((resolve, reject) => {
      const onward = request(node + url, {
        method,
        agent,
        headers: { ...headers, connection: keepAlive ? 'keep-alive' : 'close' }
      })
      onward.on('error', reject)
      onward.on('response', response => {
        bodyOf(response).then(
          bytes => resolve({ status: response.statusCode!, headers: response.headers, body: bytes }),
          reject
        )
      })
      onward.end(body)
    })
  }

  const server = createServer((incoming, outgoing) => void forward(incoming, outgoing))

  async function forward(incoming: IncomingMessage, outgoing: ServerResponse) {
    const body = await bodyOf(incoming)
    const up = nodes.map(({ url }) => url).filter(url => ready.has(url))
    const first = turn++
    for (let tries = 0; tries < up.length; tries++) {
      const node = up[(first + tries) % up.length]!
      try {
        const answer = await send(node, incoming, body)
        if (answer.status >= 500) problems.push(`${incoming.method} ${answer.status} ${answer.body.toString()}`)
        const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...headers } = answer.headers
        return void outgoing.writeHead(answer.status, headers).end(answer.body)
      } catch (error) {
        const { code = 'unknown' } = error as NodeJS.ErrnoException
        if (code === 'ECONNREFUSED') continue
        problems.push(`${incoming.method} ${code}`)
        return void outgoing.writeHead(502).end(code)
      }
    }
    problems.push('no node')
    outgoing.writeHead(503).end('no node')
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const checking = check()

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on TCP
    /** what went wrong on the way to a node */
    problems,
    isReady: (url: string) => ready.has(url),
    async close() {
      stopped = true
      await checking
      agent.destroy()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer) // no encoding was set
  return Buffer.concat(chunks)
}
