import { describe, expect, test } from 'vitest'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const ORIGIN = 'https://app.example.com'
// what openai-node 7.57 lists in a browser
const SDK_HEADERS =
  'authorization,content-type,x-stainless-arch,x-stainless-lang,x-stainless-os,x-stainless-package-version,x-stainless-retry-count,x-stainless-runtime,x-stainless-runtime-version,x-stainless-timeout'

const listed = forAllTests(() => startTestServer({ env: { CORS_ORIGINS: `https://other.example.com, ${ORIGIN}` } }))
const open = forAllTests(() => startTestServer({ env: { CORS_ORIGINS: '*' } }))
const closed = forAllTests(startTestServer)

const preflight = (server: TestServer, path: string, method: string, origin = ORIGIN) =>
  fetch(server.url + path, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': SDK_HEADERS }
  })

describe('a preflight that lists x-stainless-* headers', () => {
  test.each([
    ['POST', '/v1/videos'],
    ['GET', '/v1/videos/video_1'],
    ['DELETE', '/v1/videos/video_1'],
    ['GET', '/v1/videos/video_1/content'],
    ['POST', '/v1/video/generations'],
    ['POST', '/openai/v1/videos/'],
    ['PATCH', '/admin/keys/key_1'],
    ['PUT', '/admin/models/m']
  ])('%s %s 204 without a key, every header granted', async (method, path) => {
    for (const [server, allowed] of [
      [listed, ORIGIN],
      [open, '*']
    ] as const) {
      const { status, headers } = await preflight(server, path, method)
      expect([status, headers.get('access-control-allow-origin')]).toEqual([204, allowed])
      expect(headers.get('access-control-allow-methods')!.split(', ')).toContain(method)
      expect(headers.get('access-control-allow-headers')).toBe(SDK_HEADERS)
      // keys travel in headers; cookies are not wanted
      expect(headers.get('access-control-allow-credentials')).toBeNull()
    }
  })

  test('from another origin: nothing is granted', async () => {
    const { headers } = await preflight(listed, '/v1/videos', 'POST', 'https://evil.example.com')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  test('without CORS_ORIGINS 405', async () => {
    const { status, headers } = await preflight(closed, '/v1/videos', 'POST')
    expect([status, headers.get('access-control-allow-origin')]).toEqual([405, null])
  })
})

describe('an answer', () => {
  const get = (server: TestServer, path: string, origin = ORIGIN) =>
    server.call('GET', path, undefined, { headers: { origin } })

  test('names the origin, varies by it, and shows what SDKs read', async () => {
    const { headers } = await get(listed, '/v1/videos')
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect(headers.get('vary')!.split(', ').sort()).toEqual(['Origin', 'User-Agent', 'X-Stainless-Lang'])
    const exposed = headers.get('access-control-expose-headers')!.split(', ')
    expect(exposed).toEqual(
      expect.arrayContaining([
        'x-request-id',
        'openai-poll-after-ms',
        'retry-after',
        'x-should-retry',
        'content-range',
        'etag'
      ])
    )
  })

  test.each(['/v1/videos/video_none', '/nothing', '/v1/videos?limit=x'])(
    'of an error at %s can be read by the page too',
    async path => {
      const { status, headers } = await get(listed, path)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(headers.get('access-control-allow-origin')).toBe(ORIGIN)
    }
  )

  test('without a key can be read by the page too', async () => {
    const { status, headers } = await listed.call('GET', '/v1/videos', undefined, {
      key: null,
      headers: { origin: ORIGIN }
    })
    expect([status, headers.get('access-control-allow-origin')]).toEqual([401, ORIGIN])
  })

  test('without CORS_ORIGINS says nothing of origins', async () => {
    const { headers } = await get(closed, '/v1/videos')
    expect([headers.get('access-control-allow-origin'), headers.get('vary')]).toEqual([
      null,
      'User-Agent, X-Stainless-Lang'
    ])
  })
})
