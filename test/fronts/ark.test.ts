import { createByteDance } from '@ai-sdk/bytedance'
import { experimental_generateVideo as generateVideo } from 'ai'
import { expect, test } from 'vitest'
import { pixel } from '../support/wire.ts'
import { frontWorld } from './world.ts'

/* Programs for Seedance: the AI SDK's provider, and raw ones as Ark's documents show them. */

const seedance = 'doubao-seedance-2-0-260128'
const world = frontWorld([seedance])
const { vendor, server } = world

const provider = async () =>
  createByteDance({ apiKey: await server.memberKey(), baseURL: `${server.url}/api/v3`, fetch: world.fetch })
const download = async ({ url }: { url: URL }) => ({
  data: new Uint8Array(await world.play(url.href)),
  mediaType: 'video/mp4'
})
const providerOptions = { bytedance: { pollIntervalMs: 1 } }

test('@ai-sdk/bytedance makes a video from two frames', async () => {
  const { video } = await generateVideo({
    model: (await provider()).video(seedance),
    prompt: { text: 'it moves', image: pixel },
    aspectRatio: '16:9',
    duration: 5,
    generateAudio: false,
    providerOptions: {
      bytedance: { ...providerOptions.bytedance, lastFrameImage: `data:image/png;base64,${pixel.toString('base64')}` }
    },
    download
  })
  expect(Buffer.from(video.uint8Array)).toEqual(vendor.video)
  const base64 = pixel.toString('base64')
  expect(world.submitted()).toMatchObject({ prompt: 'it moves', duration: '5', image: base64, image_tail: base64 })
})

test('@ai-sdk/bytedance throws what failed and what is refused', async () => {
  const ask = async (model: string, more: object = {}) =>
    generateVideo({
      model: (await provider()).video(model),
      prompt: 'a cat',
      providerOptions,
      maxRetries: 0,
      download,
      ...more
    })
  await expect(world.failing(() => ask(seedance), 'risk control: not allowed')).rejects.toMatchObject({
    // it keeps nothing of the error but the status
    name: 'BYTEDANCE_VIDEO_GENERATION_FAILED',
    message: expect.stringContaining('"status":"failed"')
  })
  await expect(ask('nothing')).rejects.toMatchObject({ name: 'AI_APICallError', statusCode: 404 })
  await expect(ask(seedance, { duration: -5 })).rejects.toThrow(/duration: /)
})

test.each(['', '/doubao'])('%s: create, query, list, cancel, delete', async prefix => {
  const key = await server.memberKey()
  const path = `${prefix}/api/v3/contents/generations/tasks`
  const ask = (method: string, to = '', body?: unknown) => server.call(method, path + to, body, { key })
  const content = [{ type: 'text', text: 'a cat --ratio 9:16 --dur 10 --style pop' }]
  const made = await ask('POST', '', { model: seedance, content, watermark: false, return_last_frame: true })
  expect(made).toMatchObject({ status: 200, body: { id: expect.stringMatching(/^cgt-[0-9a-f]{32}$/) } })
  expect(made.headers.get('x-reelay-warnings')).toContain('return_last_frame')
  expect(world.submitted()).toMatchObject({ prompt: 'a cat --style pop', aspect_ratio: '9:16', duration: '10' })
  const { id } = made.body
  let task = (await ask('GET', `/${id}`)).body
  for (; task.status !== 'succeeded'; task = (await ask('GET', `/${id}`)).body) {
    expect(['queued', 'running']).toContain(task.status)
    await server.advance(5000)
  }
  expect(task).toMatchObject({ id, model: seedance, error: null, created_at: expect.any(Number) })
  expect(await world.play(task.content.video_url)).toEqual(vendor.video)

  vendor.onPoll = () => 'processing'
  const { body: second } = await ask('POST', '', { model: seedance, content })
  const list = async (query: string) => (await ask('GET', `?${query}`)).body
  expect(await list('page_num=1&page_size=1')).toMatchObject({ items: [{ id: second.id }], total: 2 })
  expect(await list('page_num=2&page_size=1')).toMatchObject({ items: [{ id }], total: 2 })
  expect(await list(`filter.status=succeeded&filter.model=${seedance}`)).toMatchObject({ items: [{ id }], total: 1 })
  expect(await list(`filter.task_ids=${id}&filter.task_ids=${second.id}`)).toMatchObject({ total: 2 })
  expect(await ask('DELETE', `/${second.id}`)).toMatchObject({ status: 200, body: {} })
  expect((await ask('GET', `/${second.id}`)).body).toMatchObject({ status: 'cancelled' })
  expect((await ask('DELETE', `/${id}`)).status).toBe(200)
  expect(await ask('GET', `/${id}`)).toMatchObject({ status: 404, body: { error: { code: 'NotFound' } } })
  vendor.onPoll = ({ polls }) => (polls > 1 ? 'succeed' : 'processing')
})

test('what no field of ours can say is passed on, with a warning, or refused', async () => {
  const post = (fields: object) =>
    server.call('POST', '/api/v3/contents/generations/tasks', {
      model: seedance,
      content: [{ type: 'text', text: 'a cat' }],
      ...fields
    })
  const film = { type: 'video_url', video_url: { url: 'https://example.com/a.mp4' }, role: 'reference_video' }
  const { headers } = await post({ content: [{ type: 'text', text: 'a cat' }, film] })
  expect(headers.get('x-reelay-warnings')).toContain('content.1')
  expect(world.submitted()).toMatchObject({ content: [film] })
  const refusals = [{ callback_url: 'ftp://x' }, { duration: -2 }, { content: 'a cat' }, { resolution: {} }]
  for (const fields of refusals) {
    const [param] = Object.keys(fields)
    expect(await post(fields)).toMatchObject({ status: 400, body: { error: { code: 'InvalidParameter', param } } })
  }
  const { id } = (await post({})).body
  await world.failing(() => server.finished(id.replace('cgt-', 'video_')), 'risk control: not allowed')
  expect((await server.call('GET', `/api/v3/contents/generations/tasks/${id}`)).body).toMatchObject({
    status: 'failed',
    error: { code: 'OutputVideoSensitiveContentDetected', message: expect.stringContaining('risk control') }
  })
  expect((await server.call('GET', '/api/v3/nothing')).body).toMatchObject({ error: { code: 'NotFound' } })
})
