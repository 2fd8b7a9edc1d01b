import { describe, expect, test } from 'vitest'
import { operatorForAll, refusal, unixSeconds } from './operator.ts'

/* The operator's side, in the shapes of api.md §6 and §9. */

const { admin, seen, server } = operatorForAll()

describe('keys', () => {
  const usual = {
    object: 'key',
    role: 'member',
    scopes: null,
    owner: null,
    models: null,
    ip_allowlist: null,
    expires_at: null,
    requests_per_minute: null,
    max_concurrency: null,
    max_queued: null,
    budget: null,
    dialect: 'auto',
    duration_policy: null,
    disabled: false,
    last_used_ip: null,
    old_expires_at: null,
    old_last_used_at: null,
    managed_by: null,
    revoked_at: null
  }
  const full = {
    name: 'full',
    role: 'admin',
    owner: 'team a',
    models: ['kling-v1'],
    ip_allowlist: ['10.0.0.0/8', '::1'],
    expires_at: 4_000_000_000,
    requests_per_minute: 60,
    max_concurrency: 2,
    max_queued: 10,
    budget: { amount: '10.00', currency: 'USD', window: 'monthly', timezone: 'Asia/Shanghai' },
    dialect: 'openai',
    duration_policy: 'refuse',
    disabled: true
  }

  test('POST 201: the key once, never again', async () => {
    const { status, body } = await server.call('POST', '/admin/keys', { name: 'plain' })
    expect(status).toBe(201)
    expect(body).toEqual({
      ...usual,
      id: expect.stringMatching(/^key_[0-9a-f]{32}$/),
      name: 'plain',
      hint: expect.stringMatching(/^sk-\w{4}…$/),
      key: expect.stringMatching(/^sk-[0-9A-Za-z]{49}$/),
      spent: { amount: '0.00', currency: 'USD' },
      held: { amount: '0.00', currency: 'USD' },
      remaining: null,
      resets_at: null,
      in_flight: 0,
      queued: 0,
      days: expect.toSatisfy((days: unknown[]) => days.length === 14),
      created_at: unixSeconds,
      last_used_at: null
    })
    const { key, ...rest } = body
    expect((await admin('GET', `/keys/${body.id}`)).body).toEqual(rest)
    expect((await admin('GET', '/keys')).body.data).toContainEqual(rest)
    expect((await admin('PATCH', `/keys/${body.id}`, { name: 'plainer' })).body).toEqual({ ...rest, name: 'plainer' })
    expect(JSON.stringify(seen)).not.toContain(key)
  })

  test('POST 201 with everything, as it was given', async () => {
    const { body } = await admin('POST', '/keys', full)
    expect(body).toMatchObject(full)
    // with amounts as they stand in ledgers
    expect((await admin('GET', `/keys/${body.id}`)).body.budget).toMatchObject({
      amount: expect.stringMatching(/^10(\.0+)?$/)
    })
  })

  test.each(Object.entries(full).filter(([name]) => name !== 'name'))(
    'PATCH %s changes that alone',
    async (name, value) => {
      const { body } = await admin('POST', '/keys', { name: 'k' })
      const { key: _key, ...before } = body
      const { status, body: after } = await admin('PATCH', `/keys/${body.id}`, { [name]: value })
      expect(status).toBe(200)
      // what follows from a budget changes with it
      const follows = name === 'budget' && { remaining: after.remaining, resets_at: after.resets_at }
      expect(after).toMatchObject({ ...before, ...follows, [name]: value })
      if (value === null || (usual as Record<string, unknown>)[name] !== null) return
      expect((await admin('PATCH', `/keys/${body.id}`, { [name]: null })).body).toEqual(before)
    }
  )

  test('PATCH of nothing 200, the same', async () => {
    const { body } = await admin('POST', '/keys', full)
    const { key: _key, ...before } = body
    expect(await admin('PATCH', `/keys/${body.id}`, {})).toMatchObject({ status: 200, body: before })
  })

  test.each([
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: '   ' }, 'name'],
    [{ name: 5 }, 'name'],
    [{ name: 'a'.repeat(201) }, 'name'],
    [{ name: 'k', role: 'root' }, 'role'],
    [{ name: 'k', roles: 'admin' }, 'roles'],
    [{ name: 'k', key: 'sk-mine' }, 'key'],
    [{ name: 'k', models: 'kling-v1' }, 'models'],
    [{ name: 'k', models: [1] }, 'models.0'],
    [{ name: 'k', ip_allowlist: ['10.0.0.0/33'] }, 'ip_allowlist.0'],
    [{ name: 'k', ip_allowlist: ['::1', 'home'] }, 'ip_allowlist.1'],
    [{ name: 'k', ip_allowlist: ['::ffff:0:0/90'] }, 'ip_allowlist.0'],
    [{ name: 'k', expires_at: '2030-01-01' }, 'expires_at'],
    [{ name: 'k', expires_at: 1767000000000000 }, 'expires_at'],
    [{ name: 'k', requests_per_minute: 0 }, 'requests_per_minute'],
    [{ name: 'k', max_concurrency: 1.5 }, 'max_concurrency'],
    [{ name: 'k', max_queued: -1 }, 'max_queued'],
    [{ name: 'k', budget: 10 }, 'budget'],
    [{ name: 'k', budget: { amount: 10, currency: 'USD', window: 'total' } }, 'budget.amount'],
    [{ name: 'k', budget: { amount: '-1', currency: 'USD', window: 'total' } }, 'budget.amount'],
    [{ name: 'k', budget: { amount: '1e3', currency: 'USD', window: 'total' } }, 'budget.amount'],
    [{ name: 'k', budget: { amount: '1', currency: 'usd', window: 'total' } }, 'budget.currency'],
    [{ name: 'k', budget: { amount: '1', currency: 'USD', window: 'yearly' } }, 'budget.window'],
    [
      { name: 'k', budget: { amount: '1', currency: 'USD', window: 'daily', timezone: 'Mars/Base' } },
      'budget.timezone'
    ],
    [{ name: 'k', budget: { amount: '1', currency: 'USD', window: 'daily', spent: '0' } }, 'budget.spent'],
    [{ name: 'k', dialect: 'klingon' }, 'dialect'],
    [{ name: 'k', duration_policy: 'down' }, 'duration_policy'],
    [{ name: 'k', disabled: 'no' }, 'disabled']
  ])('POST %j 400 names the field', async (body, param) => {
    const answer = await admin('POST', '/keys', body)
    expect(answer).toMatchObject(refusal(param))
    expect(answer.body.message).toContain(param)
  })

  test('PATCH 400 names the field, and changes nothing', async () => {
    const { body } = await admin('POST', '/keys', { name: 'k' })
    expect(await admin('PATCH', `/keys/${body.id}`, { name: 'new', colour: 'red' })).toMatchObject(refusal('colour'))
    expect(await admin('PATCH', `/keys/${body.id}`, { id: 'key_other' })).toMatchObject(refusal('id'))
    expect((await admin('GET', `/keys/${body.id}`)).body.name).toBe('k')
  })

  test('GET pages through all, newest first', async () => {
    const made = []
    for (let count = 0; count < 5; count++) made.unshift((await admin('POST', '/keys', { name: `p${count}` })).body.id)
    const first = (await admin('GET', '/keys?limit=3')).body
    expect(first).toMatchObject({ object: 'list', first_id: made[0], last_id: made[2], has_more: true })
    const second = (await admin('GET', `/keys?limit=2&after=${first.last_id}`)).body
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(made)
    expect((await admin('GET', '/keys?limit=0')).body).toMatchObject({ data: [], first_id: null, last_id: null })
    expect(await admin('GET', '/keys?limit=x')).toMatchObject(refusal('limit'))
  })

  test('rotate 200: a new secret, the same id', async () => {
    const { body } = await admin('POST', '/keys', { name: 'k' })
    const rotated = await server.call('POST', `/admin/keys/${body.id}/rotate`)
    expect(rotated).toMatchObject({
      status: 200,
      body: { id: body.id, object: 'key', key: expect.stringMatching(/^sk-/) }
    })
    expect(rotated.body.key).not.toBe(body.key)
    expect(await admin('POST', '/keys/key_none/rotate')).toMatchObject(refusal('id', 'not_found', 404))
    expect(await admin('DELETE', '/keys/key_none')).toMatchObject(refusal('id', 'not_found', 404))
  })
})
