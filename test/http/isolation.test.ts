import { beforeAll, describe, expect, test } from 'vitest'
import { frontOf, fronts } from '../../src/fronts/index.ts'
import type { Front } from '../../src/fronts/front.ts'
import { statusAt } from '../fronts/refusals.ts'
import { ADMIN_KEY } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { sendRaw } from '../support/wire.ts'
import { bytesOf, expectError, json } from './requests.ts'
import { routesOf, type Served } from './routes.ts'

/* Every route × every method × everybody who should not see it. A new route that fits none of the rules below fails. */

const vendor = forAllTests(startFakeCloudsway)
const server = forAllTests(() =>
  startTestServer({ channel: vendor.channel(), env: { FAILED_AUTH_PER_MINUTE: '10000' } })
)
let owner: string
let other: string
let revoked: string
let video: string
let endpoint: string
let routes: Served[]

beforeAll(async () => {
  owner = await server.memberKey()
  other = await server.memberKey()
  const gone = await server.newKey()
  revoked = gone.key
  await server.call('DELETE', `/admin/keys/${gone.id}`)
  video = await server.newVideo({ prompt: 'canary prompt' }, { key: owner })
  await server.finished(video, owner)
  const asked = { url: 'https://example.com/hook', event_types: ['video.completed'] }
  endpoint = (await server.call('POST', '/v1/webhook_endpoints', asked, { key: owner })).body.id
  routes = routesOf(server.app)
})

// who is signed in there is tested in sessions.test.ts
const ofConsole = (path: string) => path.startsWith('/console/api/')
const open = (path: string) =>
  path === '/' ||
  /^\/(console|docs)(\/?\*)?$/.test(path) ||
  /^\/(openapi\.(json|yaml)|config\.schema\.json)$/.test(path) ||
  /^\/(livez|readyz|callbacks\/)/.test(path)
// its tools: mcp/http.test.ts
const ofMcp = (path: string) => path === '/mcp'
const admin = (path: string) => path.startsWith('/admin/') || path === '/metrics'
const client = (path: string) =>
  !frontOf(path) && /^(\/openai)?(\/v1)?\/(videos?|models|usage|webhook_\w+)(\/|$)/.test(path)

function send({ method, path }: Served, key: string | null) {
  const id = path.includes('webhook_endpoints') ? endpoint : video
  const filled = path.replace(/:\w+/, id).replaceAll(/:\w+/g, 'x')
  // a body that would do, where one is wanted before the id is looked at
  const bodies = { test: { event_type: 'video.completed' }, remix: { prompt: 'again' } }
  const [, kind] = /:id\/(test|remix)$/.exec(path) ?? []
  // true because the pattern has the names of `bodies`
  const { headers, body } = kind === undefined ? {} : json(bodies[kind as keyof typeof bodies])
  const authorization = key === null && { authorization: undefined }
  const request = {
    method,
    path: filled,
    headers: { ...headers, ...authorization },
    ...(body !== undefined && { body })
  }
  return sendRaw(server.url, bytesOf(request, key ?? ''), method)
}

test('the routes are known, each of a known kind', () => {
  expect(routes).toContainEqual({ method: 'GET', path: '/v1/videos/:id/content' })
  expect(routes).toContainEqual({ method: 'PATCH', path: '/admin/channels/:id' })
  expect(routes.length).toBeGreaterThan(80)
  for (const { path } of routes)
    expect([path, [open, admin, client, ofConsole, ofMcp, frontOf].filter(kind => kind(path)).length]).toEqual([
      path,
      1
    ])
})

test.each(['no key', 'a revoked key', 'a wrong key'])('%s: 401 on every route that is not public', async who => {
  const key = { 'no key': null, 'a revoked key': revoked, 'a wrong key': 'sk-wrong' }[who] ?? null
  for (const route of routes.filter(({ path }) => !open(path) && !ofConsole(path))) {
    const { status } = await send(route, key)
    expect([route, status]).toEqual([route, statusAt(route.path, 'invalid_api_key')])
  }
})

