import { createAlibaba } from '@ai-sdk/alibaba'
import { experimental_generateVideo as generateVideo } from 'ai'
import { expect, test } from 'vitest'
import { pixel } from '../support/wire.ts'
import { frontWorld } from './world.ts'

/* Programs for Wan: the AI SDK's provider, and raw ones as Model Studio's documents show them. */

const world = frontWorld(['wan3.0-video', 'wan2.6-i2v', 'wan2.2-kf2v-flash'])
const { vendor, server } = world
const base64 = pixel.toString('base64')

const ask = async (model: string, more: object = {}) => {
  const provider = createAlibaba({
    apiKey: await server.memberKey(),
    baseURL: `${server.url}/none`,
    videoBaseURL: server.url,
    fetch: world.fetch
  })
  return generateVideo({
    model: provider.video(model),
    prompt: 'a cat',
    poll: { intervalMs: 1 },
    maxRetries: 0,
    download: async ({ url }) => ({ data: new Uint8Array(await world.play(url.href)), mediaType: 'video/mp4' }),
    ...more
  })
}

test('@ai-sdk/alibaba makes videos from text and from frames', async () => {
  const { video } = await ask('wan3.0-video', { duration: 10, aspectRatio: '9:16', prompt: 'a dog' })
  expect(Buffer.from(video.uint8Array)).toEqual(vendor.video)
  expect(world.submitted()).toMatchObject({ prompt: 'a dog', duration: '10', aspect_ratio: '9:16' })
  await ask('wan3.0-video', {
    prompt: { text: 'it moves', image: pixel },
    frameImages: [{ image: pixel, frameType: 'last_frame' }]
  })
  expect(world.submitted()).toMatchObject({ prompt: 'it moves', image: base64, image_tail: base64 })
  await ask('wan2.6-i2v', { prompt: { text: 'it moves', image: pixel } })
  expect(world.submitted()).toMatchObject({ image: base64 })
})

test('@ai-sdk/alibaba throws what failed and what is refused', async () => {
  const failing = world.failing(() => ask('wan3.0-video'), 'risk control: not allowed')
  await expect(failing).rejects.toThrow(/Video generation failed.*risk control/)
  await expect(ask('nothing')).rejects.toMatchObject({ name: 'AI_APICallError', statusCode: 404 })
  await expect(ask('wan3.0-video', { duration: -5 })).rejects.toThrow(/duration: /)
})

test.each(['', '/ali'])('%s: create, query, list, cancel', async prefix => {
  const key = await server.memberKey()
  const path = `${prefix}/api/v1`
  const headers = { 'x-dashscope-async': 'enable' }
  const post = (to: string, body: object = {}) => server.call('POST', path + to, body, { key, headers })
  const get = async (to: string) => (await server.call('GET', path + to, undefined, { key })).body
  const made = await post('/services/aigc/image2video/video-synthesis', {
    model: 'wan2.2-kf2v-flash',
    input: { prompt: 'it moves', first_frame_url: base64, last_frame_url: base64 },
    parameters: { resolution: '720P', prompt_extend: true }
  })
  expect(made).toMatchObject({
    status: 200,
    body: { output: { task_id: expect.stringMatching(/^[0-9a-f-]{36}$/) }, request_id: expect.any(String) }
  })
  expect(world.submitted()).toMatchObject({ image: base64, image_tail: base64, prompt_extend: true })
  const { task_id: id } = made.body.output
  let answer = await get(`/tasks/${id}`)
  for (; answer.output.task_status !== 'SUCCEEDED'; answer = await get(`/tasks/${id}`)) {
    expect(['PENDING', 'RUNNING']).toContain(answer.output.task_status)
    await server.advance(5000)
  }
  expect(answer).toMatchObject({
    output: { task_id: id, submit_time: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/) },
    usage: { video_count: 1, duration: expect.any(Number) }
  })
  expect(await world.play(answer.output.video_url)).toEqual(vendor.video)
  expect(await post(`/tasks/${id}/cancel`)).toMatchObject({ status: 400, body: { code: 'UnsupportedOperation' } })

  vendor.onPoll = () => 'processing'
  const { task_id: second } = (
    await post('/services/aigc/video-generation/video-synthesis', {
      model: 'wan3.0-video',
      input: { prompt: 'a cat' },
      parameters: { size: '1280*720' }
    })
  ).body.output
  expect(world.submitted()).toMatchObject({ aspect_ratio: '16:9' })
  expect((await post(`/tasks/${second}/cancel`)).status).toBe(200)
  expect((await get(`/tasks/${second}`)).output).toMatchObject({ task_status: 'CANCELED' })
  expect(await get('/tasks/?page_no=1&page_size=1')).toMatchObject({ data: [{ task_id: second }], total: 2 })
  expect(await get('/tasks/?model_name=wan2.2-kf2v-flash')).toMatchObject({ data: [{ task_id: id }], total: 1 })
  vendor.onPoll = ({ polls }) => (polls > 1 ? 'succeed' : 'processing')
})

test('films and sound are passed on with a warning; refusals have a code', async () => {
  const post = (input: object, parameters: object = {}) =>
    server.call('POST', '/api/v1/services/aigc/video-generation/video-synthesis', {
      model: 'wan3.0-video',
      input: { prompt: 'a cat', ...input },
      parameters
    })
  const film = { type: 'reference_video', url: 'https://example.com/a.mp4' }
  const { headers } = await post({ media: [film], audio_url: 'https://example.com/a.mp3' })
  expect(headers.get('x-reelay-warnings')).toMatch(/audio_url: passed on.*media: passed on/)
  expect(world.submitted()).toMatchObject({ media: [film], audio_url: 'https://example.com/a.mp3' })
  await post({ reference_urls: ['https://example.com/a.mp4'] })
  expect(world.submitted()).toMatchObject({ media: [film] })
  const refused = { status: 400, body: { code: 'InvalidParameter', request_id: expect.any(String) } }
  expect(await post({ media: ['', 5] })).toMatchObject(refused)
  expect(await post({ prompt: '' })).toMatchObject({
    ...refused,
    body: { message: expect.stringMatching(/^input\.prompt: /) }
  })
  expect(await post({}, { duration: -5 })).toMatchObject(refused)
  expect((await server.call('GET', '/api/v1/tasks/none')).status).toBe(404)
})
