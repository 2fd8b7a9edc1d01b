import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { Writable, type Readable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDownload, type DownloadTimes, type Opened } from '../../src/upstream/download.ts'
import { createGuard } from '../../src/upstream/guard.ts'
import { guardAllowing, serveHttp, serveSockets } from './servers.ts'

function createDownloader(times: Partial<DownloadTimes> = {}, guard = guardAllowing()) {
  const download = createDownload({ guard, times })
  onTestFinished(() => download.close())
  return download
}

function bodyOf(opened: Opened): Readable {
  if (!opened.ok) throw new Error(`answered ${opened.status}`)
  return opened.body
}

async function bytesOf(opened: Opened): Promise<Buffer> {
  return Buffer.concat(await bodyOf(opened).toArray())
}

describe('opening', () => {
  test('a file, with the headers that a client may see', async () => {
    const bytes = randomBytes(500_000)
    const { origin } = await serveHttp((_, response) =>
      response
        .writeHead(200, {
          'content-type': 'video/mp4',
          'content-length': bytes.length,
          'accept-ranges': 'bytes',
          etag: '"1"',
          'last-modified': 'Mon, 24 Nov 2025 09:00:00 GMT',
          'set-cookie': 'a=1',
          'x-amz-request-id': '7',
          server: 'x'
        })
        .end(bytes)
    )
    const opened = await createDownloader().open({ url: `${origin}/a.mp4` })
    expect(opened).toMatchObject({ ok: true, status: 200 })
    expect(opened.headers).toEqual({
      'content-type': 'video/mp4',
      'content-length': '500000',
      'accept-ranges': 'bytes',
      etag: '"1"',
      'last-modified': 'Mon, 24 Nov 2025 09:00:00 GMT'
    })
    expect((await bytesOf(opened)).equals(bytes)).toBe(true)
  })

  test('a range, passed on and answered', async () => {
    const { origin } = await serveHttp((request, response) =>
      request.headers.range === 'bytes=2-4'
        ? response.writeHead(206, { 'content-range': 'bytes 2-4/10' }).end('234')
        : response.end('0123456789')
    )
    const opened = await createDownloader().open({ url: origin }, { range: 'bytes=2-4' })
    expect(opened).toMatchObject({ ok: true, status: 206, headers: { 'content-range': 'bytes 2-4/10' } })
    expect((await bytesOf(opened)).toString()).toBe('234')
  })

  test('HEAD returns the headers and nothing else', async () => {
    let method: string | undefined
    const { origin } = await serveHttp((request, response) => {
      method = request.method
      response.writeHead(200, { 'content-length': 1_000_000 }).end()
    })
    const opened = await createDownloader().open({ url: origin }, { method: 'HEAD' })
    expect(opened).toMatchObject({ ok: true, headers: { 'content-length': '1000000' } })
    expect((await bytesOf(opened)).length).toBe(0)
    expect(method).toBe('HEAD')
  })

  test.each([403, 404, 410, 416, 500, 503, 304])('%i is a value', async status => {
    const { origin } = await serveHttp((_, response) =>
      response.writeHead(status, { 'content-range': 'bytes */10' }).end(status === 304 ? undefined : '<Error/>')
    )
    expect(await createDownloader().open({ url: origin })).toEqual({
      ok: false,
      status,
      headers: expect.objectContaining({ 'content-range': 'bytes */10' })
    })
  })

  test('a file compressed on the way is refused', async () => {
    const { origin } = await serveHttp((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')
    )
    await expect(createDownloader().open({ url: origin })).rejects.toMatchObject({ problem: 'broken' })
  })

  test('plain HTTP to an ordinary host is asked over TLS', async () => {
    const asked: string[] = []
    const guard = createGuard({ allow: { networks: [], hosts: [] }, resolve: async () => [] })
    const check = guard.check.bind(guard)
    guard.check = (url, maxLength) => {
      asked.push(url)
      return check(url, maxLength)
    }
    await expect(createDownloader({}, guard).open({ url: 'http://cdn.example.com/a.mp4?b=%20' })).rejects.toThrow(
      'cdn.example.com has no address'
    )
    expect(asked).toContain('https://cdn.example.com/a.mp4?b=%20')
  })

  test('no answer is an UpstreamError', async () => {
    const { origin } = await serveSockets(socket => socket.end())
    await expect(createDownloader().open({ url: origin })).rejects.toMatchObject({
      name: 'UpstreamError',
      problem: 'broken'
    })
    await expect(createDownloader().open({ url: 'file:///etc/passwd' })).rejects.toMatchObject({
      problem: 'unsendable'
    })
  })
})

test.each([
  ['with a password in it', (host: string) => `http://u:p@${host}/`],
  ['of more than 16 KiB', (host: string) => `http://${host}/?${'a'.repeat(16_384)}`]
])('a link %s is refused, also to an allowed host', async (_name, link) => {
  const { host, seen } = await serveHttp((_, response) => response.end())
  await expect(createDownloader().open({ url: link(host) })).rejects.toMatchObject({ problem: 'address_refused' })
  expect(seen.connections).toBe(0)
})

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])('%i is followed, relative too, with the range', async status => {
    const { origin } = await serveHttp((request, response) =>
      request.url === '/a'
        ? response.writeHead(status, { location: '/b?c=d' }).end('moved')
        : response.end(`${request.method} ${request.url} ${request.headers.range}`)
    )
    const opened = await createDownloader().open({ url: `${origin}/a` }, { range: 'bytes=0-' })
    expect((await bytesOf(opened)).toString()).toBe('GET /b?c=d bytes=0-')
  })

  test('five are followed, six are not', async () => {
    const { origin } = await serveHttp((request, response) => {
      const left = Number(request.url!.slice(1))
      if (left) response.writeHead(302, { location: `/${left - 1}` }).end()
      else response.end('there')
    })
    expect((await bytesOf(await createDownloader().open({ url: `${origin}/5` }))).toString()).toBe('there')
    await expect(createDownloader().open({ url: `${origin}/6` })).rejects.toThrow('more than 5 redirects')
  })

  test('a redirect to an address inside is refused, and not called', async () => {
    const inside = await serveHttp((_, response) => response.end('secret'))
    const { origin } = await serveHttp((_, response) => response.writeHead(302, { location: inside.origin }).end())
    const guard = createGuard({ allow: { networks: [], hosts: [] }, trusted: each => each === origin })
    await expect(createDownloader({}, guard).open({ url: origin })).rejects.toMatchObject({
      problem: 'address_refused'
    })
    expect(inside.seen.connections).toBe(0)
  })

  test('a redirect without a readable location is a value', async () => {
    let location: string | undefined
    const { origin } = await serveHttp((_, response) => response.writeHead(302, location ? { location } : {}).end())
    expect(await createDownloader().open({ url: origin })).toMatchObject({ ok: false, status: 302 })
    location = 'https://[::1'
    expect(await createDownloader().open({ url: origin })).toMatchObject({ ok: false, status: 302 })
  })

  test('the credential goes to the channel, not beyond, and comes back with the way', async () => {
    const seen: Record<string, string | undefined> = {}
    let channel = ''
    const cdn = await serveHttp((request, response) => {
      seen[`cdn ${request.url}`] = request.headers.authorization
      response.writeHead(302, { location: `${channel}/end` }).end()
    })
    const api = await serveHttp((request, response) => {
      seen[`api ${request.url}`] = request.headers.authorization
      if (request.url === '/end') response.end('file')
      else response.writeHead(302, { location: `${cdn.origin}/file` }).end()
    })
    channel = api.origin
    const request = { method: 'GET', path: '/content', headers: { authorization: 'Bearer k' } } as const
    const opened = await createDownloader().open({ request, baseUrl: api.origin })
    expect((await bytesOf(opened)).toString()).toBe('file')
    expect(seen).toEqual({ 'api /content': 'Bearer k', 'cdn /file': undefined, 'api /end': 'Bearer k' })
  })

  test("a signed request for a stranger's link loses the credential at once", async () => {
    let authorization: string | undefined = 'unset'
    const { origin } = await serveHttp((request, response) => {
      authorization = request.headers.authorization
      response.end()
    })
    const request = { method: 'GET', path: `${origin}/x`, headers: { authorization: 'Bearer k' } } as const
    bodyOf(await createDownloader().open({ request, baseUrl: 'https://api.example.com' })).destroy()
    expect(authorization).toBeUndefined()
    bodyOf(await createDownloader().open({ request, baseUrl: 'https://api.example.com', origins: [origin] })).destroy()
    expect(authorization).toBe('Bearer k')
  })
})

