import { describe, expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'
import { CREDENTIAL, operatorForAll, refusal, unixSeconds } from './operator.ts'

/* The operator's side, in the shapes of api.md §6 and §9. */

const { admin, create, seen, server, vendor } = operatorForAll()

describe('channels', () => {
  const channel = (more: object = {}) => vendor.channel({ models: {}, ...more })

  test('POST 201: everything but the credential, with its health', async () => {
    const asked = channel({
      name: 'kl',
      models: { 'a-model': 'kling-v1' },
      max_concurrency: 5,
      submits_per_minute: 30,
      priority: 2,
      weight: 3
    })
    const { status, body } = await admin('POST', '/channels', asked)
    const { credential: _credential, ...rest } = asked as Record<string, unknown>
    expect(status).toBe(201)
    expect(body).toMatchObject({
      ...rest,
      id: expect.stringMatching(/^chan_[0-9a-f]{32}$/),
      object: 'channel',
      disabled: false,
      health: { state: 'ok', reason: null, until: null },
      created_at: unixSeconds
    })
    expect(Object.keys(body)).not.toContain('credential')
    expect((await admin('GET', `/channels/${body.id}`)).body).toEqual(body)
    expect((await admin('GET', '/channels')).body.data).toContainEqual(body)
  })

  test('defaults are told', async () => {
    const { body } = await admin('POST', '/channels', channel())
    expect(body).toMatchObject({
      models: {},
      max_concurrency: null,
      submits_per_minute: null,
      priority: 0,
      weight: 1,
      disabled: false
    })
  })

  test.each([
    ['name', 'another name'],
    ['options', { endpoint_path: 'OTHER' }],
    ['models', { 'a-model': 'kling-v2' }],
    ['max_concurrency', 7],
    ['submits_per_minute', 9],
    ['priority', -5],
    ['weight', 10],
    ['disabled', true]
  ])('PATCH %s changes that alone', async (name, value) => {
    const { body } = await admin('POST', '/channels', channel())
    expect((await admin('PATCH', `/channels/${body.id}`, { [name]: value })).body).toEqual({ ...body, [name]: value })
    await admin('DELETE', `/channels/${body.id}`)
  })

  test.each([
    [{ name: undefined }, 'name'],
    [{ name: '' }, 'name'],
    [{ vendor: 'nobody' }, 'vendor'],
    [{ vendor: undefined }, 'vendor'],
    [{ vendor: 'constructor' }, 'vendor'],
    [{ credential: undefined }, 'credential'],
    [{ credential: '' }, 'credential'],
    [{ credential: {} }, 'credential.api_key'],
    [{ credential: { api_key: 'x', other: 'y' } }, 'credential.other'],
    [{ options: {} }, 'options.endpoint_path'],
    [{ options: { endpoint_path: 'EP', colour: 'red' } }, 'options.colour'],
    [{ options: 'EP' }, 'options'],
    [{ models: ['kling-v1'] }, 'models'],
    [{ models: { 'kling-v1': '' } }, 'models.kling-v1'],
    [{ max_concurrency: 0 }, 'max_concurrency'],
    [{ submits_per_minute: 1.5 }, 'submits_per_minute'],
    [{ priority: '1' }, 'priority'],
    [{ weight: -1 }, 'weight'],
    [{ disabled: 1 }, 'disabled'],
    [{ health: { state: 'ok' } }, 'health'],
    [{ id: 'chan_mine' }, 'id'],
    [{ built_in: true }, 'built_in']
  ])('POST %j 400 names the field', async (more, param) => {
    const answer = await admin('POST', '/channels', channel(more))
    expect(answer).toMatchObject(refusal(param))
    expect(JSON.stringify(answer.body)).not.toContain(CREDENTIAL)
  })

  test.each([
    'http://10.0.0.1',
    'https://10.0.0.1',
    'https://192.168.1.1:8443/x',
    'https://[::1]',
    'https://[fd00::1]',
    'http://169.254.169.254/latest/meta-data',
    'https://metadata.google.internal',
    'http://example.com',
    'https://user:password@example.com',
    'ftp://example.com',
    'example.com',
    ''
  ])('POST base_url %s 400 names it', async url => {
    expect(await admin('POST', '/channels', channel({ base_url: url }))).toMatchObject(refusal('base_url'))
    const { body } = await admin('POST', '/channels', channel())
    expect(await admin('PATCH', `/channels/${body.id}`, { base_url: url })).toMatchObject(refusal('base_url'))
  })

  test('a base_url on another server needs the credential again, and keeps the old one until then', async () => {
    const { body } = await admin('POST', '/channels', channel({ base_url: 'https://one.example.com/kling' }))
    const change = (settings: object) => admin('PATCH', `/channels/${body.id}`, settings)
    for (const url of [
      'https://two.example.com/kling',
      'https://one.example.com:8443',
      'https://one.example.com.evil.org'
    ])
      expect(await change({ base_url: url })).toMatchObject(refusal('credential'))
    expect((await admin('GET', `/channels/${body.id}`)).body.base_url).toBe('https://one.example.com/kling')
    expect((await change({ base_url: 'https://one.example.com/v2' })).status).toBe(200)
    const { credential } = channel()
    expect((await change({ base_url: 'https://two.example.com', credential })).body.base_url).toBe(
      'https://two.example.com'
    )
  })

  test('what OUTBOUND_ALLOW names may be plain HTTP, and nothing else', async () => {
    const other = await startTestServer({ env: { OUTBOUND_ALLOW: '10.1.0.0/16, vllm.internal' } })
    const post = (url: string) => other.call('POST', '/admin/channels', channel({ base_url: url }))
    expect((await post('http://10.1.2.3:8000')).status).toBe(201)
    expect((await post('http://vllm.internal:8000')).status).toBe(201)
    for (const url of ['http://10.2.0.1', 'https://localhost', 'http://vllm.internal.example.com'])
      expect(await post(url)).toMatchObject(refusal('base_url'))
    expect(await post(vendor.url)).toMatchObject(refusal('base_url'))
    await other.close()
  })

  test('a name is there once: 409; a deleted channel’s is free again', async () => {
    const { body } = await admin('POST', '/channels', channel({ name: 'one' }))
    expect(await admin('POST', '/channels', channel({ name: 'one' }))).toMatchObject(refusal('name', 'conflict', 409))
    const other = (await admin('POST', '/channels', channel({ name: 'two' }))).body
    expect(await admin('PATCH', `/channels/${other.id}`, { name: 'one' })).toMatchObject(
      refusal('name', 'conflict', 409)
    )
    expect((await admin('PATCH', `/channels/${body.id}`, { name: 'one' })).status).toBe(200)

    expect((await admin('DELETE', `/channels/${body.id}`)).body).toEqual({
      id: body.id,
      object: 'channel.deleted',
      deleted: true
    })
    for (const [method, path] of [
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/test']
    ] as const)
      expect(await admin(method, `/channels/${body.id}${path}`, method === 'PATCH' ? {} : undefined)).toMatchObject(
        refusal('id', 'not_found', 404)
      )
    // old videos and usage name it
    expect((await admin('GET', `/channels/${body.id}`)).body).toMatchObject({ name: 'one', deleted_at: unixSeconds })
    expect((await admin('GET', '/channels')).body.data.map(({ id }: { id: string }) => id)).not.toContain(body.id)

    const again = await admin('POST', '/channels', channel({ name: 'one' }))
    expect([again.status, again.body.id === body.id]).toEqual([201, false])
    await admin('DELETE', `/channels/${again.body.id}`)
    expect((await admin('POST', '/channels', channel({ name: 'one' }))).status).toBe(201)
  })

  test('vendor cannot be changed', async () => {
    const { body } = await admin('POST', '/channels', channel())
    expect(await admin('PATCH', `/channels/${body.id}`, { vendor: 'runway' })).toMatchObject(refusal('vendor'))
    expect((await admin('PATCH', `/channels/${body.id}`, { vendor: 'cloudsway' })).status).toBe(200)
  })

  test('a secret among the options is written and never shown; its mask, sent back, leaves it as it is', async () => {
    const secret = 'whsec_callback-canary'
    const asked = { name: 'signed', vendor: 'kling', credential: 'api-key-canary', options: { webhook_secret: secret } }
    const { body, status } = await admin('POST', '/channels', asked)
    expect([status, body.options.webhook_secret]).toEqual([201, '…'])
    const stored = async () => (await server.services.stores.channels.get(body.id))!.options.webhook_secret
    const patch = (options: object) => admin('PATCH', `/channels/${body.id}`, { options })
    expect((await patch({ ...body.options, speed: 2 })).status).toBe(400)
    expect((await patch(body.options)).status).toBe(200)
    expect(await stored()).toBe(secret)
    await patch({ ...body.options, webhook_secret: 'whsec_second-canary' })
    expect(await stored()).toBe('whsec_second-canary')
    const { webhook_secret: _gone, ...others } = body.options
    await patch(others)
    expect(await stored()).toBeUndefined()
    // there is nothing that the mask could stand for
    expect(await patch(body.options)).toMatchObject(refusal('options.webhook_secret'))
    expect(await admin('POST', '/channels', { ...asked, name: 'copy', options: body.options })).toMatchObject(
      refusal('options.webhook_secret')
    )
    const { data } = (await admin('GET', '/audit?limit=4')).body
    expect(data[1].after).toEqual({ options: { ...body.options, webhook_secret: '… (new)' } })
    expect(JSON.stringify([data, (await admin('GET', '/channels')).body])).not.toMatch(/whsec_\w+-canary/)
  })

  test('test: asks the vendor without paying, and says what came', async () => {
    const { body } = await admin('POST', '/channels', channel())
    const submits = vendor.submits.length
    expect(await admin('POST', `/channels/${body.id}/test`)).toMatchObject({
      status: 200,
      body: { object: 'channel.test', ok: true, free: true, message: expect.any(String) }
    })
    expect(vendor.submits).toHaveLength(submits)
    const dead = (await admin('POST', '/channels', channel({ base_url: 'http://127.0.0.1:9' }))).body
    const answer = await admin('POST', `/channels/${dead.id}/test`)
    expect(answer).toMatchObject({ status: 200, body: { object: 'channel.test', ok: false, free: true } })
    // fal has no call that costs nothing
    const fal = { name: 'no free call', vendor: 'fal', credential: 'c', base_url: vendor.url }
    const { body: made } = await admin('POST', '/channels', fal)
    expect((await admin('POST', `/channels/${made.id}/test`)).body).toMatchObject({ ok: true, free: false })
  })

  test('a changed credential is used from the next submit', async () => {
    const { body } = await admin('POST', '/channels', channel({ models: { changing: 'kling-v1' } }))
    await create('changing')
    expect(vendor.submits.at(-1)!.headers.authorization).toBe(`Bearer ${CREDENTIAL}`)
    await admin('PATCH', `/channels/${body.id}`, { credential: { api_key: 'second-credential-canary' } })
    await create('changing')
    expect(vendor.submits.at(-1)!.headers.authorization).toBe('Bearer second-credential-canary')
  })

  test('all candidates disabled 503 no_channel_available, and it is no longer listed', async () => {
    const { body } = await admin('POST', '/channels', channel({ models: { sleeping: 'kling-v1' } }))
    expect((await create('sleeping')).status).toBe(200)
    await admin('PATCH', `/channels/${body.id}`, { disabled: true })
    const refused = await create('sleeping')
    expect(refused).toMatchObject(refusal('model', 'no_channel_available', 503))
    // SDKs repeat every 503, and it would be the same
    expect(refused.headers.get('x-should-retry')).toBe('false')
    expect((await server.call('GET', '/v1/models')).body.data.map(({ id }: { id: string }) => id)).not.toContain(
      'sleeping'
    )
    await admin('PATCH', `/channels/${body.id}`, { disabled: false })
    expect((await create('sleeping')).status).toBe(200)
  })
})

test('no answer and no line of the log ever held a credential', () => {
  expect(seen.length).toBeGreaterThan(100)
  for (const text of seen) expect(text).not.toMatch(/credential-canary/)
})
