import { describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { startReceiver } from '../webhooks/receiver.ts'
import { refusal } from './operator.ts'

/* Deliveries as operators see them: each attempt, also those before it was delivered again, and filters by time. */

const MINUTE = 60_000

describe.each(kinds)('%s', kind => {
  const vendor = forEachTest(startFakeCloudsway)
  const server = forEachTest(() => startTestServer({ kind, channel: vendor.channel() }))

  const get = async (path: string) => (await server.call('GET', `/admin${path}`)).body
  const post = (url: string) => server.call('POST', '/v1/webhook_endpoints', { url, event_types: ['video.completed'] })

  async function attempted() {
    await server.services.deliver.runNow()
    await server.services.deliver.settled()
  }

  test('a delivery has its attempts: the last twenty, over replays', async () => {
    const receiver = await startReceiver()
    await post(receiver.url)
    receiver.onPost = () => 500
    await server.finished(await server.newVideo())
    await attempted()
    const [{ id }] = (await get('/webhook_deliveries')).data
    const one = () => get(`/webhook_deliveries/${id}`)
    expect(await one()).toMatchObject({ id, object: 'webhook_delivery', status: 'pending', tries: 1 })
    await server.advance(2 * MINUTE)
    await attempted()
    receiver.onPost = () => 204
    await server.call('POST', `/admin/webhook_deliveries/${id}/replay`)
    await attempted()
    const failed = { at: expect.any(Number), status: 500, error: 'answered 500', ms: expect.any(Number) }
    const { attempts, ...delivered } = await one()
    expect(delivered).toMatchObject({ status: 'delivered', tries: 1 })
    expect(attempts).toEqual([failed, failed, { ...failed, status: 204, error: null }])
    expect(attempts[1].at - attempts[0].at).toBeGreaterThan(60)
    const [listed] = (await get('/webhook_deliveries')).data
    expect(listed.attempts).toEqual(attempts)

    for (let count = 0; count < 20; count++) {
      await server.call('POST', `/admin/webhook_deliveries/${id}/replay`)
      await attempted()
    }
    const last = (await one()).attempts
    expect(last).toHaveLength(20)
    expect(last.every(({ status }: { status: number }) => status === 204)).toBe(true)
    expect(await server.call('GET', '/admin/webhook_deliveries/dlv_none')).toMatchObject({ status: 404 })
  })

  test('no answer is an attempt with its reason; an endpoint that is disabled is none', async () => {
    await post('http://127.0.0.1:9/')
    await server.finished(await server.newVideo())
    await attempted()
    const [{ id, endpoint }] = (await get('/webhook_deliveries')).data
    await server.call('POST', `/v1/webhook_endpoints/${endpoint}`, { disabled: true })
    const found = await get(`/webhook_deliveries/${id}`)
    expect(found).toMatchObject({ status: 'failed', error: expect.stringContaining('disabled') })
    expect(found.attempts).toEqual([
      { at: expect.any(Number), status: null, error: expect.any(String), ms: expect.any(Number) }
    ])
  })

  test('from and to are when they were created', async () => {
    const receiver = await startReceiver()
    await post(receiver.url)
    await server.finished(await server.newVideo())
    await attempted()
    await server.advance(60 * MINUTE)
    await server.finished(await server.newVideo())
    await attempted()
    const [second, first] = (await get('/webhook_deliveries')).data
    const between = second.created_at - 600
    const ids = async (query: string) =>
      (await get(`/webhook_deliveries?${query}`)).data.map((one: { id: string }) => one.id)
    expect(await ids(`from=${between}`)).toEqual([second.id])
    expect(await ids(`to=${between}`)).toEqual([first.id])
    expect(await ids(`from=${first.created_at}&to=${second.created_at + 1}&order=asc`)).toEqual([first.id, second.id])
    expect(await ids(`from=${between}&to=${between}`)).toEqual([])
    expect(await server.call('GET', '/admin/webhook_deliveries?from=then')).toMatchObject(refusal('from'))
  })
})
