import { expect, test, vi } from 'vitest'
import { ADMIN_KEY } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

const vendor = forEachTest(startFakeCloudsway)
const server = forEachTest(() => startTestServer({ env: { STREAMS_PER_KEY: '4' }, channel: vendor.channel() }))

interface Message {
  id?: string
  event?: string
  data?: any
  comment?: string
  retry?: string
}

/** Reads a stream as an EventSource would. */
async function open(path: string, { key = ADMIN_KEY, headers = {} }: { key?: string; headers?: object } = {}) {
  const leave = new AbortController()
  const response = await fetch(server.url + path, {
    headers: { authorization: `Bearer ${key}`, ...headers },
    signal: leave.signal
  })
  const messages: Message[] = []
  let grown = Promise.withResolvers<void>()
  let ended = false
  const reading = (async () => {
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString()
      const blocks = text.split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) messages.push(toMessage(block))
      grown.resolve()
      grown = Promise.withResolvers()
    }
  })()
    .catch(() => {})
    .finally(() => {
      ended = true
      grown.resolve()
    })
  return {
    response,
    messages,
    events: () => messages.filter(({ event }) => event !== undefined),
    leave: () => leave.abort(),
    ended: reading,
    async until(done: () => boolean) {
      while (!done()) {
        if (ended) throw new Error(`the stream ended: ${JSON.stringify(messages)}`)
        await grown.promise
      }
    }
  }
}

function toMessage(block: string): Message {
  const message: Message = {}
  for (const line of block.split('\n')) {
    const [, name, value] = /^(\w*): ?(.*)$/.exec(line) ?? []
    if (name === '') message.comment = value!
    else if (name === 'data') message.data = JSON.parse(value!)
    else if (name) message[name as 'id'] = value!
  }
  return message
}

test('a stream has what happened so far, then what happens, in the words of its path, and ends', async () => {
  const id = await server.newVideo()
  const stream = await open(`/openai/v1/videos/${id}/events`)
  expect(stream.response.status).toBe(200)
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(stream.response.headers.get('cache-control')).toContain('no-store')
  await stream.until(() => stream.events().length === 2)
  await server.finished(id)
  await stream.ended
  const events = stream.events()
  expect(events.map(({ event, data }) => [event, data.status])).toEqual([
    ['video.queued', 'queued'],
    ['video.in_progress', 'in_progress'],
    ['video.completed', 'completed']
  ])
  for (const { id: eventId, data } of events) {
    expect(eventId).toMatch(/^evt_/)
    expect(data).toMatchObject({ id, object: 'video', model: 'kling-v1', prompt: 'a cat' })
  }
  expect(events[0]!.data).toMatchObject({ url: null, completed_at: null, progress: 0 })
  expect(events[2]!.data).toMatchObject({ url: expect.stringContaining('http'), progress: 100 })
})

test('the unified words are processing and succeeded; a failure ends the stream too', async () => {
  const [good, bad] = [await server.newVideo(), await server.newVideo()]
  vendor.onPoll = ({ id }) => (id === 'up-1' ? 'succeed' : 'failed')
  await server.finished(good)
  await server.finished(bad)
  const words = async (id: string) => {
    const stream = await open(`/v1/videos/${id}/events`)
    await stream.ended
    return stream.events().map(({ event, data }) => [event, data.status, data.error?.code])
  }
  expect(await words(good)).toEqual([
    ['video.queued', 'processing', undefined],
    ['video.in_progress', 'processing', undefined],
    ['video.completed', 'succeeded', undefined]
  ])
  expect((await words(bad)).at(-1)).toEqual(['video.failed', 'failed', 'generation_failed'])
})

test('Last-Event-ID goes on where the client was; after the end there is nothing to come back for', async () => {
  const id = await server.newVideo()
  const first = await open(`/v1/videos/${id}/events`)
  await first.until(() => first.events().length === 2)
  first.leave()
  await server.finished(id)
  const [queued, running] = first.events()
  const resumed = async (lastId: string) => {
    const stream = await open(`/v1/videos/${id}/events`, { headers: { 'last-event-id': lastId } })
    await stream.ended
    return stream
  }
  const rest = (await resumed(queued!.id!)).events()
  expect(rest.map(({ event }) => event)).toEqual(['video.in_progress', 'video.completed'])
  expect(rest[0]!.id).toBe(running!.id)
  expect((await resumed(rest[1]!.id!)).response.status).toBe(204)
  expect((await resumed('evt_unknown')).events()).toHaveLength(3)
})

