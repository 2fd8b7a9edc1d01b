import { expect, test } from 'vitest'
import { pixel } from '../support/wire.ts'
import { frontWorld } from './world.ts'

/* Programs for MiniMax, Vidu, Jimeng and DashScope, as public code writes them. */

const world = frontWorld()
const { vendor, server } = world
const base64 = pixel.toString('base64')
const image = `data:image/png;base64,${base64}`

test('MiniMax: create, query, retrieve the file; errors are numbers inside HTTP 200', async () => {
  const asked = { model: 'kling-v1', prompt: 'a cat', duration: 5, first_frame_image: image, prompt_optimizer: true }
  const made = await server.call('POST', '/v1/video_generation', asked)
  expect(made.body).toMatchObject({ task_id: expect.any(String), base_resp: { status_code: 0 } })
  expect(made.headers.get('x-reelay-warnings')).toContain('prompt_optimizer')
  expect(world.submitted()).toMatchObject({ prompt: 'a cat', duration: '5', image: base64 })
  const look = async () => (await server.call('GET', `/v1/query/video_generation?task_id=${made.body.task_id}`)).body
  let task = await look()
  for (; task.status === 'Queueing' || task.status === 'Processing'; task = await look()) await server.advance(5000)
  expect(task.status).toBe('Success')
  const { file } = (await server.call('GET', `/v1/files/retrieve?file_id=${task.file_id}`)).body
  expect(await world.play(file.download_url)).toEqual(vendor.video)
  const refused = await server.call('POST', '/v1/video_generation', { ...asked, callback_url: 'https://example.com' })
  expect(refused).toMatchObject({ status: 200, body: { base_resp: { status_code: 2013 } } })
  expect(
    (await server.call('GET', '/v1/query/video_generation?task_id=1', undefined, { key: 'sk-wrong' })).body
  ).toMatchObject({
    base_resp: { status_code: 1004 }
  })
})

test('Vidu: two frames, by Token', async () => {
  const headers = { authorization: `Token ${await server.memberKey()}` }
  const asked = { model: 'kling-v1', prompt: 'it moves', images: [image, image], duration: 5, payload: 'mine' }
  const made = await server.call('POST', '/ent/v2/start-end2video', asked, { key: null, headers })
  expect(made.body).toMatchObject({ state: 'created', payload: 'mine', duration: 5 })
  expect(world.submitted()).toMatchObject({ image: base64, image_tail: base64 })
  const look = async () =>
    (await server.call('GET', `/ent/v2/tasks/${made.body.task_id}/creations`, undefined, { key: null, headers })).body
  let task = await look()
  for (; task.state === 'queueing' || task.state === 'processing'; task = await look()) await server.advance(5000)
  expect(task).toMatchObject({ state: 'success', err_code: '' })
  expect(await world.play(task.creations[0].url)).toEqual(vendor.video)
  const refused = await server.call('POST', '/ent/v2/text2video', { ...asked, bgm: true }, { key: null, headers })
  expect(refused).toMatchObject({ status: 400, body: { reason: 'FieldInvalid', message: expect.any(String) } })
})

test('Jimeng: one path, the action in the query', async () => {
  const call = (action: string, body: object) =>
    server.call('POST', `/jimeng/?Action=${action}&Version=2022-08-31`, { req_key: 'kling-v1', ...body })
  const made = await call('CVSync2AsyncSubmitTask', { prompt: 'a cat', frames: 121, binary_data_base64: [base64] })
  expect(made.body).toMatchObject({ code: 10000, data: { task_id: expect.any(String) } })
  expect(world.submitted()).toMatchObject({ prompt: 'a cat', duration: '5', image: base64 })
  const look = async () => (await call('CVSync2AsyncGetResult', made.body.data)).body.data
  let task = await look()
  for (; task.status === 'in_queue' || task.status === 'generating'; task = await look()) await server.advance(5000)
  expect(task.status).toBe('done')
  expect(await world.play(task.video_url)).toEqual(vendor.video)
  expect(await call('CVSync2AsyncSubmitTask', { req_key: 'nothing', prompt: 'x' })).toMatchObject({
    body: { code: 50215 }
  })
  expect((await call('Other', {})).status).toBe(400)
})

test('DashScope: a task is cancelled; a picture and sound in its own places', async () => {
  const asked = { model: 'kling-v1', input: { prompt: 'it moves', img_url: image }, parameters: { duration: 5 } }
  const path = '/api/v1/services/aigc/video-generation/video-synthesis'
  const { output } = (await server.call('POST', path, asked, { headers: { 'x-dashscope-async': 'enable' } })).body
  expect(world.submitted()).toMatchObject({ image: base64, duration: '5' })
  vendor.onPoll = () => 'processing'
  expect((await server.call('POST', `/api/v1/tasks/${output.task_id}/cancel`)).status).toBe(200)
  vendor.onPoll = ({ polls }) => (polls > 1 ? 'succeed' : 'processing')
  const { body } = await server.call('GET', `/api/v1/tasks/${output.task_id}`)
  expect(body.output.task_status).toBe('CANCELED')
  const refused = await server.call('POST', path, {
    ...asked,
    input: { ...asked.input, audio_url: 'https://example.com/a.mp3' }
  })
  expect(refused).toMatchObject({ status: 400, body: { code: 'InvalidParameter' } })
})

test('Ark: commands in the prompt set fields', async () => {
  const text = 'a cat --ratio 9:16 --dur 10 --wm true'
  const asked = { model: 'kling-v1', content: [{ type: 'text', text }] }
  const { id } = (await server.call('POST', '/api/v3/contents/generations/tasks', asked)).body
  expect(id).toMatch(/^cgt-[0-9a-f]{32}$/)
  expect(world.submitted()).toMatchObject({ prompt: 'a cat --wm true', duration: '10', aspect_ratio: '9:16' })
  const video = { type: 'video_url', video_url: { url: 'https://example.com/a.mp4' } }
  const refused = await server.call('POST', '/api/v3/contents/generations/tasks', { ...asked, content: [video] })
  expect(refused).toMatchObject({ status: 400, body: { error: { param: 'content.0.type' } } })
})
