import { beforeAll, describe, expect, test } from 'vitest'
import { operatorForAll, refusal, unixSeconds } from './operator.ts'

/* The operator's side, in the shapes of api.md §6 and §9. */

const { admin, create, server, vendor } = operatorForAll()

describe('models', () => {
  let channel: string
  beforeAll(async () => {
    channel = (await admin('POST', '/channels', vendor.channel({ models: { mapped: 'kling-v1' } }))).body.id
  })

  const price = {
    unit: 'second',
    amount: '0.10',
    currency: 'USD',
    when: { resolution: '1080p', audio: true, mode: 'pro' }
  }

  test('PUT makes one: name → candidates and prices', async () => {
    const settings = {
      candidates: [{ channel, upstream_model: 'kling-v1', priority: 3, weight: 2 }],
      prices: [price, { unit: 'video', amount: '0.5', currency: 'USD' }],
      retry_failed: true,
      duration_policy: 'up',
      disabled: false
    }
    const { status, body } = await admin('PUT', '/models/made', settings)
    expect(status).toBe(200)
    expect(body).toMatchObject({ id: 'made', object: 'model', name: 'made', ...settings, available: true })
    expect((await admin('GET', '/models/made')).body).toEqual(body)
    expect((await admin('GET', '/models')).body.data).toContainEqual(body)
    expect((await create('made')).status).toBe(200)
    expect((await admin('PATCH', '/models/made', { disabled: true })).body).toEqual({
      ...body,
      waiting: expect.any(Number),
      disabled: true,
      available: false,
      unavailable_reason: 'This model is disabled.'
    })
    expect(await create('made')).toMatchObject(refusal('model', 'no_channel_available', 503))
  })

  test('PUT also serves a name that a channel’s map made; PATCH of prices keeps the candidates', async () => {
    const before = (await admin('GET', '/models/mapped')).body
    expect(before.candidates).toEqual([{ channel, upstream_model: 'kling-v1', priority: 0, weight: 1 }])
    expect((await admin('PATCH', '/models/mapped', { prices: [price] })).body).toEqual({ ...before, prices: [price] })
    expect((await admin('PUT', '/models/mapped', { prices: [] })).body).toEqual(before)
    expect((await create('mapped')).status).toBe(200)
  })

  test('DELETE forgets the settings; a mapped name goes on', async () => {
    await admin('PATCH', '/models/mapped', { prices: [price] })
    expect((await admin('DELETE', '/models/mapped')).body).toEqual({
      id: 'mapped',
      object: 'model.deleted',
      deleted: true
    })
    expect((await admin('GET', '/models/mapped')).body).toMatchObject({ prices: [], candidates: [{ channel }] })
    await admin('PUT', '/models/shortlived', { candidates: [{ channel, upstream_model: 'kling-v1' }] })
    await admin('DELETE', '/models/shortlived')
    expect(await admin('GET', '/models/shortlived')).toMatchObject(refusal('name', 'model_not_found', 404))
  })

  test('a name with slashes and dots', async () => {
    const path = `/models/${encodeURIComponent('minimax/video-01.5')}`
    expect((await admin('PUT', path, { candidates: [{ channel, upstream_model: 'kling-v1' }] })).body.id).toBe(
      'minimax/video-01.5'
    )
    expect((await create('minimax/video-01.5')).status).toBe(200)
    expect((await server.call('GET', `/v1${path}`)).body.id).toBe('minimax/video-01.5')
  })

  test.each([
    [{ candidates: [{ channel: 'chan_none', upstream_model: 'x' }] }, 'candidates.0.channel'],
    [{ candidates: [{ upstream_model: 'x' }] }, 'candidates.0.channel'],
    [{ candidates: 'all' }, 'candidates'],
    [{ prices: [{ ...price, unit: 'minute' }] }, 'prices.0.unit'],
    [{ prices: [{ ...price, amount: 0.1 }] }, 'prices.0.amount'],
    [{ prices: [{ ...price, amount: '0,1' }] }, 'prices.0.amount'],
    [{ prices: [{ ...price, currency: '$' }] }, 'prices.0.currency'],
    [{ prices: [{ ...price, tax: '1' }] }, 'prices.0.tax'],
    [{ prices: [{ ...price, when: { resolution: ['1080p'] } }] }, 'prices.0.when.resolution'],
    [{ prices: [{ ...price, when: { resolutoin: '1080p' } }] }, 'prices.0.when.resolutoin'],
    [{ retry_failed: 'yes' }, 'retry_failed'],
    [{ duration_policy: 'down' }, 'duration_policy'],
    [{ price: [] }, 'price'],
    [{ name: 'other' }, 'name']
  ])('PUT and PATCH %j 400 names the field', async (body, param) => {
    expect(await admin('PUT', '/models/other', body)).toMatchObject(refusal(param))
    expect(await admin('PATCH', '/models/mapped', body)).toMatchObject(refusal(param))
    expect((await admin('GET', '/models/other')).status).toBe(404)
  })

  test('PUT of a name that nobody could ask for 400', async () => {
    expect(await admin('PUT', `/models/${'m'.repeat(201)}`, {})).toMatchObject(refusal('name'))
    expect(await admin('PUT', '/models/%20', {})).toMatchObject(refusal('name'))
  })

  test('PATCH of an unknown name 404', async () => {
    expect(await admin('PATCH', '/models/nobody', { disabled: true })).toMatchObject(
      refusal('name', 'model_not_found', 404)
    )
  })
})

