import { randomBytes } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDownload } from '../../src/upstream/download.ts'
import { createExchange } from '../../src/upstream/exchange.ts'
import { createSend } from '../../src/upstream/send.ts'
import type { ChannelConfig, HttpAnswer, Vendor } from '../../src/vendors/vendor.ts'
import { vendorOf } from '../support/vectors.ts'
import { guardAllowing, serveHttp } from './servers.ts'

/* What an adapter is given of an answer: whole strings, no more than it can bear, and never the channel's own credential. */

const SECRET = 'up/Stream+secret=42 &<é>"\\'
const openai = vendorOf('openai')

type Reply = (asked: { url: string; authorization: string }) => {
  status?: number
  headers?: Record<string, string>
  text: string
}

/** Asks a vendor that answers so, with the credential, and gives what an adapter would read. */
async function ask(reply: Reply, credential: Record<string, string> = { api_key: SECRET }) {
  const { exchange, config } = await openExchange(reply, credential)
  return exchange.ask(openai, config, { method: 'GET', path: '/v1/videos/1' })
}

async function openExchange(reply: Reply, credential: Record<string, string>) {
  const asked: string[] = []
  const { origin } = await serveHttp((request, response) => {
    asked.push(request.url ?? '')
    const {
      status = 200,
      headers = {},
      text
    } = reply({
      url: request.url ?? '',
      authorization: request.headers.authorization ?? ''
    })
    response.writeHead(status, headers).end(text)
  })
  const guard = guardAllowing()
  const [send, download] = [createSend({ guard }), createDownload({ guard })]
  onTestFinished(async () => {
    await Promise.all([send.close(), download.close()])
  })
  const config: ChannelConfig = { baseUrl: origin, credential, options: {} }
  return { exchange: createExchange({ send, download, now: Date.now, submitTimeout: 5000 }), config, asked, origin }
}

const answered = (text: string) => ask(() => ({ text }))

describe('strings', () => {
  test.each([
    [
      'half an emoji',
      '{"message":"cut \\ud83d","\\udc4b":[{"id":"a\\ud83d"}]}',
      { message: 'cut \ufffd', '\ufffd': [{ id: 'a\ufffd' }] }
    ],
    ['U+0000', '{"message":"a\\u0000b","c\\u0000":"\\u0000"}', { message: 'a\ufffdb', 'c\ufffd': '\ufffd' }],
    [
      'whole characters and escapes',
      '{"message":"\\ud83d\\udc4b \\"ok\\" \\/","n":1,"t":true,"z":null}',
      { message: '👋 "ok" /', n: 1, t: true, z: null }
    ],
    ['text that is no JSON', 'a\u0000 <b>', 'a\ufffd <b>']
  ])('%s', async (_what, text, body) => expect((await answered(text)).body).toEqual(body))

  test('a name that is a trap stays a name', async () => {
    const { body } = await answered('{"__proto__":{"a":"\\ud83d"},"constructor":"\\u0000"}')
    expect(Object.keys(body as object)).toEqual(['__proto__', 'constructor'])
    expect(({} as { a?: unknown }).a).toBeUndefined()
  })
})

describe('size', () => {
  test.each([
    ['lists', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['objects', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)],
    ['101 levels, behind white space', `\n ${'[{"a":'.repeat(51)}1${'}]'.repeat(51)}`]
  ])('too deep, %s: a text that says so takes its place', async (_what, text) => {
    expect((await answered(text)).body).toBe('The answer is not readable: it has more than 100 levels.')
  })

  test('too many values', async () => {
    const { body } = await answered(`{"data":[${'0,'.repeat(250_000)}0]}`)
    expect(body).toBe('The answer is not readable: it has more than 200000 values.')
  })

  test('what merely looks deep is read: brackets in strings, escaped quotes, 100 levels', async () => {
    const brackets = { message: `${'['.repeat(500)}\\"${'{'.repeat(500)}` }
    expect((await answered(JSON.stringify(brackets))).body).toEqual(brackets)
    const deep = '['.repeat(100) + ']'.repeat(100)
    expect((await answered(deep)).body).toEqual(JSON.parse(deep))
  })
})

