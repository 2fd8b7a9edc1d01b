import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { findFfmpeg } from '../../src/assets/thumbnail.ts'
import { isWebp } from '../../src/lib/webp.ts'
import { ADMIN_KEY } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { playableFilm } from '../support/film.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { webp } from '../support/webp.ts'
import { at, versions } from './versions.ts'

/* `downloadContent` with `thumbnail` and `spritesheet` of OpenAI's own clients: both are WebP. */

// always in CI
const hasFfmpeg = process.env.CI !== undefined || (await findFfmpeg())

type Variant = 'thumbnail' | 'spritesheet'

/** The width and height of a lossy WebP image: 14 bits each behind the frame's start code (RFC 6386 9.1). */
const sizeOf = (image: Buffer) => [image.readUInt16LE(26) & 0x3fff, image.readUInt16LE(28) & 0x3fff]

/** Downloads both images with each version of the client. */
async function download(server: TestServer, id: string) {
  const images = { thumbnail: webp, spritesheet: webp }
  for (const { sdk } of versions) {
    const client = new sdk.default({ ...at(server, ADMIN_KEY), maxRetries: 0 })
    for (const variant of ['thumbnail', 'spritesheet'] as const) {
      const answer = await client.videos.downloadContent(id, { variant })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/webp'])
      images[variant] = Buffer.from(await answer.arrayBuffer())
      expect(isWebp(images[variant])).toBe(true)
    }
  }
  return images
}

async function finished(server: TestServer, body: Record<string, unknown> = {}): Promise<string> {
  const id = await server.newVideo(body)
  await server.finished(id)
  return id
}

describe('the sandbox, without ffmpeg', () => {
  const server = forAllTests(async () => {
    vi.stubEnv('PATH', '/nowhere')
    const started = await startTestServer({ env: { SANDBOX: 'on' } })
    vi.unstubAllEnvs()
    return started
  })

  test.each([
    ['1280x720', [640, 360], [1024, 576]],
    ['720x1280', [480, 854], [576, 1024]],
    ['1024x1024', [640, 640], [1024, 1024]]
  ])('a video of %s has a cover and a sheet of 4 × 4 frames', async (size, cover, sheet) => {
    const images = await download(server, await finished(server, { model: 'sandbox', size }))
    expect([sizeOf(images.thumbnail), sizeOf(images.spritesheet)]).toEqual([cover, sheet])
  })

  test('HEAD, ranges, tags, names and signed links are those of all content', async () => {
    const id = await finished(server, { model: 'sandbox' })
    const { spritesheet } = await download(server, id)
    const query = '?variant=spritesheet'
    const head = await server.content(id, { query, method: 'HEAD' })
    expect(Object.fromEntries(head.headers)).toMatchObject({
      'content-length': String(spritesheet.length),
      'content-type': 'image/webp',
      'content-disposition': `inline; filename="${id}.webp"`,
      etag: `"${id}-spritesheet-0"`
    })
    const part = await server.content(id, { query, headers: { range: 'bytes=4-7' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 4-7/${spritesheet.length}`])
    expect(Buffer.from(await part.arrayBuffer()).equals(spritesheet.subarray(4, 8))).toBe(true)
    const tag = { 'if-none-match': head.headers.get('etag') ?? '' }
    expect((await server.content(id, { query, headers: tag })).status).toBe(304)
    const link = new URL(((await server.call('GET', `/v1/videos/${id}`)).body as { url: string }).url)
    link.searchParams.set('variant', 'spritesheet')
    const signed = await fetch(link)
    expect([signed.status, signed.headers.get('content-type')]).toEqual([200, 'image/webp'])
    await signed.arrayBuffer()
  })
})

describe('a vendor that makes no images', () => {
  const vendor = forAllTests(startFakeCloudsway)
  const start = (PATH: string | undefined, ARCHIVE_URL = '') => {
    vi.stubEnv('PATH', PATH ?? process.env.PATH)
    onTestFinished(() => void vi.unstubAllEnvs())
    vendor.onFile = (_request, reply) => reply.type('video/mp4').send(playableFilm(3))
    return startTestServer({ env: { ARCHIVE_URL }, channel: vendor.channel() })
  }
  const pictures = (server: TestServer) =>
    readdirSync(join(server.folder, 'archive'), { recursive: true, encoding: 'utf8' }).filter(name =>
      name.endsWith('.webp')
    )

  test('without ffmpeg: a 404 that says what to do', async () => {
    const server = await start('/nowhere')
    const id = await finished(server)
    for (const variant of ['thumbnail', 'spritesheet'] satisfies Variant[]) {
      const answer = await server.content(id, { query: `?variant=${variant}` })
      expect(await answer.json()).toMatchObject({
        code: 'not_found',
        param: 'variant',
        message: expect.stringMatching(`no ${variant}.*Install ffmpeg`)
      })
    }
    await server.close()
  })

  describe.each(hasFfmpeg ? [''] : [])('with ffmpeg', () => {
    test.each([
      ['in a folder', ''],
      ['off', 'off']
    ])('made once, at the first request, and deleted with the video; the archive %s', async (_where, archive) => {
      const server = await start(undefined, archive)
      const id = await finished(server)
      const at = `?variant=spritesheet`
      const both = await Promise.all([server.content(id, { query: at }), server.content(id, { query: at })])
      expect(both.map(({ status }) => status)).toEqual([200, 200])
      const images = await download(server, id)
      expect(sizeOf(images.thumbnail)).toEqual([640, 360])
      expect(sizeOf(images.spritesheet)).toEqual([1024, 576])
      expect(pictures(server)).toHaveLength(2)
      expect((await server.inspect(id)).files).toContainEqual(
        expect.objectContaining({ variant: 'spritesheet', state: 'archived', type: 'image/webp' })
      )
      // made already: neither vendor nor ffmpeg is asked again
      vendor.onFile = (_request, reply) => reply.code(500).send()
      if (archive) await download(server, id)
      await server.call('DELETE', `/v1/videos/${id}`)
      await server.services.archiver.tick()
      expect(pictures(server)).toEqual([])
      await server.close()
    })
  })
})
