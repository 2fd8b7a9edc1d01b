import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { seeded } from '../support/seeded.ts'
import { startTestServer } from '../support/server.ts'
import { pixel } from '../support/wire.ts'
import { at, versions, watchedFetch, type Sent } from './versions.ts'

describe.each(versions)('openai $version', ({ sdk }) => {
  const { default: OpenAI, toFile } = sdk
  type Client = InstanceType<typeof OpenAI>
  const vendor = forAllTests(startFakeCloudsway)
  const server = forAllTests(startTestServer)
  let channel: string
  let model: string
  let tests = 0

  // a channel, a model and a key of its own: nothing that one test breaks or leaves waiting reaches the next
  beforeEach(async () => {
    model = `model-${++tests}`
    vendor.submits.length = 0
    vendor.onSubmit = () => 'accept'
    channel = await server.newChannel(vendor.channel({ models: { [model]: 'kling-v1' } }))
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await server.call('DELETE', `/admin/channels/${channel}`)
  })

  /** A client of its own key, and what it sends. */
  async function connect(options: { settings?: object; loses?(nth: number): boolean; maxRetries?: number } = {}) {
    const { settings = {}, loses, maxRetries } = options
    const watched = watchedFetch(loses && { loses })
    const key = await server.memberKey({ models: [model], ...settings })
    const client = new OpenAI({
      ...at(server, key),
      fetch: watched.fetch,
      ...(maxRetries !== undefined && { maxRetries })
    })
    return { client, sent: watched.sent, key }
  }

  /** Fills every place the key has: one video runs, one waits. */
  async function fill(client: Client) {
    await server.call('PATCH', `/admin/channels/${channel}`, { max_concurrency: 1 })
    const first = await client.videos.create({ prompt: 'runs' })
    const second = await client.videos.create({ prompt: 'waits' })
    expect([first.status, second.status]).toEqual(['in_progress', 'queued'])
    return first.id
  }

  describe('errors', () => {
    const prompt = 'x'
    const refusal = (status: number, code: number) => () => {
      vendor.onSubmit = () => ({ status, body: { code, message: 'the vendor says no' } })
    }

    test.each<{
      what: string
      settings?: object
      before?(client: Client): unknown
      ask(client: Client): Promise<unknown>
      is: 'APIError' | `${string}Error`
      error: { status: number; code: string; type: string; param?: string | null }
    }>([
      {
        what: 'a wrong key',
        ask: client => client.withOptions({ apiKey: 'sk-wrong' }).videos.list(),
        is: 'AuthenticationError',
        error: { status: 401, code: 'invalid_api_key', type: 'authentication_error', param: null }
      },
      {
        what: 'no prompt',
        ask: client => client.post('/videos', { body: {} }),
        is: 'BadRequestError',
        error: { status: 400, code: 'invalid_request', type: 'invalid_request_error', param: 'prompt' }
      },
      {
        what: 'a size that is none',
        ask: client => client.videos.create({ prompt, size: 'huge' as '720x1280' }),
        is: 'BadRequestError',
        error: { status: 400, code: 'invalid_request', type: 'invalid_request_error', param: 'size' }
      },
      {
        what: 'seconds that are no number',
        ask: client => client.videos.create({ prompt, seconds: 'soon' as '4' }),
        is: 'BadRequestError',
        error: { status: 400, code: 'invalid_request', type: 'invalid_request_error', param: 'seconds' }
      },
      {
        what: 'a file that is no picture',
        ask: async client =>
          client.videos.create({ prompt, input_reference: await toFile(Buffer.from('no'), 'a.png') }),
        is: 'BadRequestError',
        error: { status: 400, code: 'invalid_request', type: 'invalid_request_error', param: 'input_reference' }
      },
      {
        what: 'a cursor that names nothing',
        ask: client => client.videos.list({ after: 'video_no' }),
        is: 'BadRequestError',
        error: { status: 400, code: 'invalid_request', type: 'invalid_request_error', param: 'after' }
      },
      {
        what: 'a download before the end',
        ask: async client => client.videos.downloadContent((await client.videos.create({ prompt })).id),
        is: 'BadRequestError',
        error: { status: 400, code: 'video_not_ready', type: 'invalid_request_error' }
      },
      {
        what: 'content the vendor will not make',
        before: refusal(400, 1301),
        ask: client => client.videos.create({ prompt }),
        is: 'BadRequestError',
        error: { status: 400, code: 'content_policy_violation', type: 'invalid_request_error' }
      },
      {
        what: 'a model the key may not use',
        settings: { models: ['other'] },
        ask: client => client.videos.create({ prompt, model }),
        is: 'PermissionDeniedError',
        error: { status: 403, code: 'model_not_allowed', type: 'permission_error', param: 'model' }
      },
      {
        what: 'an unknown video',
        ask: client => client.videos.retrieve('video_no'),
        is: 'NotFoundError',
        error: { status: 404, code: 'video_not_found', type: 'invalid_request_error', param: 'id' }
      },
      {
        what: 'an unknown model',
        settings: { models: null },
        ask: client => client.videos.create({ prompt, model: 'no-such-model' }),
        is: 'NotFoundError',
        error: { status: 404, code: 'model_not_found', type: 'invalid_request_error', param: 'model' }
      },
      {
        what: 'a path that is none',
        ask: client => client.get('/nothing'),
        is: 'NotFoundError',
        error: { status: 404, code: 'not_found', type: 'invalid_request_error', param: null }
      },
      {
        what: 'a method that is none',
        ask: client => client.put('/videos', { body: {} }),
        is: 'APIError',
        error: { status: 405, code: 'method_not_allowed', type: 'invalid_request_error' }
      },
      {
        what: 'a picture over 20 MB',
        ask: async client =>
          client.videos.create({ prompt, input_reference: await toFile(Buffer.alloc(21 * 1024 * 1024), 'a.png') }),
        is: 'APIError',
        error: { status: 413, code: 'request_too_large', type: 'invalid_request_error', param: 'input_reference' }
      },
      {
        what: 'an Idempotency-Key used for something else',
        before: client => client.videos.create({ prompt: 'first' }, { headers: { 'Idempotency-Key': 'one' } }),
        ask: client => client.videos.create({ prompt }, { headers: { 'Idempotency-Key': 'one' } }),
        is: 'UnprocessableEntityError',
        error: { status: 422, code: 'idempotency_mismatch', type: 'invalid_request_error' }
      },
      {
        what: 'more waiting videos than the key may have',
        settings: { max_queued: 1 },
        before: fill,
        ask: client => client.videos.create({ prompt }),
        is: 'RateLimitError',
        error: { status: 429, code: 'rate_limit_exceeded', type: 'rate_limit_error' }
      },
      {
        what: 'a vendor that refuses our account',
        before: refusal(401, 1002),
        ask: client => client.videos.create({ prompt }),
        is: 'InternalServerError',
        error: { status: 502, code: 'upstream_error', type: 'server_error' }
      },
      {
        what: 'no channel in service',
        before: () => server.call('PATCH', `/admin/channels/${channel}`, { disabled: true }),
        ask: client => client.videos.create({ prompt, model }),
        is: 'InternalServerError',
        error: { status: 503, code: 'no_channel_available', type: 'server_error' }
      }
    ])('$what: $is with status, code, type, param and request id', async ({ settings, before, ask, is, error }) => {
      const { client, sent } = await connect({ maxRetries: 0, ...(settings && { settings }) })
      await before?.(client)
      const thrown: unknown = await ask(client).catch((reason: unknown) => reason)
      expect(thrown).toBeInstanceOf(sdk[is as 'APIError'])
      expect(thrown).toMatchObject(error)
      const { message, requestID } = thrown as InstanceType<typeof sdk.APIError>
      expect(message).toMatch(new RegExp(`^${error.status} .{10}`))
      expect(requestID).toMatch(/^req_\w+$/)
      // the client of the wrong key has a fetch of its own
      if (error.status !== 401) expect(requestID).toBe(sent.at(-1)!.answer.get('x-request-id'))
    })
  })

  describe('retries', () => {
    /** Lets the SDK's pauses pass at once, and no other timer: the server runs in this process too. */
    function pollBy(meanwhile: () => Promise<unknown> = async () => {}) {
      const pauses: number[] = []
      const { setTimeout } = globalThis
      const hurried = (run: (...rest: unknown[]) => void, wait?: number, ...rest: unknown[]) => {
        if (!/openai6?\/internal\/utils\/sleep/.test(new Error().stack ?? '')) return setTimeout(run, wait, ...rest)
        pauses.push(wait ?? 0)
        return setTimeout(() => void meanwhile().then(run), 0)
      }
      // true but for __promisify__, which nobody here asks for
      vi.spyOn(globalThis, 'setTimeout').mockImplementation(hurried as typeof setTimeout)
      return pauses
    }

    const counts = (sent: Sent[]) => sent.map(({ headers }) => headers.get('x-stainless-retry-count'))

    test('x-should-retry: false on a 502: one request', async () => {
      const { client, sent } = await connect()
      vendor.onSubmit = () => ({ status: 401, body: { code: 1002, message: 'bad key' } })
      await expect(client.videos.create({ prompt: 'x' })).rejects.toMatchObject({ status: 502 })
      expect(sent.map(({ status, answer }) => [status, answer.get('x-should-retry')])).toEqual([[502, 'false']])
      expect(vendor.submits).toHaveLength(1)
    })

    test.each([
      ['a 400', (client: Client) => client.post('/videos', { body: {} })],
      ['a 404', (client: Client) => client.videos.retrieve('video_no')],
      [
        'a download before the end',
        async (client: Client) => client.videos.downloadContent((await client.videos.create({ prompt: 'x' })).id)
      ]
    ])('%s is asked once', async (_what, ask) => {
      const { client, sent } = await connect()
      await expect(ask(client)).rejects.toBeInstanceOf(sdk.APIError)
      expect(sent.filter(({ status }) => status >= 400)).toHaveLength(1)
    })

    test('429 with Retry-After: waits exactly that long, then gets its video', async () => {
      const { client, sent, key } = await connect({ settings: { max_queued: 1 } })
      const running = await fill(client)
      const pauses = pollBy(() => server.finished(running, key))
      const video = await client.videos.create({ prompt: 'waited' })
      expect(video).toMatchObject({ status: 'queued', prompt: 'waited' })
      const [, , refused, taken] = sent
      expect([refused!.status, taken!.status]).toEqual([429, 200])
      const seconds = Number(refused!.answer.get('retry-after'))
      expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60).toBe(true)
      expect(pauses).toEqual([seconds * 1000])
    })

    test('a vendor that was ill for a moment: the SDK’s repetition makes the video', async () => {
      const { client, sent } = await connect()
      vendor.onSubmit = () => ({ status: 503, body: { code: 5001, message: 'maintenance' } })
      const pauses = pollBy(async () => {
        vendor.onSubmit = () => 'accept'
        await server.advance(60_000)
      })
      const video = await client.videos.create({ prompt: 'x' })
      expect(video.status).toBe('in_progress')
      expect([sent.map(({ status }) => status), counts(sent)]).toEqual([
        [502, 200],
        ['0', '1']
      ])
      // no Retry-After: the SDK's own half second
      expect(pauses).toEqual([expect.toSatisfy((wait: number) => wait >= 375 && wait <= 500)])
      expect((await client.videos.list()).data.map(({ id }) => id)).toEqual([video.id])
    })

    test.each([
      ['the first answer', 1],
      ['two answers', 2]
    ])('%s lost on the way: repeated by the SDK, one video, paid once', async (_what, lost) => {
      const { client, sent } = await connect({ loses: nth => nth <= lost })
      const pauses = pollBy()
      const body = { prompt: 'x', input_reference: await toFile(pixel, 'a.png') }
      const video = await client.videos.create(body)
      expect(counts(sent)).toEqual(['0', '1', '2'].slice(0, lost + 1))
      expect(pauses).toHaveLength(lost)
      expect(vendor.submits).toHaveLength(1)
      expect((await client.videos.list()).data.map(({ id }) => id)).toEqual([video.id])
    })

    test('M4: three in ten answers lost: as many videos as calls, each paid once', async () => {
      const random = seeded(4)
      const { client, sent } = await connect({ loses: () => random() < 0.3, maxRetries: 20 })
      pollBy()
      // eight at once, then one after another, the last ones all alike
      const atOnce = Array.from({ length: 8 }, (_, n) => client.videos.create({ prompt: `at once ${n}` }))
      const ids = (await Promise.all(atOnce)).map(({ id }) => id)
      for (let n = 0; n < 32; n++) ids.push((await client.videos.create({ prompt: `${Math.min(n, 24)}` })).id)
      expect(sent.length).toBeGreaterThan(48)
      expect(new Set(ids).size).toBe(40)
      expect(vendor.submits).toHaveLength(40)
      const listed: string[] = []
      for await (const { id } of client.videos.list()) listed.push(id)
      expect(listed.sort()).toEqual(ids.sort())
    })

    test('the same two calls, nothing lost: two videos', async () => {
      const { client } = await connect()
      const made = [await client.videos.create({ prompt: 'x' }), await client.videos.create({ prompt: 'x' })]
      expect(new Set(made.map(({ id }) => id)).size).toBe(2)
      expect(vendor.submits).toHaveLength(2)
    })

    test('one Idempotency-Key, two calls at once: one video', async () => {
      const { client } = await connect()
      const headers = { 'Idempotency-Key': 'same' }
      const [one, other] = await Promise.all([
        client.videos.create({ prompt: 'x' }, { headers }),
        client.videos.create({ prompt: 'x' }, { headers })
      ])
      expect(one.id).toBe(other.id)
      expect(vendor.submits).toHaveLength(1)
    })

    test('a submit whose answer the vendor lost is no error: a waiting video, never repeated', async () => {
      const { client, sent, key } = await connect()
      vendor.onSubmit = () => 'drop after accept'
      const { id, status } = await client.videos.create({ prompt: 'x' })
      expect([status, sent.length]).toEqual(['queued', 1])
      await server.finished(id, key)
      expect((await client.videos.retrieve(id)).status).toBe('completed')
      expect(vendor.submits).toHaveLength(1)
    })
  })
})
