import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { ConfigFileError } from '../../src/config-file/problems.ts'
import { newSecret } from '../../src/lib/secrets.ts'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* The file owns what it names, the database the rest; an object has one owner. */

const SIGNING = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const STUDIO = newSecret()

const whole = (vendor: string) => `
channels:
  - name: main
    vendor: cloudsway
    base_url: ${vendor}
    credential: \${VENDOR_CREDENTIAL}
    options: { endpoint_path: EP }
    models: { kling-v1: kling-v1 }
    max_concurrency: \${LIMIT:-4}
models:
  - name: film
    candidates:
      - { channel: main, upstream_model: kling-v1 }
    prices:
      - { unit: second, amount: 0.10, currency: USD }
keys:
  - name: studio
    secret: \${STUDIO_KEY}
    budget: { amount: 10, currency: USD, window: monthly }
webhooks:
  - name: billing
    key: studio
    url: http://127.0.0.1:9/hook
    event_types: [video.completed]
    signing_secret: \${SIGNING}
settings:
  retention_days: 30
`

describe.each(kinds)('a configuration file, on %s', kind => {
  const folder = forAllTests(() => makeFolder('config'))
  const vendor = forAllTests(startFakeCloudsway)
  const path = () => join(folder.path, 'gateway.yaml')
  const write = (text: string) => writeFileSync(path(), text)
  const server = forAllTests(() => {
    vi.stubEnv('VENDOR_CREDENTIAL', 'credential-canary')
    vi.stubEnv('STUDIO_KEY', STUDIO)
    vi.stubEnv('SIGNING', SIGNING)
    write(whole(vendor.url))
    return startTestServer({ kind, env: { CONFIG_FILE: path() } })
  })
  const apply = () => server.services.configFile.apply(path())

  async function list(what: string): Promise<any[]> {
    const { status, body } = await server.call('GET', `/admin/${what}?limit=100`)
    expect(status).toBe(200)
    return body.data
  }
  const named = async (what: string, name: string) => (await list(what)).find(one => one.name === name)
  const fromFile = async () =>
    (await list('audit')).filter(({ via }) => via === 'file').map(({ action, target }) => `${action} ${target.name}`)

  test('is applied at the start: its key makes a video on its channel, at its price', async () => {
    const id = await server.newVideo({ model: 'film' }, { key: STUDIO })
    expect(await server.finished(id, STUDIO)).toMatchObject({ status: 'completed' })
    expect((await server.inspect(id)).channel.name).toBe('main')
    expect((await named('keys', 'studio')).spent).toEqual({ amount: '0.50', currency: 'USD' })
    expect(await named('channels', 'main')).toMatchObject({
      max_concurrency: 4,
      managed_by: { file: 'gateway.yaml', line: 3 }
    })
    expect(await named('models', 'film')).toMatchObject({ managed_by: { file: 'gateway.yaml', line: 11 } })
    expect(await named('keys', 'studio')).toMatchObject({ managed_by: { file: 'gateway.yaml', line: 17 } })
    expect(await named('webhook_endpoints', 'billing')).toMatchObject({
      managed_by: { file: 'gateway.yaml', line: 21 }
    })
    expect((await named('webhook_endpoints', 'billing')).signing_secret_hint).toContain(SIGNING.slice(-4))
    expect((await server.call('GET', '/admin/settings')).body.settings[0]).toMatchObject({
      name: 'retention_days',
      value: 30,
      origin: 'file'
    })
    expect((await fromFile()).toSorted()).toEqual([
      'channel.create main',
      'key.create studio',
      'model.update film',
      'settings.update null',
      'webhook_endpoint.create billing'
    ])
  })

  test('applied again it changes nothing, whichever node does it, and however its lines move', async () => {
    const before = (await list('audit')).length
    expect(await apply()).toEqual([])
    write(`# moved\n${whole(vendor.url)}`)
    const nodes = [apply(), apply(), apply()]
    expect(await Promise.all(nodes)).toEqual([[], [], []])
    expect((await named('keys', 'studio')).managed_by).toEqual({ file: 'gateway.yaml', line: 18 })
    expect((await list('audit')).length).toBe(before)
  })

  test('what it owns is read-only for everybody else: a 409 that names the place', async () => {
    const [channel, key, endpoint] = await Promise.all([
      named('channels', 'main'),
      named('keys', 'studio'),
      named('webhook_endpoints', 'billing')
    ])
    const refused = [
      ['PATCH', `/admin/channels/${channel.id}`, { disabled: true }],
      ['DELETE', `/admin/channels/${channel.id}`],
      ['PATCH', `/admin/keys/${key.id}`, { budget: null }],
      ['POST', `/admin/keys/${key.id}/rotate`, {}],
      ['DELETE', `/admin/keys/${key.id}`],
      ['PUT', '/admin/models/film', { prices: [] }],
      ['PATCH', '/admin/models/film', { prices: [] }],
      ['DELETE', '/admin/models/film'],
      ['POST', `/v1/webhook_endpoints/${endpoint.id}`, { disabled: true }],
      ['POST', `/v1/webhook_endpoints/${endpoint.id}/rotate_secret`, {}],
      ['DELETE', `/v1/webhook_endpoints/${endpoint.id}`],
      ['PATCH', '/admin/settings', { retention_days: 1 }]
    ] as const
    for (const [method, route, body] of refused) {
      const answer = await server.call(method, route, body)
      expect([method, route, answer.status, answer.body.error.code]).toEqual([method, route, 409, 'conflict'])
      expect(answer.body.error.message).toMatch(/ is managed by gateway\.yaml, line \d+\. Change it there\.$/)
    }
    expect(await apply()).toEqual([])
  })

  test('what it does not name belongs to the database', async () => {
    const { id } = await server.newKey({ name: 'other' })
    expect((await server.call('PATCH', `/admin/keys/${id}`, { disabled: true })).status).toBe(200)
    expect((await named('keys', 'other')).managed_by).toBe(null)
  })

  test('it takes over what already has a name in it, and says so in the audit', async () => {
    const { id } = await server.newKey({ name: 'adopted', owner: 'ops' })
    const secret = newSecret()
    write(
      `${whole(vendor.url).replace('webhooks:', `  - { name: adopted, secret: ${secret}, max_queued: 3 }\nwebhooks:`)}`
    )
    expect(await apply()).toMatchObject([
      { kind: 'key', name: 'adopted', action: 'adopt', fields: { owner: ['ops', null], maxQueued: [null, 3] } }
    ])
    expect(await named('keys', 'adopted')).toMatchObject({ id, owner: null, max_queued: 3 })
    expect((await server.call('GET', '/v1/models', undefined, { key: secret })).status).toBe(200)
    const { before, after } = (await list('audit')).find(({ before: old }) => old && 'managed_by' in old)
    expect([before, after]).toEqual([{ managed_by: null }, { managed_by: 'gateway.yaml' }])
  })

  test('one wrong object, and nothing of the file is applied', async () => {
    const before = [await list('channels'), await list('audit')]
    write(
      `${whole(vendor.url).replace('max_concurrency: ${LIMIT:-4}', 'max_concurrency: 9')}
  exchange_log: all
`
        .replace('channel: main', 'channel: nowhere')
        .replace('key: studio', 'key: nobody')
    )
    const error = await apply().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConfigFileError)
    expect((error as ConfigFileError).problems).toEqual([
      { line: 13, column: 20, path: 'models.0.candidates.0.channel', message: 'there is no channel nowhere.' },
      { line: 22, column: 10, path: 'webhooks.0.key', message: 'there is no key nobody.' }
    ])
    expect([await list('channels'), await list('audit')]).toEqual(before)
  })

  test('what is removed from it is disabled and belongs to the database again; what comes back is enabled', async () => {
    write('models: []')
    const actions = (await apply()).map(({ kind, name, action }) => `${action} ${kind} ${name}`)
    expect(actions.toSorted()).toEqual([
      'disable channel main',
      'disable key adopted',
      'disable key studio',
      'disable model film',
      'disable webhook_endpoint billing',
      'release setting retention_days'
    ])
    expect((await server.call('GET', '/v1/models', undefined, { key: STUDIO })).status).toBe(401)
    const { id, disabled, managed_by } = await named('channels', 'main')
    expect({ disabled, managed_by }).toEqual({ disabled: true, managed_by: null })
    expect((await server.call('PATCH', `/admin/channels/${id}`, { priority: 5 })).status).toBe(200)

    write(whole(vendor.url))
    await apply()
    expect(await named('channels', 'main')).toMatchObject({ id, disabled: false, priority: 0 })
    expect((await server.call('GET', '/v1/models', undefined, { key: STUDIO })).status).toBe(200)
    expect(await named('webhook_endpoints', 'billing')).toMatchObject({ disabled: false })
    expect(await apply()).toEqual([])
  })

  test('a new secret in the environment replaces the old one at once', async () => {
    const secret = newSecret()
    vi.stubEnv('STUDIO_KEY', secret)
    vi.stubEnv('VENDOR_CREDENTIAL', 'another-canary')
    const steps = await apply()
    expect(steps).toMatchObject([
      { kind: 'channel', fields: { credential: ['…', '… (new)'] } },
      { kind: 'key', fields: { secret: ['…', '… (new)'] } }
    ])
    const status = async (key: string) => (await server.call('GET', '/v1/models', undefined, { key })).status
    expect([await status(secret), await status(STUDIO)]).toEqual([200, 401])
    expect(JSON.stringify([steps, await list('audit')])).not.toMatch(/canary|whsec_\w{8}|sk-\w{12}/)
  })
})
