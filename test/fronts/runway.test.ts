import RunwayML, { TaskFailedError } from '@runwayml/sdk'
import { afterEach, expect, test, vi } from 'vitest'
import { pixel } from '../support/wire.ts'
import { frontWorld } from './world.ts'

/* Runway's own client. It waits six seconds between two looks at a task; here they pass at once. */

const world = frontWorld(['gen4_turbo', 'seedance2'])
const { vendor, server } = world
afterEach(() => void vi.restoreAllMocks())

const client = async (apiKey?: string) =>
  new RunwayML({
    apiKey: apiKey ?? (await server.memberKey()),
    baseURL: server.url,
    maxRetries: 0,
    fetch: world.fetch as never
  })

const wait = globalThis.setTimeout
const hurry = () =>
  vi
    .spyOn(globalThis, 'setTimeout')
    .mockImplementation(((call: () => void, ms = 0, ...rest: []) =>
      wait(call, ms > 4000 && ms < 8000 ? 0 : ms, ...rest)) as never)

const image = `data:image/png;base64,${pixel.toString('base64')}`
const asked = {
  model: 'gen4_turbo',
  promptText: 'it moves',
  promptImage: image,
  ratio: '1280:720',
  duration: 5
} as const

test('waitForTaskOutput has the link of a video', async () => {
  hurry()
  const { imageToVideo } = await client()
  const { id, output } = await imageToVideo.create(asked).waitForTaskOutput()
  expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  expect(await world.play(output[0]!)).toEqual(vendor.video)
  expect(world.submitted()).toMatchObject({ prompt: 'it moves', duration: '5', image: pixel.toString('base64') })
})

test('frames keep their places; words that leave a setting to the vendor are none', async () => {
  const { imageToVideo } = await client()
  await imageToVideo.create({
    model: 'seedance2',
    promptText: 'it moves',
    promptImage: [
      { uri: image, position: 'last' },
      { uri: image, position: 'first' }
    ],
    duration: 'auto'
  })
  const base64 = pixel.toString('base64')
  expect(world.submitted()).toMatchObject({ image: base64, image_tail: base64 })
})

test('a task is cancelled and deleted', async () => {
  vendor.onPoll = () => 'processing'
  const { imageToVideo, tasks } = await client()
  const { id } = await imageToVideo.create(asked)
  expect(await tasks.retrieve(id)).toMatchObject({ id, status: 'RUNNING', createdAt: expect.any(String) })
  await tasks.delete(id)
  await expect(tasks.retrieve(id)).rejects.toBeInstanceOf(RunwayML.NotFoundError)
  vendor.onPoll = ({ polls }) => (polls > 1 ? 'succeed' : 'processing')
})

test('errors are its own: of a refusal by its status, of a failure TaskFailedError', async () => {
  const { imageToVideo, textToVideo, videoToVideo } = await client()
  await expect((await client('sk-wrong')).imageToVideo.create(asked)).rejects.toBeInstanceOf(
    RunwayML.AuthenticationError
  )
  await expect(
    textToVideo.create({ model: 'gen4.5', promptText: 'x', ratio: '1280:720', duration: 5 })
  ).rejects.toThrow(RunwayML.NotFoundError)
  await expect(imageToVideo.create({ ...asked, duration: -1 })).rejects.toMatchObject({
    status: 400,
    error: { error: expect.stringMatching(/^duration: /), issues: [{ path: ['duration'] }] }
  })
  const edited = { model: 'aleph2', videoUri: 'https://example.com/a.mp4', promptText: 'x' } as const
  await expect(videoToVideo.create(edited)).rejects.toThrow(/cannot edit videos/)
  await expect(
    videoToVideo.create({ model: 'seedance2', promptVideo: edited.videoUri, promptText: 'x' })
  ).rejects.toThrow(/promptVideo: only images/)
  hurry()
  const failed = world.failing(() => imageToVideo.create(asked).waitForTaskOutput(), 'risk control')
  await expect(failed).rejects.toBeInstanceOf(TaskFailedError)
  await expect(failed).rejects.toMatchObject({
    taskDetails: { status: 'FAILED', failure: expect.stringContaining('risk control'), failureCode: 'SAFETY.INPUT' }
  })
})
