import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { startFakeCloudsway, type FakeCloudsway } from '../support/fake-cloudsway.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const DAY = 86_400_000
const vendor = forEachTest(startFakeCloudsway)
let server: TestServer
afterEach(() => server.close())

async function finishedVideo(env: Record<string, string> = {}) {
  server = await startTestServer({ env: { ARCHIVE_URL: '', ...env }, channel: vendor.channel() })
  return server.finished(await server.newVideo())
}

const keep = () => server.services.archiver!.tick()
const kept = () =>
  existsSync(join(server.folder, 'archive'))
    ? readdirSync(join(server.folder, 'archive'), { recursive: true }).map(String)
    : []

test('a finished video is copied before the vendor loses it, and served from the copy', async () => {
  const { id } = await finishedVideo()
  await keep()
  const [file] = kept().filter(name => name.endsWith('.mp4'))
  expect(file).toMatch(new RegExp(`^${id}/[0-9a-f]{16}\\.mp4$`))
  expect(readFileSync(join(server.folder, 'archive', file!)).equals(vendor.video)).toBe(true)
  vendor.fileStatus = 404
  const whole = await server.content(id)
  expect(whole.status).toBe(200)
  expect(Buffer.from(await whole.arrayBuffer()).equals(vendor.video)).toBe(true)
  const part = await server.content(id, { headers: { range: 'bytes=5-9' } })
  expect(part.status).toBe(206)
  expect(part.headers.get('content-range')).toBe(`bytes 5-9/${vendor.video.length}`)
  expect(await part.text()).toBe(vendor.video.subarray(5, 10).toString())
})

test('a copy that fails is tried again while the task stays finished', async () => {
  const { id } = await finishedVideo()
  vendor.fileStatus = 503
  await keep()
  expect(kept()).toEqual([])
  expect((await server.call('GET', `/openai/v1/videos/${id}`)).body.status).toBe('completed')
  vendor.fileStatus = 200
  await server.advance(60_000)
  await keep()
  expect(kept().some(name => name.endsWith('.mp4'))).toBe(true)
})

test('a copy of a process that died is made by the next within half a minute; a slow one stays claimed', async () => {
  await finishedVideo()
  const arrived = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  let asked = 0
  vendor.onFile = async (_request, reply) => {
    asked++
    arrived.resolve()
    await goOn.promise
    return reply.type('video/mp4').send(vendor.video)
  }
  const slow = keep()
  await arrived.promise
  const heir = await startTestServer({
    env: {
      ARCHIVE_URL: `file:${join(server.folder, 'archive')}`,
      DATABASE_URL: `file:${join(server.folder, 'reelay.db')}`,
      SECRET_KEY: readFileSync(join(server.folder, 'secret.key'), 'utf8').trim()
    }
  })
  onTestFinished(() => heir.close())
  for (let seconds = 0; seconds < 60; seconds += 10) {
    await server.advance(10_000)
    await heir.advance(10_000)
  }
  expect(asked).toBe(1)
  // the first one's clock stands still from here on, as if it were dead; the other's was behind it
  await heir.advance(server.now() - heir.now() + 31_000)
  await expect.poll(() => asked).toBe(2)
  goOn.resolve()
  await slow
  await heir.services.archiver!.tick()
  expect(kept().filter(name => name.endsWith('.mp4'))).toHaveLength(1)
})

test('a video deleted while its copy is made leaves no copy behind', async () => {
  const { id } = await finishedVideo()
  const arrived = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  vendor.onFile = async (_request, reply) => {
    arrived.resolve()
    await goOn.promise
    return reply.type('video/mp4').send(vendor.video)
  }
  const copying = keep()
  await arrived.promise
  await server.call('DELETE', `/v1/videos/${id}`)
  goOn.resolve()
  await copying
  await server.advance(60_000)
  await keep()
  expect(kept().filter(name => name.endsWith('.mp4'))).toEqual([])
})

test('an archive that is out of reach for a day has the copy when it is back', async () => {
  const { id } = await finishedVideo()
  vendor.fileStatus = 503
  for (let hour = 0; hour < 24; hour++) {
    await server.advance(3_600_000)
    await keep()
  }
  vendor.fileStatus = 200
  await server.advance(3_600_000)
  await keep()
  expect(kept().filter(name => name.startsWith(`${id}/`) && name.endsWith('.mp4'))).toHaveLength(1)
})

test('a file that its vendor says is gone is given up after a while', async () => {
  await finishedVideo()
  let asked = 0
  vendor.onFile = (_request, reply) => {
    asked++
    return reply.code(404).send('gone')
  }
  for (let hour = 0; hour < 24; hour++) {
    await server.advance(3_600_000)
    await keep()
  }
  const before = asked
  await server.advance(3_600_000)
  await keep()
  expect(asked).toBe(before)
})