describe('tasks', () => {
  test('the video, with who paid and what happened at vendors', async () => {
    const { body: channel } = await admin('POST', '/channels', vendor.channel({ models: { told: 'kling-v1' } }))
    await admin('PATCH', '/models/told', { prices: [{ unit: 'second', amount: '0.10', currency: 'USD' }] })
    const payer = await server.newKey()
    const asked = { model: 'told', prompt: 'a cat', seconds: 5, user: 'end-user-1' }
    const { body: video } = await server.call('POST', '/v1/videos', asked, payer)
    const { status, body } = await admin('GET', `/tasks/${video.id}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      ...video,
      status: 'in_progress',
      key_id: payer.id,
      user: 'end-user-1',
      price: { amount: expect.stringMatching(/^0\.50*$/), currency: 'USD' },
      attempts: [
        {
          id: expect.stringMatching(/^att_/),
          channel: channel.id,
          upstream_model: 'kling-v1',
          upstream_id: expect.stringMatching(/^up-/),
          outcome: 'accepted',
          failure: null,
          started_at: unixSeconds,
          ended_at: null
        }
      ],
      ledger: [{ kind: 'hold', amount: expect.stringMatching(/^0\.50*$/), currency: 'USD' }],
      deliveries: []
    })
  })

  test('filters', async () => {
    const ids = async (query: string): Promise<string[]> =>
      (await admin('GET', `/tasks?limit=100&${query}`)).body.data.map(({ id }: { id: string }) => id)
    const [task] = (await admin('GET', '/tasks?model=told')).body.data
    expect(await ids('model=told')).toEqual([task.id])
    expect(await ids(`key=${task.key_id}`)).toEqual([task.id])
    expect(await ids('status=in_progress')).toContain(task.id)
    expect(await ids('status=failed')).not.toContain(task.id)
    expect(await ids('model=nobody')).toEqual([])
    expect(await ids('channel=chan_none')).toEqual([])
    expect([...(await ids('order=asc'))].reverse()).toEqual(await ids('order=desc'))
    expect(await admin('GET', '/tasks?status=done')).toMatchObject(refusal('status'))
  })

  test('cancel 200: anybody’s task, once', async () => {
    const [task] = (await admin('GET', '/tasks?model=told')).body.data
    expect((await admin('POST', `/tasks/${task.id}/cancel`)).body).toMatchObject({
      id: task.id,
      status: 'failed',
      error: { code: 'cancelled' }
    })
    expect((await admin('POST', `/tasks/${task.id}/cancel`)).status).toBe(200)
    expect(await admin('POST', '/tasks/video_none/cancel')).toMatchObject(refusal('id', 'video_not_found', 404))
  })
})
