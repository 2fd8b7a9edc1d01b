import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import Fastify from 'fastify'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { playableFilm, smallFilm } from '../support/film.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/* What the archive takes: the film and nothing else, whatever its vendor answers; and what the film says of itself is shown. */

const families = ['/v1/videos', '/v1/video/generations', '/openai/v1/videos']

describe.each(kinds)('%s', kind => {
  const vendor = forEachTest(startFakeCloudsway)
  const lines: string[] = []
  let server: TestServer
  beforeEach(async () => {
    lines.length = 0
    const onLog = (line: string) => void lines.push(line)
    server = await startTestServer({ kind, env: { ARCHIVE_URL: '' }, channel: vendor.channel(), onLog })
  })
  afterEach(() => server.close())

  const finishedVideo = async (fields: object = {}) =>
    (await server.finished(await server.newVideo(fields))).id as string
  const keep = () => server.services.archiver!.tick()

  function kept(): string[] {
    const folder = join(server.folder, 'archive')
    const names = existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String) : []
    return names.filter(name => name.includes('/') && !name.endsWith('.webp'))
  }

  /** What all three routes answer for the file: one status and code, and how long to wait. */
  async function answers(id: string) {
    const all = await Promise.all(families.map(family => server.ask(`${family}/${id}/content`, {})))
    const read = all.map(async answer => [
      answer.status,
      answer.headers.get('retry-after'),
      answer.ok ? null : JSON.parse(await answer.text()).code
    ])
    const [first, ...others] = await Promise.all(read)
    for (const other of others) expect(other).toEqual(first)
    return first
  }

  test.each<[string, string, string]>([
    ['an HTML page', 'text/html', '<!doctype html><title>Please log in</title>'],
    ['an HTML page that calls itself a video', 'video/mp4', '<html>busy</html>'],
    ['JSON', 'application/json', '{"code":"not_ready"}'],
    ['nothing', 'video/mp4', '']
  ])('%s is not archived: 503 until the film comes, which is', async (_name, type, body) => {
    const id = await finishedVideo()
    vendor.onFile = (_request, reply) => reply.type(type).send(Buffer.from(body))
    for (let tries = 0; tries < 3; tries++) {
      await keep()
      expect(await answers(id)).toEqual([503, '5', 'video_unavailable'])
      await server.advance(60_000)
    }
    expect(kept()).toEqual([])
    expect((await server.call('GET', `/openai/v1/videos/${id}`)).body.status).toBe('completed')
    expect(lines.some(line => line.includes('could not be copied') && line.includes('not a video'))).toBe(true)
    // a copy that began with the clock's last step ends first
    await keep()
    vendor.onFile = undefined
    await server.advance(3_600_000)
    await keep()
    expect(kept()).toHaveLength(1)
    vendor.fileStatus = 500
    const response = await server.content(id)
    expect(response.status).toBe(200)
    expect(Buffer.from(await response.arrayBuffer()).equals(smallFilm)).toBe(true)
  })

  test.each([400, 403, 404])(
    'a vendor that answers %i for days: 503 until the archive gives up, then 410',
    async status => {
      const id = await finishedVideo()
      vendor.fileStatus = status
      const seen: unknown[] = []
      for (let tries = 0; tries < 14; tries++) {
        await keep()
        seen.push((await answers(id))![0])
        await server.advance(3_600_000)
      }
      expect(seen).toEqual([...Array.from({ length: 11 }, () => 503), 410, 410, 410])
      expect((await server.call('GET', `/openai/v1/videos/${id}`)).body.status).toBe('completed')
    }
  )

  test('what is no film is asked for during a week, not only twelve times', async () => {
    const id = await finishedVideo()
    vendor.onFile = (_request, reply) => reply.type('text/html').send('<html>')
    for (let day = 0; day < 7; day++)
      for (let tries = 0; tries < 3; tries++) {
        await keep()
        expect((await answers(id))![0]).toBe(503)
        await server.advance(8 * 3_600_000)
      }
    await keep()
    expect(await answers(id)).toEqual([410, null, 'video_expired'])
  })

  test('the file’s own length, size and frames replace what was asked for and what the vendor said', async () => {
    vendor.duration = '9'
    vendor.onFile = (_request, reply) => reply.type('application/octet-stream').send(playableFilm(4))
    const key = await server.memberKey()
    const id = await server.newVideo({ size: '1920x1080', seconds: '5' }, { key })
    await server.finished(id, key)
    await keep()
    const facts = { duration: 4, fps: 24, width: 854, height: 480 }
    for (const family of families) {
      const { body } = await server.call('GET', `${family}/${id}`, undefined, { key })
      expect(body, family).toMatchObject({ seconds: '4', size: '854x480', format: 'mp4', metadata: facts })
    }
    const { body } = await server.call('GET', '/v1/videos', undefined, { key })
    expect(body.data[0]).toMatchObject({ seconds: '4', size: '854x480', metadata: facts })
  })

  test('a video of many: each file’s facts go to its own', async () => {
    let served = 0
    const lengths = [3, 6]
    vendor.onFile = (_request, reply) => reply.type('video/mp4').send(playableFilm(lengths[served++ % 2]!))
    const id = await finishedVideo({ n: 2 })
    await keep()
    const task = await server.services.stores.tasks.get(id)
    const read = task!.result!.videos.map(({ seconds, width, fps }) => [seconds, width, fps].join(' '))
    expect(read.toSorted()).toEqual(['3 854 24', '6 854 24'])
    const shown = (await server.call('GET', `/v1/videos/${id}`)).body
    expect(shown.seconds).toBe(String(task!.result!.videos[0].seconds))
    for (const number of [0, 1]) {
      const file = await server.content(id, { query: `?number=${number}` })
      const { length } = Buffer.from(await file.arrayBuffer())
      expect(length).toBe(playableFilm(task!.result!.videos[number]!.seconds!).length)
    }
  })

  test.each([
    ['video/quicktime', 'mov', Buffer.from('\0\0\0\x14ftypqt  \0\0\0\0qt  ')],
    ['video/webm', 'webm', Buffer.concat([Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x9f]), Buffer.from('B\x82\x84webm')])]
  ])('%s keeps its type in the archive', async (type, extension, file) => {
    const id = await finishedVideo()
    vendor.onFile = (_request, reply) => reply.type('video/mp4').send(file)
    await keep()
    expect(kept()).toEqual([expect.stringMatching(new RegExp(`\\.${extension}$`))])
    vendor.fileStatus = 404
    const { headers } = await server.content(id)
    expect(headers.get('content-type')).toBe(type)
    expect(headers.get('content-disposition')).toBe(`inline; filename="${id}.${extension}"`)
    expect((await server.call('GET', `/v1/videos/${id}`)).body.format).toBe(extension)
  })

  test('a file without a length that ends within a box is fetched again', async () => {
    const id = await finishedVideo()
    const film = playableFilm(2)
    const cut = film.subarray(0, film.length - 1000)
    // chunked, so nobody says how long it is
    vendor.onFile = (_request, reply) => {
      reply.raw.writeHead(200, { 'content-type': 'video/mp4' })
      reply.raw.end(cut)
      return reply.hijack()
    }
    await keep()
    expect(kept()).toEqual([])
    vendor.onFile = (_request, reply) => reply.type('video/mp4').send(film)
    await server.advance(3_600_000)
    await keep()
    expect(kept()).toHaveLength(1)
    expect((await server.call('GET', `/v1/videos/${id}`)).body.seconds).toBe('2')
  })

  test('a video inside an answer is judged too: a page is an unreadable answer, a film ends the task', async () => {
    const google = Fastify()
    onTestFinished(() => google.close())
    const film = playableFilm(3).toString('base64')
    let data = Buffer.from('<html>busy</html>').toString('base64')
    google.post('/interactions', async () => ({ id: 'v1_abc', status: 'queued', steps: [] }))
    google.get('/interactions/v1_abc', async () => {
      const content = [{ type: 'video', mime_type: 'video/mp4', data }]
      return { id: 'v1_abc', status: 'completed', steps: [{ type: 'model_output', content }] }
    })
    await server.newChannel({
      name: 'google',
      vendor: 'gemini',
      base_url: await google.listen({ host: '127.0.0.1', port: 0 }),
      credential: 'k',
      models: { omni: 'gemini-omni-1.1-flash' }
    })
    const id = await server.newVideo({ model: 'omni' })
    for (let polls = 0; polls < 5; polls++) await server.advance(60_000)
    expect((await server.call('GET', `/openai/v1/videos/${id}`)).body.status).toBe('in_progress')
    expect(lines.some(line => line.includes('unreadable answer') && line.includes('an HTML page'))).toBe(true)
    expect(kept()).toEqual([])
    data = film
    const video = await server.finished(id)
    expect(video).toMatchObject({ status: 'completed', seconds: '3', size: '854x480' })
    expect(kept()).toEqual([`${id}/0.mp4`])
    expect((await server.content(id)).headers.get('content-length')).toBe(String(playableFilm(3).length))
  })
})
