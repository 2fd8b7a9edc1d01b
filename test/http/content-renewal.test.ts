import Fastify from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { filmOf } from '../support/film.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* Runway's links die after a day; asking for the task again gives a new one (docs.dev.runwayml.com). */

const vendor = Fastify()
const server = forAllTests(startTestServer)
let link = 1
let alive = 1
let polls = 0

vendor.post('/v1/text_to_video', async () => ({ id: 'task-1' }))
vendor.get('/v1/tasks/task-1', async request => {
  polls++
  return { id: 'task-1', status: 'SUCCEEDED', output: [`http://${request.host}/files/${link}.mp4`] }
})
vendor.get<{ Params: { file: string } }>('/files/:file', async (request, reply) =>
  request.params.file === `${alive}.mp4`
    ? reply.type('video/mp4').send(filmOf(`file ${alive}`))
    : reply.code(403).send('expired')
)

beforeAll(async () => {
  const url = await vendor.listen({ host: '127.0.0.1', port: 0 })
  await server.newChannel({
    name: 'r',
    vendor: 'runway',
    base_url: url,
    credential: 'c',
    models: { video: 'gen-next' }
  })
})
afterAll(() => vendor.close())

test('a link that died is renewed by one poll, once; the new one is kept', async () => {
  const id = await server.newVideo({ model: 'video' })
  await server.finished(id)
  const get = async () => {
    const response = await server.content(id)
    const text = await response.text()
    return [response.status, /file \d/.exec(text)?.[0] ?? text]
  }
  expect(await get()).toEqual([200, 'file 1'])

  link = alive = 2
  const before = polls
  expect(await get()).toEqual([200, 'file 2'])
  expect(polls - before).toBe(1)
  expect(await get()).toEqual([200, 'file 2'])
  expect(polls - before).toBe(1)

  // the vendor has only the dead link to offer
  alive = 3
  const code = async () => {
    const [status, text] = await get()
    return [status, JSON.parse(String(text)).code]
  }
  expect(await code()).toEqual([503, 'video_unavailable'])
  expect(polls - before).toBe(2)
  await server.advance(25 * 3_600_000)
  expect(await code()).toEqual([410, 'video_expired'])
})
