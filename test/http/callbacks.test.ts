import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { kinds } from '../support/database.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

const PUBLIC_URL = 'https://videos.example.com/reelay/'

describe.each(kinds)('callbacks on %s', kind => {
  const env = { PUBLIC_URL, RECONCILE_AFTER_MS: '60000' }
  const vendor = forEachTest(startFakeCloudsway)
  const server = forEachTest(() => startTestServer({ kind, env, channel: vendor.channel() }))
  /** The path that the vendor was given with its submit, as it reaches us behind the proxy. */
  const given = (submit = vendor.submits.at(-1)!): string => {
    const url = String(submit.body.callback_url)
    expect(url).toMatch(/^https:\/\/videos\.example\.com\/reelay\/callbacks\/chan_\w+\/att_\w+\.[\w-]{43}$/)
    return new URL(url).pathname.replace('/reelay', '')
  }
  const callAs = (path: string, body: unknown = { task_id: 'up-1', task_status: 'succeed' }) =>
    server.call('POST', path, body, { key: null })
  const settled = async () => {
    for (let rounds = 0; rounds < 5; rounds++) await server.services.loop.runNow()
  }
  const polls = () => [...vendor.tasks.values()].reduce((sum, task) => sum + task.polls, 0)

  test('a call makes the vendor asked at once, and what the vendor answers is what counts', async () => {
    vendor.onPoll = () => 'succeed'
    const id = await server.newVideo()
    expect(polls()).toBe(0)
    expect(await callAs(given())).toMatchObject({ status: 200, body: {} })
    await settled()
    expect(polls()).toBe(1)
    expect((await server.inspect(id)).state).toBe('succeeded')
  })

  test('a call that lies changes nothing: the vendor says that it still runs', async () => {
    vendor.onPoll = () => 'processing'
    const id = await server.newVideo()
    const before = await server.inspect(id)
    const lies = { task_id: 'up-1', task_status: 'failed', task_result: { videos: [{ url: 'https://evil.example/' }] } }
    expect((await callAs(given(), lies)).status).toBe(200)
    await settled()
    const after = await server.inspect(id)
    expect({ ...after, progress: 0 }).toEqual({ ...before, progress: 0 })
    expect(polls()).toBe(1)
  })

  test('a call repeated a thousand times asks the vendor once in two seconds', async () => {
    vendor.onPoll = () => 'processing'
    await server.newVideo()
    const path = given()
    for (let calls = 0; calls < 20; calls++) {
      await callAs(path)
      await server.services.loop.runNow()
    }
    expect(polls()).toBe(1)
    await server.advance(2000)
    await settled()
    expect(polls()).toBe(2)
  })

  test('a call for a task that has ended, and one sent again, change nothing', async () => {
    vendor.onPoll = () => 'succeed'
    const id = await server.newVideo()
    const path = given()
    await server.finished(id)
    const [before, asked] = [await server.inspect(id), polls()]
    for (let calls = 0; calls < 3; calls++) expect((await callAs(path)).status).toBe(200)
    await server.advance(10_000)
    await settled()
    expect(await server.inspect(id)).toEqual(before)
    expect(polls()).toBe(asked)
  })

  test('forged tokens are 404 before anything is read', async () => {
    vendor.onPoll = () => 'processing'
    await server.newVideo()
    const first = given()
    await server.newVideo()
    const [, , channel, token] = first.split('/') as [string, string, string, string]
    const [attempt, signature] = token.split('.') as [string, string]
    const [otherAttempt] = given().split('/')[3]!.split('.') as [string]
    const { body: other } = await server.call('POST', '/admin/channels', vendor.channel({ models: {} }))
    const flipped = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`
    for (const path of [
      `/callbacks/${channel}/${attempt}.${flipped}`,
      `/callbacks/${channel}/${attempt}.`,
      `/callbacks/${channel}/${attempt}`,
      `/callbacks/${channel}/.${signature}`,
      `/callbacks/${channel}/${otherAttempt}.${signature}`,
      `/callbacks/${other.id}/${token}`,
      '/callbacks/chan_none/att_none.AAAA',
      `/callbacks/${channel}/${'x'.repeat(1500)}`
    ]) {
      for (const method of ['GET', 'POST']) {
        const refused = await server.call(method, path, method === 'POST' ? {} : undefined, { key: null })
        expect(refused, path).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
      }
    }
    await settled()
    expect(polls()).toBe(0)
  })

  test('any content type is taken; what is no call of this vendor is a 400', async () => {
    vendor.onPoll = () => 'processing'
    await server.newVideo()
    const path = given()
    for (const type of [
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json;charset=gbk'
    ]) {
      const response = await fetch(server.url + path, {
        method: 'POST',
        headers: { 'content-type': type },
        body: '{"task_id":"up-1"}'
      })
      expect([type, response.status]).toEqual([type, 200])
    }
    expect(await callAs(path, 'nonsense')).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } })
    expect((await server.call('GET', path, undefined, { key: null })).status).toBe(400)
    expect((await server.call('PUT', path, {}, { key: null })).status).toBe(405)
  })

  test('a submit whose answer was lost is looked up at once when the vendor calls about it', async () => {
    vendor.onSubmit = () => 'drop after accept'
    const id = await server.newVideo()
    expect((await server.inspect(id)).attempts).toMatchObject([{ outcome: 'unknown', upstream_id: null }])
    vendor.onPoll = () => 'succeed'
    await callAs(given())
    await settled()
    expect((await server.inspect(id)).attempts).toMatchObject([{ outcome: 'accepted', upstream_id: 'up-1' }])
    expect(await server.finished(id)).toMatchObject({ status: 'completed' })
    expect(vendor.submits).toHaveLength(1)
  })

  test('a call about a submit that the vendor does not know yet never makes it sent twice', async () => {
    vendor.onSubmit = () => 'drop after accept'
    const id = await server.newVideo()
    const [task] = [...vendor.tasks]
    // a replica that is behind
    vendor.tasks.clear()
    await callAs(given())
    await settled()
    expect(vendor.submits).toHaveLength(1)
    expect((await server.inspect(id)).attempts).toMatchObject([{ outcome: 'unknown' }])
    vendor.tasks.set(...task!)
    expect(await server.finished(id)).toMatchObject({ status: 'completed' })
    expect(vendor.submits).toHaveLength(1)
  })
})

test.each([
  ['no PUBLIC_URL', {}, false],
  ['a plain http PUBLIC_URL', { PUBLIC_URL: 'http://videos.example.com' }, false],
  ['a plain http PUBLIC_URL that OUTBOUND_ALLOW permits', { PUBLIC_URL: 'http://127.0.0.1:9' }, true],
  ['https', { PUBLIC_URL: 'https://videos.example.com' }, true]
])('with %s the vendor is given a callback address: %s', async (_title, env, expected) => {
  const vendor = await startFakeCloudsway()
  const server = await startTestServer({ env, channel: vendor.channel() })
  await server.newVideo()
  expect('callback_url' in vendor.submits[0]!.body).toBe(expected)
  await server.close()
  await vendor.close()
})

test('MiniMax’s challenge is echoed; a signed vendor’s call without a good signature is refused', async () => {
  const server = await startTestServer({ env: { PUBLIC_URL, ARCHIVE_URL: 'off' } })
  const vendors = [
    { vendor: 'minimax', models: { hailuo: 'MiniMax-Hailuo-02' }, credential: 'key' },
    { vendor: 'vidu', models: { vidu: 'viduq2' }, credential: 'key' }
  ]
  const paths: string[] = []
  for (const settings of vendors) {
    // nothing listens there: the attempt was made all the same, and its address is good
    const channel = { name: settings.vendor, base_url: 'http://127.0.0.1:9', ...settings }
    const { body, status } = await server.call('POST', '/admin/channels', channel)
    expect([status, body.vendor]).toEqual([201, settings.vendor])
    await server.call('POST', '/v1/videos', { model: Object.keys(settings.models)[0], prompt: 'a cat' })
    const { attempts, db } = server.services.database
    const [attempt] = await db.select().from(attempts).where(eq(attempts.channelId, body.id))
    paths.push(new URL(server.services.callbacks.url(body.id, attempt!.id)!).pathname.replace('/reelay', ''))
  }
  const [minimax, vidu] = paths as [string, string]
  expect(await server.call('POST', minimax, { challenge: 'abc' }, { key: null })).toMatchObject({
    status: 200,
    body: { challenge: 'abc' }
  })
  const refused = await server.call('POST', vidu, { id: '1', state: 'success' }, { key: null })
  expect(refused).toMatchObject({ status: 400, body: { message: expect.stringContaining('not signed') } })
  await server.close()
})
