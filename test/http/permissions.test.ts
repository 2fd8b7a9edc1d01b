import fastify from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import { scopes as offered } from '../../src/console/pages/keys/scopes.ts'
import type { Scope } from '../../src/db/index.ts'
import { formats, fronts } from '../../src/fronts/index.ts'
import { scopes } from '../../src/domain/permissions.ts'
import { createAccess, type AccessOptions } from '../../src/http/plugins/access.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { openBrowser, openInvited, openOwner, type Browser } from './browser.ts'
import { routesOf, type Served } from './routes.ts'

/*
 * Every route below /admin × every role × every scope. The table is written by hand, apart from that of the source: a route that fits none of
 * its lines fails, so that whoever adds one decides who may use it.
 */

const roles = ['owner', 'operator', 'viewer'] as const
type Role = (typeof roles)[number]

const rules: [RegExp, Role[], Scope[]][] = [
  [/^\w+ \/admin\/users/, ['owner'], ['admin:users']],
  [/^\w+ \/admin\/sessions/, ['owner', 'operator', 'viewer'], []],
  // everything, the secret key included
  [/^GET \/admin\/backup/, ['owner'], []],
  [/^(GET|HEAD) \/admin\/audit/, ['owner', 'operator', 'viewer'], ['admin:audit']],
  [/^(GET|HEAD) \/admin\/usage/, ['owner', 'operator', 'viewer'], ['admin:keys', 'usage:read']],
  [/^(GET|HEAD) \/admin\/ledger/, ['owner', 'operator', 'viewer'], ['admin:keys', 'usage:read']],
  [/^POST \/admin\/ledger/, ['owner', 'operator'], ['admin:keys']],
  [/^(GET|HEAD) \/admin\/keys/, ['owner', 'operator', 'viewer'], ['admin:keys']],
  [/^\w+ \/admin\/keys/, ['owner', 'operator'], ['admin:keys']],
  [/^(GET|HEAD) \/admin\/channels/, ['owner', 'operator', 'viewer'], ['admin:channels']],
  [/^\w+ \/admin\/channels/, ['owner', 'operator'], ['admin:channels']],
  [/^(GET|HEAD) \/admin\/models/, ['owner', 'operator', 'viewer'], ['admin:models']],
  [/^\w+ \/admin\/models/, ['owner', 'operator'], ['admin:models']],
  [/^(GET|HEAD) \/admin\/(system|settings|alerts)/, ['owner', 'operator', 'viewer'], ['admin:settings']],
  [/^(GET|HEAD) \/admin\/doctor/, ['owner', 'operator'], ['admin:settings']],
  [/^(PATCH \/admin\/settings|POST \/admin\/(archive|alerts)\/test)/, ['owner', 'operator'], ['admin:settings']],
  [/^(GET|HEAD) \/admin\/vendors/, ['owner', 'operator', 'viewer'], ['admin:channels']],
  [
    /^(GET|HEAD) \/admin\/(overview|series|failures|attention|events)/,
    ['owner', 'operator', 'viewer'],
    ['admin:tasks', 'tasks:read']
  ],
  [/^(GET|HEAD) \/admin\/tasks/, ['owner', 'operator', 'viewer'], ['admin:tasks', 'tasks:read']],
  [/^\w+ \/admin\/tasks/, ['owner', 'operator'], ['admin:tasks']],
  [/^(GET|HEAD) \/admin\/webhook_\w+/, ['owner', 'operator', 'viewer'], ['admin:webhooks']],
  [/^\w+ \/admin\/webhook_\w+/, ['owner', 'operator'], ['admin:webhooks']]
]

const server = forAllTests(() => startTestServer({ env: { SIGN_INS_PER_MINUTE: '100' } }))
let routes: Served[]
let owner: Browser

beforeAll(async () => {
  routes = routesOf(server.app).filter(({ path }) => path.startsWith('/admin/'))
  owner = await openOwner(server)
})

function ruleOf({ method, path }: Served) {
  const rule = rules.find(([pattern]) => pattern.test(`${method} ${path}`))
  if (!rule) throw new Error(`${method} ${path}: no line of the table says who may use it`)
  return { roles: rule[1], scopes: rule[2] }
}

// a stream does not end by itself, and a backup is not JSON: they are asked for what they do not have
const filled = ({ path }: Served) => path.replaceAll(/:\w+/g, 'none').replace(/(events|backup)$/, '$1?none')

/** `denied`, or nothing: what was let in is answered by the route. */
async function outcome(answer: Promise<{ status: number; body: any }>) {
  const { status, body } = await answer
  if (status !== 403) return 'let in'
  return body === undefined || body.error.code === 'permission_denied' ? 'denied' : body.error.code
}

test('the console offers the scopes that there are', () => {
  expect(offered).toEqual(scopes)
})

test('the table is of use: there are routes, and each has a line', () => {
  expect(routes.length).toBeGreaterThan(40)
  for (const route of routes) ruleOf(route)
})

test.each(roles)('a user who is %s', async role => {
  const { browser } = role === 'owner' ? { browser: owner } : await openInvited(server, owner, { name: role, role })
  for (const route of routes) {
    const expected = ruleOf(route).roles.includes(role) ? 'let in' : 'denied'
    const answer = browser.send(route.method, filled(route))
    expect([route, await outcome(answer)]).toEqual([route, expected])
  }
})

test.each(scopes)('an admin key with the scope %s', async scope => {
  const { key } = await server.newKey({ role: 'admin', scopes: [scope] })
  for (const route of routes) {
    const expected = ruleOf(route).scopes.includes(scope) ? 'let in' : 'denied'
    const answer = server.call(route.method, filled(route), undefined, { key })
    expect([route, await outcome(answer)]).toEqual([route, expected])
  }
})

