import { expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

const vendor = forAllTests(startFakeCloudsway)
const server = forAllTests(() => startTestServer({ channel: vendor.channel() }))

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

  const file = await server.content(created.body.id, { key })
  expect(file.status).toBe(200)
  expect(file.headers.get('set-cookie')).toBeNull()
  expect(Buffer.from(await file.arrayBuffer()).equals(vendor.video)).toBe(true)

  const link = await fetch(done.url)
  expect(link.status).toBe(200)
})
