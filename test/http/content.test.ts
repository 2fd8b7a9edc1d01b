import { once } from 'node:events'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { smallFilm } from '../support/film.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { openSocket, sendRaw } from '../support/wire.ts'
import { bytesOf, expectError } from './requests.ts'

const MEGABYTE = 1024 * 1024

const vendor = forAllTests(startFakeCloudsway)
const server = forAllTests(() => startTestServer({ env: { DOWNLOADS_PER_KEY: '8' }, channel: vendor.channel() }))
const member = forAllTests(() => server.newKey())
let id: string
let etag: string
beforeAll(async () => {
  id = await create()
  await server.finished(id, member.key)
  etag = `"${id}-video-0"`
})
beforeEach(() => Object.assign(vendor, { onFile: undefined, fileStatus: 200 }))

const create = () => server.newVideo({}, member)

/** The content of a video as raw bytes and headers. */
function content(headers: Record<string, string | undefined> = {}, { method = 'GET', query = '', of = id } = {}) {
  return sendRaw(server.url, bytesOf({ method, path: `/v1/videos/${of}/content${query}`, headers }, member.key), method)
}

describe('the whole file', () => {
  test('GET 200: the bytes, and of the vendor’s headers only the permitted ones', async () => {
    const { status, bytes, headers } = await content()
    expect(status).toBe(200)
    expect(bytes.equals(vendor.video)).toBe(true)
    expect(headers).toEqual({
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=3600',
      connection: 'close',
      'content-disposition': `inline; filename="${id}.mp4"`,
      'content-length': String(vendor.video.length),
      'content-security-policy': "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'",
      'content-type': 'video/mp4',
      date: expect.any(String),
      etag,
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.stringMatching(/^req_/)
    })
  })

  test('HEAD 200: the same headers, no bytes', async () => {
    const { date: _date, 'x-request-id': _id, ...get } = (await content()).headers
    const { date: _date2, 'x-request-id': _id2, ...head } = (await content({}, { method: 'HEAD' })).headers
    expect(head).toEqual(get)
  })

  test('HEAD 200 also where the vendor’s link is signed for GET alone, and its connection is closed', async () => {
    const closed = Promise.withResolvers<void>()
    vendor.onFile = (request, reply) => {
      if (request.method === 'HEAD') return reply.code(403).send()
      request.raw.socket.once('close', () => closed.resolve())
      return reply.type('video/mp4').header('content-length', '1000000000').send(endless())
    }
    const { status, headers } = await content({}, { method: 'HEAD' })
    expect([status, headers['content-length']]).toEqual([200, '1000000000'])
    await closed.promise
  })

  test.each(['application/octet-stream', 'text/html', 'image/svg+xml', 'binary/octet-stream', undefined])(
    'a vendor that calls it %s: video/mp4',
    async type => {
      vendor.onFile = (_request, reply) => {
        if (type) reply.header('content-type', type)
        return reply.send(smallFilm)
      }
      expect((await content()).headers['content-type']).toBe('video/mp4')
    }
  )

  test('any Accept will do', async () => {
    for (const accept of ['application/binary', 'text/plain, video/mp4, image/webp', 'application/json'])
      expect((await content({ accept })).status).toBe(200)
  })
})

describe('ranges', () => {
  const size = smallFilm.length

  test.each([
    ['bytes=0-3', 0, 3],
    ['bytes=100-', 100, size - 1],
    ['bytes=0-', 0, size - 1],
    ['bytes=10-99999999', 10, size - 1]
  ])('%s 206', async (range, start, end) => {
    const { status, bytes, headers } = await content({ range })
    expect([status, headers['content-range']]).toEqual([206, `bytes ${start}-${end}/${size}`])
    expect(headers['content-length']).toBe(String(end - start + 1))
    expect(bytes.equals(vendor.video.subarray(start, end + 1))).toBe(true)
    expect(headers.etag).toBe(etag)
  })

  test('past the end 416, and how long it is', async () => {
    const answer = await content({ range: `bytes=${size}-` })
    expectError(answer, [416, 'range_not_satisfiable'])
    expect(answer.headers['content-range']).toBe(`bytes */${size}`)
  })

  test.each(['bytes=0-1,5-9', 'bytes=a-b', 'lines=1-2', 'bytes=-', 'bytes=5'])('%s: all of it 200', async range => {
    const asked: (string | undefined)[] = []
    vendor.onFile = (request, reply) => {
      asked.push(request.headers.range)
      return reply.type('video/mp4').send(vendor.video)
    }
    const { status, bytes } = await content({ range })
    expect([status, bytes.length, asked]).toEqual([200, size, [undefined]])
  })

  test('HEAD with a range 206, no bytes', async () => {
    const { status, headers } = await content({ range: 'bytes=0-3' }, { method: 'HEAD' })
    expect([status, headers['content-length'], headers['content-range']]).toEqual([206, '4', `bytes 0-3/${size}`])
  })

  test('If-Range: our tag 206; any other, or a date, all of it 200', async () => {
    const ask = async (value: string) => (await content({ range: 'bytes=0-3', 'if-range': value })).status
    expect(await ask(etag)).toBe(206)
    expect(await ask('"other"')).toBe(200)
    expect(await ask(`W/${etag}`)).toBe(200)
    expect(await ask('Wed, 21 Oct 2015 07:28:00 GMT')).toBe(200)
  })
})

