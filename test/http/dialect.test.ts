import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* api.md §3: one object, two vocabularies, decided per request by the first of four rules that matches. */

type Headers = Record<string, string>

// the User-Agents that the sources of these SDKs make; one of each kind
const agents: Record<string, string[]> = {
  'openai-node': ['OpenAI/JS 7.57.0', 'OpenAI/JS 6.49.0', 'AzureOpenAI/JS 7.57.0'],
  'openai-python': [
    'OpenAI/Python 3.3.1',
    'AsyncOpenAI/Python 3.3.1',
    'AzureOpenAI/Python 3.3.1',
    'AsyncAzureOpenAI/Python 3.3.1'
  ],
  'openai-go': ['OpenAI/Go 3.52.0'],
  'openai-java': ['OpenAIClientImpl/Java 4.52.0', 'OpenAIClientAsyncImpl/Java 4.52.0'],
  'openai-ruby': ['OpenAI::Client/Ruby 0.80.0'],
  'openai-dotnet': ['OpenAI/2.1.0 (.NET 8.0.8; Linux 6.1)', 'my-app OpenAI/2.1.0 (.NET 8.0.8; Linux 6.1)']
}

const strangers = [
  'curl/7.88.1',
  'node',
  'Python-urllib/3.11',
  'python-requests/2.32.3',
  'axios/1.7.2',
  'Go-http-client/1.1',
  'okhttp/4.12.0',
  'ai/7.0.173 ai-sdk-provider-utils/5.0.51 node.js/24',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/138.0 Safari/537.36',
  'MyClient/JS 7.57.0',
  'NotOpenAI/1.0',
  'OpenAI-Compatible-App/3'
]

const { sdks } = JSON.parse(
  readFileSync(new URL('recordings/sdk-signatures-by-language.json', import.meta.url), 'utf8')
) as { sdks: Record<string, { always: string[]; poll?: string[] }> }

/** `X-Stainless-OS` or `X-Stainless-Lang: python (only since …)` as a header. */
function toHeader(text: string): [string, string] {
  const [name = '', value = ''] = text.split(' (')[0]!.split(': ')
  return [name.toLowerCase(), value.replace(/[|<].*/, '').trim() || '1']
}

const signatures = Object.entries(sdks).map(([name, { always, poll = [] }]) => ({
  name,
  agents: agents[name.split(' ')[0]!] ?? [],
  headers: Object.fromEntries([...always, ...poll].map(toHeader)) as Headers
}))

const vendor = forAllTests(startFakeCloudsway)
const server = forAllTests(() => startTestServer({ channel: vendor.channel() }))
let key: string
let openaiKey: string
let unifiedKey: string
const done: Record<string, string> = {}

beforeAll(async () => {
  key = await server.memberKey()
  openaiKey = await server.memberKey({ dialect: 'openai' })
  unifiedKey = await server.memberKey({ dialect: 'unified' })
  for (const owner of [key, openaiKey, unifiedKey]) {
    const { body } = await create('/v1/videos', owner)
    await server.finished(body.id, owner)
    done[owner] = body.id
  }
})

const create = (path: string, owner: string, headers: Headers = {}) =>
  server.call('POST', path, { model: 'kling-v1', prompt: 'a cat', seconds: '5', seed: 7 }, { key: owner, headers })

/** The word for a finished video on a path, for somebody with these headers. */
async function word(path: string, headers: Headers, owner = key): Promise<string> {
  const { body } = await server.call('GET', `${path}/${done[owner]}`, undefined, { key: owner, headers })
  return body.status
}

test('every SDK of the list has an agent here', () => {
  expect(signatures.length).toBeGreaterThanOrEqual(6)
  for (const { name, agents: known } of signatures) expect([name, known]).not.toEqual([name, []])
})

describe.each(signatures)('$name', ({ agents: known, headers }) => {
  test.each(known)('%s: OpenAI’s words on /v1/videos, by both signs and by either', async agent => {
    expect(await word('/v1/videos', { ...headers, 'user-agent': agent })).toBe('completed')
    expect(await word('/v1/videos', { 'user-agent': agent })).toBe('completed')
    expect(await word('/v1/videos', { ...headers, 'user-agent': 'Mozilla/5.0' })).toBe('completed')
  })

  test('any one of its x-stainless headers is enough', async () => {
    for (const [name, value] of Object.entries(headers)) {
      expect(name).toMatch(/^x-stainless-/)
      expect([name, await word('/v1/videos', { [name]: value, 'user-agent': 'x' })]).toEqual([name, 'completed'])
    }
  })

  test('/v1/video/generations keeps its documented words', async () => {
    expect(await word('/v1/video/generations', { ...headers, 'user-agent': known[0]! })).toBe('succeeded')
  })

  test('a key that says unified has the last word on /v1/videos, not under /openai', async () => {
    const all = { ...headers, 'user-agent': known[0]! }
    expect(await word('/v1/videos', all, unifiedKey)).toBe('succeeded')
    expect(await word('/openai/v1/videos', all, unifiedKey)).toBe('completed')
  })
})

