import { beforeAll, describe, expect, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { sendRaw } from '../support/wire.ts'
import { expectError } from './requests.ts'

const models = { 'kling-v1': 'kling-v1', 'kling-v2': 'kling-v1' }
const vendor = forAllTests(() => startFakeCloudsway({ onPoll: () => 'processing' }))
const server = forAllTests(() => startTestServer({ channel: vendor.channel({ models }) }))
let key: string
beforeAll(async () => {
  key = await server.memberKey()
})

/** A request with exactly these header lines besides Host. */
const ask = (lines: readonly string[], path = '/v1/videos', to = server) =>
  sendRaw(
    to.url,
    `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${lines.map(line => `${line}\r\n`).join('')}\r\n`
  )

const works = async (secret: string) =>
  (await server.call('GET', '/v1/videos', undefined, { key: secret })).status === 200

/** A key, its id, and how to change it. */
async function newKey(settings: object = {}) {
  const { id, key: secret } = await server.newKey(settings)
  const path = `/admin/keys/${id}`
  return { secret, path, change: (set: object) => server.call('PATCH', path, set) }
}

describe('where a key may stand', () => {
  test.each([
    ['Bearer', () => [`Authorization: Bearer ${key}`]],
    ['bearer', () => [`authorization: bearer ${key}`]],
    ['bare in Authorization', () => [`authorization: ${key}`]],
    ['Token', () => [`authorization: Token ${key}`]],
    ['Key', () => [`authorization: Key ${key}`]],
    ['BEARER and many spaces', () => [`AUTHORIZATION:    BEARER     ${key}   `]],
    ['api-key', () => [`api-key: ${key}`]],
    ['x-api-key', () => [`X-Api-Key: ${key}`]],
    ['api-key beside an empty Authorization', () => ['authorization: ', `api-key: ${key}`]],
    ['api-key beside Basic', () => ['authorization: Basic dTpw', `x-api-key: ${key}`]]
  ])('%s 200', async (_title, lines) => {
    expect((await ask(lines())).status).toBe(200)
  })

  test.each([
    ['nowhere', () => []],
    ['as Basic', () => [`authorization: Basic ${Buffer.from(`:${key}`).toString('base64')}`]],
    ['as Digest', () => [`authorization: Digest ${key}`]],
    ['after Bearer and a colon', () => [`authorization: Bearer: ${key}`]],
    ['after Bearer and a tab', () => [`authorization: Bearer\t${key}`]],
    ['in quotes', () => [`authorization: Bearer "${key}"`]],
    ['twice, by comma', () => [`authorization: Bearer ${key}, Bearer ${key}`]],
    ['second of two headers', () => ['authorization: Bearer sk-wrong', `authorization: Bearer ${key}`]],
    ['two api-keys', () => [`api-key: ${key}`, `api-key: ${key}`]],
    ['in a cookie', () => [`cookie: key=${key}; api-key=${key}`]]
  ])('%s 401', async (_title, lines) => {
    expectError(await ask(lines()), [401, 'invalid_api_key'])
  })

  test.each(['key', 'api_key', 'api-key', 'access_token', 'token', 'authorization'])('?%s= 401', async name => {
    expectError(await ask([], `/v1/videos?${name}=${key}`), [401, 'invalid_api_key'])
  })
})

describe('what is no key', () => {
  const flipped = (at: number) => key.slice(0, at) + (key[at] === 'a' ? 'b' : 'a') + key.slice(at + 1)

  test.each([
    ['a character changed in its middle', () => flipped(20)],
    ['a character changed in its checksum', () => flipped(key.length - 1)],
    ['one character less', () => key.slice(0, -1)],
    ['one character more', () => `${key}0`],
    ['another prefix', () => key.replace('sk-', 'pk-')],
    ['in capitals', () => key.toUpperCase()],
    ['its hash', () => server.services.vault.hashKey(key)],
    ['its hash as a key', () => `sk-${server.services.vault.hashKey(key)}`],
    ['SQL', () => "'OR'1'='1"],
    ['a list of SQL', () => "sk-x');DROP_TABLE_keys;--"]
  ])('%s 401, like every other', async (_title, secret) => {
    const answer = await ask([`authorization: Bearer ${secret()}`])
    expectError(answer, [401, 'invalid_api_key'])
    const { message } = (await ask(['authorization: Bearer sk-wrong'])).body
    expect(answer.body.message).toBe(message)
    expect(await works(key)).toBe(true)
  })
})

describe('a key that ends', () => {
  test('revoked: at once, for good, and it is no longer listed', async () => {
    const { secret, path } = await newKey()
    expect(await works(secret)).toBe(true)
    expect((await server.call('DELETE', path)).body).toMatchObject({ object: 'key.deleted', deleted: true })
    expect(await works(secret)).toBe(false)
    // old videos and usage name it
    expect((await server.call('GET', path)).body.revoked_at).toBeGreaterThan(1.7e9)
    expect((await server.call('PATCH', path, { disabled: false })).status).toBe(404)
    expect(await works(secret)).toBe(false)
  })

  test('disabled: at once, and back again', async () => {
    const { secret, change } = await newKey()
    expect(await works(secret)).toBe(true)
    await change({ disabled: true })
    expect(await works(secret)).toBe(false)
    await change({ disabled: false })
    expect(await works(secret)).toBe(true)
  })

  test('rotated: the old secret ends at once, the new one has its tasks', async () => {
    const { secret, path } = await newKey()
    const id = await server.newVideo({}, { key: secret })
    const { body } = await server.call('POST', `${path}/rotate`)
    expect(body.key).not.toBe(secret)
    expect(await works(secret)).toBe(false)
    expect((await server.call('GET', `/v1/videos/${id}`, undefined, { key: body.key })).status).toBe(200)
    expect((await server.call('GET', path)).body.key).toBeUndefined()
  })

  test('expired: on the second', async () => {
    const end = Math.floor(server.now() / 1000) + 60
    const { secret } = await newKey({ expires_at: end })
    expect(await works(secret)).toBe(true)
    await server.advance(end * 1000 - server.now())
    expect(await works(secret)).toBe(false)
  })

  test('an admin that is made a member may not administer', async () => {
    const { secret, change } = await newKey({ role: 'admin' })
    expect((await server.call('GET', '/admin/keys', undefined, { key: secret })).status).toBe(200)
    await change({ role: 'member' })
    expect(await server.call('GET', '/admin/keys', undefined, { key: secret })).toMatchObject({
      status: 403,
      body: { code: 'admin_required', type: 'permission_error' }
    })
  })
})

describe('addresses', () => {
  test.each([
    [['127.0.0.1'], 200],
    [['127.0.0.0/8', '10.0.0.0/8'], 200],
    [['::ffff:127.0.0.1'], 200],
    [['::ffff:127.0.0.0/104'], 200],
    [['::ffff:10.0.0.0/104'], 403],
    [['10.0.0.0/8', '::1', '2001:db8::/32'], 403],
    [[], 403]
  ])('ip_allowlist %j from 127.0.0.1: %i', async (list, status) => {
    const { secret } = await newKey({ ip_allowlist: list })
    const answer = await ask([`authorization: Bearer ${secret}`])
    if (status === 403) expectError(answer, [403, 'ip_not_allowed'])
    else expect(answer.status).toBe(200)
  })

  const forwarded = [
    'x-forwarded-for: 10.1.2.3',
    'forwarded: for=10.1.2.3',
    'x-real-ip: 10.1.2.3',
    'true-client-ip: 10.1.2.3'
  ]

  test.each(forwarded)('nobody is believed without TRUST_PROXY: %s 403', async line => {
    const { secret } = await newKey({ ip_allowlist: ['10.0.0.0/8'] })
    expectError(await ask([`authorization: Bearer ${secret}`, line]), [403, 'ip_not_allowed'])
  })

  test('TRUST_PROXY: the last address that is not a proxy counts, not the first that is claimed', async () => {
    const behind = await startTestServer({ env: { TRUST_PROXY: '127.0.0.0/8' } })
    const secret = await behind.memberKey({ ip_allowlist: ['10.0.0.0/8'] })
    const from = (addresses: string) =>
      ask([`authorization: Bearer ${secret}`, `x-forwarded-for: ${addresses}`], '/v1/videos', behind)
    expect((await from('10.1.2.3')).status).toBe(200)
    expect((await from('203.0.113.9, 10.1.2.3')).status).toBe(200)
    expectError(await from('10.1.2.3, 203.0.113.9'), [403, 'ip_not_allowed'])
    expectError(await from('nonsense'), [403, 'ip_not_allowed'])
    await behind.close()
  })
})

describe('models', () => {
  test('others than the listed are 403, and not shown', async () => {
    const { secret } = await newKey({ models: ['kling-v1'] })
    const as = (method: string, path: string, body?: unknown) => server.call(method, path, body, { key: secret })
    expect((await as('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a' })).status).toBe(200)
    for (const path of ['/v1/videos', '/v1/video/generations', '/openai/v1/videos'])
      expect(await as('POST', path, { model: 'kling-v2', prompt: 'a' })).toMatchObject({
        status: 403,
        body: { code: 'model_not_allowed', param: 'model', type: 'permission_error' }
      })
    // whether it exists is not told either
    expect((await as('POST', '/v1/videos', { model: 'nobody', prompt: 'a' })).status).toBe(403)
    expect((await as('GET', '/v1/models')).body.data.map(({ id }: { id: string }) => id)).toEqual(['kling-v1'])
    expect((await as('GET', '/v1/videos/models')).body.data).toHaveLength(1)
    expect((await as('GET', '/v1/models/kling-v2')).status).toBe(404)
    // the only one that the key may use needs no name
    expect((await as('POST', '/v1/videos', { prompt: 'a' })).body.model).toBe('kling-v1')
  })
})

