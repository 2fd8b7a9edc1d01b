import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { pageRoutes } from '../../src/http/routes/pages.ts'
import { packageRoot } from '../../src/lib/root.ts'
import { makeFolder } from '../support/folder.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* The console over HTTP, without a browser. `npm run build` first. */

const html = { accept: 'text/html,*/*;q=0.8' }

describe('the page', () => {
  const server = forAllTests(() => startTestServer())
  const page = (path: string) => server.ask(path, { key: null, headers: html })
  const script = () =>
    /src="\.\/(assets\/entry-[^"]+\.js)"/.exec(
      readFileSync(join(packageRoot(), 'dist/console/index.html'), 'utf8')
    )![1]!

  it('is where / leads a browser', async () => {
    const { url, status } = await page('/')
    expect({ path: new URL(url).pathname, status }).toEqual({ path: '/console', status: 200 })
  })

  it('is not where / leads a program', async () => {
    const response = await server.ask('/', { key: null, headers: { accept: 'application/json' } })
    expect(await response.json()).toMatchObject({
      object: 'gateway',
      links: { console: '/console', videos: '/v1/videos' }
    })
  })

  it.each([
    ['/console', 'console/'],
    ['/console/', './'],
    ['/console/tasks', './'],
    ['/console/tasks/video_1', '../']
  ])('is the same at %s, and its files are relative to %s', async (path, base) => {
    expect(await (await page(path)).text()).toContain(`<base href="${base}" />`)
  })

  it('allows no scripts but its own, and styles at runtime by a nonce of this answer alone', async () => {
    const [first, second] = await Promise.all([page('/console'), page('/console')])
    const policy = first.headers.get('content-security-policy')!
    const nonce = /'nonce-([^']+)'/.exec(policy)![1]!
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-")
    expect(policy).not.toMatch(/unsafe|\*/)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(await first.text()).toContain(`nonce="${nonce}"`)
    expect(second.headers.get('content-security-policy')).not.toContain(nonce)
  })

  it('is asked for again each time, its hashed files never', async () => {
    expect((await page('/console')).headers.get('cache-control')).toBe('no-cache')
    const file = await page(`/console/${script()}`)
    expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(file.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  })

  it.each([
    ['br, gzip', 'br', brotliDecompressSync],
    ['gzip, deflate', 'gzip', gunzipSync],
    ['identity', undefined, (bytes: Buffer) => bytes]
  ] as const)('sends a file as %s', async (accepted, encoding, unpack) => {
    const { headers, body } = await raw(`${server.url}/console/${script()}`, accepted)
    expect(headers['content-encoding']).toBe(encoding)
    expect(headers.vary).toMatch(/accept-encoding/i)
    expect(unpack(body)).toEqual(readFileSync(join(packageRoot(), 'dist/console', script())))
  })

  it.each(['/console/assets/none.js', '/console/assets/..%2findex.html', '/console/api/none'])(
    'answers %s with a 404 in JSON',
    async path => {
      const response = await page(path)
      expect(response.status).toBe(404)
      expect(await response.json()).toHaveProperty('error')
    }
  )
})

it('works below the path of PUBLIC_URL, whether a proxy passes it on or not', async () => {
  const server = await startTestServer({ env: { PUBLIC_URL: 'http://127.0.0.1/video/gateway' } })
  try {
    for (const path of ['/video/gateway/console/tasks', '/console/tasks'])
      expect(await (await server.ask(path, { key: null, headers: html })).text()).toContain('<base href="./" />')
    const root = await server.ask('/video/gateway', { key: null, headers: html })
    expect(new URL(root.url).pathname).toBe('/video/gateway/console')
    expect((await server.call('GET', '/video/gateway/v1/videos')).status).toBe(200)
  } finally {
    await server.close()
  }
})

it('is left out of a build of the API alone', async () => {
  const folder = makeFolder('no-console')
  const app = Fastify()
  app.register(pageRoutes, { folder: folder.path, basePath: '', version: '1' })
  const root = await app.inject({ url: '/', headers: html })
  const page = await app.inject({ url: '/console', headers: html })
  expect(root.json().links).not.toHaveProperty('console')
  expect(page.statusCode).toBe(404)
  await app.close()
  folder.close()
})

/** An answer as it is sent: `fetch` unpacks. */
function raw(url: string, accepted: string) {
  return new Promise<{ headers: Record<string, string | string[] | undefined>; body: Buffer }>((resolve, reject) => {
    request(url, { headers: { 'accept-encoding': accepted } }, response => {
      buffer(response).then(body => resolve({ headers: response.headers, body }), reject)
    })
      .on('error', reject)
      .end()
  })
}
