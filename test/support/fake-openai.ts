import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the fake answers: any text, as JSON unless told otherwise. */
export interface Reply {
  status?: number
  headers?: Record<string, string>
  text: string
}

/** A call as it arrived. */
export interface Call {
  path: string
  /** of the `authorization` header */
  authorization: string
  body: string
}

/** An OpenAI-compatible vendor over real HTTP whose every answer is the test's own text, so that it may be any nonsense. */
export async function startFakeOpenai() {
  const submits: Call[] = []
  const polls: Call[] = []
  let made = 0

  const fake = {
    url: '',
    submits,
    polls,
    onSubmit: (_call: Call): Reply => json({ id: `up-${++made}`, object: 'video', status: 'queued' }),
    onPoll: (_call: Call): Reply => json({ status: 'in_progress' }),
    onList: (_call: Call): Reply => json({ object: 'list', data: [], has_more: false }),
    onProbe: (_call: Call): Reply => json({ object: 'list', data: [] }),
    /** a channel for this vendor, for POST /admin/channels */
    channel: (more: Record<string, unknown> = {}) => ({
      name: 'fake-openai',
      vendor: 'openai',
      base_url: fake.url,
      credential: 'fake-credential-canary',
      models: { m: 'm' },
      ...more
    }),
    close: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }

  const server = createServer((request, response) => {
    void readCall(request).then(call => {
      const { status = 200, headers = {}, text } = answer(request.method ?? '', call)
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on TCP
  return fake

  function answer(method: string, call: Call): Reply {
    if (call.path.startsWith('/v1/models')) return fake.onProbe(call)
    if (method === 'POST') {
      submits.push(call)
      return fake.onSubmit(call)
    }
    if (!call.path.startsWith('/v1/videos/')) return fake.onList(call)
    polls.push(call)
    return fake.onPoll(call)
  }
}

export const json = (body: unknown, status = 200): Reply => ({ status, text: JSON.stringify(body) })

export type FakeOpenai = Awaited<ReturnType<typeof startFakeOpenai>>

async function readCall(request: IncomingMessage): Promise<Call> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return { path: request.url ?? '', authorization: request.headers.authorization ?? '', body }
}
