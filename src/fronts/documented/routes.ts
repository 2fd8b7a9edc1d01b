import type { FrontRoute, FrontVideo, Refusal, WireRequest, Written } from '../front.ts'
import { inEnvelope, wantsEnvelope } from './newapi.ts'
import { page } from './page.ts'
import { prefixes, type Family } from './paths.ts'
import { withFile, writeVideo } from './video.ts'
import { waitOf } from './wait.ts'
import { wordsFor } from './words.ts'

/* What the two documented formats have in common: everything but their paths and words. */

/** What the answers of both depend on besides path and key. */
export const varies = ['User-Agent', 'X-Stainless-Lang'] as const

/** What every answer with the whole object shows. */
export const shows = { waiting: true, inline: 'asked' } as const

/** Returns the routes of a family, under every prefix. */
export const routesOf = (family: Family): FrontRoute[] =>
  prefixes.flatMap((prefix): FrontRoute[] => {
    const path = prefix + family
    const one = `${path}/{id}`
    return [
      {
        ...shows,
        does: 'create',
        method: 'POST',
        path,
        summary: 'Create a video',
        showsWarnings: true,
        read: ({ body }) => ({ body }),
        write: writerAt(path)
      },
      {
        does: 'list',
        method: 'GET',
        path,
        summary: 'List your videos',
        waiting: true,
        write: (videos, { hasMore }, request) => {
          const words = wordsFor(request, path)
          return {
            status: 200,
            body: page(
              videos.map(video => writeVideo(video, words)),
              hasMore
            )
          }
        }
      },
      {
        does: 'delete',
        method: 'DELETE',
        path: one,
        summary: 'Delete a video',
        id: idOf,
        write: ({ id }) => ({ status: 200, body: { id, object: 'video.deleted', deleted: true } })
      },
      {
        ...shows,
        does: 'cancel',
        method: 'POST',
        path: `${one}/cancel`,
        summary: 'Cancel a video',
        id: idOf,
        write: writerAt(path)
      },
      {
        ...shows,
        does: 'get',
        method: 'GET',
        path: one,
        summary: 'Retrieve a video',
        id: idOf,
        waits: waitOf,
        form: request => (wantsEnvelope(request, one) ? 'newapi' : wordsFor(request, path)),
        write: writerAt(one)
      },
      {
        does: 'events',
        method: 'GET',
        path: `${one}/events`,
        summary: 'Stream the events of a video',
        waiting: true,
        id: idOf,
        write: (video, request) => writeVideo(video, wordsFor(request, path))
      }
    ]
  })

/** Returns the id of the path. Only our own form is one here: the others are those of other wires. */
export const idOf = ({ params }: WireRequest) => params.id ?? ''

/** Returns what writes the answer of a route: the video object in the words of the request. */
export const writerAt =
  (path: string) =>
  (video: FrontVideo, request: WireRequest): Written => {
    const shown = withFile(writeVideo(video, wordsFor(request, path)), video)
    return { status: 200, body: wantsEnvelope(request, path) ? inEnvelope(video, shown) : shown }
  }

/** The one body of every error that both formats read, and that everything besides the fronts answers. */
export const error = ({ status, message, type, param, code }: Refusal): Written => ({
  status,
  body: { error: { message, type, param, code }, message, type, param, code }
})
