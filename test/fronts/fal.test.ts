import { createFalClient } from '@fal-ai/client'
import { expect, test } from 'vitest'
import { pixel } from '../support/wire.ts'
import { frontWorld } from './world.ts'

/* fal's own client, whose only way to another host is its proxy. */

const endpoint = 'fal-ai/kling-video/v2.6/pro/image-to-video'
const world = frontWorld([endpoint])
const { vendor, server } = world
const base64 = pixel.toString('base64')

const client = async (credentials?: string) =>
  createFalClient({
    credentials: credentials ?? (await server.memberKey()),
    proxyUrl: { url: `${server.url}/fal/proxy`, when: 'always' },
    fetch: world.fetch,
    retry: { maxRetries: 0 }
  })
const input = { prompt: 'it moves', start_image_url: `data:image/png;base64,${base64}`, duration: '10' as const }

test('subscribe makes a video and has its result', async () => {
  const seen: string[] = []
  const { data, requestId } = await (
    await client()
  ).subscribe(endpoint, {
    input,
    pollInterval: 1,
    onQueueUpdate: ({ status }) => seen.push(status)
  })
  expect(world.submitted()).toMatchObject({ prompt: 'it moves', duration: '10', image: base64 })
  expect(data.video).toMatchObject({ content_type: 'video/mp4', file_name: expect.stringMatching(/\.mp4$/) })
  expect(await world.play(data.video.url)).toEqual(vendor.video)
  expect([requestId, seen.at(-1)]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), 'COMPLETED'])
})

test('run waits for the result', async () => {
  const { data } = await world.until((await client()).run(endpoint, { input }))
  expect(await world.play(data.video.url)).toEqual(vendor.video)
})

test('the queue: submit, status, result that is not there yet, cancel', async () => {
  const { queue } = await client()
  vendor.onPoll = () => 'processing'
  const made = await queue.submit(endpoint, { input })
  const { request_id: requestId } = made
  expect(made).toMatchObject({
    status: 'IN_QUEUE',
    status_url: `${server.url}/fal/queue/fal-ai/kling-video/requests/${requestId}/status`
  })
  expect(await queue.status(endpoint, { requestId })).toMatchObject({ status: expect.stringMatching(/^IN_/), logs: [] })
  await expect(queue.result(endpoint, { requestId })).rejects.toMatchObject({ name: 'ApiError', status: 400 })
  await queue.cancel(endpoint, { requestId })
  expect(await queue.status(endpoint, { requestId })).toMatchObject({ status: 'COMPLETED' })
  await expect(queue.result(endpoint, { requestId })).rejects.toMatchObject({
    name: 'ValidationError',
    body: { detail: [{ type: 'client_cancelled' }] }
  })
  await queue.cancel(endpoint, { requestId })
  vendor.onPoll = ({ polls }) => (polls > 1 ? 'succeed' : 'processing')
})

test('who waits is told how many wait before it', async () => {
  const { queue } = await client(await server.memberKey({ max_concurrency: 1 }))
  const submit = () => queue.submit(endpoint, { input })
  const [, , last] = [await submit(), await submit(), await submit()]
  expect(last).toMatchObject({ status: 'IN_QUEUE', queue_position: 1 })
  const { request_id: requestId } = last
  expect(await queue.status(endpoint, { requestId })).toMatchObject({ status: 'IN_QUEUE', queue_position: 1 })
})

test('what failed and what is refused are its own errors', async () => {
  const fal = await client()
  const ask = (more: object = {}, to: string = endpoint) =>
    fal.subscribe(to, { input: { ...input, ...more }, pollInterval: 1 })
  await expect(world.failing(() => ask(), 'risk control: not allowed')).rejects.toMatchObject({
    name: 'ValidationError',
    status: 422,
    body: { detail: [{ type: 'content_policy_violation', msg: expect.stringContaining('risk control') }] }
  })
  await expect(ask({ seed: 'x' })).rejects.toMatchObject({
    name: 'ValidationError',
    fieldErrors: [{ loc: ['body', 'seed'], msg: expect.stringMatching(/^seed: /) }]
  })
  await expect(ask({}, 'fal-ai/nothing')).rejects.toMatchObject({ name: 'ApiError', status: 404 })
  await expect(fal.queue.submit(endpoint, { input, webhookUrl: 'ftp://x' })).rejects.toMatchObject({
    fieldErrors: [{ msg: expect.stringMatching(/^fal_webhook: /) }]
  })
  await expect((await client('sk-wrong')).queue.submit(endpoint, { input })).rejects.toMatchObject({ status: 401 })
  await expect(fal.storage.upload(new Blob([pixel]))).rejects.toMatchObject({ status: 404 })
})
