import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* What somebody who waits is told. */

const env = { VIDEO_STATUS_DIALECT: 'openai' }
const vendor = forEachTest(startFakeCloudsway)
const server = forEachTest(() => startTestServer({ env, channel: vendor.channel({ max_concurrency: 2 }) }))

const create = async () => (await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'p' })).body
const get = async (id: string) => (await server.call('GET', `/v1/videos/${id}`)).body

test('a queue position comes with an estimate: none at first, then by the typical duration, then by the throughput', async () => {
  vendor.onPoll = () => 'processing'
  const [first, second] = [await create(), await create()]
  const waiting = [await create(), await create(), await create(), await create()]
  expect(waiting[3].metadata).toMatchObject({ queue_position: 4, estimated_wait_seconds: null })

  await server.advance(40_000)
  vendor.onPoll = () => 'succeed'
  await server.finished(first.id)
  await server.finished(second.id)
  vendor.onPoll = () => 'processing'
  const third = (await get(waiting[2].id)).metadata
  expect(third.queue_position ?? 1).toBe(1)
  const last = (await get(waiting[3].id)).metadata
  expect(last.queue_position).toBe(2)
  // two left since: some forty seconds and more for each pair
  expect(last.estimated_wait_seconds).toBeGreaterThan(0)
  expect(last.estimated_wait_seconds).toBeLessThan(300)
})

test('progress that is expected until the vendor reports some is never taken back', async () => {
  let said = 0
  const app = Fastify()
  const job = () => ({ id: 'video_1', object: 'video', status: 'in_progress', progress: said })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.post('/v1/videos', job)
  app.get('/v1/videos/:id', job)
  const base_url = await app.listen({ host: '127.0.0.1', port: 0 })
  const models = { 'sora-2': 'sora-2' }
  await server.newChannel({ name: 'o', vendor: 'openai', base_url, credential: 'x', models })
  const id = await server.newVideo({ model: 'sora-2' })
  const seen: number[] = []
  for (let n = 0; n < 12; n++) {
    await server.advance(5000)
    seen.push((await get(id)).progress)
    if (n === 5) said = 3
    if (n === 9) said = 97
  }
  expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  expect(seen[4]).toBeGreaterThan(10)
  expect(seen.at(-1)).toBe(97)
  await app.close()
})