describe('the credential', () => {
  const offset = (count: number) => Buffer.concat([Buffer.alloc(count, 'x'), Buffer.from(`${SECRET}:tail`)])
  const forms: [string, string][] = [
    ['as it is', SECRET],
    ['percent-encoded', encodeURIComponent(SECRET)],
    ['as a form encodes it', encodeURIComponent(SECRET).replaceAll('%20', '+')],
    ['escaped in JSON inside the JSON', JSON.stringify({ key: SECRET })],
    ['escaped twice', JSON.stringify(JSON.stringify({ key: SECRET }))],
    ['escaped in HTML', SECRET.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')],
    ['in hexadecimal', Buffer.from(SECRET).toString('hex')],
    ['in capital hexadecimal', Buffer.from(SECRET).toString('hex').toUpperCase()],
    ...[0, 1, 2].map((count): [string, string] => [`in base64, ${count} behind`, offset(count).toString('base64')]),
    ...[0, 1, 2].map((count): [string, string] => [
      `in base64url, ${count} behind`,
      offset(count).toString('base64url')
    ]),
    ['cut in the middle', SECRET.slice(0, 14)]
  ]

  /** No form of the secret is left that would tell more than half of it. */
  const holds = (answer: HttpAnswer) => {
    const text = JSON.stringify(answer)
    const decoded = text.replaceAll(/[\w+/-]{8,}/g, token => Buffer.from(token, 'base64').toString('latin1'))
    const plain = [SECRET, JSON.stringify(SECRET).slice(1, -1), encodeURIComponent(SECRET), SECRET.slice(0, 14)]
    const hex = Buffer.from(SECRET).toString('hex')
    return (
      plain.some(form => text.includes(form) || text.replaceAll('\\\\', '\\').includes(form)) ||
      text.toLowerCase().includes(hex) ||
      decoded.includes(Buffer.from(SECRET).toString('latin1').slice(2, -2))
    )
  }

  describe.each(forms)('%s', (_what, form) => {
    test.each([
      ['a message', { error: { message: `Incorrect API key provided: ${form}. See the docs.` } }],
      ['an id', { id: `x-${form}`, status: 'queued' }],
      ['a name', { data: { [form]: 1 } }],
      ['a link', { url: `https://cdn.vendor.test/a.mp4?key=${form}` }]
    ])('in %s', async (_place, body) => {
      const answer = await ask(() => ({ status: 401, text: JSON.stringify(body) }))
      expect(holds(answer)).toBe(false)
      expect(JSON.stringify(answer.body)).toContain('[credential]')
    })

    test('in a page, and in a header', async () => {
      const header = encodeURIComponent(form)
      const answer = await ask(() => ({
        headers: { 'x-echo': header, 'content-type': 'text/html' },
        text: `<html><pre>authorization: Bearer ${form}</pre></html>`
      }))
      expect(holds({ ...answer, headers: {} })).toBe(false)
      expect(answer.body).toContain('[credential]')
      expect(answer.headers['x-echo']).not.toContain(encodeURIComponent(SECRET))
    })
  })

  test('the header that was made from it, as it was sent', async () => {
    const answer = await ask(({ authorization }) => ({ text: JSON.stringify({ error: `got ${authorization}` }) }), {
      api_key: 'sk-upstream-0123456789'
    })
    expect(answer.body).toEqual({ error: 'got [credential]' })
  })

  test('an escape does not hide it', async () => {
    const [first, ...rest] = Array.from('sk-upstream-0123456789')
    const escaped = `\\u${first!.charCodeAt(0).toString(16).padStart(4, '0')}${rest.join('')}`
    const answer = await ask(() => ({ text: `{"error":"key ${escaped}"}` }), { api_key: 'sk-upstream-0123456789' })
    expect(answer.body).toEqual({ error: 'key [credential]' })
  })

  test('a field that is no secret stays in ids and links, and goes out of prose', async () => {
    const account = { api_key: 'sk-upstream-0123456789', organization: 'org-company' }
    const { body } = await ask(
      () => ({
        text: JSON.stringify({ name: 'organizations/org-company/videos/1', message: 'org-company has no quota' })
      }),
      account
    )
    expect(body).toEqual({ name: 'organizations/org-company/videos/1', message: '[credential] has no quota' })
  })

  test('short values and files are left alone', async () => {
    const video = randomBytes(100_000).toString('base64')
    const { body } = await ask(() => ({ text: JSON.stringify({ status: 'EMPTY', video }) }), { api_key: 'EMPTY' })
    expect(body).toEqual({ status: 'EMPTY', video })
    expect((await ask(() => ({ text: JSON.stringify({ video }) }), { api_key: video.slice(500, 540) })).body).toEqual({
      video
    })
  })

  test('a link that holds the key works at the channel, and nowhere else', async () => {
    const key = 'sk-upstream+0123456789'
    const reply: Reply = ({ url }) =>
      url.startsWith('/file')
        ? { text: 'film' }
        : { text: JSON.stringify({ url: `/file?k=${encodeURIComponent(key)}` }) }
    const { exchange, config, asked, origin } = await openExchange(reply, { api_key: key })
    const { body } = await exchange.ask(openai, config, { method: 'GET', path: '/v1/videos/1' })
    expect(body).toEqual({ url: '/file?k=[credential]' })
    const open = async (url: string) => {
      const opened = await exchange.open(openai, config, { url }, {})
      if (opened.ok) opened.body.destroy()
      return asked.at(-1)
    }
    expect(await open(`${origin}/file?k=[credential]`)).toBe(`/file?k=${encodeURIComponent(key)}`)
    expect(
      await open(`${origin.replace('127.0.0.1', '127.0.0.2')}/file?k=[credential]`).catch(() => 'refused')
    ).not.toContain('0123456789')
  })
})

describe('a token', () => {
  test('is bought with the headers of its own request, at another origin than the vendor’s', async () => {
    const headers: (string | undefined)[] = []
    const { origin } = await serveHttp((request, response) => {
      headers.push(request.headers.authorization)
      response.end('{"value":"bought"}')
    })
    const { exchange, config } = await openExchange(() => ({ text: '{}' }), { api_key: SECRET })
    const request = { method: 'GET' as const, path: `${origin}/identity`, headers: { authorization: 'Bearer machine' } }
    const buying: Vendor = {
      ...openai,
      sign: (asked, _channel, _now, token) => ({ ...asked, headers: { authorization: `Bearer ${token}` } }),
      token: {
        first: () => ({
          kind: 'ask',
          request,
          read: ({ body }) => ({ token: JSON.stringify(body), expiresAt: Infinity })
        })
      }
    }
    await exchange.ask(buying, config, { method: 'GET', path: '/v1/videos/1' })
    expect(headers).toEqual(['Bearer machine'])
  })
})