test('an admin key without scopes, and one with none of them', async () => {
  const [all, none] = [await server.newKey({ role: 'admin' }), await server.newKey({ role: 'admin', scopes: [] })]
  for (const route of routes) {
    const by = async (key: string) => outcome(server.call(route.method, filled(route), undefined, { key }))
    expect([route, await by(all.key), await by(none.key)]).toEqual([route, 'let in', 'denied'])
  }
})

test('a route that declares no permission: the server does not start', async () => {
  const app = fastify()
  app.decorate('createRateLimit', () => async () => ({ isAllowed: true as const, key: '' }))
  // none of it is used before the first request
  createAccess(app, { auth: {} } as AccessOptions)
  expect(() => app.get('/admin/new', async () => 'secret')).toThrow(/GET \/admin\/new declares no permission/)
})

describe('nobody makes somebody who may do more', () => {
  test('a key: not an admin key by a scoped one, nor one with further scopes', async () => {
    const { key } = await server.newKey({ role: 'admin', scopes: ['admin:keys', 'usage:read'] })
    const asked = (body: object) => server.call('POST', '/admin/keys', { name: 'made', ...body }, { key })
    expect((await asked({ role: 'admin' })).status).toBe(403)
    expect((await asked({ role: 'admin', scopes: ['admin:keys', 'admin:users'] })).status).toBe(403)
    expect((await asked({ role: 'admin', scopes: ['usage:read'] })).status).toBe(201)
    expect((await asked({})).status).toBe(201)
  })

  test('an operator: no admin key, nor its secret by a rotation', async () => {
    const { browser } = await openInvited(server, owner, { name: 'Otto', role: 'operator' })
    const { id } = await server.newKey({ role: 'admin' })
    const member = await server.newKey()
    const post = async (path: string, body?: object) => (await browser.send('POST', `/admin/keys${path}`, body)).status
    expect(await post('', { name: 'made', role: 'admin' })).toBe(403)
    expect(await post(`/${id}/rotate`)).toBe(403)
    expect(await post('', { name: 'made' })).toBe(201)
    expect(await post(`/${member.id}/rotate`)).toBe(200)
    const change = await browser.send('PATCH', `/admin/keys/${member.id}`, { role: 'admin' })
    expect([change.status, change.body.error.code]).toEqual([403, 'permission_denied'])
  })

  test('scopes are for admin keys: 400', async () => {
    expect(await server.call('POST', '/admin/keys', { name: 'm', scopes: ['usage:read'] })).toMatchObject({
      status: 400,
      body: { error: { param: 'scopes' } }
    })
  })
})

describe('on the routes of clients', () => {
  const video = { model: 'kling-v1', prompt: 'a cat' }

  test('a viewer makes, cancels and deletes no video; a key that reads tasks neither', async () => {
    const { browser } = await openInvited(server, owner, { name: 'Vera', role: 'viewer' })
    const { key } = await server.newKey({ role: 'admin', scopes: ['tasks:read'] })
    for (const [method, path, body] of [
      ['POST', '/v1/videos', video],
      ['POST', '/v1/videos/none/cancel', undefined],
      ['DELETE', '/v1/videos/none', undefined],
      ['POST', '/v1/webhook_endpoints', { url: 'https://example.com', event_types: ['video.completed'] }]
    ] as const) {
      expect(await outcome(browser.send(method, path, body))).toBe('denied')
      expect(await outcome(server.call(method, path, body, { key }))).toBe('denied')
    }
    expect((await browser.send('GET', '/v1/videos')).status).toBe(200)
    expect((await server.call('GET', '/v1/videos', undefined, { key })).status).toBe(200)
  })

  test('the same on the routes of every front', async () => {
    const { key } = await server.newKey({ role: 'admin', scopes: ['usage:read'] })
    const { key: reads } = await server.newKey({ role: 'admin', scopes: ['tasks:read'] })
    const all = [...formats, ...fronts].flatMap(({ routes: some }) => some)
    for (const route of all) {
      const path = route.path.replaceAll(/\{\w+\}/g, 'none')
      const body = route.method === 'GET' ? undefined : {}
      const isWrite = all.some(
        one =>
          one.path === route.path && one.method === route.method && /^(create|cancel|delete|discard)$/.test(one.does)
      )
      const by = async (secret: string) => (await server.call(route.method, path, body, { key: secret })).body
      expect([path, JSON.stringify(await by(key))]).toEqual([path, expect.stringContaining('needs the permission')])
      if (!isWrite) continue
      expect([path, JSON.stringify(await by(reads))]).toEqual([path, expect.stringContaining('needs the permission')])
    }
  })

  test('sessions: one’s own, and everybody’s for who may see users', async () => {
    const { browser, id } = await openInvited(server, owner, { name: 'Valentin', role: 'viewer' })
    const own = (await browser.send('GET', '/admin/sessions')).body.data
    expect(own).toMatchObject([{ user: { id, name: 'Valentin' }, current: true, ip: '127.0.0.1' }])
    const all = (await owner.send('GET', '/admin/sessions?limit=100')).body.data
    expect(all.length).toBeGreaterThan(3)
    const { id: theirs } = (await owner.session()).body
    expect((await browser.send('DELETE', `/admin/sessions/${theirs}`)).status).toBe(404)
    expect((await owner.session()).status).toBe(200)
    expect((await browser.send('DELETE', `/admin/sessions/${own[0].id}`)).status).toBe(200)
    expect((await openBrowser(server).session()).status).toBe(401)
  })
})
