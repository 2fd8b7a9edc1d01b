import {
  createGateway,
  experimental_generateVideo as generateVideo,
  experimental_getVideoStatus as getVideoStatus,
  experimental_startVideo as startVideo
} from 'ai'
import { expect, test } from 'vitest'
import { pixel } from '../support/wire.ts'
import { startReceiver } from '../webhooks/receiver.ts'
import { frontWorld } from './world.ts'

/* `ai` with its default provider, the AI Gateway, at our /v4/ai: videos come in the answer, so that a private address works. */

const world = frontWorld()
const { vendor, server } = world
// an image of a megabyte
const large = Buffer.concat([pixel, Buffer.alloc(1_000_000)]).toString('base64')
// a key may have one stream
const narrow = frontWorld([], { STREAMS_PER_KEY: '1' })

const gateway = async (apiKey?: string) =>
  createGateway({ apiKey: apiKey ?? (await server.memberKey()), baseURL: `${server.url}/v4/ai`, fetch: world.fetch })

test('generateVideo waits on one stream and has the videos', async () => {
  const made = generateVideo({
    model: (await gateway()).videoModel('kling-v1'),
    prompt: 'a cat',
    aspectRatio: '16:9',
    duration: 5,
    n: 2,
    seed: 7,
    maxVideosPerCall: 2
  })
  const { videos, warnings } = await world.until(made)
  expect(videos.map(({ uint8Array }) => Buffer.from(uint8Array))).toEqual([vendor.video, vendor.video])
  expect(warnings).toContainEqual(expect.objectContaining({ type: 'unsupported', feature: 'seed' }))
  expect(world.submitted()).toMatchObject({ aspect_ratio: '16:9', duration: '5' })
})

test('frames keep their places', async () => {
  const model = (await gateway()).videoModel('kling-v1')
  const made = generateVideo({
    model,
    prompt: { text: 'it moves', image: pixel },
    frameImages: [{ image: pixel, frameType: 'last_frame' }]
  })
  await world.until(made)
  const base64 = pixel.toString('base64')
  expect(world.submitted()).toMatchObject({ image: base64, image_tail: base64 })
})

test('startVideo and getVideoStatus, repeated under its idempotency key', async () => {
  const model = (await gateway()).videoModel('kling-v1')
  const before = vendor.submits.length
  const headers = { 'idempotency-key': 'aisdk_vid_1' }
  const started = await startVideo({ model, prompt: 'a cat', headers })
  await startVideo({ model, prompt: 'a cat', headers })
  expect(vendor.submits.length).toBe(before + 1)
  const look = () => getVideoStatus(model, { operation: started.operation })
  let status = await look()
  while (status.status === 'pending') status = await look()
  expect(status).toMatchObject({ status: 'completed' })
})

test('generateVideo with a webhook waits for the post, and then has the videos', async () => {
  const receiver = await startReceiver()
  let tell = (_request: unknown) => {}
  const received = new Promise<unknown>(resolve => (tell = resolve))
  receiver.onPost = post => {
    tell(post)
    return 200
  }
  const made = generateVideo({
    model: (await gateway()).videoModel('kling-v1'),
    prompt: 'a cat',
    // true because `ai` reads nothing of what it was sent
    webhook: async () => ({ url: `${receiver.url}/ai`, received: received as never })
  })
  const { videos } = await world.until(made)
  expect(videos.map(({ uint8Array }) => Buffer.from(uint8Array))).toEqual([vendor.video])
  expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({
    status: 'completed',
    operation: { id: expect.stringMatching(/^video_/) }
  })
})

test('errors are those of the gateway', async () => {
  const ask = async (model: string, apiKey?: string) =>
    generateVideo({ model: (await gateway(apiKey)).videoModel(model), prompt: 'a cat', maxRetries: 0 })
  await expect(ask('nobody/nothing')).rejects.toMatchObject({ name: 'GatewayModelNotFoundError' })
  await expect(ask('kling-v1', 'sk-wrong')).rejects.toMatchObject({ name: 'GatewayAuthenticationError' })
  const failed = world.failing(() => world.until(ask('kling-v1')), 'risk control')
  await expect(failed).rejects.toMatchObject({
    name: 'GatewayInvalidRequestError',
    message: expect.stringContaining('risk control')
  })
})

test('a video that failed is not made again by the retries of ai', async () => {
  const before = vendor.submits.length
  const made = generateVideo({ model: (await gateway()).videoModel('kling-v1'), prompt: 'a cat', maxRetries: 2 })
  await expect(world.failing(() => world.until(made), 'the generation failed')).rejects.toThrow('the generation failed')
  expect(vendor.submits.length).toBe(before + 1)
})

test('getAvailableModels lists them', async () => {
  const { models } = await (await gateway()).getAvailableModels()
  expect(models).toMatchObject([{ id: 'kling-v1', modelType: 'video' }])
})

test('a stream too many is refused before its video is made', async () => {
  const key = await narrow.server.memberKey()
  const create = () =>
    narrow.server.ask('/v4/ai/video-model', {
      method: 'POST',
      key,
      headers: { 'content-type': 'application/json', 'ai-model-id': 'kling-v1' },
      body: JSON.stringify({ prompt: 'a cat', n: 1, providerOptions: {} })
    })
  const first = await create()
  const reader = first.body!.getReader()
  await reader.read()
  const second = await create()
  expect([second.status, narrow.vendor.submits.length]).toEqual([429, 1])
  await reader.cancel()
})

test('a stream holds no bytes of its request, and ends without the video when its key is revoked', async () => {
  const { key, id } = await server.newKey()
  const { onPoll } = vendor
  vendor.onPoll = () => 'processing'
  const stream = await server.ask('/v4/ai/video-model', {
    method: 'POST',
    key,
    headers: { 'content-type': 'application/json', 'ai-model-id': 'kling-v1' },
    body: JSON.stringify({ prompt: 'a cat', n: 1, image: { type: 'file', mediaType: 'image/png', data: large } })
  })
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = (await reader.read()).value ?? ''
  expect(server.bodies.size()).toBe(0)
  await server.call('DELETE', `/admin/keys/${id}`)
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value
  expect(text).not.toContain('data:')
  vendor.onPoll = onPoll
})
