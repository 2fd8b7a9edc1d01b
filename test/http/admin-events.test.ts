import { expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { startReceiver } from '../webhooks/receiver.ts'

/* Live news for the console (G8): what changes is told, and nothing is told to who may not know. */

const vendor = forAllTests(() => startFakeCloudsway())
const server = forAllTests(() => startTestServer())

/** Opens the stream; `until` resolves with everything that was said once it contains all of the given texts. */
async function listen(headers: Record<string, string> = {}) {
  const gone = new AbortController()
  const response = await fetch(`${server.url}/admin/events`, {
    headers: { authorization: `Bearer ${(await import('../support/environment.ts')).ADMIN_KEY}`, ...headers },
    signal: gone.signal
  })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    response,
    async until(...texts: string[]): Promise<string> {
      while (!texts.every(one => text.includes(one))) {
        const { value, done } = await reader.read()
        if (done) throw new Error(`the stream ended: ${text}`)
        text += value
      }
      return text
    },
    /** Resolves when the server has ended the stream. */
    async ended() {
      while (!(await reader.read()).done);
    },
    close: () => gone.abort()
  }
}

test('tasks, budgets and channels as they change', async () => {
  const channel = await server.newChannel(vendor.channel())
  await server.call('PATCH', '/admin/models/kling-v1', { prices: [{ unit: 'video', amount: '0.50', currency: 'USD' }] })
  const key = await server.newKey()
  const stream = await listen()
  expect(stream.response.headers.get('content-type')).toMatch(/^text\/event-stream/)
  const id = await server.newVideo({ prompt: 'a cat' }, key)
  await stream.until('event: task', `"id":"${id}","state":"running","key_id":"${key.id}","channel_id":"${channel}"`)
  await server.finished(id)
  await stream.until(`"id":"${id}","state":"succeeded"`, 'event: budget', `{"key_id":"${key.id}"}`)
  await server.call('PATCH', `/admin/channels/${channel}`, { disabled: true })
  await stream.until('event: channel', `{"id":"${channel}","health":{"state":"disabled"`)
  await server.call('PATCH', `/admin/channels/${channel}`, { disabled: false })
  stream.close()
})

test('deliveries and settings as they change', async () => {
  const receiver = await startReceiver()
  const asked = { url: receiver.url, event_types: ['video.completed'] }
  await server.call('POST', '/v1/webhook_endpoints', asked)
  const stream = await listen()
  await server.finished(await server.newVideo({ prompt: 'a cat' }))
  await server.services.deliver.runNow()
  await server.services.deliver.settled()
  const [{ id }] = (await server.call('GET', '/admin/webhook_deliveries')).body.data
  await stream.until('event: delivery', `{"id":"${id}","status":"delivered"}`)
  await server.call('PATCH', '/admin/settings', { exchange_log: 'all' })
  await stream.until('event: settings')
  stream.close()
})

test('who was away is told to read again; who may not see tasks is refused', async () => {
  const stream = await listen({ 'last-event-id': '7' })
  expect(await stream.until('event: resync')).toContain('id: 8\n')
  stream.close()
  const member = await server.memberKey()
  expect((await server.call('GET', '/admin/events', undefined, { key: member })).status).toBe(403)
})

test('a stop of the server ends the stream', async () => {
  const other = await startTestServer()
  const response = await other.ask('/admin/events', {})
  const reader = response.body!.getReader()
  await reader.read()
  await other.close()
  while (!(await reader.read()).done);
})

test('a stream that opens while the server stops ends at once, so that the stop does too', async () => {
  server.services.live.stop()
  const stream = await listen()
  await stream.ended()
})
