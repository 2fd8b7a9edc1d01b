import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { clipOf, type Picture, pictureOf, pictures } from './clips.ts'
import { writeMp4 } from './mp4.ts'
import type { Operation, Operations } from './operations.ts'
import { parseRange } from '../lib/range.ts'
import { statusAt } from './timeline.ts'

export function filePath({ id, token }: Operation): string {
  return `/files/${id}/${token}.mp4`
}

export function picturePath({ id, token }: Operation, picture: Picture): string {
  return `/files/${id}/${token}-${picture}.webp`
}

/** Serves the finished videos and their images, without authorization like vendors' storage. Files are made on request. */
export function serveFiles(app: FastifyInstance, operations: Operations, now: () => number): void {
  app.get<{ Params: { id: string; name: string } }>('/files/:id/:name', async (request, reply) => {
    const { id, name } = request.params
    const operation = await operations.find(id)
    const found = operation && isDone(operation, now()) ? fileOf(operation, name) : null
    if (!found) return await reply.code(404).type('text/plain').send('not found')

    const { file, type } = found
    const etag = `"${createHash('sha256').update(file).digest('base64url').slice(0, 22)}"`
    reply.headers({ 'content-type': type, 'accept-ranges': 'bytes', etag })
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

function fileOf(operation: Operation, name: string): { file: Buffer; type: string } | null {
  const { scene, shape, seconds, token } = operation
  if (name === `${token}.mp4`) return { file: writeMp4(clipOf(scene, shape), seconds), type: 'video/mp4' }
  const picture = pictures.find(one => name === `${token}-${one}.webp`)
  return picture ? { file: pictureOf(scene, shape, picture), type: 'image/webp' } : null
}

/** With `statuses` the status depends on polls, so the file exists from the start. */
function isDone(operation: Operation, now: number): boolean {
  return operation.faults.statuses !== undefined || statusAt(operation, now).word === 'succeed'
}
