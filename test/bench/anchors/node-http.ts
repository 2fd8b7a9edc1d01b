import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ANSWER } from './answer.ts'

/* Nothing but Node: the least that an answer of a poll's size can cost. */

const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(ANSWER) }
const server = createServer((_request, response) => response.writeHead(200, headers).end(ANSWER))

server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)) // listens on TCP
