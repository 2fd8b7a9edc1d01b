import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { ADMIN_KEY } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { field, openSocket, readAnswer, sendRaw } from '../support/wire.ts'
import { bytesOf, expectError, form, json } from './requests.ts'

const MB = 1024 * 1024
const vendor = forEachTest(startFakeCloudsway)
const server = forEachTest(() => startTestServer({ env: { BODIES_MB: '64' }, channel: vendor.channel() }))

const head = (key: string, length: string, type = 'application/json') =>
  `POST /v1/videos HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${key}\r\ncontent-type: ${type}\r\n${length}\r\n\r\n`

/** Waits until bodies take this many bytes. */
const taken = (bytes: number) => expect.poll(() => server.bodies.size(), { timeout: 30_000, interval: 10 }).toBe(bytes)

/** A connection that has said how much will come, and stopped. */
function stalled(key: string, bytes: number) {
  const socket = openSocket(server.url)
  socket.write(head(key, `content-length: ${bytes}`) + '{"prompt":"')
  return socket
}

describe('the size of a body', () => {
  const large = { model: 'kling-v1', prompt: 'a cat', padding: 'x'.repeat(2 * MB) }

  test.each([
    '/v1/webhook_endpoints',
    '/v1/videos/video_1/cancel',
    '/admin/keys',
    '/admin/channels',
    '/v1/video/generations/video_1/cancel'
  ])('POST %s takes 1 MB at most', async path => {
    expectError(await sendRaw(server.url, bytesOf(json(large, path), ADMIN_KEY)), [413, 'request_too_large'])
    const chunked = { ...json(large, path), headers: { 'content-type': 'application/json' } }
    const body = JSON.stringify(large)
    const bytes = bytesOf(
      {
        ...chunked,
        headers: { ...chunked.headers, 'content-length': undefined, 'transfer-encoding': 'chunked' },
        body: `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
      },
      ADMIN_KEY
    )
    expectError(await sendRaw(server.url, bytes), [413, 'request_too_large'])
  })

  test.each(['/v1/videos', '/v1/video/generations', '/v1/videos/estimate'])('POST %s takes images', async path => {
    expect((await server.call('POST', path, large)).status).toBe(200)
  })

  test.each(['/v1/videos', '/v1/videos/estimate'])('POST %s refuses many small values at once', async path => {
    const rows = `[${'{},'.repeat(9999)}{}]`
    const body = `{"model":"kling-v1","prompt":"a","metadata":{"a":[${Array(200).fill(rows).join()}]}}`
    const answer = await sendRaw(server.url, bytesOf(json(body, path), ADMIN_KEY))
    expectError(answer, [400, 'invalid_request'])
    expect(answer.body.message).toContain('too many values')
  })

  test('the fields of a form have one budget: what is beyond it stays text', async () => {
    const text = `[${'{},'.repeat(9999)}{}]`
    const parts = Array.from({ length: 10 }, (_, n) => field(`metadata[list${n}]`, text))
    const { headers, body } = form([field('model', 'kling-v1'), field('prompt', 'a'), ...parts])
    const bytes = bytesOf({ method: 'POST', headers: headers!, body: body! }, ADMIN_KEY)
    expect((await sendRaw(server.url, bytes)).status).toBe(200)
    const { list0, list9 } = vendor.submits.at(-1)!.body
    expect([Array.isArray(list0), list9]).toEqual([true, text])
  })
})

describe('bytes at once', () => {
  test('are bounded per key and in sum; who waits gets its turn, who waits too long a 429 or 503', async () => {
    const [a, b] = [await server.newKey(), await server.newKey()]
    const first = stalled(a.key, 60 * MB)
    await taken(60 * MB)
    const own = sendRaw(server.url, bytesOf(json({ prompt: 'x', padding: 'x'.repeat(10 * MB) }), a.key))
    const other = sendRaw(server.url, bytesOf(json({ prompt: 'x', padding: 'x'.repeat(10 * MB) }), b.key))
    // small ones pass
    expect(await server.newVideo({}, b)).toMatch(/^video_/)
    const refusals = [await own, await other]
    expectError(refusals[0]!, [429, 'rate_limit_exceeded'])
    expectError(refusals[1]!, [503, 'overloaded'])
    for (const { headers } of refusals) expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    const late = server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'x', padding: 'x'.repeat(10 * MB) }, b)
    await new Promise(resolve => setTimeout(resolve, 50))
    first.destroy()
    expect((await late).status).toBe(200)
    await taken(0)
  })

  test('of a body without a length count as they come', async () => {
    const { key } = await server.newKey()
    const sockets = [0, 1].map(() => openSocket(server.url))
    const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
    const part = '--b\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    const megabyte = chunk(' '.repeat(MB))
    sockets[0]!.write(head(key, 'transfer-encoding: chunked'))
    for (let sent = 0; sent < 40; sent++) sockets[0]!.write(megabyte)
    await taken(40 * MB)
    const answer = readAnswer(sockets[1]!)
    sockets[1]!.write(head(key, 'transfer-encoding: chunked', 'multipart/form-data; boundary=b') + chunk(part))
    for (let sent = 0; sent < 40; sent++) sockets[1]!.write(megabyte)
    expectError(await answer, [429, 'rate_limit_exceeded'])
    sockets[0]!.destroy()
    await taken(0)
  })

  test('count until the vendor has answered, although the client has gone', async () => {
    const answered = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    vendor.onSubmit = async () => {
      asked.resolve()
      await answered.promise
      return 'accept' as const
    }
    const socket = openSocket(server.url)
    const body = JSON.stringify({ model: 'kling-v1', prompt: 'x', padding: 'x'.repeat(5 * MB) })
    socket.write(head(ADMIN_KEY, `content-length: ${body.length}`) + body)
    await asked.promise
    socket.destroy()
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(server.bodies.size()).toBeGreaterThan(5 * MB)
    answered.resolve()
    await taken(0)
  })
})

test.each(['application/json', 'multipart/form-data; boundary=b'])(
  'a body that comes too slowly 408: %s',
  async type => {
    const { key } = await server.newKey()
    const socket = openSocket(server.url)
    socket.write(head(key, `content-length: ${50 * MB}`, type) + '--b\r\n')
    await taken(50 * MB)
    await server.advance(11_000)
    const answer = await readAnswer(socket)
    expectError(answer, [408, 'request_timeout'])
    expect(answer.headers.connection).toBe('close')
    await taken(0)
  }
)

test('bodies that nobody wants are read little by little, to their end', async () => {
  const requests = Array.from({ length: 40 }, () => Buffer.from(head('wrong', `content-length: ${4 * MB}`)))
  const size = requests.reduce((sum, bytes) => sum + bytes.length + 4 * MB, 0)
  const served: Socket[] = []
  server.app.server.on('connection', socket => served.push(socket))
  const sockets = requests.map(() => openSocket(server.url))
  await expect.poll(() => served.length).toBe(sockets.length)
  const read = () => served.reduce((sum, socket) => sum + socket.bytesRead, 0)

  const statuses = sockets.map(async (socket, n) => {
    socket.write(requests[n]!)
    socket.write(Buffer.alloc(4 * MB, ' '))
    const [first] = (await once(socket, 'data')) as [Buffer]
    return first.toString('latin1', 9, 12)
  })
  let [before, most] = [0, 0]
  while (before < size) {
    await new Promise(resolve => setImmediate(resolve))
    most = Math.max(most, read() - before)
    before = read()
  }
  expect(await Promise.all(statuses)).toEqual(sockets.map(() => '401'))
  // without a bound: 74 MB
  expect(most).toBeLessThan(16 * MB)
  for (const socket of sockets) socket.destroy()
})
