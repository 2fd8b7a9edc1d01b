import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startFakeCloudsway, type FakeCloudsway } from '../support/fake-cloudsway.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/* Keys for programs that were written against a new-api server: fronts.md §15 has what those read. */

let vendor: FakeCloudsway
let server: TestServer
let key: string

beforeAll(async () => {
  vendor = await startFakeCloudsway()
  server = await startTestServer()
  await server.call('POST', '/admin/channels', vendor.channel({ max_concurrency: 1 }))
  key = await server.memberKey({ dialect: 'newapi' })
})
afterAll(async () => {
  await server.close()
  await vendor.close()
})

const create = async (path = '/v1/video/generations') =>
  server.call('POST', path, { model: 'kling-v1', prompt: 'a cat' }, { key })
const get = async (path: string, as = key) => (await server.call('GET', path, undefined, { key: as })).body

describe('a key whose dialect is newapi', () => {
  test('creates as ever, and polls an envelope through every state', async () => {
    const { body: made } = await create()
    expect(made).toMatchObject({ object: 'video', status: 'processing' })
    const { body: waits } = await create()
    const envelope = { code: 'success', message: '' }
    expect(await get(`/v1/video/generations/${made.id}`)).toMatchObject({
      ...envelope,
      data: { task_id: made.id, status: 'IN_PROGRESS', progress: expect.stringMatching(/^\d+%$/), result_url: '' }
    })
    expect(await get(`/v1/video/generations/${waits.id}`)).toMatchObject({
      ...envelope,
      data: { status: 'QUEUED', progress: '0%', fail_reason: '', start_time: 0, finish_time: 0 }
    })
    await server.finished(made.id)
    const done = await get(`/v1/video/generations/${made.id}`)
    expect(done.data).toMatchObject({ status: 'SUCCESS', progress: '100%', data: { id: made.id, status: 'succeeded' } })
    expect((await fetch(done.data.result_url)).headers.get('content-type')).toBe('video/mp4')
    await server.call('POST', `/v1/videos/${waits.id}/cancel`, undefined, { key })
    expect((await get(`/v1/video/generations/${waits.id}`)).data).toMatchObject({
      status: 'FAILURE',
      fail_reason: expect.stringMatching(/./)
    })
  })

  test('is told everything else as anybody', async () => {
    const { body: made } = await create('/v1/videos')
    expect(made.object).toBe('video')
    expect((await get(`/v1/videos/${made.id}`)).object).toBe('video')
    expect((await get('/v1/video/generations')).object).toBe('list')
    // the same row, asked for by a key without the envelope
    const admin = (await server.call('GET', `/v1/video/generations/${made.id}`)).body
    expect(admin.object).toBe('video')
    expect((await get(`/v1/video/generations/${made.id}`)).code).toBe('success')
    expect((await server.call('GET', `/v1/video/generations/${made.id}`)).body.object).toBe('video')
  })
})
