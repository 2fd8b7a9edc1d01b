import { expect, test } from 'vitest'
import { pixel } from '../support/wire.ts'
import { frontWorld } from './world.ts'

/* Programs for Vidu, as its documents show them: `Authorization: Token`, a path for each kind of video. */

const world = frontWorld(['viduq2-pro'])
const { vendor, server } = world
const base64 = pixel.toString('base64')
const image = `data:image/png;base64,${base64}`

async function ask(method: string, path: string, body?: object, secret?: string) {
  const headers = { authorization: `Token ${secret ?? (await server.memberKey())}` }
  return server.call(method, `/ent/v2/${path}`, body, { key: null, headers })
}

const create = (operation: string, fields: object = {}, key?: string) =>
  ask('POST', operation, { model: 'viduq2-pro', prompt: 'a cat', ...fields }, key)

test('create, query, cancel', async () => {
  const key = await server.memberKey()
  const fields = { images: [image, image], duration: 10, seed: 0, movement_amplitude: 'auto', payload: 'mine' }
  const made = await create('start-end2video', fields, key)
  const { images: _, ...echoed } = fields
  expect(made).toMatchObject({
    status: 200,
    body: { task_id: expect.stringMatching(/./), state: 'created', prompt: 'a cat', ...echoed }
  })
  expect(made.body).not.toHaveProperty('images')
  expect(made.headers.get('x-reelay-warnings')).toBe(null)
  expect(world.submitted()).toMatchObject({
    duration: '10',
    image: base64,
    image_tail: base64,
    movement_amplitude: 'auto'
  })
  const { task_id: id } = made.body
  const query = async () => (await ask('GET', `tasks/${id}/creations`, undefined, key)).body
  let task = await query()
  for (; task.state !== 'success'; task = await query()) {
    expect(['created', 'queueing', 'processing']).toContain(task.state)
    await server.advance(5000)
  }
  expect(task).toMatchObject({ id, err_code: '', creations: [{ id: expect.any(String) }] })
  expect(await world.play(task.creations[0].url)).toEqual(vendor.video)
  expect(await ask('POST', `tasks/${id}/cancel`, { id }, key)).toMatchObject({
    status: 400,
    body: { reason: 'BadRequest', message: 'task state is success, can not cancel' }
  })

  const warned = await create('text2video', { bgm: true, off_peak: false })
  expect(warned.headers.get('x-reelay-warnings')).toMatch(/^bgm: passed on[^;]*$/)

  vendor.onPoll = () => 'processing'
  const { task_id: second } = (await create('img2video', { images: [image] }, key)).body
  expect(world.submitted()).toMatchObject({ image: base64 })
  expect(await ask('POST', `tasks/${second}/cancel`, { id: second }, key)).toMatchObject({ status: 200, body: {} })
  expect((await ask('GET', `tasks/${second}/creations`, undefined, key)).body).toMatchObject({
    state: 'failed',
    err_code: 'UserCancelled'
  })
  vendor.onPoll = ({ polls }) => (polls > 1 ? 'succeed' : 'processing')
})

test('what failed has an err_code, what is refused a reason', async () => {
  const key = await server.memberKey()
  const { task_id: id } = (await create('text2video', {}, key)).body
  await world.failing(() => server.finished(`video_${id}`), 'risk control: not allowed')
  expect((await ask('GET', `tasks/${id}/creations`, undefined, key)).body).toMatchObject({
    state: 'failed',
    err_code: 'CreationPolicyViolation',
    err_msg: expect.stringContaining('risk control'),
    creations: []
  })
  const refusals = [
    [create('text2video', { model: 'nothing' }), 400, 'ModelUnavailable'],
    [create('text2video', { images: [image] }), 400, 'BadRequest'],
    [create('img2video', { images: [image, image] }), 400, 'BadRequest'],
    [create('reference2video', { images: [image] }), 400, 'BadRequest'],
    [create('text2video', { callback_url: 'ftp://x' }), 400, 'BadRequest'],
    [create('text2video', { videos: ['https://example.com/a.mp4'] }), 400, 'BadRequest'],
    [create('text2video', {}, 'sk-wrong'), 401, 'Unauthorized'],
    [ask('GET', 'tasks/1/creations'), 404, 'TaskNotFound'],
    [ask('GET', 'credits'), 404, 'NotFound']
  ] as const
  for (const [answer, code, reason] of refusals)
    expect(await answer).toMatchObject({
      status: code,
      body: { code, reason, message: expect.any(String), metadata: { trace_id: expect.any(String) } }
    })
})
