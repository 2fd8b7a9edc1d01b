import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { kinds } from '../support/database.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const HOUR = 3_600_000
const request = { model: 'kling-v1', prompt: 'a cat', seconds: '5', seed: 7 }

describe.each(kinds)('the same request again, on %s', kind => {
  const vendor = forEachTest(startFakeCloudsway)
  let server: TestServer
  afterEach(() => server.close())

  async function start(env: Record<string, string> = {}) {
    server = await startTestServer({ kind, env, channel: vendor.channel() })
  }
  const create = (body: object = request, options = {}) => server.call('POST', '/openai/v1/videos', body, options)
  async function made(body: object = request, options = {}): Promise<string> {
    const { id } = (await create(body, options)).body
    await server.finished(id)
    return id
  }

  describe('with REUSE_MS', () => {
    beforeEach(() => start({ REUSE_MS: String(HOUR) }))

    test('a finished video with the same seed answers it at once, unpaid', async () => {
      const first = await made()
      const again = await create()
      expect(again.body).toMatchObject({ id: first, status: 'completed', progress: 100 })
      expect(again.headers.get('idempotent-replayed')).toBe('true')
      expect(vendor.submits).toHaveLength(1)
      // however it was written
      const { seed, ...rest } = request
      const inMetadata = { ...rest, metadata: { seed, a: { x: 1, y: 2 } } }
      const second = await made(inMetadata)
      expect((await create({ ...rest, metadata: { a: { y: 2, x: 1 }, seed } })).body.id).toBe(second)
      expect(vendor.submits).toHaveLength(2)
    })

    test('no seed, other fields, another key, a callback_url, an unfinished video: it is made again', async () => {
      const first = await made()
      const { seed: _, ...seedless } = request
      const others = [
        await create({ ...request, prompt: 'a dog' }),
        await create(request, { key: await server.memberKey() }),
        await create({ ...request, callback_url: vendor.url }),
        await create(seedless),
        await create(seedless),
        await create({ ...request, seed: 8 }),
        await create({ ...request, seed: 8 })
      ].map(({ body }) => body.id)
      expect(new Set([first, ...others]).size).toBe(8)
    })

    test('a deleted one is made again, and one that is too old', async () => {
      const first = await made()
      await server.call('DELETE', `/v1/videos/${first}`)
      const second = await made()
      expect(second).not.toBe(first)
      await server.advance(HOUR + 60_000)
      expect(await made()).not.toBe(second)
      expect(vendor.submits).toHaveLength(3)
    })

    test('an Idempotency-Key that was answered so stays with that video', async () => {
      const first = await made()
      const withKey = { headers: { 'idempotency-key': 'k' } }
      expect((await create(request, withKey)).body.id).toBe(first)
      await server.advance(HOUR + 60_000)
      expect((await create(request, withKey)).body.id).toBe(first)
      expect((await create({ ...request, prompt: 'a dog' }, withKey)).status).toBe(422)
    })
  })

  test('without REUSE_MS every request is made', async () => {
    await start()
    const first = await made()
    expect(await made()).not.toBe(first)
  })

  test('an Idempotency-Key is free again after 72 hours, and not before', async () => {
    await start()
    const withKey = { headers: { 'idempotency-key': 'k' } }
    const first = (await create(request, withKey)).body.id
    await server.advance(71 * HOUR)
    expect((await create(request, withKey)).body.id).toBe(first)
    await server.advance(2 * HOUR)
    await expect
      .poll(async () => (await create({ ...request, prompt: 'a dog' }, withKey)).status, { timeout: 5000 })
      .toBe(200)
  })
})
