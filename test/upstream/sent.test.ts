import type { Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Dispatcher } from 'undici'
import { roundTrip } from '../../src/upstream/round-trip.ts'
import { createSend, type SendTimes } from '../../src/upstream/send.ts'
import { UpstreamError } from '../../src/upstream/upstream-error.ts'
import { guardAllowing, noSuchName, serveHttp, serveSockets } from './servers.ts'

/* What the money depends on: `sent: false` must mean that no byte of the request reached anyone. */

const paid = { method: 'POST', path: '/v1/videos', body: { json: { prompt: 'a cat' } } } as const

function send(times: Partial<SendTimes> = {}, guard = guardAllowing('127.0.0.0/8, nowhere.internal', noSuchName)) {
  const made = createSend({ guard, times })
  onTestFinished(() => made.close())
  return made
}

async function failureOf(answer: Promise<unknown>): Promise<UpstreamError> {
  const error = await answer.then(
    () => null,
    (thrown: unknown) => thrown
  )
  expect(error).toBeInstanceOf(UpstreamError)
  return error as UpstreamError // true because of the line above
}

describe('a submit without an answer', () => {
  interface Case {
    name: string
    scheme: 'http' | 'https'
    does: (socket: Socket) => void
    times?: Partial<SendTimes>
    sent: boolean
    problem: string
  }
  const cases: Case[] = [
    {
      name: 'reset before TLS was spoken',
      scheme: 'https',
      does: socket => socket.resetAndDestroy(),
      sent: false,
      problem: 'unreachable'
    },
    {
      name: 'closed before TLS was spoken',
      scheme: 'https',
      does: socket => socket.end(),
      sent: false,
      problem: 'unreachable'
    },
    {
      name: 'no TLS on the other side',
      scheme: 'https',
      does: socket => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
      sent: false,
      problem: 'unreachable'
    },
    {
      name: 'TLS that never answers',
      scheme: 'https',
      does: () => {},
      times: { connectMs: 50 },
      sent: false,
      problem: 'timeout'
    },
    {
      name: 'reset after the request',
      scheme: 'http',
      does: socket => socket.once('data', () => socket.resetAndDestroy()),
      sent: true,
      problem: 'broken'
    },
    {
      name: 'closed after the request',
      scheme: 'http',
      does: socket => socket.once('data', () => socket.end()),
      sent: true,
      problem: 'broken'
    },
    {
      name: 'silence',
      scheme: 'http',
      does: () => {},
      times: { submitMs: 50 },
      sent: true,
      problem: 'timeout'
    },
    {
      name: 'something that is not HTTP',
      scheme: 'http',
      does: socket => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.9\r\n\r\n')),
      sent: true,
      problem: 'broken'
    },
    {
      name: 'a body cut short',
      scheme: 'http',
      does: socket => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"id":')),
      sent: true,
      problem: 'broken'
    },
    {
      name: 'a body that stops',
      scheme: 'http',
      does: socket => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"id":')),
      times: { bodyMs: 50 },
      sent: true,
      problem: 'timeout'
    },
    {
      name: 'a body that drips',
      scheme: 'http',
      does: socket =>
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n')
          const drip = setInterval(() => socket.write('x'), 5)
          socket.on('close', () => clearInterval(drip))
        }),
      times: { submitMs: 400, wholeBodyMs: 1 },
      sent: true,
      problem: 'timeout'
    },
    {
      name: 'a switch of protocols nobody asked for',
      scheme: 'http',
      does: socket =>
        socket.once('data', () =>
          socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')
        ),
      sent: true,
      problem: 'broken'
    }
  ]
  test.each(cases)('$name: sent is $sent', async ({ scheme, does, times, sent, problem }) => {
    const { host } = await serveSockets(does)
    const error = await failureOf(send(times).submit(paid, { baseUrl: `${scheme}://${host}` }))
    expect({ sent: error.sent, problem: error.problem }).toEqual({ sent, problem })
  })

  test('connection refused: sent is false', async () => {
    const error = await failureOf(send().submit(paid, { baseUrl: 'http://127.0.0.1:1' }))
    expect(error).toMatchObject({ sent: false, problem: 'unreachable' })
  })

  test('a name that does not exist: sent is false', async () => {
    const error = await failureOf(send().submit(paid, { baseUrl: 'https://nowhere.internal' }))
    expect(error).toMatchObject({ sent: false, problem: 'unreachable', message: expect.stringContaining('ENOTFOUND') })
  })

  test('an address inside: sent is false', async () => {
    const error = await failureOf(send().submit(paid, { baseUrl: 'https://169.254.169.254' }))
    expect(error).toMatchObject({ sent: false, problem: 'address_refused' })
  })

  test('a name that resolves to an address inside: sent is false', async () => {
    const guard = guardAllowing('', () => Promise.resolve([{ address: '10.0.0.1', family: 4 }]))
    const error = await failureOf(send({}, guard).submit(paid, { baseUrl: 'https://api.example.com' }))
    expect(error).toMatchObject({ sent: false, problem: 'address_refused' })
  })

  test('a header that cannot be written: sent is false', async () => {
    const { origin, seen } = await serveHttp((_, response) => response.end())
    const request = { ...paid, headers: { authorization: 'Bearer a\r\nb' } }
    expect(await failureOf(send().submit(request, { baseUrl: origin }))).toMatchObject({
      sent: false,
      problem: 'unsendable'
    })
    expect(seen.bytes).toBe(0)
  })

  // a reset on accept races with the request, so only soundness can be asked
  test.each([
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
    ['closed', (socket: Socket) => socket.end()]
  ])('%s on accept, 50 times: never false when a byte arrived', async (_name, does) => {
    const { origin, seen } = await serveSockets(does)
    const sender = send()
    for (let turn = 0; turn < 50; turn++) {
      const before = seen.bytes
      const { sent } = await failureOf(sender.submit(paid, { baseUrl: origin }))
      expect(sent || seen.bytes === before).toBe(true)
    }
    expect(seen.connections).toBe(50)
  })
})

