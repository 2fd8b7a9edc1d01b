import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, test } from 'vitest'
import type { Front } from '../../src/fronts/front.ts'
import { fronts } from '../../src/fronts/index.ts'
import { bareId, ourId } from '../../src/fronts/shared/ids.ts'
import { callbackSecretOf } from '../../src/webhooks/sign.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { startReceiver, type Received } from '../webhooks/receiver.ts'

/*
 * Callbacks in the words of each front that has them: what is posted is what the front shows of the video, in the wire's envelope, and signed.
 * A front gets this by describing its `callback`.
 */

const models = ['kling-v1', 'cloudsway/kling-v1', 'ray-2', 'doubao-seedance-2-0-260128', 'MiniMax-Hailuo-02', 'viduq2']
const fake = forAllTests(startFakeCloudsway)
const server = forAllTests(() =>
  startTestServer({
    channel: fake.channel({
      options: { endpoint_path: 'EP', strict: false },
      models: Object.fromEntries(models.map(name => [name, 'kling-v1']))
    })
  })
)
const succeeds = ({ polls }: { polls: number }) => (polls > 1 ? 'succeed' : 'processing')
afterEach(() => {
  fake.onPoll = succeeds
})

const all = fronts
  .filter((front: Front) => front.callback)
  .map((front: Front) => ({ front, callback: front.callback! }))

/** Of a callback, and of the answer that shows the video: where the video is, when it is not all of it. */
const inCallback: Record<string, (body: any) => object> = {
  openrouter: ({ data }) => data,
  gemini: ({ data: { id, output_file_uri: uri, error_code: code, error_message: message } }) => ({
    name: id,
    ...(uri === undefined ? { error: { code, message } } : { response: uri })
  }),
  fal: ({ payload }) => payload
}
const inAnswer: Record<string, (body: any) => object> = {
  kling: ({ data }) => data,
  // without the video
  gateway: ({ status, error }) => ({ status, ...(error && { error }) }),
  gemini: ({ name, error, response }) => ({
    name,
    ...(error ? { error } : { response: response.generateVideoResponse.generatedSamples[0].video.uri })
  }),
  // the callback has its own words for the status
  minimax: ({ task_id, file_id, base_resp }) => ({ task_id, file_id, base_resp })
}

const filled = (path: string, id = 'cloudsway') =>
  path
    .replace('{owner}', 'cloudsway')
    .replaceAll(/\{(alias|name)\}/g, 'kling-v1')
    .replace('{model}', path.includes('operations') ? 'kling-v1' : 'kling-v1:predictLongRunning')
    .replace('{id}', id)

const isChallenge = (body: string) => body.startsWith('{"challenge"')

/** Creates a video by a front's own create, with an address to call. */
async function create({ routes, callback }: Front, key: string, url: string, more: object = {}) {
  const creates = routes.filter(({ does, when }) => does === 'create' && !when)
  const route = creates.find(({ path }) => /\{(name|alias)\}/.test(path) && !path.includes('{model}')) ?? creates[0]!
  const field = callback!.field.replace('?', '')
  const isQuery = callback!.field.startsWith('?')
  const path = filled(route.path) + (isQuery ? `?${field}=${encodeURIComponent(url)}` : '')
  const [top = '', inner] = field.split('.')
  const address = inner === undefined ? { [top]: url } : { [top]: { [inner]: [url] } }
  const body = { model: 'kling-v1', ...route.body, ...(isQuery ? {} : address), ...more }
  return { field, ...(await server.call('POST', path, body, { key, headers: { 'ai-model-id': 'kling-v1' } })) }
}

/** What the front shows of a video. */
async function show({ id: front, routes }: Front, key: string, id: string) {
  if (front === 'gateway')
    return (await server.call('POST', '/v4/ai/video-model/status', { operation: { id } }, { key })).body
  const route = routes.find(({ does, path, when }) => does === 'get' && !when && !path.endsWith('/status'))!
  const path = filled(route.path, bareId(id)) + (front === 'minimax' ? `?task_id=${bareId(id)}` : '')
  return (await server.call('GET', path, undefined, { key })).body
}

/** Lets a key's only video end, and waits for this many posts. */
async function ended(key: string, receiver: { until(count: number): Promise<Received[]> }, count: number) {
  const { data } = (await server.call('GET', '/openai/v1/videos', undefined, { key })).body
  expect(data).toHaveLength(1)
  const video = await server.finished(data[0].id, key)
  await server.services.deliver.runNow()
  const posts = await receiver.until(count)
  await server.services.deliver.settled()
  return { video, posts: posts.toSorted((a, b) => (a.headers['webhook-id']! < b.headers['webhook-id']! ? -1 : 1)) }
}