async function manyVideos(model: string, fake: FakeCloudsway, count: number) {
  await server.newChannel(fake.channel({ models: { [model]: 'kling-v1' } }))
  const made = await Promise.all(Array.from({ length: count }, () => server.newVideo({ model })))
  for (const id of made) await server.finished(id)
}

test('files that do not come, or come slowly, delay those of no other channel', async () => {
  const other = await startFakeCloudsway()
  server = await startTestServer({ env: { ARCHIVE_URL: '' } })
  let hanging = 0
  vendor.onFile = () => {
    hanging++
    return new Promise(() => {})
  }
  await manyVideos('slow', vendor, 10)
  await server.services.archiver!.begin()
  await expect.poll(() => hanging, { timeout: 10_000 }).toBe(4)
  await manyVideos('quick', other, 6)
  await expect
    .poll(
      async () => {
        await server.advance(3000)
        return kept().filter(name => name.endsWith('.mp4')).length
      },
      { timeout: 10_000 }
    )
    .toBe(6)
  expect(hanging).toBe(4)
  await other.close()
})

test('a channel whose files fail five times in a row is asked for none for half a minute', async () => {
  server = await startTestServer({ env: { ARCHIVE_URL: '' } })
  let asked = 0
  vendor.onFile = (_request, reply) => {
    asked++
    return reply.code(503).send()
  }
  await manyVideos('kling-v1', vendor, 12)
  for (let n = 0; n < 5; n++) await server.advance(2100)
  await keep()
  // how many come at once is for the machine to say
  for (let n = 0; n < 10 && asked < 5; n++) {
    await server.advance(2100)
    await keep()
  }
  const before = asked
  expect(before).toBeGreaterThanOrEqual(5)
  expect(before).toBeLessThan(12)
  await server.advance(10_000)
  await keep()
  expect(asked).toBe(before)
  vendor.onFile = undefined
  for (let n = 0; n < 20; n++) {
    await server.advance(60_000)
    await keep()
  }
  expect(kept().filter(name => name.endsWith('.mp4'))).toHaveLength(12)
})

test('a full or read-only archive loses nothing: the link is served, the copy comes later', async () => {
  const { id } = await finishedVideo({ ARCHIVE_URL: 'file:/dev/null/archive' })
  await keep()
  expect((await server.content(id)).status).toBe(200)
})

test('an archived file that was removed is fetched from the vendor while its link works; then it is a 410', async () => {
  const { id } = await finishedVideo()
  await keep()
  const [file] = kept().filter(name => name.endsWith('.mp4'))
  rmSync(join(server.folder, 'archive', file!))
  expect((await server.content(id)).status).toBe(200)
  vendor.fileStatus = 404
  expect(await (await server.content(id)).json()).toMatchObject({ code: 'video_expired' })
})

test('DELETE really deletes', async () => {
  const { id } = await finishedVideo()
  await keep()
  await server.call('DELETE', `/v1/videos/${id}`)
  await keep()
  expect(kept().filter(name => name.endsWith('.mp4'))).toEqual([])
  expect((await server.content(id)).status).toBe(404)
})

test('after RETENTION_DAYS the file is gone, and expires_at said so', async () => {
  const { id } = await finishedVideo({ RETENTION_DAYS: '2' })
  await keep()
  const { body } = await server.call('GET', `/v1/videos/${id}`)
  expect(body.expires_at - body.completed_at).toBe((2 * DAY) / 1000)
  await server.advance(3 * DAY)
  await keep()
  expect(kept().filter(name => name.endsWith('.mp4'))).toEqual([])
  expect(await (await server.content(id)).json()).toMatchObject({ code: 'video_expired' })
})

test('ARCHIVE_URL=off keeps nothing; a dead link is a 410', async () => {
  const { id } = await finishedVideo({ ARCHIVE_URL: 'off' })
  await keep()
  expect(kept()).toEqual([])
  expect((await server.content(id)).status).toBe(200)
  vendor.fileStatus = 404
  expect((await server.content(id)).status).toBe(503)
  await server.advance(3_600_000)
  expect((await server.content(id)).status).toBe(410)
})

test('a thumbnail is made where ffmpeg is found; else a clear 404', async () => {
  server = await startTestServer({ env: { SANDBOX: 'on', ARCHIVE_URL: '' } })
  const id = await server.newVideo({ model: 'sora-2', size: '720x1280' })
  await server.finished(id)
  await keep()
  const thumbnail = await server.content(id, { query: '?variant=thumbnail' })
  if (thumbnail.status === 404)
    return expect(await thumbnail.json()).toMatchObject({ code: 'not_found', param: 'variant' })
  expect(thumbnail.headers.get('content-type')).toBe('image/webp')
  expect(Buffer.from(await thumbnail.arrayBuffer()).toString('latin1', 8, 12)).toBe('WEBP')
})
