import { gzipSync } from 'node:zlib'
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { filmBeginning, filmOf, smallFilm } from '../support/film.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { sendRaw } from '../support/wire.ts'
import { bytesOf, expectError } from './requests.ts'

/* What a vendor sends in place of the film reaches no client, and what it says of ranges is made true. Nothing is archived here. */

const lines: string[] = []
const vendor = forAllTests(startFakeCloudsway)
const server = forAllTests(() => startTestServer({ channel: vendor.channel(), onLog: line => lines.push(line) }))
let key: string
let id: string

beforeAll(async () => {
  key = await server.memberKey()
  id = await server.newVideo({}, { key })
  await server.finished(id, key)
})
beforeEach(() => {
  vendor.onFile = undefined
  lines.length = 0
})

function content(headers: Record<string, string | undefined> = {}, { method = 'GET', family = '/v1/videos' } = {}) {
  return sendRaw(server.url, bytesOf({ method, path: `${family}/${id}/content`, headers }, key), method)
}

/** Sends `body` for the file; a type of null leaves the header out. */
function serve(type: string | null, body: Buffer | string, change: (reply: FastifyReply) => unknown = () => {}) {
  vendor.onFile = (_request, reply) => {
    change(reply)
    if (type !== null) reply.type(type)
    // a stream has no type of its own
    return reply.header('content-length', Buffer.byteLength(body)).send(Readable.from([Buffer.from(body)]))
  }
}

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ', 'base64')

describe('what is not the film: 503 with Retry-After on every route, then the film', () => {
  test.each<[string, string | null, Buffer | string, string]>([
    ['an HTML page', 'text/html', '<!doctype html><title>Login</title>', 'an HTML page'],
    ['an HTML page that says it is a video', 'video/mp4', '\n  <HTML><body>busy</body></HTML>', 'an HTML page'],
    ['JSON', 'application/json', '{"error":"not ready"}', 'JSON'],
    ['JSON that says it is a video', 'video/mp4', ' [1, 2]', 'JSON'],
    ['an error of S3', 'application/xml', '<?xml version="1.0"?><Error><Code>SlowDown</Code></Error>', 'XML'],
    ['a line of text', 'video/mp4', 'upstream connect error', 'text'],
    ['text in Chinese', 'application/octet-stream', '文件不存在，请稍后再试。'.repeat(9), 'text'],
    ['a page in GBK', 'text/html', Buffer.from([0x3c, 0x68, 0x31, 0x3e, 0xce, 0xc4, 0xbc, 0xfe]), 'XML'],
    ['text in UTF-16', 'video/mp4', Buffer.from('\ufeffbusy', 'utf16le'), 'text'],
    ['nothing', 'video/mp4', '', 'empty'],
    ['a picture', 'video/mp4', png, 'an image (image/png)'],
    ['a HEIC picture', 'video/mp4', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1'), 'an image (image/heic)'],
    ['a sound', 'video/mp4', Buffer.from('\0\0\0\x18ftypM4A \0\0\0\0'), 'an MP4 of another kind'],
    ['gzip', 'video/mp4', gzipSync('<html>'), 'compressed (gzip)'],
    ['a ZIP', 'video/mp4', 'PK\x03\x04\x14\0\0\0', 'a ZIP archive'],
    ['a PDF', 'video/mp4', '%PDF-1.7\n\0', 'a PDF'],
    ['unknown bytes that nobody calls a video', 'application/octet-stream', Buffer.alloc(600, 1), 'not a known format'],
    ['unknown bytes without a type', null, Buffer.alloc(600, 1), 'not a known format']
  ])('%s', async (_name, type, body, words) => {
    serve(type, body)
    for (const family of ['/v1/videos', '/v1/video/generations', '/openai/v1/videos'])
      for (const method of ['GET', 'HEAD'])
        for (const range of [undefined, 'bytes=0-', 'bytes=2-']) {
          const answer = await content({ range }, { method, family })
          expect([answer.status, answer.headers['retry-after']], `${method} ${family} ${range}`).toEqual([503, '5'])
          if (method === 'GET') expectError(answer, [503, 'video_unavailable'])
        }
    // the operator sees why; the client does not
    expect(lines.filter(line => line.includes('request failed') && line.includes(words)).length).toBeGreaterThan(0)
    vendor.onFile = undefined
    expect((await content()).bytes.equals(smallFilm)).toBe(true)
  })

  test('a part that is declared as a page or as JSON', async () => {
    for (const type of ['text/html; charset=utf-8', 'application/json', 'application/xml', 'image/png']) {
      serve(type, 'oops', reply => reply.code(206).header('content-range', 'bytes 5-8/100'))
      expectError(await content({ range: 'bytes=5-8' }), [503, 'video_unavailable'])
    }
  })

  test.each([201, 202, 204, 206, 304])('a %i that nobody asked for', async status => {
    vendor.onFile = (_request, reply) =>
      reply
        .code(status)
        .type('video/mp4')
        .send(status === 204 ? undefined : smallFilm)
    expectError(await content(), [503, 'video_unavailable'])
  })

  test('a 206 that does not say which part it is', async () => {
    serve('video/mp4', smallFilm, reply => reply.code(206))
    expectError(await content({ range: 'bytes=0-' }), [503, 'video_unavailable'])
  })

  test('a 416 of a file that is still empty', async () => {
    vendor.onFile = (_request, reply) => reply.code(416).header('content-range', 'bytes */0').send()
    expectError(await content({ range: 'bytes=0-' }), [503, 'video_unavailable'])
  })

  test('a file that breaks off before it can be judged', async () => {
    vendor.onFile = (request, reply) => {
      const half = new Readable({ read() {} })
      half.push(filmBeginning)
      setImmediate(() => request.raw.socket.destroy())
      return reply.type('video/mp4').header('content-length', '5000').send(half)
    }
    expectError(await content(), [503, 'video_unavailable'])
  })
})

describe('a film keeps its true type, whatever its vendor calls it', () => {
  const bytes = (...all: number[]) => Buffer.from(all)
  const transport = Buffer.alloc(376)
  transport[0] = transport[188] = 0x47
  test.each<[string, string | null, Buffer, string]>([
    ['MP4', 'application/octet-stream', filmOf('x'), 'video/mp4'],
    ['MP4', null, filmOf('x'), 'video/mp4'],
    ['MP4', 'text/html', filmOf('x'), 'video/mp4'],
    ['MP4 of eight bytes', 'video/mp4', Buffer.from('\0\0\0 ftyp'), 'video/mp4'],
    ['QuickTime', 'video/mp4', Buffer.from('\0\0\0\x14ftypqt  \0\0\0\0qt  '), 'video/quicktime'],
    ['QuickTime without a type', 'video/mp4', Buffer.from('\0\0\0\x08wide\0\0\0\x08mdat'), 'video/quicktime'],
    [
      'WebM',
      'video/mp4',
      Buffer.concat([bytes(0x1a, 0x45, 0xdf, 0xa3, 0x9f), Buffer.from('B\x82\x84webm')]),
      'video/webm'
    ],
    [
      'Matroska',
      'video/mp4',
      Buffer.concat([bytes(0x1a, 0x45, 0xdf, 0xa3), Buffer.from('matroska')]),
      'video/x-matroska'
    ],
    ['MPEG-TS', 'binary/octet-stream', transport, 'video/mp2t'],
    ['AVI', 'video/avi', Buffer.from('RIFF\0\0\0\0AVI LIST'), 'video/x-msvideo'],
    ['unknown bytes, declared as video', 'video/x-new; codecs=x', Buffer.alloc(600, 1), 'video/x-new']
  ])('%s sent as %s', async (_name, declared, body, type) => {
    serve(declared, body)
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, bytes: got } = await content({}, { method })
      expect([status, headers['content-type']]).toEqual([200, type])
      if (method === 'GET') expect(got.equals(body)).toBe(true)
    }
    const extension = { 'video/quicktime': 'mov', 'video/webm': 'webm', 'video/mp2t': 'ts' }[type]
    if (extension)
      expect((await content()).headers['content-disposition']).toBe(`inline; filename="${id}.${extension}"`)
  })
})

