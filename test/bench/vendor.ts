import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { filmBeginning } from '../support/film.ts'

/* A vendor that speaks Cloudsway's Kling wire and does as little as it can: it accepts everything, and all tasks stay in progress. */

const CHUNK = Buffer.alloc(64 * 1024, 'video')
filmBeginning.copy(CHUNK)
const lags = new Map<string, number>()
let submits = 0

const envelope = (data: object) => JSON.stringify({ code: 0, message: 'SUCCEED', request_id: 'r', data })
const json = { 'content-type': 'application/json' }

const server = createServer((request, response) => {
  const { method, url = '/' } = request
  if (url === '/lags') {
    response.end(JSON.stringify([...lags.values()]))
    return lags.clear()
  }
  const [, size] = /^\/files\/(\d+)\.mp4$/.exec(url) ?? []
  if (size !== undefined) {
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': size, 'accept-ranges': 'bytes' })
    return void Readable.from(pieces(Number(size)), { objectMode: false, highWaterMark: 512 * 1024 })
      .on('error', () => {})
      .pipe(response)
  }
  if (method === 'POST') {
    request.resume().on('end', () => {
      const id = `up-${++submits}`
      response.writeHead(200, json).end(envelope({ task_id: id, task_status: 'submitted', created_at: Date.now() }))
    })
    return
  }
  const id = url.split('/').at(-1)!
  const [, due] = /^due-(\d+)/.exec(id) ?? []
  // how late the first poll of a task named due-TIME came, since somebody last asked
  if (due !== undefined && !lags.has(id)) lags.set(id, Date.now() - Number(due))
  response.writeHead(200, json).end(envelope({ task_id: id, task_status: 'processing' }))
})

function* pieces(size: number) {
  for (let left = size; left > 0; left -= CHUNK.length) yield left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left)
}

server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)) // listens on TCP
