import { once } from 'node:events'
import { expect, test } from 'vitest'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { openSocket, readAnswer } from '../support/wire.ts'
import { expectError } from './requests.ts'

const server = forEachTest(startTestServer)
const member = forEachTest(() => server.newKey())

test('the limits are set: headers, whole requests, idle connections, their size', () => {
  const { headersTimeout, requestTimeout, keepAliveTimeout } = server.app.server
  expect(headersTimeout).toBe(10_000)
  expect(requestTimeout).toBe(120_000)
  // longer than the minute of common proxies, so that it is they who close
  expect(keepAliveTimeout).toBeGreaterThan(60_000)
  expect(server.app.initialConfig).toMatchObject({ bodyLimit: 1024 * 1024 })
})

test('headers that never end 408', async () => {
  server.app.server.headersTimeout = 50
  const socket = openSocket(server.url)
  socket.write('GET /v1/videos HTTP/1.1\r\nhost: a\r\nx-slow: ')
  expectError(await readAnswer(socket), [408, 'request_timeout'])
})

test.each(['application/json', 'multipart/form-data; boundary=b'])('a body that never ends 408: %s', async type => {
  // headers have their own time, within the whole
  server.app.server.headersTimeout = 50
  server.app.server.requestTimeout = 100
  const socket = openSocket(server.url)
  socket.write(
    `POST /v1/videos HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${member.key}\r\ncontent-type: ${type}\r\ncontent-length: 1000\r\n\r\n--b\r\n`
  )
  expectError(await readAnswer(socket), [408, 'request_timeout'])
})

test('a connection that says nothing is closed', async () => {
  server.app.server.headersTimeout = 50
  const socket = openSocket(server.url)
  socket.resume()
  await once(socket, 'close')
  expect((await server.call('GET', '/v1/videos', undefined, member)).status).toBe(200)
})

test('a client that leaves in the middle of its body breaks nothing', async () => {
  const handled = once(server.app.server, 'request')
  const socket = openSocket(server.url)
  socket.write(
    `POST /v1/videos HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${member.key}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"prompt":`
  )
  await handled
  socket.destroy()
  expect((await server.call('GET', '/v1/videos', undefined, member)).body.data).toEqual([])
})

test('requests smuggled behind a length are not read', async () => {
  const socket = openSocket(server.url)
  socket.write(
    `POST /v1/videos HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${member.key}\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /livez HTTP/1.1\r\nhost: a\r\n\r\n`
  )
  const chunks: Buffer[] = []
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk)
  expect(
    Buffer.concat(chunks)
      .toString()
      .match(/HTTP\/1\.1 \d+/g)
  ).toEqual(['HTTP/1.1 400'])
})
