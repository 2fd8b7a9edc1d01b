import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { smallFilm } from '../support/film.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { webp } from '../support/webp.ts'

/* The second file of a task: the image that Ark makes for `return_last_frame`. */

const MODEL = 'doubao-seedance-2-0-260128'
const vendor = forEachTest(startFakeArk)
const server = forEachTest(() =>
  startTestServer({
    env: { ARCHIVE_URL: '' },
    channel: {
      name: 'ark',
      vendor: 'ark',
      base_url: vendor.url,
      credential: 'k',
      models: { [MODEL]: MODEL }
    }
  })
)

async function startFakeArk() {
  const app = Fastify()
  const fake = { url: '', last: true, lost: false, close: () => app.close() }
  const files = { '/v.mp4': ['video/mp4', smallFilm], '/last.webp': ['image/webp', webp] } as const
  for (const [path, [type, bytes]] of Object.entries(files))
    app.get(path, (_, reply) => (fake.lost ? reply.code(403).send() : reply.type(type).send(bytes)))
  const tasks = '/api/v3/contents/generations/tasks'
  app.post<{ Body: { return_last_frame?: boolean } }>(tasks, ({ body }) => {
    fake.last = body.return_last_frame === true
    return { id: 'cgt-1' }
  })
  app.get(`${tasks}/cgt-1`, () => ({
    id: 'cgt-1',
    status: 'succeeded',
    content: { video_url: `${fake.url}/v.mp4`, ...(fake.last && { last_frame_url: `${fake.url}/last.webp` }) }
  }))
  fake.url = await app.listen({ host: '127.0.0.1', port: 0 })
  return fake
}

const finished = async (metadata: Record<string, unknown>) => {
  const { body } = await server.call('POST', '/v1/video/generations', { model: MODEL, prompt: 'a cat', metadata })
  expect(body).toMatchObject({ status: 'processing' })
  return server.finished(body.id)
}
const lastFrame = (id: string) => server.content(id, { query: '?variant=last_frame' })

test('the last frame is served, and archived before the vendor loses it', async () => {
  const { id } = await finished({ return_last_frame: true })
  const served = await lastFrame(id)
  expect(served.headers.get('content-type')).toBe('image/webp')
  expect(Buffer.from(await served.arrayBuffer()).equals(webp)).toBe(true)
  await server.services.archiver!.tick()
  vendor.lost = true
  const kept = await lastFrame(id)
  expect(kept.status).toBe(200)
  expect(kept.headers.get('content-type')).toBe('image/webp')
  expect(Buffer.from(await kept.arrayBuffer()).equals(webp)).toBe(true)
})

test('a last frame that nobody asked for is a clear 404', async () => {
  const { id } = await finished({})
  const missing = await lastFrame(id)
  expect(missing.status).toBe(404)
  expect(await missing.json()).toMatchObject({ code: 'not_found', param: 'variant' })
})