describe('tags', () => {
  test.each(['TAG', 'W/TAG', '"a", TAG', '"a",W/TAG , "b"', '*'])(
    'If-None-Match %s 304, without asking the vendor',
    async given => {
      vendor.onFile = () => {
        throw new Error('asked')
      }
      const { status, headers, bytes } = await content({ 'if-none-match': given.replace('TAG', etag) })
      expect([status, headers.etag, bytes.length]).toEqual([304, etag, 0])
    }
  )

  test('another tag 200', async () => {
    expect((await content({ 'if-none-match': '"other"' })).status).toBe(200)
  })

  test('a tag does not make an unfinished video 304', async () => {
    vendor.onPoll = () => 'processing'
    const running = await create()
    vendor.onPoll = ({ polls }) => (polls > 1 ? 'succeed' : 'processing')
    expectError(await content({ 'if-none-match': '*' }, { of: running }), [400, 'video_not_ready'])
  })
})

describe('what is not there', () => {
  test('before it is done 400 video_not_ready; failed and cancelled too, and says so', async () => {
    vendor.onPoll = () => 'processing'
    const running = await create()
    expectError(await content({}, { of: running }), [400, 'video_not_ready'])
    await server.call('POST', `/v1/videos/${running}/cancel`, undefined, member)
    expectError(await content({}, { of: running }), [400, 'video_not_ready'])
    vendor.onPoll = () => 'failed'
    const failed = await create()
    await server.finished(failed, member.key)
    const answer = await content({}, { of: failed })
    expectError(answer, [400, 'video_not_ready'])
    expect(answer.body.message).toContain('failed')
    vendor.onPoll = ({ polls }) => (polls > 1 ? 'succeed' : 'processing')
  })

  test.each(['thumbnail', 'spritesheet'])('?variant=%s 404: the vendor made none', async variant => {
    expectError(await content({}, { query: `?variant=${variant}` }), [404, 'not_found', 'variant'])
  })

  test('?number=1 of one video 404', async () => {
    expectError(await content({}, { query: '?number=1' }), [404, 'not_found', 'number'])
  })

  test.each([400, 401, 403, 404, 429, 500, 503])(
    'a vendor that answers %i right after the end: 503, then the file',
    async status => {
      const young = await create()
      await server.finished(young, member.key)
      vendor.fileStatus = status
      const answer = await content({}, { of: young })
      expectError(answer, [503, 'video_unavailable'])
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
      vendor.fileStatus = 200
      expect((await content({}, { of: young })).status).toBe(200)
    }
  )

  test('a link that its vendor still refuses after an hour is dead: 410 video_expired', async () => {
    const old = await create()
    await server.finished(old, member.key)
    await server.advance(3_600_000)
    for (const status of [400, 401, 403, 404]) {
      vendor.fileStatus = status
      expectError(await content({}, { of: old }), [410, 'video_expired'])
    }
    // nothing is known of a file whose vendor is ill
    vendor.fileStatus = 500
    expectError(await content({}, { of: old }), [503, 'video_unavailable'])
  })

  test('a vendor that says 410: 410', async () => {
    vendor.fileStatus = 410
    expectError(await content(), [410, 'video_expired'])
  })

  test('a vendor that hangs up 503, and that breaks off in the middle breaks off here too', async () => {
    vendor.onFile = request => void request.raw.socket.destroy()
    expectError(await content(), [503, 'video_unavailable'])
    vendor.onFile = (request, reply) => {
      const half = new Readable({ read() {} })
      half.push(Buffer.alloc(1000))
      setImmediate(() => request.raw.socket.destroy())
      return reply.type('video/mp4').header('content-length', '5000').send(half)
    }
    await expect(content()).rejects.toThrow('no whole answer')
  })
})

