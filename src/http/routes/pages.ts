import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { openBuiltFiles } from '../built-files.ts'

export interface PageServices {
  /** dist; a build of the API alone has no console in it */
  folder: string
  /** the path of PUBLIC_URL, without a slash at its end */
  basePath: string
  version: string
}

/** The console at `/console`: one page for all of its addresses, and its files. `/` leads browsers there and tells programs what is where. */
export async function pageRoutes(app: FastifyInstance, { folder, basePath, version }: PageServices) {
  const files = openBuiltFiles(join(folder, 'console'))
  const page = files.has('index.html') ? readFileSync(join(folder, 'console', 'index.html'), 'utf8') : null
  const hasDocs = openBuiltFiles(join(folder, 'docs')).has('index.html')

  app.get('/', (request, reply) => {
    reply.header('vary', 'Accept')
    if (page !== null && wantsPage(request)) return reply.redirect(`${basePath}/console`)
    const links = {
      videos: '/v1/videos',
      models: '/v1/models',
      admin: '/admin',
      health: '/readyz',
      openapi: '/openapi.json',
      ...(hasDocs && { docs: '/docs' })
    }
    return reply.send({
      object: 'gateway',
      name: 'reelay',
      version,
      links: withBase({ ...(page !== null && { console: '/console' }), ...links }, basePath)
    })
  })
  if (page === null) return

  app.get('/console', sendPage)
  app.get<{ Params: { '*': string } }>('/console/*', async (request, reply) => {
    const name = request.params['*']
    if (files.has(name) && name !== 'index.html') return files.send(name, request, reply)
    // what is missing there is not a page
    if (/^(api|assets)(\/|$)/.test(name)) return reply.callNotFound()
    return sendPage(request, reply)
  })

  function sendPage(request: FastifyRequest, reply: FastifyReply) {
    const nonce = randomBytes(16).toString('base64')
    const head = `<base href="${baseOf(request.url)}" /><meta name="csp-nonce" nonce="${nonce}" />`
    return reply
      .type('text/html; charset=utf-8')
      .headers({
        'cache-control': 'no-cache',
        'content-security-policy': policy(nonce),
        'referrer-policy': 'same-origin',
        'x-content-type-options': 'nosniff'
      })
      .send(page?.replace('<!-- base -->', head))
  }
}

/** Scripts and styles are ours alone; the nonce is for the styles that Mantine writes while it runs. */
const policy = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'self'",
    "frame-ancestors 'none'"
  ].join('; ')

/** Returns where `/console/` is, seen from this address: relative, so that it is right under any path that a proxy adds. */
function baseOf(url: string): string {
  const [path = ''] = url.split('?')
  const below = /^\/+console\/(.*)$/.exec(path)?.[1]
  if (below === undefined) return 'console/'
  return '../'.repeat(below.split('/').length - 1) || './'
}

const wantsPage = ({ headers }: FastifyRequest) => headers.accept?.includes('text/html') ?? false

const withBase = (links: Record<string, string>, basePath: string) =>
  Object.fromEntries(Object.entries(links).map(([name, path]) => [name, basePath + path]))