describe('streaming', () => {
  const MIB = 1024 * 1024

  /** Sends as fast as it is read, and counts. */
  async function serveEndless() {
    const progress = { sent: 0, closed: Promise.withResolvers<void>() }
    const chunk = Buffer.alloc(65_536, 7)
    const { origin } = await serveHttp((_, response) => {
      const more = () => {
        progress.sent += chunk.length
        response.write(chunk, error => error ?? more())
      }
      more()
      response.on('close', () => progress.closed.resolve())
    })
    return { origin, progress }
  }

  test('a reader that stops, stops the sender', async () => {
    const { origin, progress } = await serveEndless()
    const body = bodyOf(await createDownloader().open({ url: origin }))
    await once(body, 'readable')
    // until nothing has moved for 20 turns of the loop
    for (let still = 0, before = -1; still < 20; before = progress.sent) {
      await new Promise(resolve => setTimeout(resolve, 2))
      still = progress.sent === before ? still + 1 : 0
    }
    const stopped = progress.sent
    // what the kernel's socket buffers hold is counted as sent
    expect(stopped).toBeLessThan(24 * MIB)
    body.read()
    await once(body, 'readable')
    while (progress.sent === stopped) {
      body.read()
      await new Promise(setImmediate)
    }
    body.destroy()
    await progress.closed.promise
  })

  test('256 MiB pass through without piling up', { timeout: 60_000 }, async () => {
    const total = 256 * MIB
    const chunk = Buffer.alloc(MIB, 1)
    const { origin } = await serveHttp((_, response) => {
      response.writeHead(200, { 'content-length': total })
      let left = total / MIB
      const more = () => (left-- > 0 ? void response.write(chunk, error => error ?? more()) : void response.end())
      more()
    })
    let received = 0
    let peak = 0
    const start = process.memoryUsage().arrayBuffers
    const sink = new Writable({
      write(piece: Buffer, _encoding, done) {
        received += piece.length
        peak = Math.max(peak, process.memoryUsage().arrayBuffers - start)
        setImmediate(done)
      }
    })
    await pipeline(bodyOf(await createDownloader().open({ url: origin })), sink)
    expect(received).toBe(total)
    // garbage between two collections included
    expect(peak).toBeLessThan(total / 2)
  })

  test('a sender that falls silent is given up', async () => {
    const { origin } = await serveHttp((_, response) => response.writeHead(200, { 'content-length': 100 }).write('x'))
    const body = bodyOf(await createDownloader({ idleMs: 50 }).open({ url: origin }))
    await expect(body.toArray()).rejects.toMatchObject({ code: 'UND_ERR_BODY_TIMEOUT' })
  })

  test('a reader that is slower than that is not', async () => {
    const { origin } = await serveEndless()
    const body = bodyOf(await createDownloader({ idleMs: 50 }).open({ url: origin }))
    await once(body, 'readable')
    // longer than the idle time and undici's half-second clock
    await new Promise(resolve => setTimeout(resolve, 1200))
    expect(body.errored).toBeNull()
    expect(body.read()).not.toBeNull()
    body.destroy()
  })

  test('a file cut short is an error, not an end', async () => {
    const { origin } = await serveSockets(socket =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'))
    )
    await expect(bytesOf(await createDownloader().open({ url: origin }))).rejects.toThrow('other side closed')
  })

  test('giving up cuts the connection', async () => {
    const { origin, progress } = await serveEndless()
    const abort = new AbortController()
    const body = bodyOf(await createDownloader().open({ url: origin }, { signal: abort.signal }))
    abort.abort()
    await expect(body.toArray()).rejects.toThrow('aborted')
    await progress.closed.promise
  })

  test('giving up before the answer is an UpstreamError', async () => {
    const abort = new AbortController()
    const { origin } = await serveSockets(socket => socket.once('data', () => abort.abort()))
    await expect(createDownloader().open({ url: origin }, { signal: abort.signal })).rejects.toMatchObject({
      problem: 'aborted'
    })
  })
})

