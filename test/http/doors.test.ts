import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nearestPath } from '../../src/http/plugins/nearest-path.ts'
import { startFakeCloudsway, type FakeCloudsway } from '../support/fake-cloudsway.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/* Ways in that other gateways have: paths without a version, a family's siblings, names with a provider, slips. */

let vendor: FakeCloudsway
let server: TestServer
let key: string
let id: string

beforeAll(async () => {
  vendor = await startFakeCloudsway()
  server = await startTestServer()
  await server.call('POST', '/admin/channels', vendor.channel())
  key = await server.memberKey()
  id = (await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat' }, { key })).body.id
  await server.finished(id)
})
afterAll(async () => {
  await server.close()
  await vendor.close()
})

describe.each(['', '/v1', '/openai', '/openai/v1'])('prefix "%s"', prefix => {
  test.each(['/videos', '/video/generations'])(
    '%s creates, lists, retrieves, streams, cancels and deletes',
    async family => {
      const call = (method: string, path: string, body?: unknown) =>
        server.call(method, prefix + family + path, body, { key })
      const made = await call('POST', '', { model: 'kling-v1', prompt: 'a door' })
      expect(made.status).toBe(200)
      expect((await call('GET', '')).body.data[0].id).toBe(made.body.id)
      expect((await call('GET', `/${made.body.id}`)).body.id).toBe(made.body.id)
      expect((await call('POST', `/${made.body.id}/cancel`)).body.error.code).toBe('cancelled')
      expect((await call('DELETE', `/${made.body.id}`)).body).toEqual({
        id: made.body.id,
        object: 'video.deleted',
        deleted: true
      })
      const headers = { authorization: `Bearer ${key}` }
      const content = await fetch(`${server.url}${prefix}${family}/${id}/content`, { headers })
      expect([content.status, content.headers.get('content-type')]).toEqual([200, 'video/mp4'])
      await content.body?.cancel()
      const events = await fetch(`${server.url}${prefix}${family}/${id}/events`, { headers })
      expect(await events.text()).toContain('event: video.completed')
    }
  )

  test('models', async () => {
    const { body } = await server.call('GET', `${prefix}/models`, undefined, { key })
    expect(body.data.map((model: { id: string }) => model.id)).toContain('kling-v1')
  })
})

describe('a model with its provider before it', () => {
  test.each(['cloudsway/kling-v1', 'openrouter/kwaivgi/kling-v1'])('%s is the model behind the slash', async model => {
    const { status, body } = await server.call('POST', '/v1/videos', { model, prompt: 'a cat' }, { key })
    expect([status, body.model]).toEqual([200, 'kling-v1'])
  })

  test('a name that has a slash itself goes first', async () => {
    await server.call(
      'POST',
      '/admin/channels',
      vendor.channel({ name: 'own', models: { 'acme/kling-v1': 'kling-v1' } })
    )
    const { body } = await server.call('POST', '/v1/videos', { model: 'acme/kling-v1', prompt: 'a cat' }, { key })
    expect(body.model).toBe('acme/kling-v1')
  })

  test('what is behind the slash must be allowed, too', async () => {
    const other = await server.memberKey({ models: ['acme/kling-v1'] })
    const asked = { model: 'cloudsway/kling-v1', prompt: 'a cat' }
    expect((await server.call('POST', '/v1/videos', asked, { key: other })).body.code).toBe('model_not_allowed')
  })

  test('an unknown one is named as it was asked for', async () => {
    const { status, body } = await server.call('POST', '/v1/videos', { model: 'a/nothing', prompt: 'x' }, { key })
    expect([status, body.code]).toEqual([404, 'model_not_found'])
    expect(body.message).toContain('a/nothing')
  })
})

describe('a slip in the path', () => {
  test.each([
    ['POST', '/v1/video/generation', 'POST /v1/video/generations'],
    ['GET', '/api/v1/models', 'GET /v1/models'],
    ['POST', '/v1/vidoes', 'POST /v1/videos']
  ])('%s %s names %s', async (method, path, meant) => {
    const { status, body } = await server.call(method, path, method === 'POST' ? {} : undefined, { key })
    expect([404, 405]).toContain(status)
    expect(body.message).toContain(`Did you mean ${meant}?`)
  })

  test('nothing near is nothing said', async () => {
    const { body } = await server.call('GET', '/v1/chat/completions', undefined, { key })
    expect(body.message).toBe('There is no endpoint GET /v1/chat/completions.')
  })

  test('a path of any length costs little', () => {
    expect(nearestPath(`/${'a/'.repeat(5000)}`, ['/v1/videos'])).toBeUndefined()
    expect(nearestPath(`/v1/${'x'.repeat(100_000)}`, ['/v1/videos'])).toBeUndefined()
  })
})

test('programs that speak OpenAI without its SDK get its words by their name', async () => {
  const word = async (agent: string, path = '/v1/videos') =>
    (await server.call('GET', `${path}/${id}`, undefined, { key, headers: { 'user-agent': agent } })).body.status
  for (const agent of ['n8n', 'LobeChat/1.120.0', 'lobehub', 'litellm/1.80.0', 'Bifrost/1.4'])
    expect([agent, await word(agent)]).toEqual([agent, 'completed'])
  expect(await word('node')).toBe('succeeded')
  expect(await word('n8n', '/v1/video/generations')).toBe('succeeded')
})
