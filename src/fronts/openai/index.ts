import { isRecord } from '../../lib/records.ts'
import type { Rework } from '../../vendors/vendor.ts'
import type { Front, FrontRoute } from '../front.ts'
import { prefixes } from '../documented/paths.ts'
import { error, idOf, routesOf, shows, varies, writerAt } from '../documented/routes.ts'
import { startedXai } from '../xai/index.ts'

/*
 * OpenAI's Videos API, with our extensions. Clients that are not known to speak OpenAI's words get the unified ones (../documented/words.ts).
 * Sources: api.md §3 to §5, OpenAI's SDKs.
 */

export const openai = {
  id: 'openai',
  name: 'OpenAI’s Videos API, with any of its SDKs',
  base: '/openai/v1',
  owns: /^(\/openai)?(\/v1)?\/videos(\/|$)/,
  auth: '`Authorization: Bearer`',
  varies,
  routes: [...routesOf('/videos'), ...prefixes.flatMap(prefix => reworksAt(`${prefix}/videos`))],
  error,
  twins: [{ vendor: 'openai', model: 'kling-v1', cancels: false }],
  clients: ['openai'],
  limits: [
    'The same object and errors as the unified format, in OpenAI’s words below `/openai/v1` and for its SDKs.',
    '`/edits` and `/extensions` are shared with xAI: `video.url` is answered as xAI does.'
  ]
} satisfies Front

/** The routes that make one video of another. */
function reworksAt(path: string): FrontRoute[] {
  const write = writerAt(path)
  const rework = (does: Rework, at: string, summary: string): FrontRoute => ({
    ...shows,
    does: 'create',
    method: 'POST',
    path: path + at,
    summary,
    showsWarnings: true,
    read: request => ({ body: request.body, rework: { does, ...(does === 'remix' && { id: idOf(request) }) } }),
    // xAI has the same paths, names its videos by URL, and answers with the id alone
    write: (video, request) =>
      does !== 'remix' && isNamedByUrl(request.body) ? { status: 200, body: startedXai(video) } : write(video, request)
  })
  return [
    rework('remix', '/{id}/remix', 'Remix a video'),
    rework('edit', '/edits', 'Edit a video'),
    rework('extend', '/extensions', 'Extend a video')
  ]
}

/** Whether an edit or extension names its video as xAI's clients do. */
function isNamedByUrl(body: unknown): boolean {
  if (!isRecord(body) || !isRecord(body.video) || typeof body.video.url !== 'string') return false
  const { id } = body.video
  return id === undefined || id === null || (typeof id === 'string' && id.trim() === '')
}
