import { beforeEach, describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { checkMoneyAfterEach } from '../support/money.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

const usd = (amount: string) => ({ amount, currency: 'USD' })
const MINUTE = 60_000

describe.each(kinds)('usage on %s', kind => {
  const vendor = forEachTest(startFakeCloudsway)
  const server = forEachTest(() => startTestServer({ kind, env: { RECONCILE_AFTER_MS: '3000' } }))
  let channel: string

  beforeEach(async () => {
    channel = await server.newChannel(vendor.channel({ models: { 'kling-v1': 'kling-v1', own: 'own' } }))
    await server.call('PUT', '/admin/models/kling-v1', {
      prices: [{ unit: 'second', amount: '0.10', currency: 'USD' }]
    })
  })
  checkMoneyAfterEach(() => server.services.database)

  const create = (key: string, more: object = {}) =>
    server.call('POST', '/openai/v1/videos', { model: 'kling-v1', prompt: 'a cat', seconds: 5, ...more }, { key })
  const usage = async (key: string) => (await server.call('GET', '/v1/usage', undefined, { key })).body
  const budget = (amount: string, window = 'total') => ({ amount, currency: 'USD', window, timezone: 'UTC' })

  describe('GET /v1/usage', () => {
    test('200 follows a task from hold to capture', async () => {
      const { key } = await server.newKey()
      expect(await usage(key)).toEqual({ object: 'usage', spent: usd('0.00'), held: usd('0.00'), budget: null })
      vendor.duration = '4'
      const { body } = await create(key)
      expect(await usage(key)).toMatchObject({ spent: usd('0.00'), held: usd('0.50') })
      await server.finished(body.id, key)
      expect(await usage(key)).toEqual({ object: 'usage', spent: usd('0.40'), held: usd('0.00'), budget: null })
    })

    test('tells the budget, what remains of it and when it begins anew', async () => {
      const { key } = await server.newKey({ budget: budget('2.00', 'daily') })
      await create(key)
      const { budget: shown } = await usage(key)
      expect(shown).toEqual({ ...usd('2.00'), window: 'daily', remaining: '1.50', resets_at: expect.any(Number) })
      expect(shown.resets_at % 86_400).toBe(0)
      expect(shown.resets_at * 1000 - server.now()).toBeLessThanOrEqual(24 * 60 * MINUTE)
      const { key: whole } = await server.newKey({ budget: budget('2.00') })
      expect((await usage(whole)).budget).toMatchObject({ remaining: '2.00', resets_at: null })
    })

    test('with days: what was spent on each of the last ones, and with which models', async () => {
      const { key } = await server.newKey()
      await server.finished((await create(key)).body.id, key)
      await server.finished((await create(key, { model: 'own' })).body.id, key)
      await server.finished((await create((await server.newKey()).key)).body.id)
      const { body } = await server.call('GET', '/v1/usage?days=7', undefined, { key })
      expect(body.days).toHaveLength(7)
      expect(body.days.at(-1)).toEqual({
        day: new Date(server.now()).toISOString().slice(0, 10),
        spent: usd('0.50'),
        videos: 1
      })
      expect(body.days[0]).toMatchObject({ spent: usd('0.00'), videos: 0 })
      expect(body.models).toEqual([
        { model: 'kling-v1', spent: usd('0.50'), videos: 1, seconds: 5 },
        { model: 'own', spent: usd('0.00'), videos: 1, seconds: 5 }
      ])
      expect(await server.call('GET', '/v1/usage?days=91', undefined, { key })).toMatchObject({
        status: 400,
        body: { error: { param: 'days' } }
      })
    })

    test('names other currencies, when there are any', async () => {
      const { id, key } = await server.newKey({ budget: budget('2.00') })
      await server.call('POST', '/admin/ledger', { key_id: id, amount: '7', currency: 'CNY', reason: 'x' })
      expect(await usage(key)).toMatchObject({
        spent: usd('0.00'),
        others: [{ spent: { amount: '7.00', currency: 'CNY' }, held: { amount: '0.00', currency: 'CNY' } }]
      })
    })
  })

  describe('a budget', () => {
    test('POST 429 insufficient_quota is not to be repeated; polls and downloads go on', async () => {
      const { key } = await server.newKey({ budget: budget('0.50') })
      const { body } = await create(key)
      const refused = await create(key)
      expect(refused).toMatchObject({ status: 429, body: { code: 'insufficient_quota', type: 'insufficient_quota' } })
      expect(refused.body.message).toMatch('this key has 0.00 USD left')
      expect(refused.headers.get('x-should-retry')).toBe('false')
      expect(refused.headers.get('retry-after')).toBeNull()
      expect(await server.finished(body.id, key)).toMatchObject({ status: 'completed' })
      const file = await server.content(body.id, { key })
      expect([file.status, (await file.arrayBuffer()).byteLength > 0]).toEqual([200, true])
      expect(vendor.submits).toHaveLength(1)
      expect((await server.call('GET', '/v1/videos', undefined, { key })).body.data).toHaveLength(1)
    })

    test('of concurrent creates exactly as many are accepted as it pays for', async () => {
      const { key } = await server.newKey({ budget: budget('1.00') })
      const statuses = (await Promise.all(Array.from({ length: 25 }, () => create(key)))).map(({ status }) => status)
      expect(statuses.filter(status => status === 200)).toHaveLength(2)
      expect(statuses.filter(status => status === 429)).toHaveLength(23)
      expect(vendor.submits).toHaveLength(2)
    })

    test('several videos in one request are paid together or not at all', async () => {
      const { key } = await server.newKey({ budget: budget('1.40') })
      expect(await create(key, { n: 3 })).toMatchObject({ status: 429 })
      expect(await usage(key)).toMatchObject({ held: usd('0.00') })
      const { status, body } = await create(key, { n: 2 })
      expect(status).toBe(200)
      expect(await usage(key)).toMatchObject({ held: usd('1.00') })
      await server.finished(body.id, key)
      expect(await usage(key)).toMatchObject({ spent: usd('1.00'), held: usd('0.00') })
      const inspected = await server.inspect(body.id)
      expect(inspected.price).toEqual(usd('1.00'))
      expect(inspected.ledger.map(({ kind: entry }: { kind: string }) => entry).sort()).toEqual([
        'capture',
        'capture',
        'hold',
        'hold'
      ])
    })

    test('cannot count a model without a price, nor one in other money, unless the operator says so', async () => {
      const { key } = await server.newKey({ budget: budget('9.00') })
      const unpriced = await create(key, { model: 'own' })
      expect(unpriced).toMatchObject({ status: 429, body: { code: 'insufficient_quota', param: 'model' } })
      expect(unpriced.body.message).toMatch('own has no price')
      expect(unpriced.headers.get('x-should-retry')).toBe('false')
      await server.call('PUT', '/admin/models/own', { prices: [{ unit: 'video', amount: '1', currency: 'CNY' }] })
      await server.advance(2000)
      expect((await create(key, { model: 'own' })).body.message).toMatch("this key's budget is in USD")
      const { key: free } = await server.newKey()
      expect(await create(free, { model: 'own' })).toMatchObject({ status: 200 })
    })

    test('tells its owner’s endpoints of 80 and 100 percent', async () => {
      const { id, key } = await server.newKey({ budget: budget('1.00') })
      await create(key)
      await create(key)
      const { db, events } = server.services.database
      const told = (await db.select().from(events)).filter(({ type }) => type === 'budget.threshold_reached')
      expect(told).toMatchObject([{ keyId: id, data: { id, threshold: 100, used: '1.00' } }])
    })
  })

  describe('GET /admin/usage', () => {
    const get = async (query: string) => (await server.call('GET', `/admin/usage?${query}`)).body.data
    const line = (videos: number, spent: string, more: object = {}) => ({
      names: {},
      videos,
      seconds: videos * 5,
      failed: 0,
      refused: 0,
      spent: usd(spent),
      ...more
    })

    test('200 groups by key, model, channel, user and time, as JSON and as CSV', async () => {
      const [one, two] = [await server.newKey({ name: 'one' }), await server.newKey({ name: 'two' })]
      for (const key of [one.key, one.key, two.key]) await server.finished((await create(key)).body.id, key)
      const { body: own } = await create(two.key, { model: 'own', user: 'ada' })
      await server.finished(own.id, two.key)
      vendor.onPoll = () => 'failed'
      await server.finished((await create(two.key)).body.id, two.key)
      const names = { channel: (await server.call('GET', `/admin/channels/${channel}`)).body.name }
      expect(await get('')).toEqual([line(4, '1.50', { failed: 1 })])
      expect(await get('group_by=key')).toEqual([
        line(2, '1.00', { key: one.id, names: { key: 'one' } }),
        line(2, '0.50', { key: two.id, names: { key: 'two' }, failed: 1 })
      ])
      expect(await get('group_by=model,channel')).toEqual([
        line(3, '1.50', { model: 'kling-v1', channel, names, failed: 1 }),
        line(1, '0.00', { model: 'own', channel, names })
      ])
      expect(await get('group_by=user')).toEqual([
        line(1, '0.00', { user: 'ada' }),
        line(3, '1.50', { user: null, failed: 1 })
      ])
      expect(await get(`key=${one.id}`)).toEqual([line(2, '1.00')])
      expect(await get('model=own')).toEqual([line(1, '0.00')])
      expect(await get(`channel=${channel}&key=${two.id}&model=kling-v1`)).toEqual([line(1, '0.50', { failed: 1 })])
      expect(await get('channel=none')).toEqual([])
      const day = new Date(server.now()).toISOString().slice(0, 10)
      expect(await get('group_by=day')).toEqual([line(4, '1.50', { day, failed: 1 })])
      expect(await get(`to=${Math.floor(server.now() / 1000) - 86_400}`)).toEqual([])
      expect(await get(`from=${Math.floor(server.now() / 1000) - 86_400}&to=${day}T23:59:59Z`)).toHaveLength(1)
      const { key } = await server.newKey({ role: 'admin' })
      const csv = async (query: string) => server.ask(`/admin/usage?${query}`, { key, headers: { accept: 'text/csv' } })
      const byDay = await csv('group_by=day,model')
      expect(byDay.headers.get('content-type')).toBe('text/csv; charset=utf-8')
      expect(await byDay.text()).toBe(
        `model,day,videos,seconds,spent,currency,refused,failed\r\nkling-v1,${day},3,15,1.50,USD,0,1\r\nown,${day},1,5,0.00,USD,0,0\r\n`
      )
      await server.call('DELETE', `/admin/keys/${one.id}`)
      expect(await (await csv(`group_by=key&key=${one.id}`)).text()).toBe(
        `key,key_name,videos,seconds,spent,currency,refused,failed\r\n${one.id},one,2,10,1.00,USD,0,0\r\n`
      )
    })

    test('divides time by the calendar of a time zone', async () => {
      const { id, key } = await server.newKey()
      // Sunday evening in UTC, Monday in Kathmandu (UTC+5:45), where the month is a new one, too
      const evening = Date.parse('2027-02-28T18:20:00Z')
      await server.advance(evening - server.now())
      await server.call('POST', '/admin/ledger', { key_id: id, amount: '1', currency: 'USD', reason: 'a bill' })
      await server.finished((await create(key)).body.id, key)
      const slice = async (name: string, tz = 'Asia/Kathmandu') =>
        (await get(`key=${id}&group_by=${name}&tz=${tz}`)).map((one: any) => [one[name], one.spent.amount])
      expect(await slice('hour')).toEqual([['2027-03-01T00:00+05:45', '1.50']])
      expect(await slice('hour', 'UTC')).toEqual([['2027-02-28T18:00Z', '1.50']])
      expect(await slice('day')).toEqual([['2027-03-01', '1.50']])
      expect(await slice('week')).toEqual([['2027-03-01', '1.50']])
      expect(await slice('month')).toEqual([['2027-03', '1.50']])
      expect([await slice('day', 'UTC'), await slice('week', 'UTC'), await slice('month', 'UTC')]).toEqual([
        [['2027-02-28', '1.50']],
        [['2027-02-22', '1.50']],
        [['2027-02', '1.50']]
      ])
    })

    test('counts what waited in vain as failed, each of several videos once, and no cancelled one', async () => {
      const { key } = await server.newKey()
      vendor.onPoll = () => 'failed'
      await server.finished((await create(key, { n: 3 })).body.id, key)
      expect(await get('')).toEqual([line(0, '0.00', { failed: 3 })])
      vendor.onPoll = () => 'processing'
      const { body } = await create(key)
      await server.call('POST', `/v1/videos/${body.id}/cancel`, undefined, { key })
      await server.advance(MINUTE)
      expect(await get('')).toEqual([line(0, '0.00', { failed: 3 })])
    })

    test.each(['group_by=cat', 'group_by=day,week', 'tz=Nowhere', 'from=yesterday', 'format=xml'])(
      '%s is 400 naming the field',
      async query => {
        expect(await server.call('GET', `/admin/usage?${query}`)).toMatchObject({
          status: 400,
          body: { param: expect.stringContaining(query.split('=')[0]!) }
        })
      }
    )
  })

  describe('/admin/ledger', () => {
    test('GET pages through all entries, newest first, of a key, a task or a kind', async () => {
      const [one, two] = [await server.newKey(), await server.newKey()]
      const { body } = await create(one.key)
      await create(two.key)
      await server.finished(body.id, one.key)
      const get = async (query: string) => (await server.call('GET', `/admin/ledger?${query}`)).body
      const all = await get('')
      expect(all.data.length).toBeGreaterThanOrEqual(3)
      expect(await get(`key=${one.id}&order=asc`)).toMatchObject({
        object: 'list',
        has_more: false,
        data: [
          {
            object: 'ledger.entry',
            kind: 'hold',
            task_id: body.id,
            key_id: one.id,
            ...usd('0.50'),
            from: `wallet:${one.id}`,
            to: `held:${one.id}`,
            reason: null
          },
          { kind: 'capture', from: `held:${one.id}`, to: `spend:${channel}` }
        ]
      })
      expect((await get(`task=${body.id}&kind=capture`)).data).toHaveLength(1)
      const first = await get('limit=1')
      expect(first).toMatchObject({ has_more: true, last_id: all.data[0].id })
      expect((await get(`limit=1&after=${first.last_id}`)).data[0].id).toBe(all.data[1].id)
    })

    test('POST 201 books a correction, up or down, with its reason', async () => {
      const { id, key } = await server.newKey({ budget: budget('1.00') })
      const post = (more: object) =>
        server.call('POST', '/admin/ledger', {
          key_id: id,
          amount: '0.80',
          currency: 'USD',
          reason: 'manual bill',
          ...more
        })
      expect(await post({})).toMatchObject({
        status: 201,
        body: { kind: 'adjust', ...usd('0.80'), key_id: id, task_id: null, reason: 'manual bill' }
      })
      expect(await create(key)).toMatchObject({ status: 429 })
      expect(await post({ amount: '-0.30' })).toMatchObject({ status: 201, body: usd('-0.30') })
      expect(await usage(key)).toMatchObject({ spent: usd('0.50'), budget: { remaining: '0.50' } })
      expect(await create(key)).toMatchObject({ status: 200 })
      for (const [more, param] of [
        [{ amount: '1.1234567' }, 'amount'],
        [{ reason: ' ' }, 'reason'],
        [{ key_id: 'key_x' }, 'key_id'],
        [{ task_id: 'video_x' }, 'task_id'],
        [{ cat: 1 }, 'cat']
      ] as const)
        expect(await post(more)).toMatchObject({ status: 400, body: { param } })
      expect(await server.call('GET', '/admin/ledger', undefined, { key })).toMatchObject({ status: 403 })
    })
  })

  describe('POST /admin/tasks/{id}/resolve', () => {
    /** A task whose submit left, and of which the vendor says nothing. */
    async function doubted(key: string): Promise<string> {
      vendor.onSubmit = () => 'drop after accept'
      vendor.onPoll = () => ({ status: 500, body: 'down' })
      const { body } = await create(key)
      // it is asked twenty times, ever more seldom
      let task = body
      for (let minute = 0; minute < 40 && task.status !== 'failed'; minute++) {
        await server.advance(MINUTE)
        task = (await server.call('GET', `/openai/v1/videos/${body.id}`, undefined, { key })).body
      }
      expect(task).toMatchObject({ status: 'failed', error: { code: 'submit_outcome_unknown' } })
      return body.id
    }
    const resolve = (id: string, body: object) => server.call('POST', `/admin/tasks/${id}/resolve`, body)
    const kinds = async (id: string) =>
      (await server.inspect(id)).ledger.map(({ kind: entry }: { kind: string }) => entry)

    test('the hold stays until somebody decides, or until its time is over', async () => {
      const { key } = await server.newKey({ budget: budget('0.50') })
      const id = await doubted(key)
      expect(await usage(key)).toMatchObject({ held: usd('0.50') })
      await server.advance(23 * 60 * MINUTE)
      expect(await usage(key)).toMatchObject({ held: usd('0.50') })
      await server.advance(61 * MINUTE)
      expect(await usage(key)).toMatchObject({ held: usd('0.00'), spent: usd('0.00') })
      const { ledger } = await server.inspect(id)
      expect(ledger).toMatchObject([{ kind: 'hold' }, { kind: 'release', reason: 'not resolved in time' }])
      expect(await resolve(id, { outcome: 'charged' })).toMatchObject({ status: 409, body: { code: 'conflict' } })
    })

    test('lost gives the hold back, charged spends it, each once', async () => {
      const { key } = await server.newKey()
      const [lost, charged] = [await doubted(key), await doubted(key)]
      expect(await resolve(lost, { outcome: 'lost' })).toMatchObject({
        status: 200,
        body: { id: lost, price: usd('0.50') }
      })
      expect(await resolve(charged, { outcome: 'charged' })).toMatchObject({ status: 200 })
      expect([await kinds(lost), await kinds(charged)]).toEqual([
        ['hold', 'release'],
        ['hold', 'capture']
      ])
      expect(await resolve(lost, { outcome: 'charged' })).toMatchObject({ status: 409 })
      expect(await usage(key)).toMatchObject({ held: usd('0.00'), spent: usd('0.50') })
      const { body } = await server.call('GET', `/admin/audit?what=task.resolve&target=${charged}`)
      expect(body.data).toMatchObject([{ actor: { name: 'ADMIN_KEY' }, after: { outcome: 'charged' } }])
    })

    test('found goes on where it stopped, when the vendor shows it', async () => {
      const { key } = await server.newKey()
      const id = await doubted(key)
      expect(await resolve(id, { outcome: 'found' })).toMatchObject({ status: 502 })
      vendor.onPoll = () => 'processing'
      expect(await resolve(id, { outcome: 'found', upstream_id: 'up-9' })).toMatchObject({
        status: 400,
        body: { param: 'outcome' }
      })
      expect(await resolve(id, { outcome: 'found', upstream_id: 'up-1' })).toMatchObject({
        status: 200,
        body: { error: null }
      })
      vendor.onPoll = () => 'succeed'
      expect(await server.finished(id, key)).toMatchObject({ status: 'completed' })
      expect(await kinds(id)).toEqual(['hold', 'capture'])
      expect(vendor.submits).toHaveLength(1)
    })

    test('anything else is 400, and nobody else’s business', async () => {
      const { key } = await server.newKey()
      const { body } = await create(key)
      expect(await resolve(body.id, { outcome: 'lost' })).toMatchObject({ status: 400, body: { param: 'id' } })
      expect(await resolve(body.id, { outcome: 'maybe' })).toMatchObject({ status: 400, body: { param: 'outcome' } })
      expect(await resolve('video_x', { outcome: 'lost' })).toMatchObject({ status: 404 })
      expect(await server.call('POST', `/admin/tasks/${body.id}/resolve`, { outcome: 'lost' }, { key })).toMatchObject({
        status: 403
      })
    })
  })
})

describe('ALLOW_UNPRICED', () => {
  test('lets keys with a budget use models without a price; nothing is booked', async () => {
    const vendor = await startFakeCloudsway()
    const server = await startTestServer({ env: { ALLOW_UNPRICED: 'true' }, channel: vendor.channel() })
    const member = await server.newKey({ budget: { amount: '1.00', currency: 'USD', window: 'total' } })
    const id = await server.newVideo({}, member)
    expect(await server.inspect(id)).toMatchObject({ price: null, ledger: [] })
    await server.close()
    await vendor.close()
  })
})

describe('the sandbox', () => {
  test('costs nothing, and a budget lets it through', async () => {
    const server = await startTestServer({ env: { SANDBOX: 'on' } })
    const member = await server.newKey({ budget: { amount: '0.01', currency: 'CNY', window: 'total' } })
    const id = await server.newVideo({ model: 'sora-2' }, member)
    expect(await server.inspect(id)).toMatchObject({ price: usd('0.00') })
    await server.close()
  })
})
