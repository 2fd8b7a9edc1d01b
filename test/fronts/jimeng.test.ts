import { expect, test } from 'vitest'
import { signVolcengine } from '../../src/vendors/jimeng/signature.ts'
import { pixel } from '../support/wire.ts'
import { frontWorld } from './world.ts'

/* Programs for Jimeng behind new-api's prefix: one path, the action in its query, a Bearer; or Volcengine's own signature. */

const model = 'jimeng_i2v_first_tail_v30'
const world = frontWorld([model])
const { vendor, server } = world
const base64 = pixel.toString('base64')

const act = (action: string, body: object, key?: string) =>
  server.call('POST', `/jimeng/?Action=${action}&Version=2022-08-31`, body, key === undefined ? {} : { key })

const submit = (fields: object = {}, key?: string) =>
  act('CVSync2AsyncSubmitTask', { req_key: model, prompt: 'a cat', seed: -1, frames: 241, ...fields }, key)
const query = (task_id: string) => act('CVSync2AsyncGetResult', { req_key: model, task_id })

test('submit and get the result', async () => {
  const made = await submit({ binary_data_base64: [base64, base64] })
  expect(made).toMatchObject({
    status: 200,
    body: { code: 10_000, status: 10_000, message: 'Success', data: { task_id: expect.any(String) } }
  })
  expect(world.submitted()).toMatchObject({ prompt: 'a cat', duration: '10', image: base64, image_tail: base64 })
  const { task_id: id } = made.body.data
  let { data } = (await query(id)).body
  for (; data.status !== 'done'; { data } = (await query(id)).body) {
    expect(['in_queue', 'generating']).toContain(data.status)
    await server.advance(5000)
  }
  expect(await world.play(data.video_url)).toEqual(vendor.video)
})

test('the access key of a signature is a key of ours', async () => {
  const sign = (accessKey: string) =>
    signVolcengine({
      accessKey,
      secretKey: 'anything',
      region: 'cn-north-1',
      service: 'cv',
      method: 'POST',
      path: '/',
      query: { Action: 'CVSync2AsyncGetResult', Version: '2022-08-31' },
      headers: { 'x-date': '20261130T120000Z' },
      bodySha256: ''
    }).authorization
  const ask = (authorization: string) =>
    server.call(
      'POST',
      '/jimeng?Action=CVSync2AsyncGetResult',
      { task_id: '1' },
      { key: null, headers: { authorization } }
    )
  expect(await ask(sign(await server.memberKey()))).toMatchObject({
    status: 200,
    body: { data: { status: 'not_found' } }
  })
  expect(await ask(sign('sk-wrong'))).toMatchObject({
    status: 401,
    body: { ResponseMetadata: { Error: { CodeN: 100_009 } } }
  })
})

test('what failed and what is refused has a number', async () => {
  const failed = async (reason: string) => {
    const { task_id: id } = (await submit()).body.data
    await world.failing(() => server.finished(`video_${id}`), reason)
    return query(id)
  }
  expect(await failed('risk control: not allowed')).toMatchObject({
    status: 400,
    body: { code: 50_516, data: null, message: expect.stringContaining('risk control') }
  })
  // nothing of its own request: over, without a video
  expect(await failed('the machine broke')).toMatchObject({
    status: 200,
    body: { code: 10_000, data: { status: 'done', video_url: '' }, message: expect.not.stringContaining('Success') }
  })
  const refusals = [
    [submit({ req_key: 'nothing' }), 400, 50_204],
    [submit({ frames: 100 }), 400, 50_215],
    [submit({ image_urls: ['https://a.example/1.png', base64, base64] }), 400, 50_215],
    [act('Other', { task_id: '1' }), 400, 50_215],
    [act('CVSync2AsyncGetResult', {}), 400, 50_215]
  ] as const
  for (const [answer, status, code] of refusals)
    expect(await answer).toMatchObject({
      status,
      body: { code, status: code, data: null, message: expect.any(String) }
    })
})
