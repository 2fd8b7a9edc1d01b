import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent } from 'undici'
import { ANSWER } from './answer.ts'

/* Passes every request on, both ways, and writes nothing down; answers polls itself. `fresh`: a new connection for each, as submits need. */

const [, , origin = '', mode] = process.argv
const agent = new Agent({ pipelining: mode === 'fresh' ? 0 : 1 })

const server = createServer((request, response) => {
  const { method, url: path = '/', headers } = request
  if (path.startsWith('/v1/videos/')) return void response.setHeader('content-type', 'application/json').end(ANSWER)
  const body = method === 'POST' ? request : null
  const options = {
    origin,
    path,
    method: method === 'POST' ? ('POST' as const) : ('GET' as const),
    body,
    opaque: response
  }
  agent
    .stream({ ...options, headers: { 'content-type': headers['content-type'] } }, answer => {
      return response.writeHead(answer.statusCode, answer.headers)
    })
    .catch(() => response.destroy())
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)) // listens on TCP
