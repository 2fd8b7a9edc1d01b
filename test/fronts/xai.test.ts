import { createXai } from '@ai-sdk/xai'
import { experimental_generateVideo as generateVideo } from 'ai'
import { expect, test } from 'vitest'
import { pixel } from '../support/wire.ts'
import { frontWorld } from './world.ts'

/* `ai` with @ai-sdk/xai at our /v1, whose polls share their path with OpenAI's clients. */

const world = frontWorld(['grok-imagine-video-1.5'])
const { vendor, server } = world

const poll = { intervalMs: 1 }
const model = async (name: string, apiKey?: string) =>
  createXai({ apiKey: apiKey ?? (await server.memberKey()), baseURL: `${server.url}/v1`, fetch: world.fetch }).video(
    name
  )

// its downloader refuses private addresses
const download = async ({ url }: { url: URL }) => ({
  data: new Uint8Array(await world.play(url.href)),
  mediaType: 'video/mp4'
})

test('generateVideo makes a video', async () => {
  const { video, providerMetadata } = await generateVideo({
    model: await model('kling-v1'),
    prompt: 'a cat',
    duration: 5,
    aspectRatio: '9:16',
    poll,
    download
  })
  expect(Buffer.from(video.uint8Array)).toEqual(vendor.video)
  expect(world.submitted()).toMatchObject({ prompt: 'a cat', duration: '5', aspect_ratio: '9:16' })
  expect(providerMetadata.xai).toMatchObject({ requestId: expect.stringMatching(/^xvid_[0-9a-f]{32}$/), progress: 100 })
})

test('frames keep their places, keyframes are refused', async () => {
  const asked = {
    model: await model('grok-imagine-video-1.5'),
    prompt: { text: 'it moves', image: pixel },
    frameImages: [{ image: pixel, frameType: 'last_frame' as const }],
    poll,
    download
  }
  await generateVideo(asked)
  const image = pixel.toString('base64')
  expect(world.submitted()).toMatchObject({ image, image_tail: image })
  const xai = { keyframes: [{ imageUrl: 'https://example.com/a.png', timestampSeconds: 2 }] }
  await expect(generateVideo({ ...asked, providerOptions: { xai } })).rejects.toMatchObject({
    name: 'AI_APICallError',
    statusCode: 400,
    message: expect.stringContaining('keyframes: only image and last_frame')
  })
})

test('errors are its own: a refusal by its status, a failure by its text', async () => {
  const ask = async (name: string, apiKey?: string) =>
    generateVideo({ model: await model(name, apiKey), prompt: 'a cat', maxRetries: 0, poll, download })
  await expect(ask('nothing')).rejects.toMatchObject({
    name: 'AI_APICallError',
    statusCode: 404,
    data: { code: 'model_not_found', error: expect.any(String) }
  })
  await expect(ask('kling-v1', 'sk-wrong')).rejects.toMatchObject({ statusCode: 401 })
  await expect(world.failing(() => ask('kling-v1'), 'risk control')).rejects.toThrow(
    /Video generation failed: .*risk control.* \(content policy\)/
  )
})

test('its ids have its words, ours those of OpenAI, errors too', async () => {
  const id = await server.newVideo()
  const asXai = id.replace('video_', 'xvid_')
  const look = (name: string) => server.call('GET', `/v1/videos/${name}`)
  expect(await look(asXai)).toMatchObject({ status: 202, body: { status: 'pending' } })
  expect((await look(id)).body).toMatchObject({ id, object: 'video' })
  await server.finished(id)
  expect(await look(asXai)).toMatchObject({
    status: 200,
    body: { status: 'done', video: { respect_moderation: true } }
  })
  expect(await look('xvid_0')).toMatchObject({
    status: 404,
    body: { code: 'video_not_found', error: 'No such video.' }
  })
  expect(await look('video_0')).toMatchObject({ status: 404, body: { error: { code: 'video_not_found' } } })
})
