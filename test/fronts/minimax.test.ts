import { expect, test } from 'vitest'
import { pixel } from '../support/wire.ts'
import { frontWorld } from './world.ts'

/* Programs for MiniMax, as its own MCP server writes them: create, query, retrieve the file, and read base_resp, whatever the HTTP status. */

const hailuo = 'MiniMax-Hailuo-02'
const world = frontWorld([hailuo])
const { vendor, server } = world
const image = `data:image/png;base64,${pixel.toString('base64')}`

/** Returns an answer whose base_resp has no error; throws its number and text otherwise. */
async function request(method: string, path: string, body?: object) {
  const { status, body: answer } = await server.call(method, path, body)
  expect(status).toBe(200)
  const { status_code: code, status_msg: message } = answer.base_resp
  if (code !== 0) throw new Error(`${code}: ${message}`)
  return answer
}

const create = (fields: object = {}) =>
  request('POST', '/v1/video_generation', { model: hailuo, prompt: 'a cat', ...fields })

test('create, query, retrieve, download', async () => {
  const asked = { duration: 10, first_frame_image: image, last_frame_image: image, prompt_optimizer: false }
  const { task_id: id } = await create(asked)
  const base64 = pixel.toString('base64')
  expect(world.submitted()).toMatchObject({
    prompt: 'a cat',
    duration: '10',
    image: base64,
    image_tail: base64,
    prompt_optimizer: false
  })
  const query = () => request('GET', `/v1/query/video_generation?task_id=${id}`)
  let task = await query()
  for (; task.status !== 'Success'; task = await query()) {
    expect(['Preparing', 'Queueing', 'Processing']).toContain(task.status)
    expect(task.file_id).toBe('')
    await server.advance(5000)
  }
  expect(task).toMatchObject({ task_id: id, file_id: expect.stringMatching(/./) })
  const { file } = await request('GET', `/v1/files/retrieve?GroupId=1&file_id=${task.file_id}`)
  expect(file).toMatchObject({ file_id: task.file_id, purpose: 'video_generation' })
  expect(await world.play(file.download_url)).toEqual(vendor.video)
  await expect(request('GET', `/v1/files/retrieve?file_id=${task.file_id}_7`)).rejects.toThrow(/^2013: file_id/)
})

test('what failed and what is refused has a number in base_resp', async () => {
  const { task_id: id } = await create()
  await expect(request('GET', `/v1/files/retrieve?file_id=${id}`)).rejects.toThrow(/^2013: /)
  await world.failing(() => server.finished(`video_${id}`), 'risk control: not allowed')
  const { body } = await server.call('GET', `/v1/query/video_generation?task_id=${id}`)
  expect(body).toMatchObject({
    status: 'Fail',
    base_resp: { status_code: 1027, status_msg: expect.stringContaining('risk control') }
  })
  await expect(create({ model: 'nothing' })).rejects.toThrow(/^2013: .*model/)
  await expect(create({ duration: -5 })).rejects.toThrow(/^2013: duration: /)
  await expect(create({ callback_url: 'ftp://x' })).rejects.toThrow(/^2013: callback_url/)
  await expect(create({ subject_reference: ['x'] })).rejects.toThrow(/^2013: subject_reference\.0/)
  await expect(request('GET', '/v1/query/video_generation')).rejects.toThrow(/^2013: task_id: is required/)
  await expect(request('GET', '/v1/query/video_generation?task_id=1')).rejects.toThrow(/^2013: No such video/)
  const wrong = await server.call('POST', '/v1/video_generation', {}, { key: 'sk-wrong' })
  expect(wrong).toMatchObject({ status: 200, body: { base_resp: { status_code: 1004 } } })
})

test('subjects are references', async () => {
  await expect(create({ subject_reference: [{ type: 'character', image: [image] }] })).rejects.toThrow(
    /subject_reference/
  )
})