test('a member: 403 on every route of the operator', async () => {
  for (const route of routes.filter(({ path }) => admin(path))) {
    const answer = await send(route, owner)
    expect([route, answer.status]).toEqual([route, 403])
    if (route.method !== 'HEAD') expectError(answer, [403, 'admin_required'])
  }
})

describe('somebody else’s', () => {
  const about = (kind: RegExp) => routes.filter(({ path }) => kind.test(path))

  test('video: 404 on every route and method, and nothing happened to it', async () => {
    const withVideo = about(/\/(videos|generations)\/:id/).filter(({ path }) => !frontOf(path))
    expect(withVideo.length).toBeGreaterThanOrEqual(3 * 8)
    for (const route of withVideo) {
      const answer = await send(route, other)
      expect([route, answer.status]).toEqual([route, 404])
      if (route.method !== 'HEAD') expect(answer.body.code).toBe('video_not_found')
      expect(answer.text).not.toContain('canary')
    }
    const { body } = await server.call('GET', `/openai/v1/videos/${video}`, undefined, { key: owner })
    expect(body.status).toBe('completed')
  })

  test('video: not found on every route of a front that is about one, in its own words', async () => {
    const about = fronts.flatMap((front: Front) =>
      front.routes.filter(({ does }) => /^(get|cancel|delete|discard|content)$/.test(does))
    )
    for (const { method, path } of about) {
      const filled = path.replaceAll(/\{\w+\}/g, video)
      const body = method === 'GET' ? undefined : { operation: { id: video }, task_id: video }
      const query = `?task_id=${video}&file_id=${video}&Action=CVSync2AsyncGetResult`
      const answer = await server.ask(filled + query, {
        key: other,
        method,
        ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
      })
      const text = await answer.text()
      expect([path, answer.status, text]).toEqual([path, statusAt(path, 'video_not_found'), expect.any(String)])
      expect(text).not.toContain('canary')
    }
    const { body } = await server.call('GET', `/openai/v1/videos/${video}`, undefined, { key: owner })
    expect(body.status).toBe('completed')
  })

  test('video: the same words as for one that does not exist', async () => {
    const answer = async (id: string) => (await server.call('GET', `/v1/videos/${id}`, undefined, { key: other })).body
    expect(await answer(video)).toEqual(await answer('video_never'))
  })

  test('webhook endpoint: 404 on every route and method', async () => {
    for (const route of about(/\/webhook_endpoints\/:id/)) {
      const { status } = await send(route, other)
      expect([route, status]).toEqual([route, 404])
    }
    expect((await server.call('GET', `/v1/webhook_endpoints/${endpoint}`, undefined, { key: owner })).status).toBe(200)
  })

  test('things are in no list', async () => {
    for (const route of routes.filter(
      ({ path, method }) => method === 'GET' && (client(path) || frontOf(path)) && !path.includes(':')
    )) {
      const { text } = await send(route, other)
      expect([route, text.includes(video) || text.includes(endpoint)]).toEqual([route, false])
    }
  })

  test('the operator sees every video, and lists its own', async () => {
    expect((await server.call('GET', `/v1/videos/${video}`)).status).toBe(200)
    expect((await server.call('GET', '/v1/videos', undefined, { key: ADMIN_KEY })).body.data).toEqual([])
    expect((await server.call('GET', '/admin/tasks')).body.data).toMatchObject([{ id: video }])
  })
})

test('a deleted video is gone for its owner, on every route', async () => {
  await server.call('DELETE', `/v1/videos/${video}`, undefined, { key: owner })
  for (const route of routes.filter(({ path }) => path.startsWith('/v1/videos/:id'))) {
    const { status } = await send(route, owner)
    expect([route, status]).toEqual([route, 404])
  }
})