describe('small images', () => {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64'
  )

  test.each([
    ['image/png', png],
    ['image/jpeg', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16])],
    ['image/gif', Buffer.from('GIF89a....')],
    ['image/webp', Buffer.from('RIFF\0\0\0\0WEBPVP8 ')],
    ['image/bmp', Buffer.from('BM......')],
    ['image/tiff', Buffer.from('II*\0....')],
    ['image/avif', Buffer.from('\0\0\0\u001cftypavif')],
    ['image/heic', Buffer.from('\0\0\0\u0018ftypheic')]
  ])('%s is told from its bytes, whatever the header says', async (mimeType, bytes) => {
    const { origin } = await serveHttp((_, response) =>
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes)
    )
    expect(await createDownloader().small(origin)).toEqual({ mimeType, base64: bytes.toString('base64') })
  })

  test.each([
    ['a page', '<html><body>'],
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['a video', '\0\0\0\u0018ftypmp42'],
    ['a sound', 'RIFF\0\0\0\0WAVEfmt '],
    ['nothing', '']
  ])('%s is refused, although it says image/png', async (_name, text) => {
    const { origin } = await serveHttp((_, response) =>
      response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from(text, 'latin1'))
    )
    await expect(createDownloader().small(origin)).rejects.toMatchObject({ problem: 'not_an_image' })
  })

  test('one byte too many is refused', async () => {
    const { origin } = await serveHttp((_, response) => response.end(png))
    const small = (maxBytes: number) => createDownloader().small(origin, { maxBytes })
    expect((await small(png.length)).mimeType).toBe('image/png')
    await expect(small(png.length - 1)).rejects.toMatchObject({ problem: 'too_large' })
  })

  test('an HTTP error carries its status', async () => {
    const { origin } = await serveHttp((_, response) => response.writeHead(404).end())
    await expect(createDownloader().small(origin)).rejects.toMatchObject({ status: 404 })
  })

  test('a file cut short is an UpstreamError', async () => {
    const { origin } = await serveSockets(socket =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'))
    )
    await expect(createDownloader().small(origin)).rejects.toMatchObject({ name: 'UpstreamError', problem: 'broken' })
  })

  test('a file that drips is given up in time', async () => {
    const { origin } = await serveHttp((_, response) => {
      const drip = setInterval(() => response.write('x'), 5)
      response.on('close', () => clearInterval(drip))
    })
    await expect(createDownloader({ smallMs: 60 }).small(origin)).rejects.toMatchObject({ problem: 'timeout' })
  })

  test('an address inside is refused', async () => {
    await expect(createDownloader({}, guardAllowing('')).small('https://169.254.169.254/x.png')).rejects.toMatchObject({
      problem: 'address_refused'
    })
  })
})