describe.each(all)('$front.id', ({ front, callback }) => {
  test.each(['completed', 'failed'])('a video that has %s: as the front shows it, and signed', async status => {
    if (status === 'failed') fake.onPoll = ({ polls }) => (polls > 1 ? 'failed' : 'processing')
    const receiver = await startReceiver()
    receiver.onPost = ({ body }) => (isChallenge(body) ? response => response.end(body) : 200)
    const key = await server.memberKey()
    const made = await create(front, key, `${receiver.url}/hook?of=${status}`)
    expect([made.status < 300, made.body]).toEqual([true, expect.anything()])
    const { video, posts: received } = await ended(key, receiver, callback.tells.length * (callback.challenge ? 2 : 1))
    const posts = received.filter(({ body }) => !isChallenge(body))
    expect([video.status, received.length - posts.length]).toEqual([
      status,
      callback.challenge ? callback.tells.length : 0
    ])
    expect(posts.map(({ path }) => path)).toEqual(callback.tells.map(() => `/hook?of=${status}`))

    const bodies = posts.map(({ body }) => JSON.parse(body))
    const last = inCallback[front.id]?.(bodies.at(-1)) ?? bodies.at(-1)
    const shown = await show(front, key, video.id)
    expect(last).toMatchObject(inAnswer[front.id]?.(shown) ?? shown)
    // of the start: another state of the same video
    for (const first of bodies.slice(0, -1)) {
      expect(ourId(first.id ?? first.task_id)).toBe(video.id)
      expect(first.status ?? first.state ?? first.task_status).toMatch(/^(processing|running|dreaming)$/)
    }
    const { secret } = { secret: callbackSecretOf(key) }
    for (const { body, headers } of posts) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
    for (const { body, headers } of callback.sign ? posts : []) {
      const [, time, hash] = /^t=(\d+),v1=(\w+)$/.exec(headers['x-openrouter-signature'] ?? '') ?? []
      expect(hash).toBe(createHmac('sha256', secret).update(`${time},${body}`).digest('hex'))
    }
  })

  test('an address that may not be called is refused by the name of its field', async () => {
    const { status, body, field } = await create(front, await server.memberKey(), 'http://10.0.0.1/hook')
    expect([status < 500, JSON.stringify(body)]).toEqual([true, expect.stringContaining(`${field}: `)])
    expect(JSON.stringify(body)).not.toMatch(/"task_id":"\w/)
  })
})

test('a receiver that does not echo MiniMax’s challenge gets nothing else', async () => {
  const minimax = fronts.find(({ id }) => id === 'minimax')!
  const receiver = await startReceiver()
  const answers = ['ok', '{"challenge":"another"}']
  receiver.onPost = () => response => response.end(answers.shift() ?? 'ok')
  const key = await server.memberKey()
  await create(minimax, key, receiver.url)
  const { posts } = await ended(key, receiver, 2)
  expect(posts.map(({ body }) => isChallenge(body))).toEqual([true, true])
  expect(new Set(posts.map(({ headers }) => headers['webhook-id'])).size).toBe(2)
  for (const { body, headers } of posts)
    expect(new Webhook(callbackSecretOf(key)).verify(body, headers)).toEqual(JSON.parse(body))
})

describe('replicate’s webhook_events_filter', () => {
  const replicate = fronts.find(({ id }) => id === 'replicate')!

  test.each([
    [['completed'], ['succeeded']],
    [['start'], ['processing']],
    [
      ['start', 'output', 'logs', 'completed'],
      ['processing', 'succeeded']
    ]
  ])('%j: %j', async (filter, statuses) => {
    const receiver = await startReceiver()
    const key = await server.memberKey()
    await create(replicate, key, receiver.url, { webhook_events_filter: filter })
    const { posts } = await ended(key, receiver, statuses.length)
    expect(posts.map(({ body }) => JSON.parse(body).status)).toEqual(statuses)
  })

  test('an unknown event is refused', async () => {
    const made = await create(replicate, await server.memberKey(), 'https://example.com', {
      webhook_events_filter: ['end']
    })
    expect([made.status, made.body.detail]).toEqual([400, expect.stringContaining('webhook_events_filter: ')])
  })
})

test('the documented formats get our own event, also of a video that a front shows', async () => {
  const receiver = await startReceiver()
  const key = await server.memberKey()
  await server.newVideo({ callback_url: receiver.url }, { key })
  const { video, posts } = await ended(key, receiver, 1)
  expect(posts.map(({ body }) => JSON.parse(body))).toMatchObject([{ type: 'video.completed', data: { id: video.id } }])
})
