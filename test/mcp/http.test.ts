import { setTimeout as sleep } from 'node:timers/promises'
import { Client, StreamableHTTPClientTransport, type CallToolResult, type Progress } from '@modelcontextprotocol/client'
import { beforeEach, describe, expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { smallFilm } from '../support/film.ts'
import { forAllTests, forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { pixel } from '../support/wire.ts'

/* /mcp by the official client, in both protocols that it speaks: what programs of 2025 send, and that of 2026-07-28. */

const names = [
  'generate_video',
  'image_to_video',
  'get_video',
  'list_videos',
  'cancel_video',
  'list_models',
  'estimate_video'
]

describe.each(['legacy', 'auto'] as const)('MCP over HTTP, %s', mode => {
  const vendor = forAllTests(startFakeCloudsway)
  const server = forAllTests(() =>
    startTestServer({ channel: vendor.channel({ models: { 'kling-v1': 'kling-v1', other: 'kling-v1-6' } }) })
  )
  const price = { unit: 'video', amount: '0.50', currency: 'USD' }
  let client: Client
  let secret: string

  async function connect(key: string) {
    const made = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } })
    const requestInit = { headers: { authorization: `Bearer ${key}` } }
    await made.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit }))
    return made
  }

  async function call(name: string, given: object, one = client): Promise<CallToolResult> {
    return one.callTool({ name, arguments: { ...given } })
  }

  const textOf = ({ content }: CallToolResult) =>
    content
      .filter(part => part.type === 'text')
      .map(part => part.text)
      .join('\n')
  const valueOf = ({ structuredContent }: CallToolResult) => structuredContent as any // what the tool says is the test

  /** Lets the server's time pass until the call has ended. */
  async function whileTimePasses<Result>(work: Promise<Result>): Promise<Result> {
    let ended = false
    const result = work.finally(() => (ended = true))
    result.catch(() => {})
    while (!ended) {
      await server.advance(5000)
      await sleep(20)
    }
    return result
  }

  beforeEach(async () => {
    await server.call('PATCH', '/admin/models/kling-v1', { prices: [price] })
    secret = await server.memberKey({ models: ['kling-v1'] })
    client = await connect(secret)
    return () => client.close()
  })

  test('lists its tools: names of other servers, prices of this key, no files of the server', async () => {
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(names)
    const [generate, image] = tools
    expect(generate?.description).toMatch(/COSTS MONEY.*kling-v1: 0\.50 USD per video/)
    expect(generate?.description).not.toContain('other')
    expect(generate?.inputSchema.required).toEqual(['prompt'])
    expect(Object.keys(image?.inputSchema.properties ?? {})).toEqual([
      'prompt',
      'model',
      'image_url',
      'last_image_url',
      'duration',
      'aspect_ratio',
      'resolution',
      'seed',
      'negative_prompt',
      'wait',
      'idempotency_key'
    ])
    expect(tools.filter(({ annotations }) => annotations?.readOnlyHint).map(({ name }) => name)).toEqual(
      names.filter(name => !/generate|image|cancel/.test(name))
    )
  })

  test('generate_video waits, tells progress, and answers with a link that plays without a key', async () => {
    const told: Progress[] = []
    const made = await whileTimePasses(
      client.callTool(
        { name: 'generate_video', arguments: { prompt: 'a cat', duration: 5 } },
        { onprogress: progress => told.push(progress) }
      )
    )
    expect(valueOf(made)).toMatchObject({
      status: 'completed',
      model: 'kling-v1',
      seconds: '5',
      price: { amount: '0.50', currency: 'USD' },
      error: null
    })
    expect(textOf(made)).toContain('at most 0.50 USD')
    const link = made.content.find(part => part.type === 'resource_link')
    expect(link).toMatchObject({ uri: valueOf(made).url, mimeType: 'video/mp4', description: 'a cat' })
    const file = await server.ask(new URL(link!.uri).pathname + new URL(link!.uri).search, { key: null })
    expect(Buffer.from(await file.arrayBuffer())).toEqual(smallFilm)
    expect(told.length).toBeGreaterThan(0)
    expect(told.at(-1)).toMatchObject({ progress: 100, total: 100, message: 'completed' })
    expect(told.map(one => one.progress)).toEqual([...new Set(told.map(one => one.progress))].toSorted((a, b) => a - b))
  })

  test('without waiting: the id, and how to ask again; get_video waits, list_videos lists, others see nothing', async () => {
    const made = await call('generate_video', { prompt: 'a dog', wait: false })
    const { id, status } = valueOf(made)
    expect(status).toBe('in_progress')
    expect(textOf(made)).toContain(`Call get_video with id "${id}"`)
    const found = await whileTimePasses(call('get_video', { id }))
    expect(valueOf(found)).toMatchObject({ id, status: 'completed' })
    expect(valueOf(await call('list_videos', { limit: 1 }))).toMatchObject({ videos: [{ id, prompt: 'a dog' }] })
    const stranger = await connect(await server.memberKey())
    expect(await call('get_video', { id }, stranger)).toMatchObject({
      isError: true,
      content: [{ text: 'No such video. (video_not_found)' }]
    })
    await stranger.close()
  })

  test('the same idempotency_key is one video, also when both calls run at once; other arguments are refused', async () => {
    const before = vendor.submits.length
    const asked = { prompt: 'a boat', wait: false, idempotency_key: `boat-${mode}` }
    const made = await Promise.all([call('generate_video', asked), call('generate_video', asked)])
    const again = await call('generate_video', asked)
    expect(new Set([...made, again].map(one => valueOf(one).id)).size).toBe(1)
    const other = await call('generate_video', { ...asked, prompt: 'two boats' })
    expect(other).toMatchObject({ isError: true })
    expect(textOf(other)).toMatch(/idempotency_mismatch/)
    expect(vendor.submits.length - before).toBe(1)
  })

  test('the budget, the models and the requests per minute of the key apply', async () => {
    const before = vendor.submits.length
    const budget = { amount: '0.60', currency: 'USD', window: 'total' }
    const poor = await connect(await server.memberKey({ budget, models: ['kling-v1'] }))
    expect((await call('generate_video', { prompt: 'a', wait: false }, poor)).isError).toBeUndefined()
    expect(valueOf(await call('estimate_video', {}, poor))).toMatchObject({ price: { amount: '0.50' }, covered: false })
    const refused = await call('generate_video', { prompt: 'b', wait: false }, poor)
    expect(refused.isError).toBe(true)
    expect(textOf(refused)).toMatch(/insufficient_quota/)
    expect(textOf(await call('generate_video', { prompt: 'b', model: 'other' }, poor))).toMatch(/model_not_allowed/)
    expect(valueOf(await call('list_models', {}, poor)).models).toMatchObject([{ id: 'kling-v1', prices: [price] }])
    expect(vendor.submits.length - before).toBe(1)
    await poor.close()

    const slow = await connect(await server.memberKey({ requests_per_minute: 20 }))
    const flood = Array.from({ length: 25 }, () => call('list_models', {}, slow).catch((error: unknown) => error))
    expect(String((await Promise.all(flood)).find(one => one instanceof Error))).toMatch(/rate_limit_exceeded|429/)
    await slow.close()
  })

  test('image_to_video sends the image; without one, or with an argument that is unknown, it says what is wrong', async () => {
    const image = `data:image/png;base64,${pixel.toString('base64')}`
    const made = await call('image_to_video', { prompt: 'it moves', image_url: image, wait: false })
    expect(made.isError).toBeUndefined()
    expect(vendor.submits.at(-1)!.body).toMatchObject({ prompt: 'it moves', image: pixel.toString('base64') })
    expect(textOf(await call('image_to_video', { prompt: 'it moves' }))).toContain('image_url is required')
    expect(textOf(await call('generate_video', { prompt: 'a', n: 4 }))).toMatch(/Unrecognized key.*"n"/)
    expect(textOf(await call('generate_video', { prompt: 'a', image_url: '/etc/passwd' }))).toContain('image_url')
  })

  test('cancel_video cancels', async () => {
    const { id } = valueOf(await call('generate_video', { prompt: 'a mistake', wait: false }))
    await call('cancel_video', { id })
    const ended = await whileTimePasses(call('get_video', { id }))
    expect(['failed', 'completed']).toContain(valueOf(ended).status)
    expect((await server.inspect(id)).timeline).toContainEqual(expect.objectContaining({ kind: 'cancel' }))
  })

  test('an admin key that may only read tasks cannot make or cancel any', async () => {
    const { key } = await server.newKey({ role: 'admin', scopes: ['tasks:read'] })
    const reader = await connect(key)
    expect((await call('list_videos', {}, reader)).isError).toBeUndefined()
    expect(textOf(await call('generate_video', { prompt: 'a' }, reader))).toMatch(/permission_denied/)
    await reader.close()
  })

  test('without a right key: 401', async () => {
    await expect(connect('sk-wrong')).rejects.toThrow(/invalid_api_key|401/)
  })
})

test('a server that stops answers those who wait: with the id', async () => {
  const vendor = await startFakeCloudsway({ onPoll: () => 'processing' })
  const server = await startTestServer({ channel: vendor.channel() })
  const client = new Client({ name: 'test', version: '1' })
  const requestInit = { headers: { authorization: `Bearer ${await server.memberKey()}` } }
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit }))
  const answered = client.callTool({ name: 'generate_video', arguments: { prompt: 'a cat' } })
  while (vendor.tasks.size === 0) await sleep(10)
  await sleep(50)
  const [{ structuredContent }] = await Promise.all([answered, server.close()])
  expect(structuredContent).toMatchObject({ id: expect.stringMatching(/^video_/), status: 'in_progress' })
  await Promise.all([client.close(), vendor.close()])
})

describe('MCP over plain HTTP', () => {
  const server = forEachTest(() => startTestServer())
  const headers = { accept: 'application/json, text/event-stream' }
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/list' }

  test('a batch, a GET, a message that is none', async () => {
    const post = (body: unknown) => server.call('POST', '/mcp', body, { headers })
    expect(await post([message, message])).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect((await server.call('GET', '/mcp')).status).toBe(405)
    expect((await post({ hello: 1 })).status).toBe(400)
  })
})
