import { createReadStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { pixel } from '../support/wire.ts'
import { at, versions, watchedFetch } from './versions.ts'

describe.each(versions)('openai $version', ({ version, sdk: { default: OpenAI, AzureOpenAI, toFile } }) => {
  const folder = forAllTests(() => makeFolder('client'))
  const vendor = forAllTests(startFakeCloudsway)
  const server = forAllTests(() => startTestServer({ env: { DEFAULT_MODEL: 'kling-v1' }, channel: vendor.channel() }))
  let key: string
  let client: InstanceType<typeof OpenAI>
  let sent: ReturnType<typeof watchedFetch>['sent']

  beforeAll(() => writeFileSync(join(folder.path, 'frame.png'), pixel))
  beforeEach(async () => {
    key = await server.memberKey()
    const watched = watchedFetch()
    sent = watched.sent
    client = new OpenAI({ ...at(server, key), fetch: watched.fetch, maxRetries: 0 })
  })

  /** The body that the vendor got last. */
  const submitted = () => vendor.submits.at(-1)!.body
  // fields that this server takes beside those the SDK knows; the SDK sends whatever it is given
  const create = (body: object) => client.videos.create(body as Parameters<typeof client.videos.create>[0])

  describe('videos.create', () => {
    test('prompt alone: multipart, every field of the type, in OpenAI’s words', async () => {
      const video = await client.videos.create({ prompt: 'a cat' })
      expect(video).toEqual({
        id: expect.stringMatching(/^video_\w+$/),
        task_id: video.id,
        object: 'video',
        model: 'kling-v1',
        status: 'in_progress',
        progress: expect.any(Number),
        created_at: expect.any(Number),
        completed_at: null,
        expires_at: null,
        prompt: 'a cat',
        seconds: '5',
        size: '1280x720',
        remixed_from_video_id: null,
        format: 'mp4',
        url: null,
        metadata: { duration: null, fps: null, width: null, height: null, seed: null },
        error: null
      })
      expect(Number.isInteger(video.progress)).toBe(true)
      expect(sent[0]!.headers.get('user-agent')).toBe(`OpenAI/JS ${version}`)
      expect(submitted()).toMatchObject({ prompt: 'a cat', model_name: 'kling-v1' })
      // the SDK shows the request's id on what it gives
      expect(video).toHaveProperty('_request_id', sent[0]!.answer.get('x-request-id'))
    })

    test('model, seconds and size reach the vendor', async () => {
      const video = await create({ prompt: 'wide', model: 'kling-v1', seconds: '10', size: '1280x720' })
      expect(video).toMatchObject({ model: 'kling-v1', seconds: '10', size: '1280x720' })
      expect(submitted()).toMatchObject({ duration: '10', aspect_ratio: '16:9' })
    })

    test('the same as JSON, through client.post', async () => {
      const body = { prompt: 'json', model: 'kling-v1', seconds: '10', metadata: { cfg_scale: 0.8 } }
      const video = await client.post('/videos', { body })
      expect(sent[0]!.headers.get('content-type')).toBe('application/json')
      expect(video).toMatchObject({ status: 'in_progress', prompt: 'json', seconds: '10' })
      expect(submitted()).toMatchObject({ prompt: 'json', duration: '10', cfg_scale: 0.8 })
    })

    test.each([
      ['a file by toFile', () => toFile(pixel, 'frame.png', { type: 'image/png' })],
      ['a file without a type', () => toFile(pixel, 'frame')],
      ['fs.createReadStream', async () => createReadStream(join(folder.path, 'frame.png'))],
      ['a data URL as text', async () => `data:image/png;base64,${pixel.toString('base64')}`],
      ['{image_url} with a data URL', async () => ({ image_url: `data:image/png;base64,${pixel.toString('base64')}` })]
    ])('input_reference as %s: the vendor gets the very bytes', async (_what, source) => {
      const video = await create({ prompt: 'from a picture', input_reference: await source() })
      expect(video.status).toBe('in_progress')
      expect(submitted().image).toBe(pixel.toString('base64'))
      expect([...vendor.tasks.values()].at(-1)!.path).toMatch(/image2video$/)
    })

    test.each([
      ['a URL as text', 'https://example.com/cat.jpg?v=1&w=2'],
      ['{image_url}', { image_url: 'https://example.com/cat.jpg?v=1&w=2' }]
    ])('input_reference as %s: passed on as it is', async (_what, source) => {
      await create({ prompt: 'from a picture', input_reference: source })
      expect(submitted().image).toBe('https://example.com/cat.jpg?v=1&w=2')
    })

    test('a data URL of 3 MB is not cut', async () => {
      const large = Buffer.concat([pixel, Buffer.alloc(3_000_000, 7)]).toString('base64')
      await create({ prompt: 'large', input_reference: { image_url: `data:image/png;base64,${large}` } })
      expect(submitted().image === large).toBe(true)
    })

    test('nested metadata keeps its shape and its types, in multipart and in JSON', async () => {
      const metadata = {
        camera_control: { type: 'simple', config: { zoom: 5 } },
        watermark_info: { enabled: true },
        tags: ['a', 'b'],
        note: '日本語 & = [x]'
      }
      await create({ prompt: 'nested', metadata })
      expect(submitted()).toMatchObject(metadata)
      await client.post('/videos', { body: { prompt: 'nested', metadata } })
      expect(submitted()).toMatchObject(metadata)
    })

    test('{file_id}: BadRequestError naming the field', async () => {
      await expect(create({ prompt: 'x', input_reference: { file_id: 'file_1' } })).rejects.toMatchObject({
        name: 'Error',
        status: 400,
        code: 'unsupported',
        param: 'input_reference'
      })
    })
  })

  test('videos.retrieve: in_progress, then completed with an address that needs no header', async () => {
    const { id } = await client.videos.create({ prompt: 'followed' })
    expect(await client.videos.retrieve(id)).toMatchObject({ id, status: 'in_progress', completed_at: null })
    await server.finished(id, key)
    const done = await client.videos.retrieve(id)
    expect(done).toMatchObject({ id, status: 'completed', progress: 100, error: null, metadata: { duration: 5 } })
    expect(done.completed_at).toBeGreaterThanOrEqual(done.created_at)
    const { url } = done as unknown as { url: string } // ours, beside the SDK's type
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(vendor.video)).toBe(true)
  })

  test('videos.retrieve: a failed video carries code and message', async () => {
    const { id } = await client.videos.create({ prompt: 'doomed' })
    const { onPoll } = vendor
    vendor.onPoll = () => 'failed'
    await server.finished(id, key)
    vendor.onPoll = onPoll
    expect(await client.videos.retrieve(id)).toMatchObject({
      status: 'failed',
      completed_at: null,
      error: { code: expect.any(String), message: 'the generation failed' }
    })
  })

  describe('words of status', () => {
    test('the SDK’s own headers stripped: the server’s default on /v1, OpenAI’s under /openai/v1', async () => {
      const { id } = await client.videos.create({ prompt: 'words' })
      await server.finished(id, key)
      const bare = { 'user-agent': 'my-app', 'x-stainless-lang': null }
      const stainless = ['retry-count', 'package-version', 'os', 'arch', 'runtime', 'runtime-version', 'timeout']
      const defaultHeaders = { ...bare, ...Object.fromEntries(stainless.map(name => [`x-stainless-${name}`, null])) }
      const statusAt = async (path: string) => {
        const plain = new OpenAI({ apiKey: key, baseURL: server.url + path, defaultHeaders })
        return (await plain.videos.retrieve(id)).status as string
      }
      expect(await statusAt('/v1')).toBe('succeeded')
      expect(await statusAt('/openai/v1')).toBe('completed')
    })

    test('a subclass of another name is still known by its headers', async () => {
      class Company extends OpenAI {}
      const { id } = await client.videos.create({ prompt: 'subclass' })
      await server.finished(id, key)
      expect((await new Company(at(server, key)).videos.retrieve(id)).status).toBe('completed')
    })
  })

  describe('videos.list', () => {
    const prompts = ['1', '2', '3', '4', '5', '6', '7']

    beforeEach(async () => {
      for (const prompt of prompts) await client.videos.create({ prompt })
      sent.length = 0
    })

    test.each([
      ['desc', prompts.toReversed()],
      ['asc', prompts]
    ] as const)('pages through all of them by itself, %s', async (order, expected) => {
      const seen: (string | null)[] = []
      for await (const { prompt } of client.videos.list({ limit: 3, order })) seen.push(prompt)
      expect(seen).toEqual(expected)
      expect(sent.map(({ path }) => path.includes('after='))).toEqual([false, true, true])
    })

    test('page by page; the last page says so', async () => {
      const first = await client.videos.list({ limit: 4 })
      expect([first.data.length, first.has_more, first.last_id]).toEqual([4, true, first.data[3]!.id])
      const second = await first.getNextPage()
      expect([second.data.length, second.hasNextPage()]).toEqual([3, false])
    })

    test('exactly full pages end without an empty one', async () => {
      const seen: string[] = []
      for await (const { id } of client.videos.list({ limit: 7 })) seen.push(id)
      expect([seen.length, new Set(seen).size, sent.length]).toEqual([7, 7, 1])
    })

    test('another key’s videos are not in it', async () => {
      const stranger = new OpenAI(at(server, await server.memberKey()))
      expect((await stranger.videos.list()).data).toEqual([])
    })
  })

  test('videos.delete: deleted, and gone', async () => {
    const { id } = await client.videos.create({ prompt: 'regretted' })
    expect(await client.videos.delete(id)).toMatchObject({ id, object: 'video.deleted', deleted: true })
    await expect(client.videos.retrieve(id)).rejects.toMatchObject({ status: 404, code: 'video_not_found' })
    await expect(client.videos.delete(id)).rejects.toMatchObject({ status: 404 })
  })

  describe('videos.downloadContent', () => {
    let id: string

    beforeEach(async () => {
      ;({ id } = await client.videos.create({ prompt: 'downloaded' }))
      await server.finished(id, key)
    })

    test('the whole file', async () => {
      const response = await client.videos.downloadContent(id)
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'video/mp4'])
      expect(response.headers.get('content-length')).toBe(String(vendor.video.length))
      expect(Buffer.from(await response.arrayBuffer()).equals(vendor.video)).toBe(true)
    })

    test.each([
      ['bytes=0-99', 0, 100],
      ['bytes=100-', 100, undefined]
    ])('Range %s: 206 and that part', async (range, from, to) => {
      const response = await client.videos.downloadContent(id, {}, { headers: { range } })
      const part = vendor.video.subarray(from, to)
      expect([response.status, response.headers.get('content-range')]).toEqual([
        206,
        `bytes ${from}-${from + part.length - 1}/${vendor.video.length}`
      ])
      expect(Buffer.from(await response.arrayBuffer()).equals(part)).toBe(true)
    })

    test('a range beyond the end: APIError 416', async () => {
      const outside = { headers: { range: 'bytes=99999999-' } }
      await expect(client.videos.downloadContent(id, {}, outside)).rejects.toMatchObject({
        status: 416,
        code: 'range_not_satisfiable'
      })
    })

    test('a variant that the vendor does not make: NotFoundError naming it', async () => {
      await expect(client.videos.downloadContent(id, { variant: 'spritesheet' })).rejects.toMatchObject({
        status: 404,
        param: 'variant'
      })
    })
  })

  test('models.list and models.retrieve', async () => {
    const { data } = await client.models.list()
    expect(data).toMatchObject([{ id: 'kling-v1', object: 'model', owned_by: expect.any(String) }])
    expect(await client.models.retrieve('kling-v1')).toMatchObject({ id: 'kling-v1', object: 'model' })
  })

  test('AzureOpenAI: api-key header and api-version query, in OpenAI’s words', async () => {
    const watched = watchedFetch()
    const azure = new AzureOpenAI({
      apiKey: key,
      baseURL: `${server.url}/openai/v1`,
      apiVersion: 'preview',
      fetch: watched.fetch
    })
    const { id, status } = await azure.videos.create({ prompt: 'through azure' })
    expect(status).toBe('in_progress')
    await server.finished(id, key)
    expect((await azure.videos.retrieve(id)).status).toBe('completed')
    const [{ headers, path }] = watched.sent as [(typeof watched.sent)[0]]
    expect([headers.get('api-key'), headers.get('authorization'), path]).toEqual([
      key,
      null,
      '/openai/v1/videos?api-version=preview'
    ])
    const stranger = new AzureOpenAI({ apiKey: 'sk-no', baseURL: `${server.url}/openai/v1`, apiVersion: 'preview' })
    await expect(stranger.videos.retrieve(id)).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' })
  })
})
