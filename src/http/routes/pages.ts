import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

export interface PageServices {
  /** dist/console; a build of the API alone has none */
  folder: string
  /** the path of PUBLIC_URL, without a slash at its end */
  basePath: string
  version: string
}

const types: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json'
}

// by preference: browsers accept brotli on HTTPS and localhost only
const encodings = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' }
]

/** The console at `/console`: one page for all of its addresses, and its files. `/` leads browsers there and tells programs what is where. */
export async function pageRoutes(app: FastifyInstance, { folder, basePath, version }: PageServices) {
  // only names that were there at the start are served, so no path can lead elsewhere
  const names = new Set(filesIn(folder))
  const page = names.has('index.html') ? readFileSync(join(folder, 'index.html'), 'utf8') : null

  app.get('/', (request, reply) => {
    reply.header('vary', 'Accept')
    if (page !== null && wantsPage(request)) return reply.redirect(`${basePath}/console`)
    const links = { videos: '/v1/videos', models: '/v1/models', admin: '/admin', health: '/readyz' }
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
    if (names.has(name) && name !== 'index.html') return sendFile(name, request, reply)
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

  async function sendFile(name: string, request: FastifyRequest, reply: FastifyReply) {
    const accepted = String(request.headers['accept-encoding'] ?? '')
    const encoding = encodings.find(one => accepted.includes(one.name) && names.has(name + one.suffix))
    if (encoding) reply.header('content-encoding', encoding.name)
    return reply
      .type(types[extname(name)] ?? 'application/octet-stream')
      .headers({
        // names below assets contain a hash of their content
        'cache-control': name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
        vary: 'Accept-Encoding',
        'x-content-type-options': 'nosniff'
      })
      .send(await readFile(join(folder, name + (encoding?.suffix ?? ''))))
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll('\\', '/'))
  } catch {
    return []
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
