import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createSend, type SendTimes } from '../../src/upstream/send.ts'
import type { HttpRequest } from '../../src/vendors/vendor.ts'
import { guardAllowing, serveHttp } from './servers.ts'

function createSender(times: Partial<SendTimes> = {}) {
  const send = createSend({ guard: guardAllowing(), times })
  onTestFinished(() => send.close())
  return send
}

/** A server that keeps what it was sent and answers `{}`. */
async function createRecorder() {
  const received: { request: IncomingMessage; body: Buffer }[] = []
  const { origin, host } = await serveHttp((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({ request, body: Buffer.concat(chunks) })
      response.end('{}')
    })
  })
  return { origin, host, received, last: () => received.at(-1)! }
}

describe('what is sent', () => {
  test('JSON is the very text that was signed', async () => {
    const { origin, last } = await createRecorder()
    const json = { prompt: '猫 "🐈"', n: 1, left: undefined, nested: { a: [1.5, null] } }
    await createSender().submit({ method: 'POST', path: '/v1/videos', body: { json } }, { baseUrl: origin })
    const { request, body } = last()
    expect(body.toString()).toBe(JSON.stringify(json))
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(body.length),
      accept: 'application/json'
    })
  })

  const bodies: [name: string, json: unknown][] = [
    [
      'images',
      { image: 'aGk+/w=='.repeat(20_000), tail: `data:image/png;base64,${'A'.repeat(100_000)}`, prompt: 'é "🎬"' }
    ],
    ['the same one twice, in lists', { images: [{ a: 'A'.repeat(70_000) }, 'A'.repeat(70_000)], n: [1, null, true] }],
    ['long texts that need escapes', { prompt: 'a "cat"\n'.repeat(20_000), other: '猫\u0000'.repeat(40_000) }],
    ['a long text as a whole', 'A'.repeat(70_000)],
    ...['"AAA', 'AAA\\', 'AA\n=', 'A\0==', 'AAAŁ', 'AAAé', 'A"', '=\t=='].map((end): [string, unknown] => [
      `base64 that ends in ${JSON.stringify(end)}`,
      { image: 'A'.repeat(80_000) + end }
    ]),
    ['a data URL with a quote before its comma', { image: `data:image/png;"x,${'A'.repeat(80_000)}` }]
  ]
  test.each(bodies)('JSON with %s is what JSON.stringify writes', async (_what, json) => {
    const { origin, last } = await createRecorder()
    await createSender().submit({ method: 'POST', path: '/v1/videos', body: { json } }, { baseUrl: origin })
    expect(last().body.toString()).toBe(JSON.stringify(json))
  })

  test("a vendor's own content type stays", async () => {
    const { origin, last } = await createRecorder()
    const headers = { 'content-type': 'application/json; charset=utf-8', host: 'elsewhere', 'content-length': '1' }
    await createSender().ask({ method: 'POST', path: '/', headers, body: { json: {} } }, { baseUrl: origin })
    expect(last().request.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      host: new URL(origin).host,
      'content-length': '2'
    })
  })

  test('a form with a file, read back by another parser', async () => {
    const { origin, last } = await createRecorder()
    const bytes = randomBytes(3 * 1024 * 1024 + 1)
    const request: HttpRequest = {
      method: 'POST',
      path: '/v1/videos',
      headers: { 'content-type': 'multipart/form-data' },
      body: {
        multipart: [
          { name: 'prompt', value: 'two\r\nlines "quoted" 猫' },
          { name: 'na"me\r\n', value: '' },
          { name: 'file', filename: 'a"b.png', file: { mimeType: 'image/png', base64: bytes.toString('base64') } }
        ]
      }
    }
    await createSender().submit(request, { baseUrl: origin })
    const { request: received, body } = last()
    expect(received.headers['content-length']).toBe(String(body.length))
    expect(received.headers['transfer-encoding']).toBeUndefined()
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': received.headers['content-type']! }
    }).formData()
    expect(form.get('prompt')).toBe('two\r\nlines "quoted" 猫')
    const file = form.get('file') as File // true because the part has a filename
    expect({ name: file.name, type: file.type }).toEqual({ name: 'a"b.png', type: 'image/png' })
    const hash = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')
    expect(hash(await file.bytes())).toBe(hash(bytes))
  })

  test('a urlencoded form, and no body at all', async () => {
    const { origin, last } = await createRecorder()
    const send = createSender()
    const body = { urlencoded: { grant_type: 'a:b', assertion: 'x+y/z=' } }
    await send.ask({ method: 'POST', path: '/token', body }, { baseUrl: origin })
    expect(Object.fromEntries(new URLSearchParams(last().body.toString()))).toEqual(body.urlencoded)
    await send.ask({ method: 'POST', path: '/cancel' }, { baseUrl: origin })
    expect(last().request.headers['content-length']).toBe('0')
    expect(last().request.headers['content-type']).toBeUndefined()
  })

  test('paths join the base, queries follow', async () => {
    const { origin, last } = await createRecorder()
    const send = createSender()
    const query = { Action: 'Get it', tag: ['a', 'b'] }
    await send.ask({ method: 'GET', path: '/tasks/1', query }, { baseUrl: `${origin}/api/v2/` })
    expect(last().request.url).toBe('/api/v2/tasks/1?Action=Get+it&tag=a&tag=b')
    await send.ask({ method: 'GET', path: `${origin}/x?sig=a%20b&c=d%2F`, query: { e: '1' } }, { baseUrl: origin })
    expect(last().request.url).toBe('/x?sig=a%20b&c=d%2F&e=1')
    await send.ask({ method: 'GET', path: `${origin}/x?sig=a%20b+c` }, { baseUrl: origin })
    expect(last().request.url).toBe('/x?sig=a%20b+c')
  })

  test.each(['@127.0.0.2/', '.evil.example/', ':80@evil.example', 'x', '\\x'])(
    'a path that would change the host is not sent: %j',
    async path => {
      const { origin, received } = await createRecorder()
      await expect(createSender().ask({ method: 'GET', path }, { baseUrl: origin })).rejects.toMatchObject({
        sent: false,
        problem: 'unsendable'
      })
      expect(received).toEqual([])
    }
  )
})