describe('signed links', () => {
  /** Without any key. */
  const follow = (url: string) => fetch(url.replace(/^https?:\/\/[^/]+/, server.url))
  const link = async () => (await server.call('GET', `/v1/videos/${id}`, undefined, member)).body.url as string

  test('200 without a key, with ranges and HEAD', async () => {
    const url = await link()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\/videos\/video_\w+\/content\?expires=\d+&signature=[\w-]+$/)
    expect(Buffer.from(await (await follow(url)).arrayBuffer()).equals(vendor.video)).toBe(true)
    expect((await fetch(url, { headers: { range: 'bytes=0-3' } })).status).toBe(206)
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200)
  })

  test('the same poll gives the same link', async () => {
    expect(await link()).toBe(await link())
  })

  test.each([
    ['another id', (url: string, other: string) => url.replace(id, other)],
    ['a later end', (url: string) => url.replace(/expires=(\d+)/, (_, end) => `expires=${Number(end) + 1}`)],
    ['no end', (url: string) => url.replace(/expires=\d+&/, '')],
    ['an end that is no number', (url: string) => url.replace(/expires=\d+/, 'expires=never')],
    ['an end beyond numbers', (url: string) => url.replace(/expires=\d+/, 'expires=1e999')],
    [
      'an end in hexadecimal',
      (url: string) => url.replace(/expires=(\d+)/, (_, end) => `expires=0x${Number(end).toString(16)}`)
    ],
    [
      'another signature',
      (url: string) => url.replace(/signature=(.)/, (_, first) => `signature=${first === 'A' ? 'B' : 'A'}`)
    ],
    ['an empty signature', (url: string) => url.replace(/signature=.*/, 'signature=')],
    ['two signatures', (url: string) => `${url}&signature=x`],
    ['half a signature', (url: string) => url.slice(0, -10)]
  ])('moved to %s 401', async (_title, change) => {
    const other = await create()
    await server.finished(other, member.key)
    const answer = await follow(change(await link(), other))
    expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'invalid_api_key' }])
  })

  test('gives the content alone: no object, no deletion', async () => {
    const query = new URL(await link()).search
    expect((await fetch(`${server.url}/v1/videos/${id}${query}`)).status).toBe(401)
    expect((await fetch(`${server.url}/v1/videos/${id}${query}`, { method: 'DELETE' })).status).toBe(401)
  })

  test('the link of a deleted video 404', async () => {
    const other = await create()
    const { url } = await server.finished(other, member.key)
    await server.call('DELETE', `/v1/videos/${other}`, undefined, member)
    expect((await follow(url)).status).toBe(404)
  })

  test('ends after a day, and the next poll gives a new one', async () => {
    const url = await link()
    await server.advance(25 * 3_600_000)
    expect((await follow(url)).status).toBe(401)
    const next = await link()
    expect(next).not.toBe(url)
    expect((await follow(next)).status).toBe(200)
  })

  test.each([
    ['revoked', (keyId: string) => server.call('DELETE', `/admin/keys/${keyId}`)],
    ['disabled', (keyId: string) => server.call('PATCH', `/admin/keys/${keyId}`, { disabled: true })],
    ['expired', (keyId: string) => server.call('PATCH', `/admin/keys/${keyId}`, { expires_at: 1 })]
  ])('dies with its key: %s 401', async (_title, end) => {
    const owner = await server.newKey()
    const other = await server.newVideo({}, { key: owner.key })
    const { url } = await server.finished(other, owner.key)
    expect((await follow(url)).status).toBe(200)
    await end(owner.id)
    const answer = await follow(url)
    expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'invalid_api_key' }])
  })

  describe('without PUBLIC_URL', () => {
    const at = async (host: string, to = server) => {
      const request = `GET /v1/videos/${id} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${member.key}\r\n`
      return new URL((await sendRaw(to.url, `${request}connection: close\r\n\r\n`)).body.url).host
    }

    test.each(['localhost:8080', 'reelay:3000', 'nas.local', '192.168.1.5:8080', '[::1]:3000', 'gateway.internal'])(
      'names the local host that was asked: %s',
      async host => expect(await at(host)).toBe(host)
    )

    test.each([
      'evil.example',
      'videos.example.com',
      '93.184.216.34',
      'localhost.evil.example',
      'evil.example:3000',
      '@'
    ])('names its own address when the Host may be a stranger’s: %s', async host =>
      expect(await at(host)).toBe(new URL(server.url).host)
    )
  })

  test('names the public host that a trusted proxy passes on', async () => {
    const other = await startTestServer({ env: { TRUST_PROXY: '127.0.0.1' }, channel: vendor.channel() })
    const made = await other.newVideo()
    await other.finished(made)
    const seen = async (headers: Record<string, string>) =>
      new URL((await other.call('GET', `/v1/videos/${made}`, undefined, { headers })).body.url).host
    expect(await seen({ 'x-forwarded-host': 'videos.example.com', 'x-forwarded-for': '10.1.2.3' })).toBe(
      'videos.example.com'
    )
    expect(await seen({})).toBe(new URL(other.url).host)
    await other.close()
  })

  test('begins with PUBLIC_URL where there is one', async () => {
    const env = { PUBLIC_URL: 'https://videos.example.com/api/' }
    const other = await startTestServer({ env, channel: vendor.channel() })
    const { url } = await other.finished(await other.newVideo())
    expect(url).toMatch(/^https:\/\/videos\.example\.com\/api\/v1\/videos\/video_/)
    await other.close()
  })
})

