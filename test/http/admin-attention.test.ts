import { describe, expect, test } from 'vitest'
import { createAttention } from '../../src/admin/attention.ts'
import { vendors } from '../../src/vendors/index.ts'
import { kinds, runSql } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* What needs a person, with the facts from which a console words it in any language. */

describe.each(kinds)('GET /admin/attention, on %s', kind => {
  const vendor = forEachTest(() =>
    startFakeCloudsway({ onPoll: ({ body }) => (body.prompt === 'runs' ? 'processing' : 'succeed') })
  )
  const server = forEachTest(() => startTestServer({ kind, channel: vendor.channel({ name: 'first' }) }))

  const attention = async () => (await server.call('GET', '/admin/attention')).body.data
  const price = (amount: string) => ({ prices: [{ unit: 'video', amount, currency: 'USD' }] })

  test('a model that makes videos without a price, until it has one', async () => {
    expect(await attention()).toEqual([])
    await server.finished(await server.newVideo())
    await server.finished(await server.newVideo())
    expect(await attention()).toMatchObject([
      {
        kind: 'unpriced',
        severity: 'warn',
        subject: { type: 'model', id: 'kling-v1', name: 'kling-v1' },
        since: expect.any(Number),
        facts: { count: 2 },
        action: { label_key: 'set_price' }
      }
    ])
    await server.call('PATCH', '/admin/models/kling-v1', price('0.50'))
    expect(await attention()).toEqual([])
  })

  test('a disk with little space left', async () => {
    const { stores, ...services } = server.services
    const list = (free: number) =>
      createAttention({
        ...stores,
        ...services,
        tasks: stores.tasks,
        channels: stores.channels,
        models: stores.models,
        keys: stores.keys,
        endpoints: stores.endpoints,
        search: stores.taskSearch,
        stats: stores.accountStats,
        vendors,
        disks: async () => [{ folder: '/data', free, total: 100e9 }]
      }).list()
    expect(await list(50e9)).toEqual([])
    expect(await list(4e9)).toMatchObject([
      { kind: 'disk', severity: 'warn', subject: { name: '/data' }, facts: { free_bytes: 4e9, total_bytes: 100e9 } }
    ])
    expect(await list(1e8)).toMatchObject([{ severity: 'bad', reason: 'only 0.1 GB free in /data' }])
  })

  test('rows that cannot be read', async () => {
    const [channel] = (await server.call('GET', '/admin/channels')).body.data
    const wrong = kind === 'sqlite' ? `'[1'` : `'[1]'::jsonb`
    await runSql(server.databaseUrl, `update channels set models = ${wrong}`)
    server.services.routing.changed()
    expect(await attention()).toMatchObject([
      {
        kind: 'damaged',
        severity: 'bad',
        subject: { type: 'channel', id: channel.id, name: 'first' },
        facts: { columns: ['models'] }
      }
    ])
  })

  test('a channel whose credential is refused: its vendor, and what nothing else serves', async () => {
    await server.newVideo({ prompt: 'runs' })
    vendor.onSubmit = () => ({ status: 401, body: { code: 1000, message: 'bad key', request_id: 'r' } })
    await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat' })
    expect(await attention()).toMatchObject([
      { kind: 'channel_disabled', facts: { vendor: 'Cloudsway (Kling)', models: ['kling-v1'] } }
    ])
  })

  test('a budget: how much of it, its window, and who waits', async () => {
    await server.call('PATCH', '/admin/models/kling-v1', price('0.96'))
    const budget = { amount: '1.00', currency: 'USD', window: 'monthly', timezone: 'UTC' }
    const { key, id } = await server.newKey({ name: 'app', budget })
    await server.newVideo({ prompt: 'runs' }, { key })
    expect(await attention()).toMatchObject([
      {
        kind: 'budget',
        subject: { id },
        facts: {
          percent: 96,
          used: { amount: '0.96', currency: 'USD' },
          budget: { amount: '1.00', currency: 'USD' },
          window: 'monthly',
          waiting: 0,
          resets_at: expect.any(Number)
        }
      }
    ])
  })
})