describe('everybody else', () => {
  test.each(strangers)('%s: the documented words', async agent => {
    expect(await word('/v1/videos', { 'user-agent': agent })).toBe('succeeded')
    expect(await word('/v1/video/generations', { 'user-agent': agent })).toBe('succeeded')
    expect(await word('/openai/v1/videos', { 'user-agent': agent })).toBe('completed')
    expect(await word('/v1/videos', { 'user-agent': agent }, openaiKey)).toBe('completed')
    expect(await word('/v1/video/generations', { 'user-agent': agent }, openaiKey)).toBe('succeeded')
    expect(await word('/openai/v1/video/generations', { 'user-agent': agent }, openaiKey)).toBe('succeeded')
  })

  test('the route decides, not the text of the URL', async () => {
    const video = (path: string) => server.call('GET', path, undefined, { key })
    const id = done[key]!
    expect((await video(`/v1/videos/${id}?from=/video/generations`)).body.status).toBe('succeeded')
    expect((await video(`/openai/v1/videos/${id}?from=/video/generations`)).body.status).toBe('completed')
    expect((await video(`//openai//v1/videos/${id}/`)).body.status).toBe('completed')
    expect((await video(`/%6fpenai/v1/videos/${id}`)).body.status).toBe('completed')
    expect((await video(`/v1/video/%67enerations/${id}`)).body.status).toBe('succeeded')
    const asked = await server.call('GET', `/v1/videos/${id}?/openai/v1/`, undefined, { key })
    expect(asked.body.status).toBe('succeeded')
  })

  test.each([
    ['auto', 'succeeded'],
    ['unified', 'succeeded'],
    ['openai', 'completed']
  ])('VIDEO_STATUS_DIALECT=%s: %s on /v1/videos, and nothing else changes', async (setting, expected) => {
    const other = await startTestServer({ env: { VIDEO_STATUS_DIALECT: setting }, channel: vendor.channel() })
    const id = await other.newVideo()
    await other.finished(id)
    const words = async (path: string, headers: Headers = {}) =>
      (await other.call('GET', `${path}/${id}`, undefined, { headers })).body.status
    expect(await words('/v1/videos')).toBe(expected)
    expect(await words('/v1/video/generations')).toBe('succeeded')
    expect(await words('/openai/v1/videos')).toBe('completed')
    expect(await words('/v1/videos', { 'x-stainless-lang': 'js' })).toBe('completed')
    await other.close()
  })
})

describe('headers', () => {
  test.each(['/v1/videos', '/v1/video/generations', '/openai/v1/videos'])('%s varies and is not stored', async path => {
    const answers = [
      await create(path, key),
      await server.call('GET', `${path}/${done[key]}`, undefined, { key }),
      await server.call('GET', `${path}/video_unknown`, undefined, { key })
    ]
    for (const { headers } of answers) {
      expect(headers.get('vary')).toBe('User-Agent, X-Stainless-Lang')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/)
    }
  })

  test('a client’s own X-Request-Id comes back when it is sane', async () => {
    const ask = (id: string) => server.call('GET', '/v1/videos', undefined, { key, headers: { 'x-request-id': id } })
    expect((await ask('trace-1.a:b')).headers.get('x-request-id')).toBe('trace-1.a:b')
    expect((await ask('a b')).headers.get('x-request-id')).toMatch(/^req_/)
    expect((await ask('x'.repeat(129))).headers.get('x-request-id')).toMatch(/^req_/)
  })

  test('unfinished videos say when to ask again, finished ones do not', async () => {
    const { headers } = await create('/v1/videos', key)
    const wait = Number(headers.get('openai-poll-after-ms'))
    expect(wait).toBeGreaterThanOrEqual(1000)
    expect(wait).toBeLessThanOrEqual(8000)
    expect(Number.isInteger(wait)).toBe(true)
    expect(headers.get('retry-after')).toBe(String(Math.ceil(wait / 1000)))
    const finished = await server.call('GET', `/v1/videos/${done[key]}`, undefined, { key })
    expect([finished.headers.get('openai-poll-after-ms'), finished.headers.get('retry-after')]).toEqual([null, null])
  })
})

