import { createHash, randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { type AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  UploadPartCommand
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Archive } from '../../src/assets/archive.ts'
import { openArchive } from '../../src/assets/index.ts'
import { openS3 } from '../../src/assets/s3.ts'
import { makeFolder } from '../support/folder.ts'
import { startGate } from '../support/gate.ts'
import { forAllTests, forEachTest } from '../support/per-test.ts'
import { describeWithSwift, REGION, startSwift, withCredentials } from '../support/swift.ts'

const HOUR = 3_600_000
const MB = 1024 * 1024
const CUTS = Number(process.env.CUTS ?? 12)

// a part of what runs here moves tens of megabytes through a store written in Python
vi.setConfig({ testTimeout: 60_000 })

/** An archive, and a look at what lies behind it. */
interface Place {
  archive: Archive
  /** Leaves what a process leaves that is killed while it puts this file. */
  interrupt(name: string): Promise<void>
  /** How many such leavings there are. */
  leavings(): Promise<number>
}

const folder = forEachTest(() => makeFolder('archive'))

function file(bytes: Buffer): string {
  const path = join(folder.path, 'local')
  writeFileSync(path, bytes)
  return path
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const everything = async (stream: Promise<Readable>) => buffer(await stream)

function keepsFiles(open: () => Promise<Place>) {
  let place: Place
  let archive: Archive

  beforeEach(async () => {
    place = await open()
    archive = place.archive
  })

  test('a file comes back as it was put, whole and in ranges', async () => {
    const bytes = randomBytes(100_000)
    expect(await archive.size('video_1/a.mp4')).toBeNull()
    await archive.put('video_1/a.mp4', file(bytes), bytes.length, 'video/mp4')
    expect(await archive.size('video_1/a.mp4')).toBe(100_000)
    for (const [start, end] of [
      [0, 99_999],
      [0, 0],
      [5, 9],
      [99_999, 99_999],
      [40_000, 70_000]
    ] as const)
      expect(
        bytes.subarray(start, end + 1).equals(await everything(archive.read('video_1/a.mp4', { start, end }))),
        `bytes ${start} to ${end}`
      ).toBe(true)
  })

  // two parts of S3 and a bit, with parts that are no multiple of what a stream reads at once
  test.each([5 * MB, 8 * MB, 8 * MB + 1, 16 * MB + 12_345])('%i bytes come back with their SHA-256', async length => {
    const bytes = randomBytes(length)
    await archive.put('video_1/long.mp4', file(bytes), length, 'video/mp4')
    expect(await archive.size('video_1/long.mp4')).toBe(length)
    expect(sha256(await everything(archive.read('video_1/long.mp4', { start: 0, end: length - 1 })))).toBe(
      sha256(bytes)
    )
    // over the seam of two parts
    const [start, end] = [Math.min(length, 8 * MB) - 10, Math.min(length, 8 * MB + 10) - 1]
    const seam = await everything(archive.read('video_1/long.mp4', { start, end }))
    expect(seam.equals(bytes.subarray(start, end + 1))).toBe(true)
    expect(await place.leavings()).toBe(0)
  })

  test('a name that is put again has the new bytes', async () => {
    await archive.put('video_1/a.webp', file(Buffer.from('first')), 5, 'image/webp')
    await archive.put('video_1/a.webp', file(Buffer.from('second')), 6, 'image/webp')
    expect(await everything(archive.read('video_1/a.webp', { start: 0, end: 5 }))).toEqual(Buffer.from('second'))
  })

  test('names hold letters of every script, blanks and signs', async () => {
    const names = [
      'video_019a0b1c2d3e7f00/0123456789abcdef.mp4',
      'vidéo/видео/视频/🎬.mp4',
      'a b+c%20d&e=f#g?h/i~j*(k)\'".mp4'
    ]
    for (const name of names) {
      const bytes = Buffer.from(name)
      await archive.put(name, file(bytes), bytes.length, 'video/mp4')
    }
    for (const name of names) {
      const size = await archive.size(name)
      expect(size, name).toBe(Buffer.byteLength(name))
      expect(String(await everything(archive.read(name, { start: 0, end: size! - 1 })))).toBe(name)
    }
    await archive.remove(names[2]!)
    expect(await Promise.all(names.map(archive.size))).toEqual([43, 33, null])
  })

  test('what is removed is gone, and may be removed again', async () => {
    await archive.put('video_1/a.mp4', file(Buffer.from('bytes')), 5, 'video/mp4')
    await archive.put('video_1/b.mp4', file(Buffer.from('bytes')), 5, 'video/mp4')
    await archive.remove('video_1/a.mp4')
    await archive.remove('video_1/a.mp4')
    await archive.remove('video_2/never.mp4')
    expect(await archive.size('video_1/a.mp4')).toBeNull()
    expect(await archive.size('video_1/b.mp4')).toBe(5)
  })

  test.each([
    ['shorter', 6],
    ['longer', 4]
  ])('a file that is %s than it should be is an error, and nothing of it is there', async (_title, size) => {
    await expect(archive.put('video_1/a.mp4', file(Buffer.from('bytes')), size, 'video/mp4')).rejects.toThrow(
      `video_1/a.mp4 has 5 bytes instead of ${size}`
    )
    expect(await archive.size('video_1/a.mp4')).toBeNull()
    expect(await place.leavings()).toBe(0)
  })

  test('a file that is not there is an error, and nothing of it is there', async () => {
    await expect(archive.put('video_1/a.mp4', join(folder.path, 'none'), 5, 'video/mp4')).rejects.toThrow('ENOENT')
    expect(await archive.size('video_1/a.mp4')).toBeNull()
    expect(await place.leavings()).toBe(0)
  })

  test('uploads interrupted a day ago are swept, all of them; younger ones may still be in progress, files stay', async () => {
    await archive.put('video_1/a.mp4', file(Buffer.from('bytes')), 5, 'video/mp4')
    for (let number = 0; number < 8; number++) await place.interrupt(`video_2/${number}.mp4`)
    await place.interrupt('video_2/0.mp4')
    const before = await place.leavings()
    expect(before).toBeGreaterThanOrEqual(8)
    expect(await archive.size('video_2/0.mp4')).toBeNull()
    await archive.sweep(Date.now() + 23 * HOUR)
    expect(await place.leavings()).toBe(before)
    await archive.sweep(Date.now() + 25 * HOUR)
    expect(await place.leavings()).toBe(0)
    await archive.sweep(Date.now() + 25 * HOUR)
    expect(await archive.size('video_1/a.mp4')).toBe(5)
  })
}

describe('on disk', () => {
  const kept = () => join(folder.path, 'archived')

  keepsFiles(async () => ({
    archive: await openArchive(`file:${kept()}`),
    async interrupt(name) {
      const path = join(kept(), `${name}.partial`)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, 'half')
      const now = Date.now() / 1000
      utimesSync(path, now, now)
    },
    leavings: async () =>
      readdirSync(folder.path, { recursive: true }).filter(name => String(name).endsWith('.partial')).length
  }))

  test('what cannot be looked at is an error, not a missing file', async () => {
    const archive = await openArchive(`file:${kept()}`)
    mkdirSync(kept())
    await expect(archive.size('x'.repeat(300))).rejects.toThrow('ENAMETOOLONG')
  })
})

describeWithSwift('on S3 (OpenStack Swift)', () => {
  const swift = forAllTests(startSwift)
  const gate = forAllTests(() => startGate(swift.url))
  let bucket: string

  beforeEach(async () => {
    bucket = await swift.newBucket()
    withCredentials()
  })
  afterEach(() => {
    gate.mend()
    gate.change = chunk => chunk
  })

  const urlOf = (prefix = '', { endpoint = swift.url, region = REGION } = {}) =>
    `s3://${bucket}${prefix}?endpoint=${encodeURIComponent(endpoint)}&region=${region}`
  const throughGate = (prefix = '') => openArchive(urlOf(prefix, { endpoint: gate.url }))

  const keys = async () => {
    const { Contents = [] } = await swift.client.send(new ListObjectsV2Command({ Bucket: bucket }))
    return Contents.map(({ Key }) => Key)
  }
  async function interrupt(key: string) {
    const at = { Bucket: bucket, Key: key }
    const { UploadId } = await swift.client.send(new CreateMultipartUploadCommand(at))
    await swift.client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'half' }))
  }
  async function uploads(): Promise<string[]> {
    const all: string[] = []
    for (let more = {}; ;) {
      const page = await swift.client.send(new ListMultipartUploadsCommand({ Bucket: bucket, ...more }))
      all.push(...(page.Uploads ?? []).map(({ Key }) => Key!))
      if (!page.IsTruncated || !page.NextKeyMarker) return all
      more = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
    }
  }

  describe('with a prefix', () => {
    keepsFiles(async () => ({
      archive: await openArchive(urlOf('/a/prefix/')),
      interrupt: name => interrupt(`a/prefix/${name}`),
      leavings: async () => (await uploads()).length
    }))
  })

  test('without a prefix names are keys; content types are kept', async () => {
    const archive = await openArchive(urlOf())
    await archive.put('video_1/a.webp', file(Buffer.from('bytes')), 5, 'image/webp')
    const long = randomBytes(9 * MB)
    await archive.put('video_1/b.mp4', file(long), long.length, 'video/mp4')
    expect(await keys()).toEqual(['video_1/a.webp', 'video_1/b.mp4'])
    for (const [key, type] of [
      ['video_1/a.webp', 'image/webp'],
      ['video_1/b.mp4', 'video/mp4']
    ])
      expect(await swift.client.send(new HeadObjectCommand({ Bucket: bucket, Key: key! }))).toMatchObject({
        ContentType: type
      })
    await interrupt('video_2/0.mp4')
    await archive.sweep(Date.now() + 25 * HOUR)
    expect(await uploads()).toEqual([])
  })

  test.each([
    ['/', 'x.mp4'],
    ['/videos', 'videos/x.mp4'],
    ['//videos//', 'videos/x.mp4'],
    ['/our%20vidéos', 'our vidéos/x.mp4'],
    ['/视频/2026/', '视频/2026/x.mp4']
  ])('the prefix %s puts x.mp4 at %s', async (prefix, key) => {
    const archive = await openArchive(urlOf(prefix))
    await archive.put('x.mp4', file(Buffer.from('bytes')), 5, 'video/mp4')
    expect(await keys()).toEqual([key])
    expect(await archive.size('x.mp4')).toBe(5)
  })

  test("a sweep ignores what is outside the prefix, even if its name begins with the prefix's letters", async () => {
    for (const key of ['videos/x.mp4', 'videos2/x.mp4', 'videos.mp4', 'other/x.mp4']) await interrupt(key)
    await (await openArchive(urlOf('/videos'))).sweep(Date.now() + 25 * HOUR)
    expect(await uploads()).toEqual(['other/x.mp4', 'videos.mp4', 'videos2/x.mp4'])
  })

  test('two sweeps at once are as good as one', async () => {
    for (let number = 0; number < 8; number++) await interrupt(`${number}.mp4`)
    const archives = await Promise.all([openArchive(urlOf()), openArchive(urlOf())])
    await Promise.all(archives.map(archive => archive.sweep(Date.now() + 25 * HOUR)))
    expect(await uploads()).toEqual([])
  })

  test('a wrong secret and an unknown key are refused, whatever is asked', async () => {
    const right = await openArchive(urlOf())
    await right.put('a.mp4', file(Buffer.from('bytes')), 5, 'video/mp4')
    for (const credentials of [{ secret: 'another-secret' }, { key: 'test:nobody' }]) {
      withCredentials(credentials)
      const wrong = await openArchive(urlOf())
      await expect(wrong.put('b.mp4', file(Buffer.from('bytes')), 5, 'video/mp4')).rejects.toMatchObject({
        $metadata: { httpStatusCode: 403 }
      })
      await expect(wrong.read('a.mp4', { start: 0, end: 4 })).rejects.toMatchObject({
        $metadata: { httpStatusCode: 403 }
      })
      // neither a file that is there nor one that is not
      await expect(wrong.size('a.mp4')).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
      await expect(wrong.size('none.mp4')).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
      await expect(wrong.remove('a.mp4')).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
      await expect(wrong.sweep(Date.now())).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
    }
    expect(await keys()).toEqual(['a.mp4'])
  })

  test('no key at all is an error that says so', async () => {
    withCredentials({ key: '', secret: '' })
    for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, '/dev/null')
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    const archive = await openArchive(urlOf())
    await expect(archive.put('a.mp4', file(Buffer.from('bytes')), 5, 'video/mp4')).rejects.toThrow(
      'Could not load credentials'
    )
  })

  test('the region of the URL signs: another one is refused, and none is us-east-1', async () => {
    for (const url of [urlOf('', { region: 'us-west-2' }), `s3://${bucket}?endpoint=${swift.url}`]) {
      const archive = await openArchive(url)
      await expect(archive.put('a.mp4', file(Buffer.from('bytes')), 5, 'video/mp4')).rejects.toThrow(
        `the region '${url.includes('region') ? 'us-west-2' : 'us-east-1'}' is wrong; expecting '${REGION}'`
      )
    }
  })

  test('a bucket that is not there is an error on put and sweep', async () => {
    bucket = 'no-such-bucket'
    const archive = await openArchive(urlOf())
    for (const length of [5, 9 * MB])
      await expect(archive.put('a.mp4', file(randomBytes(length)), length, 'video/mp4')).rejects.toMatchObject({
        name: 'NoSuchBucket'
      })
    await expect(archive.sweep(Date.now())).rejects.toMatchObject({ name: 'NoSuchBucket' })
  })

  describe('a put that is cut', () => {
    // of 20 MB: in the one part of a short file, in the first, second and third part, and in the call that joins them
    test.each([
      [1 * MB, 600_000],
      [20 * MB, 3 * MB],
      [20 * MB, 12 * MB],
      [20 * MB, 19 * MB],
      [20 * MB, 20 * MB + 4200]
    ])('%i bytes, cut after %i: nothing is visible; once swept, nothing is left', async (length, cut) => {
      const archive = await throughGate('/p')
      gate.left = cut
      await expect(archive.put('a.mp4', file(randomBytes(length)), length, 'video/mp4')).rejects.toThrow()
      gate.mend()
      expect(await archive.size('a.mp4')).toBeNull()
      expect(await keys()).toEqual([])
      expect(await uploads()).toEqual(length > 8 * MB ? ['p/a.mp4'] : [])
      await archive.sweep(Date.now() + 25 * HOUR)
      expect(await uploads()).toEqual([])
    })

    // a cut is all that a store sees of a process that is killed; CUTS=500 takes minutes
    test(
      'wherever it is cut, a file is there whole or not at all, and once swept nothing is left',
      async () => {
        const bytes = randomBytes(9 * MB)
        const archive = await throughGate()
        gate.passed = 0
        await archive.put('whole.mp4', file(bytes), bytes.length, 'video/mp4')
        const sent = gate.passed
        for (let cuts = 0; cuts < CUTS; cuts++) {
          const name = `${cuts}.mp4`
          gate.left = randomInt(sent)
          const at = `cut after ${gate.left} of ${sent}`
          await expect(archive.put(name, file(bytes), bytes.length, 'video/mp4'), at).rejects.toThrow()
          gate.mend()
          // everything had arrived, and only the answer did not
          if ((await archive.size(name)) === null) continue
          const kept = await everything(archive.read(name, { start: 0, end: bytes.length - 1 }))
          expect([await archive.size(name), sha256(kept)], at).toEqual([bytes.length, sha256(bytes)])
        }
        await archive.sweep(Date.now() + 25 * HOUR)
        expect(await uploads()).toEqual([])
      },
      CUTS * 10_000
    )

    test('the next one succeeds', async () => {
      const archive = await throughGate()
      const bytes = randomBytes(12 * MB + 1)
      gate.left = 10 * MB
      await expect(archive.put('a.mp4', file(bytes), bytes.length, 'video/mp4')).rejects.toThrow()
      gate.mend()
      await archive.put('a.mp4', file(bytes), bytes.length, 'video/mp4')
      expect(sha256(await everything(archive.read('a.mp4', { start: 0, end: bytes.length - 1 })))).toBe(sha256(bytes))
    })

    test('a connection that breaks once is not even an error', async () => {
      const archive = await throughGate()
      const bytes = randomBytes(12 * MB + 1)
      for (const cut of [100, 3 * MB, 11 * MB]) {
        gate.left = cut
        gate.breaks = 1
        await archive.put('a.mp4', file(bytes), bytes.length, 'video/mp4')
        expect(gate.left, 'the connection broke').toBe(Infinity)
        expect(sha256(await everything(archive.read('a.mp4', { start: 0, end: bytes.length - 1 })))).toBe(sha256(bytes))
      }
      expect(await uploads()).toEqual([])
    })
  })

  test('bytes that change on the way are refused', async () => {
    const archive = await throughGate()
    // far from every header
    const bytes = Buffer.alloc(12 * MB, 'a')
    gate.change = chunk =>
      chunk.every(byte => byte === 97) ? Buffer.concat([Buffer.from('b'), chunk.subarray(1)]) : chunk
    await expect(archive.put('a.mp4', file(bytes), bytes.length, 'video/mp4')).rejects.toMatchObject({
      $metadata: { httpStatusCode: 400 }
    })
    expect(await keys()).toEqual([])
    expect(await uploads()).toEqual([])
  })
})