describe('an error never holds the key', () => {
  test.each([
    ['in the path', () => server.call('GET', `/v1/videos/${key}`, undefined, { key })],
    ['in an unknown path', () => server.call('GET', `/v1/${key}/x`, undefined, { key })],
    ['as a cursor', () => server.call('GET', `/v1/videos?after=${key}`, undefined, { key })],
    ['as an order', () => server.call('GET', `/v1/videos?order=${key}`, undefined, { key })],
    ['as a model', () => server.call('POST', '/v1/videos', { model: key, prompt: 'a' }, { key })],
    ['as a field', () => server.call('POST', '/v1/videos', { [key]: 1, model: key }, { key })],
    [
      'as a callback',
      () => server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a', callback_url: key }, { key })
    ],
    ['as a model of the operator', () => server.call('GET', `/admin/models/${key}`)],
    ['as a field of the operator', () => server.call('POST', '/admin/keys', { name: 'x', [key]: 1 })],
    ['as a channel', () => server.call('GET', `/admin/channels/${key}`)],
    ['as a method’s path', () => server.call('PUT', `/v1/videos/${key}`, undefined, { key })],
    ['as a range of the path', () => server.call('GET', `/v1/videos/${key}%zz`, undefined, { key })],
    ['wrong', () => server.call('GET', '/v1/videos', undefined, { key: `${key}x` })]
  ])('%s', async (_title, request) => {
    const { status, body, headers } = await request()
    expect(status).toBeGreaterThanOrEqual(400)
    expect(JSON.stringify([body, [...headers]])).not.toContain(key.slice(3, 30))
  })
})
