import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Agent } from 'undici'
import { parseAllow, type Allow } from '../../src/lib/address.ts'
import { createDownload } from '../../src/upstream/download.ts'
import { createGuard, type Resolve } from '../../src/upstream/guard.ts'
import { createPost } from '../../src/upstream/post.ts'
import { createSend } from '../../src/upstream/send.ts'
import { UpstreamError } from '../../src/upstream/upstream-error.ts'
import { noSuchName, serveHttp, serveSockets } from './servers.ts'

interface Payload {
  family: string
  /** `{port}` stands where the canary's port goes */
  url: string
  /** what DNS says of the name */
  answers?: string[]
}

// true because the next test counts and reads every entry
const corpus = JSON.parse(readFileSync(new URL('./ssrf-corpus.json', import.meta.url), 'utf8')) as Payload[]
const payloads = corpus.map(payload => [payload.family, payload.url.slice(0, 80), payload] as const)

const at = (port: number | '', { url }: Payload) => url.replaceAll('{port}', port === '' ? '' : `:${port}`)
const toAnswers = (addresses: readonly string[]) => addresses.map(address => ({ address, family: isIP(address) || 4 }))
const nowhere: Allow = { networks: [], hosts: [] }

test('the corpus has more than 300 payloads, each once', () => {
  expect(corpus.length).toBeGreaterThan(300)
  expect(new Set(corpus.map(({ url }) => url)).size).toBe(corpus.length)
})

test.each(payloads.filter(([, , payload]) => !payload.answers))(
  '%s: %j is refused as text',
  (_family, _url, payload) => {
    const guard = createGuard({ allow: nowhere })
    expect(guard.check(at('', payload))).not.toBeNull()
    expect(guard.check(at(8443, payload))).not.toBeNull()
  }
)

/** Everything that goes out, with a guard that would let the canary's port through. */
function waysOut(resolve: Resolve, port: number, allow = nowhere) {
  const guard = createGuard({ allow, resolve, ports: ['', String(port)] })
  const download = createDownload({ guard, times: { connectMs: 1000 } })
  const send = createSend({ guard })
  const { post, close } = createPost({ guard })
  onTestFinished(async () => {
    await Promise.all([download.close(), send.close(), close()])
  })
  const request = { method: 'GET', path: '' } as const
  return {
    result: (url: string) => download.open({ url }),
    image: (url: string) => download.small(url),
    base: (baseUrl: string) => send.submit({ ...request, path: '/v1' }, { baseUrl }),
    link: (path: string) => send.ask({ ...request, path }, { baseUrl: 'https://api.example.com' }),
    webhook: (url: string) => post(url, { headers: {}, body: '{}' })
  }
}

