import { beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

const second = (amount: string, when?: object) => ({ unit: 'second', amount, currency: 'USD', ...(when && { when }) })

describe('POST /v1/videos/estimate', () => {
  const vendor = forAllTests(startFakeCloudsway)
  const server = forAllTests(startTestServer)
  let channel: string

  beforeAll(async () => {
    channel = await server.newChannel(vendor.channel({ models: { 'kling-v1': 'kling-v1', own: 'own' } }))
    await server.call('PUT', '/admin/models/kling-v1', {
      prices: [
        second('0.10'),
        second('0.20', { resolution: '1080p' }),
        second('0.35', { mode: 'pro', resolution: '1080p', audio: true })
      ]
    })
  })

  const estimate = (more: object, options = {}) =>
    server.call('POST', '/v1/videos/estimate', { model: 'kling-v1', prompt: 'a cat', ...more }, options)

  test('200 tells price, channel and warnings, and submits nothing', async () => {
    expect(await estimate({ seconds: '5', fps: 60 })).toMatchObject({
      status: 200,
      body: {
        object: 'video.estimate',
        model: 'kling-v1',
        channel,
        price: { amount: '0.50', currency: 'USD' },
        warnings: [{ field: 'fps' }]
      }
    })
    expect(vendor.submits).toEqual([])
    expect((await server.call('GET', '/v1/videos')).body.data).toEqual([])
    expect((await server.call('GET', '/admin/ledger')).body.data).toEqual([])
  })

  test.each([
    [{ seconds: 10, size: '1920x1080' }, '2.00'],
    [{ seconds: 10, size: '1280x720' }, '1.00'],
    [{ metadata: { mode: 'pro', sound: 'on' }, seconds: 5 }, '1.75'],
    [{ metadata: { mode: 'pro' }, seconds: 5 }, '1.00'],
    // the model makes 5 seconds when nobody says how many
    [{}, '0.50'],
    [{ n: 3, seconds: 5 }, '1.50'],
    // what a client writes beside it makes it no cheaper
    [{ seconds: 5, metadata: { seconds: 0.001, frames: 1, zz: { seconds: 0.0001, resolution: '1p' } } }, '0.50'],
    [{ metadata: { resolution: '1080p', settings: { resolution: '480p' } }, seconds: 5 }, '1.00']
  ])('%j costs %s', async (more, amount) => {
    expect((await estimate(more)).body).toMatchObject({ price: { amount, currency: 'USD' } })
  })

  test.each([
    [{ seconds: 7 }, { seconds: 5, price: { amount: '0.50' }, warnings: [{ field: 'seconds' }] }],
    [{ duration: 8 }, { seconds: 10, price: { amount: '1.00' }, warnings: [{ field: 'duration' }] }],
    [{}, { seconds: 5, price: { amount: '0.50' }, warnings: [] }]
  ])('%j is told as it would be made', async (more, told) => {
    const { body } = await estimate(more)
    expect(body).toMatchObject({ size: '1280x720', ...told })
    expect(body.warnings).toHaveLength(told.warnings.length)
  })

  test('a model without a price has none, here and in the list of models', async () => {
    expect((await estimate({ model: 'own', seconds: 5 })).body).toMatchObject({ price: null, channel })
    const { data } = (await server.call('GET', '/v1/videos/models')).body
    expect(data).toMatchObject([
      { id: 'kling-v1', prices: [{ amount: '0.10' }, { amount: '0.20' }, { amount: '0.35' }] },
      { id: 'own', prices: null }
    ])
  })

  test.each([
    [{ prompt: ' ' }, 400, 'prompt'],
    [{ seconds: 3601 }, 400, 'seconds'],
    [{ callback_url: 'http://169.254.169.254/' }, 400, 'callback_url'],
    [{ model: 'nobody' }, 404, 'model']
  ])('%j is refused as a create is: %i naming %s', async (more, status, param) => {
    const made = await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat', ...more })
    const estimated = await estimate(more)
    expect(estimated).toMatchObject({ status, body: { error: { param } } })
    expect(estimated.body).toEqual(made.body)
  })

  test('needs no prompt, and says whether the budget covers it and how long the model takes', async () => {
    const budget = { amount: '1.00', currency: 'USD', window: 'total', timezone: 'UTC' }
    const [rich, free] = [await server.newKey({ budget }), await server.newKey()]
    const of = async (more: object, key: string) => (await estimate({ prompt: undefined, ...more }, { key })).body
    expect(await of({ seconds: 5 }, free.key)).toMatchObject({ covered: null, usual_ms: null })
    expect(await of({ seconds: 10 }, rich.key)).toMatchObject({ covered: true, price: { amount: '1.00' } })
    expect(await of({ seconds: 5, n: 3 }, rich.key)).toMatchObject({ covered: false, price: { amount: '1.50' } })
    expect(await of({ model: 'own', seconds: 5 }, rich.key)).toMatchObject({ covered: false, price: null })
    await server.finished(await server.newVideo({ seconds: 5 }, free), free.key)
    expect(await of({ seconds: 5 }, free.key)).toMatchObject({ usual_ms: expect.any(Number) })
  })

  test('tells what would be made, and which line of the price list applies', async () => {
    expect((await estimate({ seconds: 5, size: '1920x1080' })).body).toMatchObject({
      seconds: 5,
      size: '1920x1080',
      width: 1920,
      height: 1080,
      resolution: '1080p',
      ratio: '16:9',
      rule: second('0.20', { resolution: '1080p' }),
      queue: null,
      unavailable_reason: null
    })
    expect((await estimate({ model: 'own', seconds: 5 })).body).toMatchObject({ price: null, rule: null })
  })

  test('up to four models at once: an estimate for each, or why it cannot', async () => {
    const models = ['kling-v1', 'nobody', 'own']
    const of = (more: object) => estimate({ model: undefined, prompt: undefined, ...more })
    const { status, body } = await of({ models, seconds: 5 })
    expect(status).toBe(200)
    expect(body).toMatchObject({ object: 'list', has_more: false })
    const { warnings: _, ...alone } = (await estimate({ seconds: 5 })).body
    expect(body.data).toMatchObject([
      alone,
      { model: 'nobody', error: { code: 'model_not_found', param: 'model' } },
      { model: 'own', price: null, channel }
    ])
    expect(await of({ models, seconds: 3601 })).toMatchObject({ status: 400, body: { error: { param: 'seconds' } } })
    expect(await of({ models, model: 'own' })).toMatchObject({ status: 400, body: { error: { param: 'models' } } })
    for (const wrong of [[], ['a', 'b', 'c', 'd', 'e'], 'own', [7]])
      expect(await of({ models: wrong })).toMatchObject({
        status: 400,
        body: { error: { param: expect.stringMatching(/^models/) } }
      })
  })

  test('a key without leave for the model is told so', async () => {
    const key = await server.memberKey({ models: ['own'] })
    expect(await estimate({}, { key })).toMatchObject({ status: 403, body: { code: 'model_not_allowed' } })
    expect(await estimate({}, { key: null })).toMatchObject({ status: 401 })
  })

  test('both mounts answer it', async () => {
    expect((await server.call('POST', '/openai/v1/videos/estimate/', { model: 'kling-v1', prompt: 'p' })).status).toBe(
      200
    )
  })
})

describe.each(kinds)('a place in the queue, on %s', kind => {
  const vendor = forAllTests(() => startFakeCloudsway({ onPoll: () => 'processing' }))
  const server = forAllTests(() => startTestServer({ kind, channel: vendor.channel({ max_concurrency: 1 }) }))

  test('none while there is a free slot, then one behind what waits', async () => {
    const { key } = await server.newKey()
    const place = async (asker: { key?: string } = {}) =>
      (await server.call('POST', '/v1/videos/estimate', { model: 'kling-v1' }, asker)).body.queue
    expect(await place()).toBeNull()
    await server.newVideo()
    expect(await place()).toEqual({ position: 1, seconds: null })
    await server.newVideo()
    await server.newVideo()
    expect(await place()).toMatchObject({ position: 3 })
    // nobody waits behind all of another key's tasks
    expect(await place({ key })).toMatchObject({ position: 1 })
    const id = await server.newVideo({}, { key })
    expect((await server.call('GET', `/v1/videos/${id}`)).body.metadata.queue_position).toBeLessThan(3)
  })

  test('a pause of the only channel is told', async () => {
    const { channels } = server.services.stores
    const [channel] = await channels.list()
    await channels.update(channel!.id, {
      health: { state: 'cooling', reason: 'errors', until: server.now() + 60_000 }
    })
    server.services.routing.changed()
    const { body } = await server.call('POST', '/v1/videos/estimate', { model: 'kling-v1' })
    expect(body.unavailable_reason).toMatch(/pauses after errors/)
  })
})
