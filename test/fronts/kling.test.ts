import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { pixel } from '../support/wire.ts'
import { frontWorld } from './world.ts'

/* Programs for Kling and Cloudsway, as their documents show them. */

const world = frontWorld(['kling-v2-6'])
const { vendor, server } = world

test.each(['/v1/videos', '/kling/v1/videos', '/v1/ai/ANY/kling/videos'])('%s: create, poll, download', async path => {
  const key = await server.memberKey()
  const asked = {
    model_name: 'kling-v1',
    prompt: 'a cat',
    negative_prompt: 'blur',
    duration: '5',
    mode: 'std',
    aspect_ratio: '9:16',
    cfg_scale: 0.5,
    external_task_id: `mine ${path}`
  }
  const made = await server.call('POST', `${path}/text2video`, asked, { key })
  expect(made).toMatchObject({
    status: 200,
    body: {
      code: 0,
      message: 'SUCCEED',
      request_id: expect.any(String),
      data: {
        task_status: expect.stringMatching(/^submitted|processing$/),
        task_info: { external_task_id: `mine ${path}` }
      }
    }
  })
  const { model_name: _, external_task_id: __, ...settings } = asked
  expect(world.submitted()).toMatchObject(settings)
  const look = () => server.call('GET', `${path}/text2video/${made.body.data.task_id}`, undefined, { key })
  let { data } = (await look()).body
  for (; data.task_status === 'submitted' || data.task_status === 'processing'; { data } = (await look()).body)
    await server.advance(5000)
  expect(data).toMatchObject({ task_status: 'succeed', created_at: expect.any(Number) })
  const [video] = data.task_result.videos
  expect(video).toMatchObject({ id: expect.any(String), duration: expect.stringMatching(/^\d/) })
  expect(await world.play(video.url)).toEqual(vendor.video)

  // its own id makes a create repeatable
  const again = await server.call('POST', `${path}/text2video`, asked, { key })
  expect(again.body.data.task_id).toBe(data.task_id)
  const { body } = await server.call('GET', `${path}/text2video?pageNum=1&pageSize=30`, undefined, { key })
  expect(body.data).toMatchObject([{ task_id: data.task_id }])
  expect((await server.call('GET', `${path}/text2video?pageNum=2&pageSize=1`, undefined, { key })).body.data).toEqual(
    []
  )
})

test('its own id of a create counts before an Idempotency-Key that something between us sets', async () => {
  const key = await server.memberKey()
  const before = vendor.submits.length
  const asked = { model_name: 'kling-v1', prompt: 'a cat', external_task_id: 'mine alone' }
  for (const each of ['one', 'two'])
    await server.call('POST', '/v1/videos/text2video', asked, { key, headers: { 'idempotency-key': each } })
  expect(vendor.submits.length).toBe(before + 1)
  const long = await server.call('POST', '/v1/videos/text2video', { ...asked, external_task_id: 'x'.repeat(241) })
  expect([long.status, long.body.message]).toEqual([400, expect.stringContaining('external_task_id')])
})

test('what only Kling has is passed on with a warning; each answer has its own request id', async () => {
  const key = await server.memberKey()
  const asked = { model_name: 'kling-v1', prompt: 'a cat', voice_list: [{ voice_id: 'v' }] }
  const made = await server.call('POST', '/v1/videos/text2video', asked, { key })
  expect(made.headers.get('x-reelay-warnings')).toContain('voice_list: passed on')
  const { task_id } = made.body.data
  await server.finished(task_id, key)
  const look = async () => (await server.call('GET', `/v1/videos/text2video/${task_id}`, undefined, { key })).body
  expect((await look()).request_id).not.toBe((await look()).request_id)
})

test('frames in base64', async () => {
  const image = pixel.toString('base64')
  await server.call('POST', '/v1/videos/image2video', {
    model_name: 'kling-v1',
    prompt: 'it moves',
    image,
    image_tail: image
  })
  expect(world.submitted()).toMatchObject({ image, image_tail: image })
})

test('the access key of a JWT is a key of ours', async () => {
  const key = await server.memberKey()
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const jwt = (iss: string) => {
    const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss, exp: 9e9, nbf: 0 })}`
    return `${text}.${createHmac('sha256', 'anything').update(text).digest('base64url')}`
  }
  const list = (iss: string) =>
    server.call('GET', '/v1/videos/text2video', undefined, {
      key: null,
      headers: { authorization: `Bearer ${jwt(iss)}` }
    })
  expect((await list(key)).body).toMatchObject({ code: 0, data: [] })
  expect(await list('sk-wrong')).toMatchObject({ status: 401, body: { code: 1002 } })
})

test('a failure is a status with its text, a refusal a code', async () => {
  const ask = (more: object) =>
    server.call('POST', '/v1/videos/text2video', { model_name: 'kling-v1', prompt: 'x', ...more })
  const { task_id: id } = (await ask({})).body.data
  await world.failing(() => server.finished(id), 'risk control')
  const { body } = await server.call('GET', `/v1/videos/text2video/${id}`)
  expect(body).toMatchObject({
    code: 0,
    data: { task_status: 'failed', task_status_msg: expect.stringContaining('risk control') }
  })
  expect(await ask({ model_name: 'nothing' })).toMatchObject({ status: 404, body: { code: 1203 } })
  expect(await ask({ callback_url: 'ftp://x' })).toMatchObject({ status: 400, body: { code: 1201 } })
  expect(await server.call('GET', '/v1/videos/text2video/0')).toMatchObject({ status: 404, body: { code: 1203 } })
  expect(await server.call('GET', '/kling/nothing')).toMatchObject({ status: 404, body: { code: 1203 } })
})