describe('a vendor without ranges', () => {
  const size = smallFilm.length

  /** Sends the whole file whatever is asked, and what `change` adds. */
  const whole = (change?: (reply: FastifyReply) => unknown) => serve('video/mp4', smallFilm, change)

  test.each([
    ['bytes=0-3', 0, 3],
    ['bytes=100-', 100, size - 1],
    ['bytes=-7', size - 7, size - 1],
    ['bytes=250-99999999', 250, size - 1],
    [`bytes=${size - 1}-`, size - 1, size - 1]
  ])('%s is served: 206', async (range, start, end) => {
    whole(reply => reply.header('accept-ranges', 'none'))
    const { status, bytes, headers } = await content({ range })
    expect([status, headers['content-range'], headers['content-length'], headers['accept-ranges']]).toEqual([
      206,
      `bytes ${start}-${end}/${size}`,
      String(end - start + 1),
      'bytes'
    ])
    expect(bytes.equals(smallFilm.subarray(start, end + 1))).toBe(true)
    const head = await content({ range }, { method: 'HEAD' })
    expect([head.status, head.headers['content-range']]).toEqual([206, headers['content-range']])
  })

  test('a range past the end 416', async () => {
    whole()
    const answer = await content({ range: `bytes=${size}-` })
    expectError(answer, [416, 'range_not_satisfiable'])
    expect(answer.headers['content-range']).toBe(`bytes */${size}`)
  })

  test('of a vendor that sends all of it with a Content-Range the client gets a 200 without one, or its range', async () => {
    whole(reply => reply.header('content-range', `bytes 0-3/${size}`))
    const { status, headers, bytes } = await content()
    expect([status, headers['content-range'], bytes.length]).toEqual([200, undefined, size])
    const part = await content({ range: 'bytes=4-7' })
    expect([part.status, part.headers['content-range'], String(part.bytes)]).toEqual([206, `bytes 4-7/${size}`, 'ftyp'])
  })

  test('without a length no range can be served: all of it, and accept-ranges says so', async () => {
    vendor.onFile = (_request, reply) => reply.type('video/mp4').send(Readable.from([smallFilm]))
    for (const range of [undefined, 'bytes=0-3']) {
      const { status, headers, bytes } = await content({ range })
      expect([status, headers['accept-ranges'], headers['content-range'], bytes.length]).toEqual([
        200,
        'none',
        undefined,
        size
      ])
    }
  })

  test('the rest of a long file is not fetched once the range is served', async () => {
    const closed = Promise.withResolvers<void>()
    vendor.onFile = (request, reply) => {
      request.raw.socket.once('close', () => closed.resolve())
      async function* endless() {
        yield smallFilm
        for (;;) yield Buffer.alloc(64 * 1024, 1)
      }
      return reply
        .type('video/mp4')
        .header('content-length', 10 ** 12)
        .send(Readable.from(endless()))
    }
    const { status, bytes } = await content({ range: 'bytes=4-9999' })
    expect([status, bytes.length]).toEqual([206, 9996])
    await closed.promise
  })
})