describe('the object', () => {
  const keys = [
    'id',
    'task_id',
    'object',
    'model',
    'status',
    'progress',
    'created_at',
    'completed_at',
    'expires_at',
    'prompt',
    'seconds',
    'size',
    'remixed_from_video_id',
    'format',
    'url',
    'metadata',
    'error'
  ]
  const surfaces = ['/v1/video/generations', '/v1/videos', '/openai/v1/videos']
  const unixSeconds = expect.toSatisfy(
    (time: unknown) => Number.isInteger(time) && (time as number) > 1.7e9 && (time as number) < 1e10
  )

  interface State {
    name: string
    words: [unified: string, openai: string]
    more: object
    make(): Promise<string>
  }

  const create5 = async () => (await create('/v1/videos', key)).body.id as string
  const metadata = { duration: null, fps: null, width: null, height: null, seed: null }
  const nothing = { url: null, completed_at: null, error: null }

  const states: State[] = [
    {
      name: 'running',
      words: ['processing', 'in_progress'],
      more: nothing,
      async make() {
        vendor.onPoll = () => 'processing'
        return create5()
      }
    },
    {
      name: 'done',
      words: ['succeeded', 'completed'],
      more: { error: null, progress: 100, completed_at: unixSeconds, url: expect.stringMatching(/^https?:\/\//) },
      async make() {
        const id = await create5()
        await server.finished(id, key)
        return id
      }
    },
    {
      name: 'failed',
      words: ['failed', 'failed'],
      more: { url: null, completed_at: null, error: { code: expect.any(String), message: expect.any(String) } },
      async make() {
        vendor.onPoll = () => 'failed'
        const id = await create5()
        await server.finished(id, key)
        return id
      }
    },
    {
      name: 'cancelled',
      words: ['failed', 'failed'],
      more: { url: null, completed_at: null, error: { code: 'cancelled', message: expect.any(String) } },
      async make() {
        vendor.onPoll = () => 'processing'
        const id = await create5()
        await server.call('POST', `/v1/videos/${id}/cancel`, undefined, { key })
        return id
      }
    },
    {
      name: 'expired',
      words: ['failed', 'failed'],
      more: { url: null, completed_at: null, error: { code: expect.any(String), message: expect.any(String) } },
      async make() {
        vendor.onPoll = () => 'processing'
        const id = await create5()
        await server.advance(7 * 3_600_000)
        await server.finished(id, key)
        return id
      }
    },
    // last: the vendor's no makes its channel rest
    {
      name: 'waiting for a slot',
      words: ['processing', 'queued'],
      more: { ...nothing, progress: 0, metadata: { ...metadata, queue_position: 1 } },
      async make() {
        vendor.onSubmit = () => ({ status: 429, body: { code: 1303, message: 'full' } })
        return create5()
      }
    }
  ]

  test.each(states)('$name: all keys always, $words', async ({ words: [unified, openai], more, make }) => {
    const [onSubmit, onPoll] = [vendor.onSubmit, vendor.onPoll]
    try {
      const id = await make()
      const shown = await Promise.all(
        surfaces.map(async path => (await server.call('GET', `${path}/${id}`, undefined, { key })).body)
      )
      const listed = (await server.call('GET', '/v1/videos', undefined, { key })).body.data[0]
      expect(listed.id).toBe(id)
      for (const video of [...shown, listed]) {
        expect(Object.keys(video)).toEqual(keys)
        expect(video).toMatchObject({
          id,
          task_id: id,
          object: 'video',
          model: 'kling-v1',
          prompt: 'a cat',
          seconds: '5',
          size: '1280x720',
          remixed_from_video_id: null,
          format: 'mp4',
          created_at: unixSeconds,
          ...more
        })
        expect(Number.isInteger(video.progress) && video.progress >= 0 && video.progress <= 100).toBe(true)
        expect(Object.keys(video.metadata)).toEqual(
          expect.arrayContaining(['duration', 'fps', 'width', 'height', 'seed'])
        )
        // the vendor takes no seed: not repeated as if it had been used
        expect(video.metadata).toMatchObject({ seed: null, warnings: [{ field: 'seed', reason: expect.any(String) }] })
      }
      expect(shown.map(({ status }) => status)).toEqual([unified, unified, openai])
      // the same object but for one word, and for time that passes between two questions
      const [first, ...others] = shown.map(({ status: _status, url, progress, ...rest }) => ({
        ...rest,
        ...(unified !== 'processing' && { progress }),
        url: url?.split('/v1/')[1]
      }))
      for (const other of others) expect(other).toEqual(first)
    } finally {
      Object.assign(vendor, { onSubmit, onPoll })
    }
  })

  test('an answer to a create is the same object', async () => {
    for (const path of surfaces) {
      const { status, body } = await create(path, key)
      expect([status, Object.keys(body)]).toEqual([200, keys])
    }
  })

  test('size echoes the request; what it means stands in metadata', async () => {
    const sized = async (asked: object) =>
      (await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat', ...asked }, { key })).body
    expect(await sized({ size: '1280x720' })).toMatchObject({
      size: '1280x720',
      metadata: { width: 1280, height: 720 }
    })
    expect(await sized({ size: '1280*720' })).toMatchObject({
      size: '1280*720',
      metadata: { width: 1280, height: 720 }
    })
    expect(await sized({ width: 720, height: 1280 })).toMatchObject({ metadata: { width: 720, height: 1280 } })
  })
})
