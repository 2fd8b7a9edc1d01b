import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { constants, setPriority } from 'node:os'
import { Readable } from 'node:stream'
import { filmBeginning } from '../support/film.ts'
import { png } from '../support/wire.ts'

/* A process with large files that clients and vendors name, and a vendor that takes images as bytes (Veo) and keeps nothing of them. */

// elsewhere it has a machine of its own
if (process.env.LONG === '1') setPriority(constants.priority.PRIORITY_LOW)

const MB = 1024 * 1024
const image = png(19 * MB)
const piece = Buffer.alloc(64 * 1024, 'film')
filmBeginning.copy(piece)
let submits = 0

const server = createServer((request, response) => {
  const { method, url = '/' } = request
  const json = (body: object) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  if (url.endsWith('.png')) return void response.setHeader('content-type', 'image/png').end(image)
  if (url.endsWith('.mp4')) {
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 20 * MB })
    const pieces = Array<Buffer>((20 * MB) / piece.length).fill(piece)
    return void Readable.from(pieces, { objectMode: false }).pipe(response)
  }
  if (url === '/submits') return void json({ submits })
  if (method === 'GET') return void json({ name: 'models/veo/operations/1', done: false })
  request.resume().once('end', () => json({ name: `models/veo/operations/${++submits}` }))
})

// true because it listens on TCP
server.listen(0, '127.0.0.1', () => process.send!(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
process.once('disconnect', () => process.exit())
