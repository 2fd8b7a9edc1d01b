import { describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { refusal } from './operator.ts'

/* The overview: G9 of the console's needs, through HTTP on both databases. */

describe.each(kinds)('%s', kind => {
  const vendor = forAllTests(() =>
    startFakeCloudsway({ onPoll: ({ body }) => (String(body.prompt).includes('fails') ? 'failed' : 'succeed') })
  )
  const server = forAllTests(() => startTestServer({ kind }))
  const get = async (path: string) => {
    const { status, body } = await server.call('GET', `/admin${path}`)
    expect(status, JSON.stringify(body)).toBe(200)
    return body
  }
  // a minute ahead, because the test's clock may run ahead of this one
  const period = () => `from=${Math.floor(server.now() / 1000) - 7200}&to=${Math.floor(server.now() / 1000) + 60}`

  test('nothing has happened yet', async () => {
    expect(await get('/overview')).toMatchObject({
      spent: [],
      made: { count: 0, before: 0 },
      success: { rate: null, before: null },
      time_to_video: { p50_ms: null },
      now: { running: 0, waiting: 0, oldest_waiting_s: null },
      latest: []
    })
    expect((await get('/failures')).data).toEqual([])
    expect((await get('/attention')).data).toEqual([])
  })

  test('a period counts, adds up and compares with the one before', async () => {
    const channel = await server.newChannel(vendor.channel({ name: 'first', max_concurrency: 3 }))
    await server.call('PATCH', '/admin/models/kling-v1', {
      prices: [{ unit: 'second', amount: '0.10', currency: 'USD' }]
    })
    for (const prompt of ['a cat', 'a dog', 'a cat fails'])
      await server.finished(await server.newVideo({ prompt, seconds: 5 }))
    vendor.onSubmit = () => ({ status: 400, body: { code: 1301, message: 'not allowed', request_id: 'r' } })
    await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a refused cat' })
    const overview = await get(`/overview?${period()}&tz=Asia/Shanghai`)
    expect(overview).toMatchObject({
      object: 'overview',
      spent: [{ amount: '1.00', currency: 'USD', before: '0.00' }],
      made: { count: 2, before: 0, seconds: 10 },
      success: { rate: 0.5, ok: 2, failed: 1, refused: 1, before: null },
      time_to_video: { p50_ms: expect.any(Number), p95_ms: expect.any(Number) },
      now: { running: 0, waiting: 0, slots_used: 0, slots_total: 3 }
    })
    expect(overview.latest.map(({ state }: { state: string }) => state)).toEqual(['failed', 'succeeded', 'succeeded'])

    const { data: failures } = await get(`/failures?${period()}`)
    expect(failures).toHaveLength(2)
    expect(failures).toContainEqual({
      error: expect.any(String),
      vendor_code: '1301',
      model: 'kling-v1',
      channel: { id: channel, name: 'first' },
      count: 1,
      last_at: expect.any(Number),
      sample_id: expect.stringMatching(/^video_/)
    })
  })

  test.each([
    ['5m', 300],
    ['1h', 3600],
    ['1d', 86_400]
  ])('a series by %s has every slice, and adds up to the whole', async (step, seconds) => {
    const { data } = await get(`/series?${period()}&step=${step}&tz=Asia/Kathmandu`)
    const at: number[] = data.map((point: { at: number }) => point.at)
    expect(at.slice(1).every((time, index) => time - at[index]! === seconds)).toBe(true)
    const sum = (field: string) => data.reduce((all: number, point: Record<string, number>) => all + point[field]!, 0)
    expect([sum('ok'), sum('failed'), sum('refused')]).toEqual([2, 1, 1])
    const spent = data.map((point: { spent: { USD?: string } }) => Number(point.spent.USD ?? 0))
    expect(spent.reduce((all: number, one: number) => all + one, 0)).toBeCloseTo(1)
    if (step === '1d') expect((at[0]! + (5 * 60 + 45) * 60) % 86_400).toBe(0)
  })

  test('what needs a person is listed with what to do', async () => {
    vendor.onSubmit = () => ({ status: 401, body: { code: 1000, message: 'bad key', request_id: 'r' } })
    await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat' })
    const key = await server.newKey({
      name: 'nearly spent',
      budget: { amount: '1.00', currency: 'USD', window: 'total', timezone: 'UTC' }
    })
    await server.call('POST', '/admin/ledger', { key_id: key.id, amount: '0.96', currency: 'USD', reason: 'test' })
    const { data } = await get('/attention')
    expect(data).toMatchObject([
      {
        kind: 'channel_disabled',
        severity: 'bad',
        subject: { type: 'channel', name: 'first' },
        since: expect.any(Number),
        reason: 'auth',
        action: { label_key: 'open_channel' }
      },
      { kind: 'budget', severity: 'warn', subject: { type: 'key', id: key.id, name: 'nearly spent' } }
    ])
  })

  test('a period that cannot be is a 400', async () => {
    expect(await server.call('GET', '/admin/overview?from=2026-02-01&to=2026-01-01')).toMatchObject(refusal('from'))
    expect(await server.call('GET', '/admin/series?from=2020-01-01&step=5m')).toMatchObject(refusal('step'))
    expect(await server.call('GET', '/admin/series?tz=Mars')).toMatchObject(refusal('tz'))
  })
})
