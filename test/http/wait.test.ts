import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { waitOf } from '../../src/fronts/documented/wait.ts'
import { ADMIN_KEY } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

const vendor = forEachTest(startFakeCloudsway)
const server = forEachTest(() => startTestServer({ channel: vendor.channel() }))

const waiting = (count: number) =>
  expect.poll(() => server.watches.size(), { interval: 5, timeout: 20_000 }).toBe(count)

test.each(['/v1/videos/ID?wait=120', '/v1/video/generations/ID?wait=120', '/openai/v1/videos/ID/?wait=120'])(
  'GET %s answers when the task ends, not before',
  async path => {
    const id = await server.newVideo()
    const answer = server.call('GET', path.replace('ID', id))
    await waiting(1)
    await server.finished(id)
    const { status, body, headers } = await answer
    expect([status, body.progress]).toEqual([200, 100])
    expect(headers.get('openai-poll-after-ms')).toBeNull()
    await waiting(0)
  }
)

test('Prefer: wait=120 does the same, and says so', async () => {
  const id = await server.newVideo()
  const answer = server.call('GET', `/v1/videos/${id}`, undefined, {
    headers: { prefer: 'respond-async; x=y, wait=120' }
  })
  await waiting(1)
  await server.finished(id)
  const { body, headers } = await answer
  expect(body.status).toBe('succeeded')
  expect(headers.get('preference-applied')).toBe('wait=120')
})

test('when the time is up the task comes as it is', async () => {
  vendor.onPoll = () => 'processing'
  const id = await server.newVideo()
  const { status, body, headers } = await server.call('GET', `/v1/videos/${id}?wait=1`)
  expect([status, body.status]).toEqual([200, 'processing'])
  expect(headers.get('openai-poll-after-ms')).toMatch(/^\d+$/)
  expect((await server.call('GET', `/v1/videos/${id}?wait=0`)).body.status).toBe('processing')
  await waiting(0)
})

test.each(['', 'abc', '-1', '121', '1000', '1.5', '1e2', '0x10', '1&wait=2'])(
  'GET ?wait=%s 400 names wait',
  async wait => {
    const id = await server.newVideo()
    const refused = await server.call('GET', `/v1/videos/${id}?wait=${wait}`)
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'invalid_request', param: 'wait' } } })
  }
)

test.each(['wait=abc', 'wait=121', 'wait', 'wait='])('Prefer: %s 400 names wait', async prefer => {
  const id = await server.newVideo()
  const refused = await server.call('GET', `/v1/videos/${id}`, undefined, { headers: { prefer } })
  expect(refused).toMatchObject({ status: 400, body: { error: { param: 'wait' } } })
})

test('other preferences are none of ours', async () => {
  const id = await server.newVideo()
  const { status, headers } = await server.call('GET', `/v1/videos/${id}`, undefined, {
    headers: { prefer: 'return=minimal, waiting=5' }
  })
  expect([status, headers.get('preference-applied')]).toEqual([200, null])
})

test('another key’s task is 404 at once', async () => {
  const id = await server.newVideo()
  const key = await server.memberKey()
  expect((await server.call('GET', `/v1/videos/${id}?wait=120`, undefined, { key })).status).toBe(404)
  await waiting(0)
})

test('a client that leaves leaves no watch and no timer', async () => {
  vendor.onPoll = () => 'processing'
  const id = await server.newVideo()
  const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  const leave = new AbortController()
  const calls = Array.from({ length: 50 }, () =>
    fetch(`${server.url}/v1/videos/${id}?wait=120`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
      signal: leave.signal
    }).catch(() => 'left')
  )
  await waiting(50)
  const during = timers()
  leave.abort()
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['left']))
  await waiting(0)
  expect(timers()).toBeLessThan(during - 40)
})

test('a stop of the server answers those who wait with what there is', async () => {
  vendor.onPoll = () => 'processing'
  const id = await server.newVideo()
  const answer = server.call('GET', `/v1/videos/${id}?wait=120`)
  await waiting(1)
  server.watches.stop()
  expect((await answer).body.status).toBe('processing')
})

test('a stop of the server does not wait for a connection that never asked for anything', async () => {
  const stopping = await startTestServer()
  const socket = connect(Number(new URL(stopping.url).port), '127.0.0.1')
  await once(socket, 'connect')
  const closed = once(socket, 'close')
  await stopping.close()
  await closed
})

test('a preference of any length is read at once', async () => {
  const prefer = `wait${'='.repeat(60_000)}`
  const began = performance.now()
  for (let n = 0; n < 100; n++) expect(() => waitOf({ query: {}, headers: { prefer } } as never)).toThrow('wait')
  expect(performance.now() - began).toBeLessThan(2000)
})

test('progress that follows from the time is never older than the poll', async () => {
  vendor.onPoll = () => 'processing'
  const id = await server.newVideo()
  const shown = async () => (await server.call('GET', `/v1/videos/${id}`)).body.progress
  const before = await shown()
  // less than the second that a row is remembered
  await server.advance(900)
  expect(await shown()).toBeGreaterThan(before)
})
