import { join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { openBuiltFiles } from '../built-files.ts'

export interface DocsServices {
  /** dist; a build of the API alone has no docs in it */
  folder: string
}

/** The documentation at `/docs/`: pages that the build made of src/docs and of the OpenAPI document. */
export async function docsRoutes(app: FastifyInstance, { folder }: DocsServices) {
  const files = openBuiltFiles(join(folder, 'docs'))
  if (!files.has('index.html')) return

  app.get('/docs', (request, reply) =>
    // links in the pages are relative
    request.url.split('?')[0]?.endsWith('/') ? send('index.html', request, reply) : reply.redirect('docs/')
  )

  app.get<{ Params: { '*': string } }>('/docs/*', async (request, reply) => {
    const name = request.params['*']
    for (const file of [name, `${name}.html`]) if (files.has(file)) return send(file, request, reply)
    return reply.callNotFound()
  })

  function send(name: string, request: FastifyRequest, reply: FastifyReply) {
    reply.headers({ 'content-security-policy': CSP, 'referrer-policy': 'same-origin' })
    return files.send(name, request, reply)
  }
}

const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'"
].join('; ')
