import { DeleteBucketCommand, CreateBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests, forEachTest } from '../support/per-test.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { webp } from '../support/webp.ts'
import { describeWithSwift, REGION, startSwift, withCredentials } from '../support/swift.ts'

const MINUTE = 60_000
const DAY = 86_400_000

describeWithSwift('finished videos kept on S3 (OpenStack Swift)', () => {
  const swift = forAllTests(startSwift)
  const vendor = forEachTest(startFakeCloudsway)
  let bucket: string
  let server: TestServer
  const lines: string[] = []

  beforeEach(async () => {
    withCredentials()
    bucket = await swift.newBucket()
  })
  afterEach(() => server.close())

  async function finishedVideo(env: Record<string, string> = {}): Promise<{ id: string }> {
    const ARCHIVE_URL = `s3://${bucket}/our/videos?endpoint=${encodeURIComponent(swift.url)}&region=${REGION}`
    lines.length = 0
    const onLog = (line: string) => void lines.push(line)
    server = await startTestServer({ env: { ARCHIVE_URL, ...env }, onLog, channel: vendor.channel() })
    return server.finished(await server.newVideo())
  }

  /** what the log says of copies that failed */
  const failures = () => lines.filter(line => line.includes('archive: video could not be copied'))
  const keep = () => server.services.archiver!.tick()
  const status = async (id: string) => (await server.call('GET', `/openai/v1/videos/${id}`)).body.status
  async function keys() {
    const { Contents = [] } = await swift.client.send(new ListObjectsV2Command({ Bucket: bucket }))
    return Contents.map(({ Key }) => Key!).filter(key => key.endsWith('.mp4'))
  }

  test('the copy is served when the vendor has lost the file: whole, in ranges, its head, and not beyond its end', async () => {
    const { id } = await finishedVideo()
    await keep()
    expect(await keys()).toEqual([expect.stringMatching(new RegExp(`^our/videos/${id}/[0-9a-f]{16}\\.mp4$`))])
    vendor.fileStatus = 404
    const { length } = vendor.video

    const whole = await server.content(id)
    expect(whole.status).toBe(200)
    expect(whole.headers.get('content-length')).toBe(String(length))
    expect(Buffer.from(await whole.arrayBuffer()).equals(vendor.video)).toBe(true)

    for (const [range, start, end] of [
      ['bytes=5-9', 5, 9],
      ['bytes=-7', length - 7, length - 1],
      ['bytes=3000-', 3000, length - 1]
    ] as const) {
      const part = await server.content(id, { headers: { range } })
      expect(part.status, range).toBe(206)
      expect(part.headers.get('content-range')).toBe(`bytes ${start}-${end}/${length}`)
      expect(Buffer.from(await part.arrayBuffer()).equals(vendor.video.subarray(start, end + 1)), range).toBe(true)
    }

    const head = await server.content(id, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(length)])

    const beyond = await server.content(id, { headers: { range: `bytes=${length}-` } })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${length}`])
  })

  test('a test of the archive writes, reads and deletes, and says what is wrong', async () => {
    await finishedVideo()
    const tested = async () => (await server.call('POST', '/admin/archive/test')).body
    expect(await tested()).toMatchObject({ object: 'archive.test', ok: true, error: null })
    const { Contents = [] } = await swift.client.send(new ListObjectsV2Command({ Bucket: bucket }))
    expect(Contents.map(({ Key }) => Key).filter(key => key?.includes('test/'))).toEqual([])
    await swift.client.send(new DeleteBucketCommand({ Bucket: bucket }))
    expect(await tested()).toMatchObject({ ok: false, error: expect.stringContaining('NoSuchBucket') })
  })

  test('a thumbnail is stored beside the video, and goes with it', async () => {
    const { id } = await finishedVideo()
    await keep()
    const stored = await server.ask(`/admin/tasks/${id}/thumbnail`, {
      method: 'PUT',
      headers: { 'content-type': 'image/webp' },
      body: webp
    })
    // 409: ffmpeg is here and has made one
    expect([200, 409]).toContain(stored.status)
    const shown = await server.content(id, { query: '?variant=thumbnail' })
    expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/webp'])
    await server.call('DELETE', `/v1/videos/${id}`)
    await keep()
    const { Contents = [] } = await swift.client.send(new ListObjectsV2Command({ Bucket: bucket }))
    expect(Contents).toEqual([])
  })

  test('DELETE removes the object', async () => {
    const { id } = await finishedVideo()
    await keep()
    expect(await keys()).toHaveLength(1)
    await server.call('DELETE', `/v1/videos/${id}`)
    await keep()
    expect(await keys()).toEqual([])
    expect((await server.content(id)).status).toBe(404)
  })

  test('after RETENTION_DAYS the object is gone, and a 410 says so', async () => {
    const { id } = await finishedVideo({ RETENTION_DAYS: '2' })
    await keep()
    await server.advance(3 * DAY)
    await keep()
    expect(await keys()).toEqual([])
    const gone = await server.content(id)
    expect([gone.status, await gone.json()]).toMatchObject([410, { code: 'video_expired' }])
  })

  test("a bucket that is gone leaves the task finished and the vendor's file served; the copy comes when it is back", async () => {
    await swift.client.send(new DeleteBucketCommand({ Bucket: bucket }))
    const { id } = await finishedVideo()
    for (let tries = 0; tries < 3; tries++) {
      await keep()
      await server.advance(MINUTE)
    }
    expect(failures().length).toBeGreaterThanOrEqual(3)
    expect(failures().every(line => line.includes('NoSuchBucket'))).toBe(true)
    expect(await status(id)).toBe('completed')
    expect(Buffer.from(await (await server.content(id)).arrayBuffer()).equals(vendor.video)).toBe(true)

    await swift.client.send(new CreateBucketCommand({ Bucket: bucket }))
    await server.advance(10 * MINUTE)
    await keep()
    expect(await keys()).toHaveLength(1)
    vendor.fileStatus = 404
    expect((await server.content(id)).status).toBe(200)
  })

  test('a secret that is refused leaves the task finished, and is in no line of the log', async () => {
    withCredentials({ secret: 'a-secret-that-nobody-knows' })
    const { id } = await finishedVideo()
    await keep()
    expect(await status(id)).toBe('completed')
    expect((await server.content(id)).status).toBe(200)
    expect(await keys()).toEqual([])
    expect(failures().join('')).toContain('SignatureDoesNotMatch')
    expect(lines.join('')).not.toContain('a-secret-that-nobody-knows')
  })
})
