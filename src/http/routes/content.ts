import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Results } from '../../files/results.ts'
import type { Places } from '../../lib/places.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import { parse } from '../parse.ts'
import { families } from './families.ts'
import { ApiError } from '../../errors.ts'

export interface ContentServices {
  tasks: Tasks
  results: Results
  /** downloads at once, by key */
  downloads: Places
}

const query = z.object({
  variant: z.enum(['video', 'thumbnail', 'spritesheet']).default('video'),
  number: z.coerce.number().int().min(0).max(9).default(0)
})

// the headers of the vendor's answer that are passed on
const forwarded = ['content-type', 'content-length', 'content-range', 'accept-ranges', 'last-modified'] as const

// the content types that are passed on: none that may contain a script, as SVG does
const shown = /^(video\/[\w.+-]+|image\/(png|jpeg|webp|gif|avif))(;|$)/i
const IDLE_MS = 60_000

/** Streams the file itself. */
export async function contentRoutes(app: FastifyInstance, { tasks, results, downloads }: ContentServices) {
  for (const family of families) {
    app.route<{ Params: { id: string } }>({
      method: ['GET', 'HEAD'],
      url: `${family}/:id/content`,
      handler: async (request, reply) => {
        const { id } = request.params
        const task = await tasks.get(request.key, id)
        const { variant, number } = parse(query, request.query)
        const etag = `"${id}-${variant}-${number}"`
        const end = downloads.take(request.key.id)
        if (!end)
          throw new ApiError('rate_limit_exceeded', {
            message: `This key already has ${downloads.most} downloads at once, its limit. Try again when one has ended.`,
            retryAfterSeconds: 5
          })
        const gone = new AbortController()
        reply.raw.once('close', () => {
          end()
          gone.abort()
        })
        if (reply.raw.destroyed) end()

        if (task.status === 'completed' && hasTag(request.headers['if-none-match'], etag))
          return reply.code(304).header('etag', etag).send()
        const stale = request.headers['if-range'] !== undefined && request.headers['if-range'] !== etag
        const opened = await results.open(task, {
          variant,
          number,
          // also for HEAD: links are often signed for GET only
          method: 'GET',
          range: stale ? undefined : oneRange(request.headers.range),
          signal: gone.signal
        })
        if (!opened.ok) {
          if (opened.status !== 416)
            throw new ApiError('upstream_error', {
              message: 'The file could not be downloaded from the vendor. Try again.'
            })
          if (opened.headers['content-range']) reply.header('content-range', opened.headers['content-range'])
          throw new ApiError('range_not_satisfiable')
        }
        for (const name of forwarded) if (opened.headers[name] !== undefined) reply.header(name, opened.headers[name])
        if (!shown.test(opened.headers['content-type'] ?? ''))
          reply.header('content-type', variant === 'video' ? 'video/mp4' : 'image/jpeg')
        reply.headers({
          'accept-ranges': opened.headers['accept-ranges'] ?? 'bytes',
          'cache-control': 'private, max-age=3600',
          'content-disposition': `inline; filename="${id}.${variant === 'video' ? 'mp4' : 'jpg'}"`,
          etag,
          'x-content-type-options': 'nosniff',
          'content-security-policy': "default-src 'none'; sandbox"
        })
        reply.code(opened.status)
        if (request.method === 'HEAD') {
          opened.body.destroy()
          return reply.send()
        }
        // disconnects a client that stops reading
        reply.raw.setTimeout(IDLE_MS)
        return reply.send(opened.body)
      }
    })
  }
}

/** A single range is passed on; several would need another format, so the whole file is sent (RFC 9110 14.2 permits it). */
const oneRange = (header: string | undefined) => (/^bytes=(\d+-\d*|-\d+)$/.test(header ?? '') ? header : undefined)

/** Whether `If-None-Match` is `*` or contains our tag, weak or not (RFC 9110 13.1.2). */
const hasTag = (header: string | undefined, etag: string) =>
  header?.split(',').some(one => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag) ?? false
