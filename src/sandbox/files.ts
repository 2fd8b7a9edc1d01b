import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { clipOf } from './clips.ts'
import { writeMp4 } from './mp4.ts'
import type { Operation, Operations } from './operations.ts'
import { parseRange } from '../lib/range.ts'
import { statusAt } from './timeline.ts'

export function filePath({ id, token }: Operation): string {
  return `/files/${id}/${token}.mp4`
}

/** Serves the finished videos, without authorization like vendors' storage. Files are made on request. */
export function serveFiles(app: FastifyInstance, operations: Operations, now: () => number): void {
  app.get<{ Params: { id: string; name: string } }>('/files/:id/:name', async (request, reply) => {
    const { id, name } = request.params
    const operation = await operations.find(id)
    if (!operation || name !== `${operation.token}.mp4` || !isDone(operation, now()))
      return await reply.code(404).type('text/plain').send('not found')

    const file = writeMp4(clipOf(operation.scene, operation.shape), operation.seconds)
    const etag = `"${createHash('sha256').update(file).digest('base64url').slice(0, 22)}"`
    reply.headers({ 'content-type': 'video/mp4', 'accept-ranges': 'bytes', etag })
    if (request.headers['if-none-match'] === etag) return await reply.code(304).send()

    const { range: wanted, 'if-range': onlyIf = etag } = request.headers
    const range = onlyIf === etag ? parseRange(wanted, file.length) : null
    if (range === 'unsatisfiable')
      return await reply
        .code(416)
        .header('content-range', `bytes */${file.length}`)
        .type('text/plain')
        .send('no such range')
    const { start, end } = range ?? { start: 0, end: file.length - 1 }
    if (range) reply.code(206).header('content-range', `bytes ${start}-${end}/${file.length}`)
    return await reply.header('content-length', end - start + 1).send(file.subarray(start, end + 1))
  })
}

/** With `statuses` the status depends on polls, so the file exists from the start. */
function isDone(operation: Operation, now: number): boolean {
  return operation.faults.statuses !== undefined || statusAt(operation, now).word === 'succeed'
}
