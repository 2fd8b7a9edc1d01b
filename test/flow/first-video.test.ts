import { afterAll, beforeAll, expect, test } from 'vitest'
import { startFakeCloudsway, type FakeCloudsway } from '../support/fake-cloudsway.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let vendor: FakeCloudsway
let server: TestServer

beforeAll(async () => {
  vendor = await startFakeCloudsway()
  server = await startTestServer()
  await server.call('POST', '/admin/channels', vendor.channel())
})
afterAll(async () => {
  await server.close()
  await vendor.close()
})

test('POST to playable file: submitted with the slot, polled to its end, streamed', async () => {
  const key = await server.memberKey()
  const created = await server.call(
    'POST',
    '/v1/video/generations',
    { model: 'kling-v1', prompt: 'a cat', duration: 5 },
    { key }
  )
  expect(created.status).toBe(200)
  expect(created.body).toMatchObject({ object: 'video', status: 'processing', seconds: '5', url: null, error: null })
  expect(vendor.submits).toHaveLength(1)

  const done = await server.finished(created.body.id, key)
  expect(done).toMatchObject({ status: 'completed', progress: 100, metadata: { duration: 5 } })

  const file = await fetch(`${server.url}/v1/videos/${created.body.id}/content`, {
    headers: { authorization: `Bearer ${key}` }
  })
  expect(file.status).toBe(200)
  expect(file.headers.get('set-cookie')).toBeNull()
  expect(Buffer.from(await file.arrayBuffer()).equals(vendor.video)).toBe(true)

  const link = await fetch(done.url)
  expect(link.status).toBe(200)
})
