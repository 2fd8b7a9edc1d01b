import { expect, test } from 'vitest'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { openBrowser, openOwner, PASSWORD } from './browser.ts'

/* A session is refused for every change that another site may have caused (CSRF). */

const server = forAllTests(() => startTestServer())
const owner = forAllTests(() => openOwner(server))

const nothing = { 'sec-fetch-site': undefined, 'x-reelay-console': undefined }
const own = () => ({ origin: server.url })

test.each([
  ['a form of another site', () => ({ ...nothing, 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' })],
  ['a sibling domain', () => ({ 'sec-fetch-site': 'same-site', origin: 'https://evil.example.com' })],
  ['a script of another site', () => ({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' })],
  ['our header without an origin', () => ({ 'sec-fetch-site': undefined })],
  ['our header, another origin', () => ({ 'sec-fetch-site': undefined, origin: 'https://evil.test' })],
  ['our header, a sandboxed frame', () => ({ 'sec-fetch-site': undefined, origin: 'null' })],
  ['our origin without our header', () => ({ ...nothing, 'sec-fetch-site': 'same-origin', ...own() })],
  ['a bookmark', () => ({ ...nothing, 'sec-fetch-site': 'none' })],
  ['a program with the cookie alone', () => nothing]
])('%s: 403, and nothing happens', async (_title, headers) => {
  const before = (await owner.send('GET', '/admin/keys')).body.data.length
  for (const [method, path, body] of [
    ['POST', '/admin/keys', { name: 'theirs' }],
    ['POST', '/v1/videos', { model: 'kling-v1', prompt: 'theirs' }],
    ['DELETE', '/console/api/session', undefined],
    ['POST', '/console/api/session', { name: 'Olga', password: PASSWORD }]
  ] as const) {
    const answer = await owner.send(method, path, body, headers())
    expect([path, answer.status, answer.body.error.code]).toEqual([path, 403, 'cross_site_request'])
  }
  expect((await owner.send('GET', '/admin/keys')).body.data).toHaveLength(before)
  expect((await owner.session()).status).toBe(200)
})

test.each([
  ['a browser over TLS', () => ({ 'sec-fetch-site': 'same-origin' })],
  ['a browser over plain HTTP, which sends no Sec-Fetch-Site', () => ({ 'sec-fetch-site': undefined, ...own() })]
])('%s: accepted', async (_title, headers) => {
  expect((await owner.send('POST', '/admin/keys', { name: 'ours' }, headers())).status).toBe(201)
})

test('a key in the header needs none of it, and counts for more than a cookie', async () => {
  const member = await server.memberKey()
  const headers = { cookie: owner.cookie()! }
  expect((await server.call('GET', '/admin/keys', undefined, { key: member, headers })).status).toBe(403)
  expect((await server.call('GET', '/admin/keys', undefined, { headers })).status).toBe(200)
  const cross = { ...headers, origin: 'https://evil.test' }
  expect((await server.call('POST', '/admin/keys', { name: 'by a key' }, { headers: cross })).status).toBe(201)
})

test('a made-up cookie: 401', async () => {
  for (const cookie of ['reelay_session=', 'reelay_session=x', `reelay_session=${'A'.repeat(43)}`])
    expect((await openBrowser(server).send('GET', '/admin/keys', undefined, { cookie })).status).toBe(401)
})
