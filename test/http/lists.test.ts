import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeOpenai, type FakeOpenai } from '../support/fake-openai.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/* A list goes on while its items are deleted: the id of `after` contains a time, and need not be there. */

describe.each(kinds)('on %s', kind => {
  let vendor: FakeOpenai
  let server: TestServer

  beforeEach(async () => {
    vendor = await startFakeOpenai()
    server = await startTestServer({ kind })
    await server.call('POST', '/admin/channels', vendor.channel())
  })
  afterEach(async () => {
    await server.close()
    await vendor.close()
  })

  const types = ['video.completed']
  const make: Record<string, (key: string) => Promise<{ body: { id: string } }>> = {
    '/v1/videos': key => server.call('POST', '/v1/videos', { model: 'm', prompt: 'a cat' }, { key }),
    '/v1/video/generations': key => server.call('POST', '/v1/videos', { model: 'm', prompt: 'a cat' }, { key }),
    '/v1/webhook_endpoints': key =>
      server.call('POST', '/v1/webhook_endpoints', { url: 'https://hooks.example.com/', event_types: types }, { key })
  }

  test.each(Object.keys(make))('%s is emptied page by page, in both orders', async path => {
    const key = await server.memberKey()
    for (const order of ['asc', 'desc']) {
      const made: string[] = []
      for (let count = 0; count < 5; count++) made.push((await make[path]!(key)).body.id)
      const seen: string[] = []
      for (let after = ''; ;) {
        const page = await server.call('GET', `${path}?limit=2&order=${order}${after}`, undefined, { key })
        expect(page.status, JSON.stringify(page.body)).toBe(200)
        for (const { id } of page.body.data as { id: string }[]) {
          seen.push(id)
          expect((await server.call('DELETE', `${path}/${id}`, undefined, { key })).status).toBe(200)
        }
        if (!page.body.has_more) break
        after = `&after=${page.body.last_id}`
      }
      expect(seen).toEqual(order === 'asc' ? made : made.toReversed())
    }
  })

  test("another key's id is a time like any other, and shows nothing of it", async () => {
    const [mine, theirs] = [await server.memberKey(), await server.memberKey()]
    const first = (await make['/v1/videos']!(mine)).body.id
    const foreign = (await make['/v1/videos']!(theirs)).body.id
    const last = (await make['/v1/videos']!(mine)).body.id
    const list = async (query: string) =>
      (await server.call('GET', `/v1/videos?${query}`, undefined, { key: mine })).body.data.map(
        ({ id }: { id: string }) => id
      )
    expect(await list(`after=${foreign}`)).toEqual([first])
    expect(await list(`order=asc&after=${foreign}`)).toEqual([last])
    expect(await list(`after=${foreign.replace(/.{16}$/, '0'.repeat(16))}`)).toEqual([first])
  })

  test.each([
    '/v1/videos',
    '/v1/webhook_endpoints',
    '/admin/tasks',
    '/admin/keys',
    '/admin/ledger',
    '/admin/webhook_deliveries'
  ])('%s refuses what is no id of it', async path => {
    for (const after of ['', 'video_nothing', 'evt_01890000000070008000000000000000', 'x'.repeat(300), '%00'])
      expect(await server.call('GET', `${path}?after=${after}`), after).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', param: 'after' }
      })
  })

  test('the operator’s lists too', async () => {
    const keys: string[] = []
    for (let count = 0; count < 3; count++)
      keys.unshift((await server.call('POST', '/admin/keys', { name: `k${count}` })).body.id)
    const page = (await server.call('GET', '/admin/keys?limit=1')).body
    expect(page.last_id).toBe(keys[0])
    await server.call('DELETE', `/admin/keys/${keys[0]}`)
    expect((await server.call('GET', `/admin/keys?limit=1&after=${keys[0]}`)).body.last_id).toBe(keys[1])

    const tasks: string[] = []
    for (let count = 0; count < 3; count++) tasks.unshift((await make['/v1/videos']!(await server.memberKey())).body.id)
    await server.call('DELETE', `/v1/videos/${tasks[0]}`)
    expect((await server.call('GET', `/admin/tasks?limit=1&after=${tasks[0]}`)).body.last_id).toBe(tasks[1])
  })
})
