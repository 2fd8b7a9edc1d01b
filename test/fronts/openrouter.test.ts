import { createOpenRouter } from '@openrouter/ai-sdk-provider'
import { OpenRouter } from '@openrouter/sdk'
import { experimental_generateVideo as generateVideo } from 'ai'
import { expect, test } from 'vitest'
import { openrouter } from '../../src/fronts/openrouter/index.ts'
import { pixel } from '../support/wire.ts'
import { refusalOf } from './refusals.ts'
import { frontWorld } from './world.ts'

/* OpenRouter's own clients at our /api/v1. */

const world = frontWorld()
const { vendor, server } = world

const sdk = async () =>
  new OpenRouter({
    apiKey: await server.memberKey(),
    serverURL: `${server.url}/api/v1`,
    retryConfig: { strategy: 'none' }
  })

const provider = async () =>
  createOpenRouter({ apiKey: await server.memberKey(), baseURL: `${server.url}/api/v1`, fetch: world.fetch })

// its downloader refuses private addresses
const download = async ({ url }: { url: URL }) => ({
  data: new Uint8Array(await world.play(url.href)),
  mediaType: 'video/mp4'
})

test('@openrouter/sdk creates, polls and downloads', async () => {
  const { videoGeneration } = await sdk()
  const made = await videoGeneration.generate({
    videoGenerationRequest: { model: 'cloudsway/kling-v1', prompt: 'a cat', duration: 5, aspectRatio: '16:9', seed: 7 }
  })
  expect(made).toMatchObject({
    status: expect.stringMatching(/^(pending|in_progress)$/),
    pollingUrl: `${server.url}/api/v1/videos/${made.id}`
  })
  expect(world.submitted()).toMatchObject({ prompt: 'a cat', duration: '5', aspect_ratio: '16:9' })
  await server.finished(made.id)
  const done = await videoGeneration.getGeneration({ jobId: made.id })
  expect(done.status).toBe('completed')
  expect(await world.play(done.unsignedUrls![0]!)).toEqual(vendor.video)
  const content = await videoGeneration.getVideoContent({ jobId: made.id, index: 0 })
  expect(Buffer.from(await new Response(content as unknown as ReadableStream).arrayBuffer())).toEqual(vendor.video)
})

test('@openrouter/sdk lists models with what they can do', async () => {
  const { data } = await (await sdk()).videoGeneration.listVideosModels()
  expect(data).toMatchObject([
    { id: 'kling-v1', supportedDurations: [5, 10], supportedFrameImages: ['first_frame', 'last_frame'] }
  ])
})

test('@openrouter/sdk tells refusals by their status, and a failure by its text', async () => {
  const { videoGeneration } = await sdk()
  const ask = (fields: object) =>
    videoGeneration.generate({ videoGenerationRequest: { model: 'kling-v1', prompt: 'a cat', ...fields } })
  await expect(ask({ model: 'nothing' })).rejects.toMatchObject({ name: 'NotFoundResponseError', statusCode: 404 })
  await expect(ask({ callbackUrl: 'ftp://x' })).rejects.toMatchObject({
    name: 'BadRequestResponseError',
    message: expect.stringContaining('callback_url')
  })
  await expect(ask({ previousJobId: 'video_1' })).rejects.toMatchObject({
    name: 'NotFoundResponseError',
    error: { metadata: { param: 'previous_job_id' } }
  })
  const wrong = new OpenRouter({
    apiKey: 'sk-wrong',
    serverURL: `${server.url}/api/v1`,
    retryConfig: { strategy: 'none' }
  })
  await expect(wrong.videoGeneration.getGeneration({ jobId: 'x' })).rejects.toMatchObject({
    name: 'UnauthorizedResponseError'
  })
  const { id } = await ask({})
  await world.failing(() => server.finished(id), 'risk control: not allowed')
  expect(await videoGeneration.getGeneration({ jobId: id })).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('risk control')
  })
})

test('a refusal that a repetition cannot mend is a 4xx: its SDK repeats others for an hour', () => {
  const written = (shouldRetry: boolean | undefined) =>
    openrouter.error({ ...refusalOf('upstream_error'), shouldRetry })
  expect([written(false).status, written(undefined).status]).toEqual([400, 502])
})

test('what is ignored is said in a header', async () => {
  const key = await server.memberKey()
  const asked = { model: 'kling-v1', prompt: 'a cat', session_id: 's1' }
  const { status, headers } = await server.call('POST', '/api/v1/videos', asked, { key })
  expect([status, headers.get('x-reelay-warnings')]).toEqual([
    202,
    expect.stringContaining('session_id: unknown field')
  ])
})

test('@openrouter/ai-sdk-provider makes a video from a picture', async () => {
  const { video } = await generateVideo({
    model: (await provider()).videoModel('kling-v1'),
    prompt: { text: 'it moves', image: pixel },
    duration: 5,
    poll: { intervalMs: 1 },
    download
  })
  expect(Buffer.from(video.uint8Array)).toEqual(vendor.video)
  expect(world.submitted()).toMatchObject({ prompt: 'it moves', image: pixel.toString('base64') })
})

test('@openrouter/ai-sdk-provider throws the reason of a failure', async () => {
  const model = (await provider()).videoModel('kling-v1')
  const made = world.failing(() => generateVideo({ model, prompt: 'a cat', poll: { intervalMs: 1 } }), 'no such style')
  await expect(made).rejects.toThrow(/no such style/)
})

test('metadata that is no object is refused', async () => {
  const { status, body } = await server.call('POST', '/api/v1/videos', {
    model: 'kling-v1',
    prompt: 'a cat',
    metadata: 'x'.repeat(1000)
  })
  expect([status, body.error.message]).toEqual([400, expect.stringMatching(/^metadata: /)])
})
