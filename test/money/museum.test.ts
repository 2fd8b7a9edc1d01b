import { beforeEach, describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { checkMoneyAfterEach } from '../support/money.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* Money that others have lost, one test for each: what went wrong there must go right here. */

const MINUTE = 60_000
const usd = (amount: string) => ({ amount, currency: 'USD' })

describe.each(kinds)('the museum on %s', kind => {
  const env = { RECONCILE_AFTER_MS: '3000' }
  const vendor = forEachTest(startFakeCloudsway)
  const server = forEachTest(() => startTestServer({ kind, env, channel: vendor.channel() }))
  let key: string

  beforeEach(async () => {
    await price('0.10')
    key = await server.memberKey({ budget: { ...usd('10.00'), window: 'total' } })
  })
  checkMoneyAfterEach(() => server.services.database)

  const price = async (amount: string) => {
    await server.call('PATCH', '/admin/models/kling-v1', { prices: [{ unit: 'second', amount, currency: 'USD' }] })
    await server.advance(2000)
  }
  const create = (more: object = {}) => server.newVideo({ seconds: 5, ...more }, { key })
  const ledger = async (id: string): Promise<string[]> =>
    (await server.inspect(id)).ledger.map((entry: { kind: string; amount: string }) => `${entry.kind} ${entry.amount}`)
  const usage = async () => {
    const { spent, held, budget } = (await server.call('GET', '/v1/usage', undefined, { key })).body
    return [spent.amount, held.amount, budget.remaining]
  }
  const cancel = (id: string) => server.call('POST', `/v1/videos/${id}/cancel`, undefined, { key })

  test('new-api #2050, bottube #1535: a task that failed on the way is not charged', async () => {
    vendor.onPoll = () => 'failed'
    const id = await create()
    expect(await usage()).toEqual(['0.00', '0.50', '9.50'])
    await server.finished(id, key)
    expect(await ledger(id)).toEqual(['hold 0.50', 'release 0.50'])
    expect(await usage()).toEqual(['0.00', '0.00', '10.00'])
  })

  test('new-api #4211: spent, held and remaining are the budget, whatever ends how', async () => {
    const whole = async () => (await usage()).reduce((sum, amount) => sum + Math.round(Number(amount) * 1e6), 0)
    const ends = ['succeed', 'failed', 'succeed']
    for (const [n, end] of ends.entries()) {
      vendor.duration = String(5 - n)
      vendor.onPoll = () => end
      const id = await create()
      expect(await whole()).toBe(10e6)
      await server.finished(id, key)
      expect(await whole()).toBe(10e6)
    }
    expect(await usage()).toEqual(['0.80', '0.00', '9.20'])
  })

  test('new-api #6074: polls, a cancel and a sweep that overlap end a task once, and release once', async () => {
    vendor.onPoll = () => 'failed'
    const id = await create()
    const { worker, loop } = server.services
    await Promise.all([cancel(id), worker.tick(), server.advance(MINUTE), worker.tick(), cancel(id), loop.runNow()])
    await server.finished(id, key)
    expect(await ledger(id)).toEqual(['hold 0.50', 'release 0.50'])
  })

  test('new-api #4526: the bill is never more than the hold, so no budget ends below zero', async () => {
    key = await server.memberKey({ budget: { ...usd('0.50'), window: 'total' } })
    vendor.duration = '60'
    const id = await create()
    await server.finished(id, key)
    expect(await ledger(id)).toEqual(['hold 0.50', 'capture 0.50'])
    expect(await usage()).toEqual(['0.50', '0.00', '0.00'])
  })

  test('new-api #6172: a task is settled by the price it began with', async () => {
    const id = await create()
    await price('9.00')
    vendor.duration = '4'
    await server.finished(id, key)
    expect(await ledger(id)).toEqual(['hold 0.50', 'capture 0.40', 'release 0.10'])
    expect((await server.inspect(id)).price).toEqual(usd('0.50'))
    // nor by none
    await price('0.10')
    const other = await create()
    await server.call('DELETE', '/admin/models/kling-v1')
    await server.advance(2000)
    await server.finished(other, key)
    expect(await ledger(other)).toEqual(['hold 0.50', 'capture 0.40', 'release 0.10'])
  })

  test('new-api #6373: a task is settled though its owner never asks', async () => {
    const id = await create()
    for (let n = 0; n < 10; n++) await server.advance(MINUTE)
    expect(await ledger(id)).toEqual(['hold 0.50', 'capture 0.50'])
  })

  test('new-api #5498: without a length it is held for what the model makes then', async () => {
    const id = await create({ seconds: undefined })
    expect(await ledger(id)).toEqual(['hold 0.50'])
  })

  test.each([0, '0', null])('new-api #5923: %j seconds are no length, not a free one', async seconds => {
    const id = await create({ seconds })
    expect(await ledger(id)).toEqual(['hold 0.50'])
  })

  test.each([-1, '-5'])('new-api #5923: %j seconds are refused, not free', async seconds => {
    const body = { model: 'kling-v1', prompt: 'a cat', seconds }
    expect(await server.call('POST', '/v1/videos', body, { key })).toMatchObject({
      status: 400,
      body: { param: 'seconds' }
    })
    expect(await usage()).toEqual(['0.00', '0.00', '10.00'])
  })

  test('eliza #11862: polls that fail release nothing; a late result is charged', async () => {
    vendor.onPoll = ({ polls }) => (polls < 6 ? { status: 503, body: 'down' } : 'succeed')
    const id = await create()
    for (let n = 0; n < 4; n++) await server.advance(MINUTE)
    expect(await ledger(id)).toEqual(['hold 0.50'])
    await server.finished(id, key)
    expect(await ledger(id)).toEqual(['hold 0.50', 'capture 0.50'])
  })

  test('open-ai-canvas #477: a cancel before the second try was sent does not settle by the first', async () => {
    await server.call('PATCH', '/admin/models/kling-v1', { retry_failed: true })
    const second = await startFakeCloudsway()
    await server.newChannel(second.channel({ max_concurrency: 1, priority: -1 }))
    await server.advance(2000)
    // the second account is busy, so the second try waits
    vendor.onSubmit = () => ({ status: 429, body: { code: 1303, message: 'full' } })
    second.onPoll = () => 'processing'
    await create()
    expect(second.submits).toHaveLength(1)
    vendor.onSubmit = () => 'accept'
    await server.advance(MINUTE)
    vendor.onPoll = () => 'failed'
    vendor.reason = 'internal server error'
    const id = await create()
    for (let n = 0; n < 3; n++) await server.advance(MINUTE)
    expect(await server.inspect(id)).toMatchObject({
      attempts: [{ outcome: 'accepted', failure: { kind: 'server' } }],
      ledger: [{ kind: 'hold' }]
    })
    await cancel(id)
    await server.advance(MINUTE)
    expect(second.submits).toHaveLength(1)
    expect((await server.call('GET', `/openai/v1/videos/${id}`, undefined, { key })).body).toMatchObject({
      status: 'failed'
    })
    expect(await ledger(id)).toEqual(['hold 0.50', 'release 0.50'])
    await second.close()
  })

  describe('M6: a cancel in every state releases once', () => {
    test.each<[string, () => Promise<string>]>([
      [
        'while it waits for a slot',
        async () => {
          const [channel] = (await server.call('GET', '/admin/channels')).body.data
          await server.call('PATCH', `/admin/channels/${channel.id}`, { max_concurrency: 1 })
          await server.advance(2000)
          vendor.onPoll = () => 'processing'
          await create()
          return create()
        }
      ],
      [
        'while the vendor makes it',
        async () => {
          vendor.onPoll = () => 'processing'
          return create()
        }
      ],
      [
        'while its submit is unresolved',
        async () => {
          vendor.onSubmit = () => 'drop after accept'
          vendor.onPoll = () => 'processing'
          return create()
        }
      ]
    ])('%s', async (_, begin) => {
      const id = await begin()
      await cancel(id)
      await cancel(id)
      for (let n = 0; n < 5; n++) await server.advance(MINUTE)
      await cancel(id)
      vendor.onPoll = () => 'failed'
      for (let n = 0; n < 5; n++) await server.advance(MINUTE)
      await cancel(id)
      expect(await ledger(id)).toEqual(['hold 0.50', 'release 0.50'])
    })

    test('when it has ended: nothing', async () => {
      const id = await create()
      await server.finished(id, key)
      await cancel(id)
      await server.call('DELETE', `/v1/videos/${id}`, undefined, { key })
      expect(await ledger(id)).toEqual(['hold 0.50', 'capture 0.50'])
    })
  })
})