describe('an S3 that is not what it should be', () => {
  beforeEach(() => withCredentials())

  async function serverThat(answers: RequestListener): Promise<string> {
    const server = createServer(answers).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.close().closeAllConnections()
    })
    // a server that listens on TCP has an address with a port
    return `s3://bucket?endpoint=http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  test('one that keeps other bytes than it was sent: an error, and they are removed', async () => {
    const asked: string[] = []
    const url = await serverThat(({ method, url: path }: IncomingMessage, response) => {
      asked.push(`${method} ${new URL(path!, 'http://s3').pathname}`)
      response.writeHead(200, { etag: '"e"', ...(method === 'HEAD' && { 'content-length': 1043 }) }).end()
    })
    const archive = await openArchive(url)
    await expect(archive.put('a.mp4', file(randomBytes(1000)), 1000, 'video/mp4')).rejects.toThrow(
      'a.mp4 arrived with 1043 of 1000 bytes'
    )
    expect(asked).toEqual(['PUT /bucket/a.mp4', 'HEAD /bucket/a.mp4', 'DELETE /bucket/a.mp4'])
  })

  test('one that never answers is given up', async () => {
    const archive = openS3(await serverThat(() => undefined), { timeoutMs: 50 })
    await expect(archive.size('a.mp4')).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect(archive.put('a.mp4', file(Buffer.from('bytes')), 5, 'video/mp4')).rejects.toMatchObject({
      name: 'TimeoutError'
    })
  })

  test('one that stalls: sixty viewers that wait for it do not keep the others out', async () => {
    const url = await serverThat(({ method }, response) => {
      response.writeHead(method === 'HEAD' ? 200 : 206, { 'content-length': 1000 })
      if (method === 'HEAD') response.end()
      else response.write('the first bytes')
    })
    const archive = await openArchive(url)
    const stalled: Readable[] = []
    for (let number = 0; number < 60; number++) stalled.push(await archive.read('a.mp4', { start: 0, end: 999 }))
    expect(await archive.size('a.mp4')).toBe(1000)
    for (const stream of stalled) stream.on('error', () => undefined).destroy()
  })

  test('one whose 404 has no name is a missing file all the same', async () => {
    const url = await serverThat((_request, response) => response.writeHead(404).end('<html>no</html>'))
    expect(await (await openArchive(url)).size('a.mp4')).toBeNull()
  })

  test.each([
    ['s3:///prefix', 'ARCHIVE_URL has no bucket'],
    ['s3://bucket?endpoint=minio:9000', 'the endpoint in ARCHIVE_URL must begin with http:// or https://'],
    ['s3://bucket?endpoint=minio', 'the endpoint in ARCHIVE_URL must begin with http:// or https://'],
    ['s3://bucket?endpoint=', 'the endpoint in ARCHIVE_URL must begin with http:// or https://']
  ])('%s is refused before anything is kept', async (url, message) => {
    await expect(openArchive(url)).rejects.toThrow(message)
  })
})
