import { describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { refusal, unixSeconds } from './operator.ts'

/* Channels, keys and vendors with their numbers: G10–G13 and W6 of the console's needs, through HTTP on both databases. */

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
  let [channel, key] = ['', { id: '', key: '' }]

  test('a channel shows what it has done', async () => {
    channel = await server.newChannel(vendor.channel({ name: 'first', max_concurrency: 1 }))
    await server.call('PATCH', '/admin/models/kling-v1', {
      prices: [{ unit: 'second', amount: '0.10', currency: 'USD' }]
    })
    const budget = { amount: '10.00', currency: 'USD', window: 'total', timezone: 'UTC' }
    key = await server.newKey({ name: 'team red', budget })
    await server.finished(await server.newVideo({ prompt: 'a cat', seconds: 5 }, key))
    await server.finished(await server.newVideo({ prompt: 'a cat fails', seconds: 5 }, key))
    vendor.onPoll = () => 'processing'
    await server.newVideo({ prompt: 'runs', seconds: 5 }, key)
    await server.newVideo({ prompt: 'waits', seconds: 5 }, key)
    const [shown] = (await get('/channels')).data
    expect(shown).toMatchObject({
      id: channel,
      learned_limit: null,
      in_flight: 1,
      queued: 1,
      health: { state: 'ok', last_error: { message: expect.any(String), at: unixSeconds } },
      last_success_at: unixSeconds,
      credential_hint: '…nary',
      stats: { ok: 1, failed: 1, p50_ms: expect.any(Number), p95_ms: expect.any(Number) },
      managed_by: null
    })
    expect(JSON.stringify(shown)).not.toContain('fake-credential')
    expect(await get(`/channels/${channel}`)).toEqual(shown)
  })

  test('a model shows what its channels can do together, how long it takes and who waits', async () => {
    const second = await server.newChannel(
      vendor.channel({ name: 'second', models: { both: 'kling-v1-6', 'kling-v1-6': 'kling-v1-6' } })
    )
    const model = async (name: string) => (await get('/models?limit=100')).data.find((one: any) => one.id === name)
    expect(await model('kling-v1')).toMatchObject({
      usual_ms: expect.any(Number),
      available: true,
      unavailable_reason: null,
      waiting: 1,
      modes: ['std', 'pro'],
      price_facts: expect.arrayContaining(['seconds', 'resolution', 'audio'])
    })
    expect(await get('/models/kling-v1')).toEqual(await model('kling-v1'))
    const one = await model('kling-v1-6')
    expect(one).toMatchObject({ usual_ms: null, waiting: 0 })
    await server.call('PATCH', '/admin/models/both', {
      candidates: [
        { channel, upstream_model: 'kling-v1' },
        { channel: second, upstream_model: 'kling-v1-6' }
      ]
    })
    const { data: served } = (await server.call('GET', '/v1/videos/models')).body
    const [first, other] = ['kling-v1', 'kling-v1-6'].map(
      name => served.find(({ id }: { id: string }) => id === name).capabilities
    )
    const both = (await model('both')).capabilities
    expect(new Set(both.seconds)).toEqual(new Set([...first.seconds, ...other.seconds]))
    expect(both.prompt_limit).toBe(Math.max(first.prompt_limit, other.prompt_limit))
    expect(new Set(both.image_roles)).toEqual(new Set([...first.image_roles, ...other.image_roles]))
    await server.call('PATCH', `/admin/channels/${second}`, { disabled: true })
    expect(await model('kling-v1-6')).toMatchObject({
      available: false,
      unavailable_reason: 'None of its channels can be used. second is disabled.',
      capabilities: one.capabilities
    })
    expect(await model('both')).toMatchObject({ available: true, capabilities: first })
    await server.call('DELETE', `/admin/channels/${second}`)
    await server.call('DELETE', '/admin/models/both')
  })

  test('a key shows what it has spent, and each of the last 14 days', async () => {
    const shown = (await get('/keys')).data.find(({ id }: { id: string }) => id === key.id)
    const usd = (amount: string) => ({ amount, currency: 'USD' })
    expect(shown).toMatchObject({
      spent: usd('0.50'),
      held: usd('1.00'),
      remaining: usd('8.50'),
      resets_at: null,
      in_flight: 1,
      queued: 1
    })
    expect(shown.days).toHaveLength(14)
    const total = shown.days.reduce((all: number, day: { videos: number }) => all + day.videos, 0)
    expect(total).toBe(1)
    expect(shown.days.at(-1)).toMatchObject({ spent: usd('0.50'), videos: 1 })
    expect(shown.days.at(-1).day).toBe(new Date(server.now()).toISOString().slice(0, 10))
  })

  test('revoked keys and deleted channels are still there by id', async () => {
    const gone = await server.newKey({ name: 'gone' })
    await server.call('DELETE', `/admin/keys/${gone.id}`)
    expect(await get(`/keys/${gone.id}`)).toMatchObject({ name: 'gone', revoked_at: unixSeconds, remaining: null })
    const other = await server.newChannel(vendor.channel({ name: 'other' }))
    await server.call('DELETE', `/admin/channels/${other}`)
    expect(await get(`/channels/${other}`)).toMatchObject({ deleted_at: unixSeconds })
  })

  test('vendors say what a channel needs', async () => {
    const { data } = await get('/vendors')
    const kling = data.find(({ id }: { id: string }) => id === 'kling')
    expect(kling).toMatchObject({
      object: 'vendor',
      name: expect.any(String),
      base_url: expect.stringMatching(/^https:/),
      credential: {
        fields: expect.arrayContaining([expect.objectContaining({ secret: true, optional: expect.any(Boolean) })])
      },
      options: { type: 'object' },
      facts: { lookup: expect.any(String) },
      free_probe: expect.any(Boolean)
    })
    expect(kling).toMatchObject({
      regions: [
        { id: 'global', base_url: kling.base_url, label: expect.any(String), keys_url: kling.keys_url },
        { id: 'cn', base_url: 'https://api-beijing.klingai.com', label: expect.any(String) }
      ],
      keys_url: expect.stringMatching(/^https:/),
      docs_url: expect.stringMatching(/^https:/)
    })
    // unknown, or each customer has an own one
    expect(data.find(({ id }: { id: string }) => id === 'azure')).toMatchObject({
      regions: [],
      keys_url: null,
      docs_url: null
    })
    expect(kling.models.length).toBeGreaterThan(0)
    expect(kling.models[0].capabilities).toHaveProperty('aspect_ratios')
    const cloudsway = data.find(({ id }: { id: string }) => id === 'cloudsway')
    expect(cloudsway.options.properties).toHaveProperty('endpoint_path')
  })

  test('settings are tested before they are saved', async () => {
    const { name: _name, ...settings } = vendor.channel()
    const { status, body } = await server.call('POST', '/admin/channels/test', { name: 'new', ...settings })
    expect(status).toBe(200)
    expect(body).toEqual({
      object: 'channel.test',
      ok: true,
      free: expect.any(Boolean),
      message: expect.any(String),
      latency_ms: body.free ? expect.any(Number) : null,
      kind: null
    })
    const wrong = await server.call('POST', '/admin/channels/test', { name: 'new', ...settings, vendor: 'nobody' })
    expect(wrong).toMatchObject(refusal('vendor'))
    expect((await get('/channels')).data).toHaveLength(1)
  })
})