describe('giving up', () => {
  test('before the connection is established: sent is false, and nothing is written later', async () => {
    const lookups: (() => void)[] = []
    let requests = 0
    const { port } = await serveHttp((_, response) => {
      requests++
      response.end()
    })
    const guard = guardAllowing('vendor.internal', async () => {
      await new Promise<void>(resolve => lookups.push(resolve))
      return [{ address: '127.0.0.1', family: 4 }]
    })
    const abort = new AbortController()
    const sender = send({}, guard)
    const where = { baseUrl: `http://vendor.internal:${port}` }
    const failure = failureOf(sender.submit(paid, { ...where, signal: abort.signal }))
    abort.abort()
    expect(await failure).toMatchObject({ sent: false, problem: 'aborted' })
    const second = sender.submit(paid, where)
    // the first one's connection is now free to be made, as is the second's
    while (lookups.length < 1) await new Promise(setImmediate)
    const opening = setInterval(() => lookups.splice(0).forEach(open => open()), 1)
    expect((await second).status).toBe(200)
    clearInterval(opening)
    expect(requests).toBe(1)
  })

  test('before it began: sent is false', async () => {
    const { origin, seen } = await serveHttp((_, response) => response.end())
    const signal = AbortSignal.abort()
    expect(await failureOf(send().submit(paid, { baseUrl: origin, signal }))).toMatchObject({ sent: false })
    expect(seen.connections).toBe(0)
  })

  test('by a deadline of the caller is a timeout', async () => {
    const { origin } = await serveSockets(() => {})
    const signal = AbortSignal.timeout(400)
    expect(await failureOf(send().submit(paid, { baseUrl: origin, signal }))).toMatchObject({
      sent: true,
      problem: 'timeout'
    })
  })

  test('while the vendor thinks: sent is true, and the connection is cut', async () => {
    const abort = new AbortController()
    const closed = Promise.withResolvers<void>()
    const { origin } = await serveSockets(socket => {
      socket.once('data', () => abort.abort())
      socket.once('close', () => closed.resolve())
    })
    const error = await failureOf(send().submit(paid, { baseUrl: origin, signal: abort.signal }))
    expect(error).toMatchObject({ sent: true, problem: 'aborted' })
    await closed.promise
  })
})

test('a request that undici queues again is not written a second time', async () => {
  let written = 0
  const requeues: Pick<Dispatcher, 'dispatch'> = {
    dispatch(_, handler) {
      for (const turn of [1, 2]) {
        let aborted: Error | undefined
        const controller = {
          aborted: false,
          paused: false,
          reason: null,
          pause() {},
          resume() {},
          abort: (reason: Error) => (aborted = reason)
        }
        handler.onRequestStart?.(controller, null)
        if (aborted) handler.onResponseError?.(controller, aborted)
        else written = turn
      }
      return true
    }
  }
  const outgoing = { url: new URL('https://api.example.com/'), method: 'POST', headers: {}, body: null } as const
  const limits = { headersMs: 100, bodyMs: 100, totalMs: 100, maxBytes: 100 }
  expect(await failureOf(roundTrip(requeues, outgoing, limits))).toMatchObject({ sent: true })
  expect(written).toBe(1)
})

test('five submits are five connections, one after another and at once', async () => {
  const { origin, seen } = await serveHttp((_, response) => response.end('{}'))
  const sender = send()
  for (let turn = 0; turn < 5; turn++) await sender.submit(paid, { baseUrl: origin })
  expect(seen.connections).toBe(5)
  await Promise.all([1, 2, 3, 4, 5].map(() => sender.submit(paid, { baseUrl: origin })))
  expect(seen.connections).toBe(10)
})

test('five polls share connections', async () => {
  const { origin, seen } = await serveHttp((_, response) => response.end('{}'))
  const sender = send()
  for (let turn = 0; turn < 5; turn++) await sender.ask({ method: 'GET', path: '/' }, { baseUrl: origin })
  // a connection is free again a moment after its answer
  expect(seen.connections).toBeLessThanOrEqual(2)
})