describe('streams', () => {
  /** Asks for the content on a socket of our own, and reads nothing. */
  function open(): Socket {
    const socket = openSocket(server.url)
    socket.pause()
    socket.write(bytesOf({ path: `/v1/videos/${id}/content` }, member.key))
    return socket
  }

  test('a slow reader of a large file: no more is fetched than it takes, plus what buffers hold', async () => {
    const total = 192 * MEGABYTE
    let produced = 0
    vendor.onFile = (_request, reply) => {
      const chunk = Buffer.alloc(64 * 1024, 1)
      const stream = new Readable({
        read() {
          produced += chunk.length
          this.push(produced > total ? null : chunk)
        }
      })
      return reply.type('video/mp4').send(stream)
    }
    const socket = open()
    let taken = 0
    let mostAhead = 0
    while (taken < total) {
      // the vendor and the gateway run in this process: they have these turns to run ahead
      for (let turns = 0; turns < 4; turns++) await new Promise(resolve => setImmediate(resolve))
      mostAhead = Math.max(mostAhead, produced - taken)
      const piece = socket.read() as Buffer | null
      if (piece) taken += piece.length
      else await once(socket, 'readable')
    }
    socket.destroy()
    expect(mostAhead).toBeLessThan(32 * MEGABYTE)
  })

  test('a client that leaves closes the connection to the vendor', async () => {
    const closed = Promise.withResolvers<void>()
    vendor.onFile = (request, reply) => {
      request.raw.socket.once('close', () => closed.resolve())
      return reply.type('video/mp4').send(endless())
    }
    const socket = open()
    await once(socket, 'readable')
    socket.destroy()
    await closed.promise
  })

  test('a client that leaves before the vendor answered closes it too', async () => {
    const closed = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    vendor.onFile = request => {
      request.raw.socket.once('close', () => closed.resolve())
      asked.resolve()
      return new Promise(() => {})
    }
    const socket = open()
    await asked.promise
    socket.destroy()
    await closed.promise
  })

  test('a client that takes nothing for a minute is left, and the vendor’s connection closed', async () => {
    const closed = Promise.withResolvers<void>()
    vendor.onFile = (request, reply) => {
      request.raw.socket.once('close', () => closed.resolve())
      return reply.type('video/mp4').send(endless())
    }
    const connected = once(server.app.server, 'connection') as Promise<[Socket]>
    const socket = open()
    const [ours] = await connected
    await once(socket, 'readable')
    expect(ours.timeout).toBe(60_000)
    ours.emit('timeout')
    await closed.promise
    expect(ours.destroyed).toBe(true)
  })
})

function endless(): Readable {
  const chunk = Buffer.alloc(64 * 1024, 1)
  return new Readable({
    read() {
      this.push(chunk)
    }
  })
}

test('a key may download so many files at once, by signed links too; the next is 429, other keys are free', async () => {
  const answers = Promise.withResolvers<void>()
  let opened = 0
  vendor.onFile = async (_request, reply) => {
    opened++
    await answers.promise
    return reply.type('video/mp4').send(vendor.video)
  }
  const fresh = await create()
  await server.finished(fresh, member.key)
  const { body } = await server.call('GET', `/v1/videos/${fresh}`, undefined, member)
  const downloads = Array.from({ length: 8 }, (_, n) =>
    n % 2 ? content({}, { of: fresh }) : sendRaw(server.url, bytesOf({ path: body.url.slice(server.url.length) }, ''))
  )
  await expect.poll(() => opened, { timeout: 20_000 }).toBeGreaterThanOrEqual(8)
  const refused = await content({}, { of: fresh })
  expectError(refused, [429, 'rate_limit_exceeded'])
  expect(refused.headers['retry-after']).toBe('5')
  // nothing was read for it
  expectError(await content({}, { of: 'video_unknown' }), [429, 'rate_limit_exceeded'])
  const admin = server.content(fresh)
  answers.resolve()
  expect((await Promise.all(downloads)).map(({ status }) => status)).toEqual(Array(8).fill(200))
  expect((await admin).status).toBe(200)
  expect((await content({}, { of: fresh })).status).toBe(200)
})