describe('the credential', () => {
  const secret = 'sk-live-0123456789'
  const headers = {
    authorization: `Bearer ${secret}`,
    'X-Api-Key': secret,
    'x-goog-api-key': 'other',
    'api-key': 'k',
    Cookie: 'session=1',
    'x-vendor-ticket': `v1 ${secret}`,
    'x-ticket': 'named by the caller',
    'x-harmless': 'stays'
  }
  const request = (path: string): HttpRequest => ({ method: 'GET', path, headers, query: { key: secret, page: '2' } })
  const destination = { credential: { apiKey: secret, region: 'cn' }, credentialHeaders: ['x-ticket'] }

  test('goes to the channel', async () => {
    const { origin, last } = await createRecorder()
    await createSender().ask(request('/poll'), { baseUrl: origin, ...destination })
    expect(last().request.headers).toMatchObject({
      authorization: `Bearer ${secret}`,
      'x-ticket': 'named by the caller'
    })
    expect(last().request.url).toBe(`/poll?key=${secret}&page=2`)
    await createSender().ask(request(`${origin}/poll`), { baseUrl: `${origin}/v1`, ...destination })
    expect(last().request.headers).toMatchObject({ authorization: `Bearer ${secret}` })
  })

  test('does not go to a stranger, under no name', async () => {
    const { origin, last } = await createRecorder()
    await createSender().ask(request(`${origin}/poll`), { baseUrl: 'https://api.example.com', ...destination })
    expect(last().request.headers['x-harmless']).toBe('stays')
    expect(last().request.rawHeaders.join('\n') + last().request.url).not.toContain(secret)
    for (const name of ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key', 'cookie', 'x-ticket'])
      expect(last().request.headers[name]).toBeUndefined()
    expect(last().request.url).toBe('/poll?page=2')
  })

  test('another port or scheme of the same host is a stranger', async () => {
    const { origin, host, last } = await createRecorder()
    for (const baseUrl of ['http://127.0.0.1:1', `https://${host}`]) {
      await createSender().ask(request(`${origin}/poll`), { baseUrl, ...destination })
      expect(last().request.headers.authorization).toBeUndefined()
    }
  })

  test('goes to the origins that the vendor names', async () => {
    const { origin, last } = await createRecorder()
    await createSender().ask(request(`${origin}/x`), {
      baseUrl: 'https://api.example.com',
      origins: [origin],
      ...destination
    })
    expect(last().request.headers.authorization).toBe(`Bearer ${secret}`)
  })
})

describe('what is answered', () => {
  test.each([200, 204, 301, 302, 303, 307, 308, 400, 401, 404, 409, 429, 500, 502, 504])(
    '%i is an answer, not followed, not repeated',
    async status => {
      let requests = 0
      const { origin } = await serveHttp((_, response) => {
        requests++
        response.writeHead(status, { location: '/elsewhere' }).end()
      })
      for (const way of ['submit', 'ask'] as const)
        expect(await createSender()[way]({ method: 'POST', path: '/' }, { baseUrl: origin })).toMatchObject({
          status,
          body: ''
        })
      expect(requests).toBe(2)
    }
  )

  test('JSON keeps large ids, text stays text, header names are small', async () => {
    let text = ''
    const { origin } = await serveHttp((_, response) =>
      response.writeHead(200, { 'X-Trace-Id': 'T', 'set-cookie': ['a=1', 'b=2'] }).end(text)
    )
    const ask = async (answer: string) => {
      text = answer
      return await createSender().ask({ method: 'GET', path: '/' }, { baseUrl: origin })
    }
    const answer = await ask('{"id":1234567890123456789}')
    expect(answer.body).toEqual({ id: '1234567890123456789' })
    expect(answer.headers).toMatchObject({ 'x-trace-id': 'T', 'set-cookie': 'a=1, b=2' })
    expect((await ask('<html>502</html>')).body).toBe('<html>502</html>')
    expect((await ask('\uFEFF{"a":"é"}')).body).toEqual({ a: 'é' })
  })

  test('an answer compressed without being asked is read', async () => {
    const { origin } = await serveHttp((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}'))
    )
    expect((await createSender().ask({ method: 'GET', path: '/' }, { baseUrl: origin })).body).toEqual({ a: 1 })
  })

  test('a compressed answer that unfolds beyond the limit is refused', async () => {
    const { origin } = await serveHttp((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50 * 1024 * 1024)))
    )
    await expect(createSender().submit({ method: 'POST', path: '/' }, { baseUrl: origin })).rejects.toMatchObject({
      sent: true,
      problem: 'too_large',
      status: 200
    })
  })

  test('an answer over 1 MiB is refused, sent is true; a larger limit reads it', async () => {
    const video = 'A'.repeat(4 * 1024 * 1024)
    const { origin } = await serveHttp((_, response) => response.end(JSON.stringify({ video })))
    const send = createSender()
    const poll = { method: 'POST', path: '/fetch' } as const
    await expect(send.ask(poll, { baseUrl: origin })).rejects.toMatchObject({ sent: true, problem: 'too_large' })
    const answer = await send.ask(poll, { baseUrl: origin, maxBytes: 256 * 1024 * 1024 })
    expect(answer.body).toEqual({ video })
  })

  test('an endless answer is cut off', async () => {
    const closed = Promise.withResolvers<void>()
    const { origin } = await serveHttp((_, response) => {
      const more = () => void response.write(Buffer.alloc(65_536), error => error ?? more())
      more()
      response.on('close', () => closed.resolve())
    })
    await expect(createSender().ask({ method: 'GET', path: '/' }, { baseUrl: origin })).rejects.toMatchObject({
      problem: 'too_large'
    })
    await closed.promise
  })

  test('errors name the address without its query', async () => {
    const { origin } = await serveHttp((_, response) => response.destroy())
    const failure = createSender().ask({ method: 'GET', path: '/x', query: { key: 'secret' } }, { baseUrl: origin })
    await expect(failure).rejects.toThrow(`GET ${origin}/x got no answer`)
    await expect(failure).rejects.not.toThrow('secret')
  })
})