describe('nothing reaches the canary', () => {
  test.each(['result', 'image', 'base', 'link', 'webhook'] as const)('as %s, the whole corpus: 0 hits', async way => {
    const canary = await serveSockets(socket => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'))
    let resolutions: string[] = []
    const out = waysOut(async () => toAnswers(resolutions), canary.port)
    const surprises: unknown[] = []
    for (const payload of corpus) {
      resolutions = payload.answers ?? ['127.0.0.1']
      await out[way](at(canary.port, payload)).then(
        () => surprises.push(payload),
        (error: unknown) => {
          if (!(error instanceof UpstreamError) || error.sent) surprises.push([payload, error])
        }
      )
    }
    expect(surprises).toEqual([])
    expect(canary.seen.connections).toBe(0)
  })

  test('the canary does sing when it may be reached', async () => {
    const canary = await serveHttp((_, response) => response.end())
    const out = waysOut(noSuchName, canary.port, parseAllow('127.0.0.0/8'))
    await out.result(canary.origin)
    await out.base(canary.origin)
    await out.link(canary.origin)
    await out.webhook(canary.origin)
    await expect(out.image(canary.origin)).rejects.toThrow('not an image')
    expect(canary.seen.connections).toBeGreaterThanOrEqual(4)
  })

  test.each([301, 302, 303, 307, 308])('after a %i to anything in the corpus: 0 hits', async status => {
    const canary = await serveSockets(socket => socket.end())
    let location = ''
    const front = await serveHttp((_, response) => response.writeHead(status, { location }).end())
    // only the front is allowed; every name is the canary's
    const guard = createGuard({
      allow: nowhere,
      trusted: origin => origin === front.origin,
      resolve: async () => toAnswers(['127.0.0.1']),
      ports: ['', String(canary.port)]
    })
    const download = createDownload({ guard })
    onTestFinished(() => download.close())
    // what Node's server refuses to put into a header cannot be redirected to
    const sendable = corpus.filter(payload => /^[\t\u0020-\u007e]*$/.test(at(canary.port, payload)))
    expect(sendable.length).toBeGreaterThan(300)
    for (const payload of sendable) {
      location = at(canary.port, payload)
      const opened = await download.open({ url: front.origin }).catch((error: unknown) => error)
      // an unreadable location is an HTTP error, a path leads back to the front
      if (!(opened instanceof UpstreamError))
        expect({ location, ...Object(opened) }).toMatchObject({ ok: false, status })
    }
    expect(canary.seen.connections).toBe(0)
  })
})

test.each(['http://127.0.0.1', 'http://localhost', 'http://[::1]', 'https://127.0.0.1', 'https://[::ffff:127.0.0.1]'])(
  'the connector alone keeps %s from being connected to',
  async origin => {
    const canary = await serveSockets(socket => socket.end())
    const guard = createGuard({ allow: nowhere, ports: ['', String(canary.port)] })
    const agent = new Agent({ connect: guard.connector() })
    onTestFinished(() => agent.destroy())
    const request = agent.request({ origin: `${origin}:${canary.port}`, path: '/', method: 'GET' })
    await expect(request).rejects.toMatchObject({ problem: 'address_refused' })
    expect(canary.seen.connections).toBe(0)
  }
)

test('of localhost, only the addresses that are allowed are called', async () => {
  const canary = await serveHttp((_, response) => response.end())
  const answers = toAnswers(['::1', '127.0.0.1'])
  const out = waysOut(async () => answers, canary.port, parseAllow('127.0.0.1'))
  expect(await out.result(`http://localhost:${canary.port}/`)).toMatchObject({ ok: true })
  answers.pop()
  await expect(out.webhook(`http://localhost:${canary.port}/`)).rejects.toMatchObject({ problem: 'address_refused' })
})

describe('DNS rebinding', () => {
  const turnOf = (turn: number) => toAnswers([turn % 2 ? '127.0.0.1' : '93.184.216.34'])

  test('10,000 alternating answers: what is connected to is what was asked once, and never private', async () => {
    let turn = 0
    const guard = createGuard({ allow: nowhere, resolve: async () => turnOf(turn++) })
    const handed: string[] = []
    let refused = 0
    for (let round = 0; round < 10_000; round++) {
      await new Promise<void>(resolve =>
        guard.lookup('rebind.example.com', { all: round % 4 < 2 }, (error, answers) => {
          if (error) refused++
          else handed.push(...(Array.isArray(answers) ? answers.map(each => each.address) : [answers]))
          resolve()
        })
      )
    }
    expect(turn).toBe(10_000)
    expect(refused).toBe(5000)
    expect(handed).toHaveLength(5000)
    expect(new Set(handed)).toEqual(new Set(['93.184.216.34']))
  })

  test('a name that turns private after its first answer: 0 hits in 500 requests', async () => {
    const canary = await serveSockets(socket => socket.end())
    let turn = 0
    // the first answer is no longer an address, so that nothing leaves the machine
    const out = waysOut(async () => (turn++ % 2 ? toAnswers(['127.0.0.1']) : []), canary.port)
    for (let round = 0; round < 500; round++)
      await expect(out.result(`https://rebind.example.com:${canary.port}/`)).rejects.toMatchObject({
        problem: 'address_refused'
      })
    expect(turn).toBe(500)
    expect(canary.seen.connections).toBe(0)
  })

  test('each new connection asks again: a name that was allowed stops being so', async () => {
    const canary = await serveHttp((_, response) => response.setHeader('connection', 'close').end())
    let answers = toAnswers(['127.0.0.1'])
    const out = waysOut(async () => answers, canary.port, parseAllow('127.0.0.1'))
    const url = `https://rebind.example.com:${canary.port}/`
    await expect(out.result(url)).rejects.toMatchObject({ problem: 'broken' })
    expect(canary.seen.connections).toBe(1)
    answers = toAnswers(['127.0.0.2'])
    await expect(out.result(url)).rejects.toMatchObject({ problem: 'address_refused' })
    expect(canary.seen.connections).toBe(1)
  })
})
