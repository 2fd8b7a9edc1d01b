import { pipeline } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Results } from '../../files/results.ts'
import type { Places } from '../../lib/places.ts'
import type { Tasks } from '../../tasks/tasks.ts'
import { extensionOf } from '../../lib/extension.ts'
import { createPump } from '../../lib/pump.ts'
import { parse } from '../parse.ts'
import { needs } from '../plugins/caller.ts'
import { families } from '../../fronts/documented/paths.ts'
import { ApiError } from '../../errors.ts'

export interface ContentServices {
  tasks: Tasks
  results: Results
  /** downloads at once, by key */
  downloads: Places
}

export const query = z.object({
  variant: z.enum(['video', 'thumbnail', 'last_frame', 'spritesheet']).default('video'),
  number: z.coerce.number().int().min(0).max(9).default(0)
})

// the headers of the file that are passed on
const forwarded = ['content-type', 'content-length', 'content-range', 'accept-ranges', 'last-modified'] as const

const IDLE_MS = 60_000
// of all downloads: some milliseconds of work
const BYTES_PER_TURN = 1024 * 1024

// the types that `results` opens contain no script; `sandbox` is left out because it stops the player of Chromium
const CSP = "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'"

/** Streams a file of a task to a client, whole or a range of it. `which` reads what the request says of the file. */
export type ContentSender = (
  request: FastifyRequest,
  reply: FastifyReply,
  id: string,
  which: () => z.infer<typeof query>
) => Promise<FastifyReply>

export function createContentSender({ tasks, results, downloads }: ContentServices): ContentSender {
  const pump = createPump(BYTES_PER_TURN)

  return async (request, reply, id, which) => {
    // before anything is read: a refusal must cost little
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

    const task = await tasks.get(request.key, id)
    const { variant, number } = which()
    const etag = `"${id}-${variant}-${number}"`
    if (task.status === 'completed' && hasTag(request.headers['if-none-match'], etag))
      return reply.code(304).header('etag', etag).send()
    const stale = request.headers['if-range'] !== undefined && request.headers['if-range'] !== etag
    const opened = await results.open(task, {
      variant,
      number,
      range: stale ? undefined : oneRange(request.headers.range),
      signal: gone.signal
    })
    const { headers } = opened
    for (const name of opened.ok ? forwarded : (['content-range'] as const))
      if (headers[name] !== undefined) reply.header(name, headers[name])
    if (!opened.ok) throw new ApiError('range_not_satisfiable')
    reply.headers({
      'cache-control': 'private, max-age=3600',
      'content-disposition': `inline; filename="${id}.${extensionOf(headers['content-type'] ?? '')}"`,
      etag,
      'x-content-type-options': 'nosniff',
      'content-security-policy': CSP
    })
    reply.code(opened.status)
    if (request.method === 'HEAD') {
      opened.body.destroy()
      return reply.send()
    }
    // disconnects a client that stops reading
    reply.raw.setTimeout(IDLE_MS)
    return reply.send(pipeline(opened.body, pump(), () => {}))
  }
}

/** Streams the file itself. */
export async function contentRoutes(app: FastifyInstance, services: ContentServices) {
  const send = createContentSender(services)
  for (const family of families)
    app.route<{ Params: { id: string } }>({
      method: ['GET', 'HEAD'],
      url: `${family}/:id/content`,
      ...needs('tasks:read'),
      handler: (request, reply) => send(request, reply, request.params.id, () => parse(query, request.query))
    })
}

/** A single range is passed on; several would need another format, so the whole file is sent (RFC 9110 14.2 permits it). */
const oneRange = (header: string | undefined) => (/^bytes=(\d+-\d*|-\d+)$/.test(header ?? '') ? header : undefined)

/** Whether `If-None-Match` is `*` or contains our tag, weak or not (RFC 9110 13.1.2). */
const hasTag = (header: string | undefined, etag: string) =>
  header?.split(',').some(one => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag) ?? false