test('what another node did is seen within a second', async () => {
  const id = await server.newVideo()
  const stream = await open(`/v1/videos/${id}/events`)
  await stream.until(() => stream.events().length === 2)
  const other = await startTestServer({
    env: { DATABASE_URL: `file:${server.folder}/reelay.db`, SECRET_KEY_FILE: `${server.folder}/secret.key` }
  })
  await server.services.loop.stop()
  await other.finished(id)
  await stream.ended
  expect(stream.events().at(-1)).toMatchObject({ event: 'video.completed' })
  await other.stop()
})

test('a quiet stream is kept open by comments', async () => {
  vendor.onPoll = () => 'processing'
  const id = await server.newVideo()
  const stream = await open(`/v1/videos/${id}/events`)
  await stream.until(() => stream.events().length === 2)
  await server.advance(16_000)
  await stream.until(() => stream.messages.some(({ comment }) => comment === 'heartbeat'))
  stream.leave()
})

test('a client that leaves leaves nothing behind', async () => {
  vendor.onPoll = () => 'processing'
  const id = await server.newVideo()
  const streams = await Promise.all(Array.from({ length: 4 }, () => open(`/v1/videos/${id}/events`)))
  for (const stream of streams) await stream.until(() => stream.events().length === 2)
  expect(server.watches.size()).toBe(4)
  for (const stream of streams) stream.leave()
  await expect.poll(() => server.watches.size()).toBe(0)
})

test('a key may have as many streams and waits as it is allowed, together; further ones are 429 until one has ended', async () => {
  vendor.onPoll = () => 'processing'
  const member = await server.newKey()
  const id = await server.newVideo({}, member)
  const streams = await Promise.all(Array.from({ length: 3 }, () => open(`/v1/videos/${id}/events`, member)))
  for (const stream of streams) await stream.until(() => stream.events().length === 2)
  const leave = new AbortController()
  const wait = (key: string) =>
    fetch(`${server.url}/v1/videos/${id}?wait=60`, {
      headers: { authorization: `Bearer ${key}` },
      signal: leave.signal
    })
  const waiting = wait(member.key).catch(() => 'left')
  await expect.poll(() => server.watches.size()).toBe(4)
  for (const path of ['events', '?wait=60', '?wait=0']) {
    const refused = await server.call('GET', `/v1/videos/${id}/${path}`, undefined, member)
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limit_exceeded' } })
    expect(refused.headers.get('retry-after')).toBe('5')
  }
  // polls and other keys are free
  expect((await server.call('GET', `/v1/videos/${id}`, undefined, member)).status).toBe(200)
  expect((await server.call('GET', `/v1/videos/${id}?wait=0`)).status).toBe(200)
  leave.abort()
  expect(await waiting).toBe('left')
  await expect.poll(() => server.watches.size()).toBe(3)
  expect((await server.call('GET', `/v1/videos/${id}?wait=0`, undefined, member)).status).toBe(200)
  for (const stream of streams) stream.leave()
})

test('streams that nothing happens to read nothing', async () => {
  vendor.onPoll = () => 'processing'
  const id = await server.newVideo()
  const streams = await Promise.all(Array.from({ length: 4 }, () => open(`/v1/videos/${id}/events`)))
  for (const stream of streams) await stream.until(() => stream.events().length === 2)
  await server.services.loop.stop()
  const { tasks } = server.services
  const history = vi.spyOn(tasks, 'history')
  const marks = vi.spyOn(server.services.stores.tasks, 'marks')
  const looks = async (count: number) =>
    vi.waitFor(() => expect(marks.mock.calls.length).toBeGreaterThan(count), { timeout: 20_000, interval: 20 })
  await looks(1)
  const before = history.mock.calls.length
  await looks(4)
  expect(history.mock.calls.length).toBe(before)
  for (const stream of streams) stream.leave()
})

test('a stop of the server ends streams at once', async () => {
  vendor.onPoll = () => 'processing'
  const id = await server.newVideo()
  const stream = await open(`/v1/videos/${id}/events`)
  await stream.until(() => stream.events().length === 2)
  server.watches.stop()
  await stream.ended
})

test('a deleted video ends its stream; another key’s is 404; a revoked key hears no more', async () => {
  vendor.onPoll = () => 'processing'
  const member = await server.newKey()
  const id = await server.newVideo({}, member)
  const path = `/v1/videos/${id}/events`
  expect((await open(path, { key: await server.memberKey() })).response.status).toBe(404)
  expect((await open('/v1/videos/video_none/events')).response.status).toBe(404)
  const stream = await open(path, member)
  await stream.until(() => stream.events().length === 2)
  await server.call('DELETE', `/admin/keys/${member.id}`)
  await stream.ended
  const watched = await open(path)
  await watched.until(() => watched.events().length === 2)
  await server.call('DELETE', `/v1/videos/${id}`)
  await watched.ended
})
