import { describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { startFakeVidu } from '../support/fake-vidu.ts'
import { forAllTests, forEachTest } from '../support/per-test.ts'
import { readScrape, valueOf } from '../support/prometheus.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const TOKEN = 'metrics-token-0123456789'

/** What a scrape says, once the last moment of each task was told. */
async function scrape(server: TestServer) {
  await server.services.journal.done()
  const response = await server.ask('/metrics', {})
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8'
  ])
  return readScrape(await response.text())
}

describe.each(kinds)('/metrics on %s', kind => {
  const vendor = forEachTest(startFakeCloudsway)
  const silent = forEachTest(() => startFakeVidu(() => Buffer.alloc(0)))
  const server = forEachTest(() => startTestServer({ kind, channel: vendor.channel({ name: 'main' }) }))

  test('counts what tasks become, what they cost and how long they took', async () => {
    await server.call('PATCH', '/admin/models/kling-v1', {
      prices: [{ amount: '0.25', currency: 'USD', unit: 'video' }]
    })
    await server.finished(await server.newVideo())
    vendor.onPoll = () => 'failed'
    await server.finished(await server.newVideo())
    vendor.onSubmit = () => ({ status: 400, body: { code: 1201, message: 'The size is wrong.' } })
    expect((await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat' })).status).toBe(400)

    const found = await scrape(server)
    const about = { model: 'kling-v1', channel: 'main' }
    expect(valueOf(found, 'reelay_tasks_accepted_total', { model: 'kling-v1' })).toBe(3)
    expect(valueOf(found, 'reelay_videos_total', { ...about, status: 'completed', failure: 'none' })).toBe(1)
    expect(valueOf(found, 'reelay_videos_total', { ...about, status: 'failed' })).toBe(2)
    expect(valueOf(found, 'reelay_videos_total', { ...about, failure: 'invalid_request' })).toBe(1)
    expect(valueOf(found, 'reelay_spend_total', { ...about, currency: 'USD' })).toBe(0.25)
    expect(valueOf(found, 'reelay_video_duration_seconds_count', about)).toBe(1)
    expect(valueOf(found, 'reelay_video_duration_seconds_sum', about)).toBeGreaterThan(0)
    expect(
      valueOf(found, 'reelay_upstream_requests_total', { channel: 'main', operation: 'submit', code: '200' })
    ).toBe(2)
    expect(
      valueOf(found, 'reelay_upstream_requests_total', { channel: 'main', operation: 'submit', code: '400' })
    ).toBe(1)
    expect(valueOf(found, 'reelay_upstream_requests_total', { operation: 'poll' })).toBeGreaterThan(1)
    expect(valueOf(found, 'reelay_upstream_request_duration_seconds_count', { operation: 'submit' })).toBe(3)
  })

  test('says what there is now: queue, slots, channels, decisions', async () => {
    vendor.onPoll = () => 'processing'
    await server.newChannel(vendor.channel({ name: 'narrow', models: { narrow: 'kling-v1' }, max_concurrency: 1 }))
    await server.newChannel(vendor.channel({ name: 'off', models: { other: 'kling-v1' }, disabled: true }))
    for (let made = 0; made < 3; made++) await server.newVideo({ model: 'narrow' })
    await server.advance(10_000)
    const found = await scrape(server)
    expect(valueOf(found, 'reelay_queue_tasks', { model: 'narrow' })).toBe(2)
    expect(valueOf(found, 'reelay_queue_oldest_seconds', { model: 'narrow' })).toBeGreaterThanOrEqual(10)
    expect(valueOf(found, 'reelay_channel_slots_used', { channel: 'narrow' })).toBe(1)
    expect(valueOf(found, 'reelay_channel_slots_limit', { channel: 'narrow' })).toBe(1)
    expect(valueOf(found, 'reelay_channel_slots_limit', { channel: 'main' })).toBeUndefined()
    expect(valueOf(found, 'reelay_channel_state', { channel: 'off', state: 'off' })).toBe(1)
    expect(valueOf(found, 'reelay_channel_state', { channel: 'main', state: 'ok' })).toBe(1)
    expect(valueOf(found, 'reelay_channel_state', { channel: 'main' })).toBe(1)
    expect(valueOf(found, 'reelay_tasks_undecided')).toBe(0)
    expect(valueOf(found, 'reelay_database_up')).toBe(1)
    expect(valueOf(found, 'reelay_disk_free_bytes')).toBeGreaterThan(0)
  })

  test('a channel whose credential is refused is disabled there, too', async () => {
    vendor.onSubmit = () => ({ status: 401, body: { code: 1002, message: 'Wrong key.' } })
    await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat' })
    const found = await scrape(server)
    expect(valueOf(found, 'reelay_channel_state', { channel: 'main', state: 'disabled' })).toBe(1)
    expect(valueOf(found, 'reelay_channel_state', { channel: 'main', state: 'ok' })).toBe(0)
    expect(valueOf(found, 'reelay_videos_total', { status: 'failed', failure: 'auth' })).toBe(1)
  })

  test('a submit that is lost waits for a decision', async () => {
    await server.newChannel(silent.channel({ name: 'silent' }))
    silent.onSubmit = async () => 'drop after accept'
    await server.finished(await server.newVideo({ model: 'viduq1' }))
    const found = await scrape(server)
    expect(valueOf(found, 'reelay_tasks_undecided')).toBe(1)
    expect(valueOf(found, 'reelay_videos_total', { channel: 'silent', failure: 'submit_outcome_unknown' })).toBe(1)
    expect(
      valueOf(found, 'reelay_upstream_requests_total', { channel: 'silent', operation: 'submit', code: 'broken' })
    ).toBe(1)
  })

  test('what is asked of the gateway, by route, method and class of status; nothing of what was asked', async () => {
    const member = await server.newKey()
    for (const path of ['/v1/videos/video_one', '/v1/videos/video_two', '/nothing-canary', '/v1/videos?prompt=canary'])
      await server.call('GET', path, undefined, member)
    const response = await server.ask('/metrics', {})
    const text = await response.text()
    const found = readScrape(text)
    const requests = 'reelay_http_request_duration_seconds_count'
    expect(valueOf(found, requests, { method: 'GET', route: '/v1/videos/:id', status: '4xx' })).toBe(2)
    expect(valueOf(found, requests, { method: 'GET', route: 'none', status: '4xx' })).toBe(1)
    expect(valueOf(found, requests, { method: 'GET', route: '/v1/videos', status: '2xx' })).toBe(1)
    expect(text).not.toMatch(/canary|video_one|key_|sk-/)
  })

  test('a database that does not answer leaves what this process knows', async () => {
    await server.newVideo()
    await server.services.journal.done()
    server.services.stores.channels.list = () => Promise.reject(new Error('the database is gone'))
    const found = await scrape(server)
    expect(valueOf(found, 'reelay_database_up')).toBe(0)
    expect(valueOf(found, 'reelay_channel_state')).toBeUndefined()
    expect(valueOf(found, 'reelay_tasks_undecided')).toBeUndefined()
    expect(valueOf(found, 'reelay_tasks_accepted_total')).toBe(1)
    expect(valueOf(found, 'process_resident_memory_bytes')).toBeGreaterThan(1e7)
  })
})

test('a model that operators do not offer any more is `other`: labels are names that they gave', async () => {
  const vendor = await startFakeCloudsway({ onPoll: () => 'processing' })
  const server = await startTestServer({ channel: vendor.channel({ name: 'main' }) })
  const id = await server.newVideo()
  const [channel] = (await server.call('GET', '/admin/channels')).body.data
  await server.call('PATCH', `/admin/channels/${channel.id}`, { models: { renamed: 'kling-v1' } })
  vendor.onPoll = () => 'succeed'
  await server.finished(id)
  const found = await scrape(server)
  expect(valueOf(found, 'reelay_videos_total', { model: 'other', channel: 'main' })).toBe(1)
  await server.close()
  await vendor.close()
})

describe('who may read it', () => {
  const server = forAllTests(() => startTestServer({ env: { METRICS_TOKEN: TOKEN } }))
  const status = async (key: string | null) => (await server.ask('/metrics', { key })).status

  test('the token, which may read nothing else', async () => {
    expect(await status(TOKEN)).toBe(200)
    expect((await server.ask('/admin/keys', { key: TOKEN })).status).toBe(401)
    expect((await server.ask('/v1/videos', { key: TOKEN })).status).toBe(401)
  })

  test('admin keys that may read metrics; nobody else', async () => {
    const scoped = async (...scopes: string[]) =>
      (await server.newKey({ name: scopes.join(), role: 'admin', scopes })).key
    expect(await status(await scoped('metrics:read'))).toBe(200)
    expect(await status(await scoped('tasks:read'))).toBe(403)
    expect(await status(await server.memberKey())).toBe(403)
    expect(await status(null)).toBe(401)
    expect(await status(`${TOKEN.slice(0, -1)}!`)).toBe(401)
    expect(await status('')).toBe(401)
  })

  test('without a token, admin keys still', async () => {
    const closed = await startTestServer()
    expect((await closed.ask('/metrics', { key: null })).status).toBe(401)
    expect((await closed.ask('/metrics', {})).status).toBe(200)
    await closed.close()
  })
})
