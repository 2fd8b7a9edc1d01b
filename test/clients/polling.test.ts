import { beforeEach, describe, expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { goPoll, pythonCreate, pythonDelete, pythonPoll } from './poll-helpers.ts'

const vendor = forAllTests(startFakeCloudsway)
const server = forAllTests(() => startTestServer({ channel: vendor.channel({ max_concurrency: 1 }) }))
const member = forAllTests(() => server.newKey())

/** How the vendor answers polls: finished after so many seconds of the server's clock. */
function endsAfter(milliseconds: number, word = 'succeed') {
  const from = server.now()
  vendor.onPoll = () => (server.now() - from >= milliseconds ? word : 'processing')
}

describe.each([
  { sdk: 'Python', poll: pythonPoll },
  { sdk: 'Go', poll: goPoll }
])('$sdk’s poll helper', ({ poll }) => {
  describe.each(['/v1', '/openai/v1'])('at %s', prefix => {
    let options: Parameters<typeof poll>[0]

    beforeEach(() => {
      options = { baseUrl: server.url + prefix, key: member.key, sleep: server.advance }
    })

    const create = () => pythonCreate(options, { model: 'kling-v1', prompt: 'x', seconds: '5' })

    test('stops at completed; pauses as it was first advised, 8 s at most, and for good', async () => {
      endsAfter(60_000)
      const { id, status } = await create()
      expect(status).toBe('in_progress')
      const { video, slept, advised } = await poll(options, id)
      expect(video).toMatchObject({ id, status: 'completed', error: null })
      expect(advised.at(-1)).toBeNull()
      for (const advice of advised.slice(0, -1)) {
        expect(advice).toMatch(/^\d+$/)
        expect(Number(advice)).toBeGreaterThanOrEqual(1000)
        expect(Number(advice)).toBeLessThanOrEqual(8000)
      }
      expect(new Set(slept)).toEqual(new Set([Number(advised[0])]))
      // without the header both would have asked sixty times and more
      expect(slept.length).toBeLessThan(40)
    })

    test('stops at failed, with the reason', async () => {
      endsAfter(20_000, 'failed')
      const { id } = await create()
      const { video } = await poll(options, id)
      expect(video).toMatchObject({ status: 'failed', error: { message: 'the generation failed' } })
    })

    test('goes on through queued while another video has the only slot', async () => {
      endsAfter(30_000)
      const first = await create()
      const second = await create()
      expect([first.status, second.status]).toEqual(['in_progress', 'queued'])
      expect((await poll(options, second.id)).video).toMatchObject({ id: second.id, status: 'completed' })
      expect((await poll(options, first.id)).video.status).toBe('completed')
    })

    test('goes on through a vendor word that nobody knows', async () => {
      const words = ['submitted', 'warming_up', '', 'processing']
      vendor.onPoll = ({ polls }) => words[polls - 1] ?? 'succeed'
      const { id } = await create()
      expect((await poll(options, id)).video.status).toBe('completed')
    })

    test('an interval of its own is left alone', async () => {
      endsAfter(5000)
      const { id } = await create()
      const { video, slept } = await poll({ ...options, interval: 2500 }, id)
      expect(video.status).toBe('completed')
      expect(new Set(slept)).toEqual(new Set([2500]))
    })

    test('ends at the server’s deadline: a helper has none', async () => {
      vendor.onPoll = () => 'processing'
      const { id } = await create()
      const hour = { ...options, sleep: () => server.advance(3_600_000) }
      const { video, slept } = await poll(hour, id)
      expect(video).toMatchObject({ status: 'failed', error: { code: expect.any(String) } })
      expect(slept.length).toBeLessThan(12)
      // its slot is free when its vendor has ended it
      vendor.onPoll = () => 'failed'
      await server.advance(600_000)
    })
  })
})

test('Python’s delete, a JSON content-type without a body, 200', async () => {
  const options = { baseUrl: `${server.url}/v1`, key: member.key, sleep: server.advance }
  const { id } = await pythonCreate(options, { model: 'kling-v1', prompt: 'x' })
  expect(await pythonDelete(options, id)).toMatchObject({
    status: 200,
    body: { id, object: 'video.deleted', deleted: true }
  })
})

// sdk-signatures: what each official SDK sends with every request
test.each([
  ['Node', { 'user-agent': 'OpenAI/JS 7.57.0', 'x-stainless-lang': 'js' }, 'completed'],
  ['Node in a browser', { 'user-agent': 'Mozilla/5.0', 'x-stainless-lang': 'js' }, 'completed'],
  ['Python, asynchronous', { 'user-agent': 'AsyncOpenAI/Python 3.3.1', 'x-stainless-lang': 'python' }, 'completed'],
  ['Go', { 'user-agent': 'OpenAI/Go 3.52.0', 'x-stainless-lang': 'go' }, 'completed'],
  ['Java', { 'user-agent': 'OpenAIClientImpl/Java 4.52.0', 'x-stainless-lang': 'java' }, 'completed'],
  ['Java, asynchronous, headers stripped', { 'user-agent': 'OpenAIClientAsyncImpl/Java 4.52.0' }, 'completed'],
  ['Ruby, headers stripped', { 'user-agent': 'OpenAI::Client/Ruby 0.80.0' }, 'completed'],
  ['.NET before it named itself', { 'user-agent': 'OpenAI/2.1.0 (.NET 9.0.1; Linux 6.1)' }, 'completed'],
  ['Azure’s Python, headers stripped', { 'user-agent': 'AzureOpenAI/Python 3.3.1' }, 'completed'],
  ['curl', { 'user-agent': 'curl/8.5.0' }, 'succeeded'],
  ['n8n', { 'user-agent': 'n8n' }, 'completed'],
  ['python-requests', { 'user-agent': 'python-requests/2.32.3' }, 'succeeded'],
  ['a browser', { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36' }, 'succeeded']
])('GET /v1/videos/{id} from %s', async (_client, headers, word) => {
  vendor.onPoll = () => 'succeed'
  const id = await server.newVideo({}, member)
  await server.finished(id, member.key)
  const asked = await server.call('GET', `/v1/videos/${id}`, undefined, { key: member.key, headers })
  expect(asked.body.status).toBe(word)
  expect(asked.headers.get('vary')).toBe('User-Agent, X-Stainless-Lang')
  const unified = await server.call('GET', `/v1/video/generations/${id}`, undefined, { key: member.key, headers })
  expect(unified.body.status).toBe('succeeded')
})
