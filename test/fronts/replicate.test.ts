import { createReplicate } from '@ai-sdk/replicate'
import { experimental_generateVideo as generateVideo } from 'ai'
import Replicate from 'replicate'
import { expect, test } from 'vitest'
import { pixel } from '../support/wire.ts'
import { frontWorld } from './world.ts'

/* Replicate's own clients at our /v1. */

const world = frontWorld(['kwaivgi/kling-v2.1'])
const { vendor, server } = world

const client = async (auth?: string) =>
  new Replicate({ auth: auth ?? (await server.memberKey()), baseUrl: `${server.url}/v1`, fetch: world.fetch as never })

test('replicate.run makes a video and has its link', async () => {
  const run = (await client()).run('kwaivgi/kling-v2.1', {
    input: {
      prompt: 'a cat',
      duration: 5,
      aspect_ratio: '16:9',
      start_image: `data:image/png;base64,${pixel.toString('base64')}`
    },
    wait: { mode: 'poll', interval: 10 }
  })
  const output = await run
  expect(await world.play(String(output))).toEqual(vendor.video)
  expect(world.submitted()).toMatchObject({ prompt: 'a cat', duration: '5', image: pixel.toString('base64') })
})

test('replicate.run that blocks waits for the end, however long: what is not over is `starting`', async () => {
  const output = await world.until(
    (await client()).run('cloudsway/kling-v1', { input: { prompt: 'a cat' }, wait: { mode: 'block', timeout: 1 } })
  )
  expect(await world.play(String(output))).toEqual(vendor.video)
})

test('predictions are created by version, listed, read and cancelled', async () => {
  const { predictions } = await client()
  const made = await predictions.create({ version: 'kwaivgi/kling-v2.1', input: { prompt: 'a cat', n: 2 } })
  expect(made).toMatchObject({ status: expect.stringMatching(/^starting|processing$/), source: 'api', output: null })
  const { results } = await predictions.list()
  expect(results).toMatchObject([{ id: made.id, model: 'kwaivgi/kling-v2.1' }])
  vendor.onPoll = () => 'processing'
  expect(await predictions.cancel(made.id)).toMatchObject({ id: made.id, status: 'canceled' })
  vendor.onPoll = ({ polls }) => (polls > 1 ? 'succeed' : 'processing')
})

test('a failure is thrown with its reason, a refusal with its status', async () => {
  const replicate = await client()
  const run = (ref: `${string}/${string}`, more = {}) =>
    replicate.run(ref, { input: { prompt: 'a cat' }, wait: { mode: 'poll', interval: 10 }, ...more })
  await expect(world.failing(() => run('cloudsway/kling-v1'), 'risk control')).rejects.toThrow(
    /Prediction failed: .*risk control/
  )
  await expect(run('nobody/nothing')).rejects.toMatchObject({ name: 'ApiError', response: { status: 404 } })
  await expect(run('cloudsway/kling-v1', { webhook: 'ftp://x' })).rejects.toThrow(/webhook: /)
  await expect((await client('sk-wrong')).predictions.list()).rejects.toMatchObject({ response: { status: 401 } })
})

test('GET /v1/models has the list of both', async () => {
  const { results } = await (await client()).models.list()
  expect(results).toMatchObject([
    { owner: 'cloudsway', name: 'kling-v1' },
    { owner: 'kwaivgi', name: 'kling-v2.1' }
  ])
})

test('@ai-sdk/replicate with ai makes a video', async () => {
  const provider = createReplicate({
    apiToken: await server.memberKey(),
    baseURL: `${server.url}/v1`,
    fetch: world.fetch
  })
  const { video } = await generateVideo({
    model: provider.video('kwaivgi/kling-v2.1'),
    prompt: 'a cat',
    duration: 5,
    poll: { intervalMs: 1 },
    download: async ({ url }) => ({ data: new Uint8Array(await world.play(url.href)), mediaType: 'video/mp4' })
  })
  expect(Buffer.from(video.uint8Array)).toEqual(vendor.video)
})
