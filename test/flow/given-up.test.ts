import { describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { startFakeComfyui } from '../support/fake-comfyui.ts'
import { startFakeVidu } from '../support/fake-vidu.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* A task may end for its client, cancelled or expired, while its vendor goes on: what the vendor may charge stays held, and its slot taken. */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const budget = { amount: '0.50', currency: 'USD', window: 'total' }

describe.each(kinds)('given up on %s', kind => {
  const vendor = forEachTest(startFakeCloudsway)
  const vidu = forEachTest(() => startFakeVidu(() => Buffer.from('a video')))
  const comfyui = forEachTest(startFakeComfyui)
  const server = forEachTest(() => startTestServer({ kind, env: { TASK_DEADLINE_MS: String(20 * MINUTE) } }))

  async function setUp(channel: object, model = 'kling-v1', key: object = { budget }) {
    const id = await server.newChannel(channel)
    const prices = [{ unit: 'video', amount: '0.50', currency: 'USD' }]
    await server.call('PATCH', `/admin/models/${model}`, { prices })
    return { id, key: await server.memberKey(key) }
  }

  const create = (key: string, model = 'kling-v1') =>
    server.call('POST', '/openai/v1/videos', { model, prompt: 'a cat' }, { key })
  const cancel = async (id: string, key: string) =>
    (await server.call('POST', `/openai/v1/videos/${id}/cancel`, undefined, { key })).body
  const video = async (id: string, key?: string) => {
    const { status, body } = await server.call('GET', `/openai/v1/videos/${id}`, undefined, key ? { key } : {})
    return [status, body.status, body.error?.code]
  }
  const ledgerOf = async (id: string) =>
    (await server.inspect(id)).ledger.map((entry: Record<string, string>) => [entry.kind, entry.amount, entry.reason])
  const inFlight = async (id: string) => (await server.call('GET', `/admin/channels/${id}`)).body.in_flight
  const usage = async (key: string) => {
    const { held, spent } = (await server.call('GET', '/v1/usage', undefined, { key })).body
    return { held: held.amount, spent: spent.amount }
  }

  test('25 creates that are cancelled at once buy one video, not 25', async () => {
    vendor.onPoll = () => 'processing'
    const { id: channel, key } = await setUp(vendor.channel())
    const answers: string[] = []
    for (let number = 0; number < 25; number++) {
      const { status, body } = await create(key)
      answers.push(status === 200 ? (await cancel(body.id, key)).error.code : body.error.code)
    }
    expect(answers).toEqual(['cancelled', ...Array.from({ length: 24 }, () => 'insufficient_quota')])
    expect([vendor.submits.length, await inFlight(channel)]).toEqual([1, 1])
    expect(await usage(key)).toMatchObject({ held: '0.50', spent: '0.00' })
  })

  test('a vendor that finishes a cancelled video is paid from the hold; its client sees it cancelled', async () => {
    vendor.onPoll = () => 'processing'
    const { id: channel, key } = await setUp(vendor.channel())
    const { id } = (await create(key)).body
    const { error } = await cancel(id, key)
    expect(error.message).toBe('The task was cancelled. The vendor may still finish it and charge for it.')
    expect((await server.inspect(id)).at_vendor).toBe(true)
    vendor.onPoll = () => 'succeed'
    await server.advance(MINUTE)
    expect(await ledgerOf(id)).toEqual([
      ['hold', '0.50', null],
      ['capture', '0.50', null]
    ])
    expect(await video(id, key)).toEqual([200, 'failed', 'cancelled'])
    expect([(await server.inspect(id)).at_vendor, await inFlight(channel)]).toEqual([false, 0])
    expect((await server.content(id, { key })).status).toBe(400)
    expect(await usage(key)).toMatchObject({ held: '0.00', spent: '0.50' })
  })

  test('one that fails at the vendor is released', async () => {
    vendor.onPoll = () => 'processing'
    const { id: channel, key } = await setUp(vendor.channel())
    const { id } = (await create(key)).body
    await cancel(id, key)
    vendor.onPoll = () => 'failed'
    await server.advance(MINUTE)
    expect(await ledgerOf(id)).toEqual([
      ['hold', '0.50', null],
      ['release', '0.50', 'cancelled']
    ])
    expect(await inFlight(channel)).toBe(0)
  })

  test('one that its vendor has lost fails and is released: after three looks, and a minute', async () => {
    const { id: channel, key } = await setUp(comfyui.channel(), 'wan')
    const { id } = (await create(key, 'wan')).body
    comfyui.pending.clear()
    await server.advance(MINUTE)
    expect(await video(id, key)).toEqual([200, 'in_progress', undefined])
    for (let poll = 0; poll < 3; poll++) await server.advance(MINUTE)
    expect(await video(id, key)).toMatchObject([200, 'failed', expect.any(String)])
    expect((await server.inspect(id)).attempts.at(-1).failure.kind).toBe('not_found')
    expect(await usage(key)).toMatchObject({ held: '0.00', spent: '0.00' })
    expect(await inFlight(channel)).toBe(0)
  })

  test('one that vanishes at the vendor after its cancel is released', async () => {
    const { id: channel, key } = await setUp(comfyui.channel(), 'wan')
    const { id } = (await create(key, 'wan')).body
    expect(await cancel(id, key)).toMatchObject({ error: { code: 'cancelled' } })
    expect(comfyui.pending.size).toBe(0)
    for (let poll = 0; poll < 3; poll++) await server.advance(HOUR)
    expect(await ledgerOf(id)).toEqual([
      ['hold', '0.50', null],
      ['release', '0.50', 'cancelled']
    ])
    expect(await inFlight(channel)).toBe(0)
  })

  test('a deleted one is followed all the same', async () => {
    vendor.onPoll = () => 'processing'
    const { id: channel, key } = await setUp(vendor.channel())
    const { id } = (await create(key)).body
    expect((await server.call('DELETE', `/openai/v1/videos/${id}`, undefined, { key })).body.deleted).toBe(true)
    expect((await video(id, key))[0]).toBe(404)
    expect([await inFlight(channel), await usage(key)]).toMatchObject([1, { held: '0.50' }])
    vendor.onPoll = () => 'succeed'
    await server.advance(MINUTE)
    expect([await inFlight(channel), await usage(key)]).toMatchObject([0, { held: '0.00', spent: '0.50' }])
  })

  test('an expired one is followed, and its slot is not free', async () => {
    vendor.onPoll = () => 'processing'
    const { id: channel, key } = await setUp(vendor.channel({ max_concurrency: 1 }), 'kling-v1', {})
    const { id } = (await create(key)).body
    await server.advance(HOUR)
    expect(await video(id, key)).toEqual([200, 'failed', 'expired'])
    const next = (await create(key)).body.id
    expect((await video(next, key))[1]).toBe('queued')
    expect([vendor.submits.length, await inFlight(channel)]).toEqual([1, 1])
    vendor.onPoll = () => 'succeed'
    await server.advance(5 * MINUTE)
    expect(await ledgerOf(id)).toContainEqual(['capture', '0.50', null])
    expect((await server.finished(next)).status).toBe('completed')
  })

  test('several videos: those that had not begun are released, the others are followed', async () => {
    vendor.onPoll = () => 'processing'
    const { id: channel, key } = await setUp(vendor.channel({ max_concurrency: 1 }), 'kling-v1', {})
    const asked = { model: 'kling-v1', prompt: 'a cat', n: 3 }
    const { id } = (await server.call('POST', '/v1/videos', asked, { key })).body
    await cancel(id, key)
    expect((await server.finished(id)).error.code).toBe('cancelled')
    const kindsOf = (await ledgerOf(id)).map(([kindOf]: [string]) => kindOf).sort()
    expect(kindsOf).toEqual(['hold', 'hold', 'hold', 'release', 'release'])
    expect([vendor.submits.length, await inFlight(channel)]).toEqual([1, 1])
  })

  describe('a vendor that can cancel', () => {
    const start = async () => {
      vidu.state = 'created'
      const made = await setUp(vidu.channel(), 'viduq1')
      return { ...made, video: (await create(made.key, 'viduq1')).body.id as string }
    }

    test('its yes releases the hold at once', async () => {
      const { id: channel, key, video: id } = await start()
      expect((await cancel(id, key)).error).toEqual({ code: 'cancelled', message: 'The task was cancelled.' })
      expect(vidu.cancels).toEqual(['vd-1'])
      expect([await inFlight(channel), await usage(key)]).toMatchObject([0, { held: '0.00', spent: '0.00' }])
    })

    test('its no leaves the hold until its end', async () => {
      vidu.onCancel = () => ({ status: 400, body: { code: 400, reason: 'InvalidState', message: 'not allowed' } })
      const { key, video: id } = await start()
      expect((await cancel(id, key)).error.code).toBe('cancelled')
      await server.advance(MINUTE)
      // an answer is not asked for again
      expect([vidu.cancels.length, await usage(key)]).toMatchObject([1, { held: '0.50' }])
    })

    test('its silence is asked again, and its yes then releases the hold', async () => {
      vidu.onCancel = () => ({ status: 503, body: '' })
      const { key, video: id } = await start()
      await cancel(id, key)
      vidu.onCancel = () => ({ status: 200, body: {} })
      await server.advance(MINUTE)
      expect(await usage(key)).toMatchObject({ held: '0.00', spent: '0.00' })
    })
  })

  describe('the operator', () => {
    const start = async () => {
      vendor.onPoll = () => 'processing'
      const made = await setUp(vendor.channel())
      const { id } = (await create(made.key)).body
      // the operator's own cancel releases nothing, either
      expect((await server.call('POST', `/admin/tasks/${id}/cancel`)).body.error.code).toBe('cancelled')
      return { ...made, video: id as string }
    }
    const resolve = (id: string, body: object) => server.call('POST', `/admin/tasks/${id}/resolve`, body)

    test('releases it with a reason', async () => {
      const { id: channel, key, video: id } = await start()
      expect(await usage(key)).toMatchObject({ held: '0.50' })
      const refused = await resolve(id, { outcome: 'lost' })
      expect([refused.status, refused.body.param]).toEqual([400, 'reason'])
      expect((await resolve(id, { outcome: 'lost', reason: 'support cancelled it' })).status).toBe(200)
      expect(await ledgerOf(id)).toContainEqual(['release', '0.50', 'resolved: lost, support cancelled it'])
      expect([await inFlight(channel), await usage(key)]).toMatchObject([0, { held: '0.00', spent: '0.00' }])
      expect((await resolve(id, { outcome: 'charged', reason: 'again' })).status).toBe(400)
    })

    test('captures it', async () => {
      const { key, video: id } = await start()
      await resolve(id, { outcome: 'charged', reason: 'it is on the bill' })
      expect(await usage(key)).toMatchObject({ held: '0.00', spent: '0.50' })
    })

    test('cannot continue what is followed anyway', async () => {
      const { video: id } = await start()
      const { status, body } = await resolve(id, { outcome: 'found' })
      expect([status, body.param]).toEqual([400, 'outcome'])
    })

    test('decides nothing: it stays held for as long as the vendor goes on', async () => {
      const { id: channel, key } = await start()
      await server.advance(100 * HOUR)
      expect([await inFlight(channel), await usage(key)]).toMatchObject([1, { held: '0.50' }])
    })
  })
})
