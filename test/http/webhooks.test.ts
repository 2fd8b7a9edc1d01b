import { readFileSync } from 'node:fs'
import OpenAI from 'openai'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { callbackSecretOf } from '../../src/webhooks/sign.ts'
import { ADMIN_KEY } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { kinds } from '../support/database.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { startReceiver } from '../webhooks/receiver.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe.each(kinds)('webhooks on %s', kind => {
  const vendor = forEachTest(startFakeCloudsway)
  const server = forEachTest(() => startTestServer({ kind, channel: vendor.channel() }))

  const sdk = (apiKey = ADMIN_KEY) => new OpenAI({ apiKey, baseURL: `${server.url}/v1`, maxRetries: 0 })
  const endpoint = async (url: string, more = {}, key = ADMIN_KEY) => {
    const asked = { name: 'mine', url, event_types: ['video.completed', 'video.failed'], ...more }
    return (await server.call('POST', '/v1/webhook_endpoints', asked, { key })).body
  }
  const deliveries = async (query = '') => (await server.call('GET', `/admin/webhook_deliveries?${query}`)).body.data
  /** Moves the clock on by what a retry waits, until the receiver has heard so many posts. */
  const delivered = async (id: string, status = 'delivered') => {
    for (let tries = 0; tries < 500; tries++) {
      const [found] = await deliveries(`task=${id}`)
      if (found?.status === status) return found
      await server.services.deliver.runNow()
      await server.services.deliver.settled()
    }
    throw new Error(`${id} was not ${status}`)
  }

  test('openai-node creates, lists, changes, tests, rotates and deletes an endpoint', async () => {
    const receiver = await startReceiver()
    const { webhooks } = sdk()
    expect((await webhooks.eventTypes.list()).data).toContain('video.completed')
    const made = await webhooks.create({ name: 'mine', url: `${receiver.url}/a`, event_types: ['video.completed'] })
    expect(made).toMatchObject({
      object: 'webhook_endpoint',
      name: 'mine',
      url: `${receiver.url}/a`,
      event_types: ['video.completed'],
      signing_secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/)
    })
    const shown = await webhooks.retrieve(made.id)
    expect(shown).not.toHaveProperty('signing_secret')
    expect(shown.signing_secret_hint).toContain(made.signing_secret.slice(-4))

    const second = await webhooks.create({ name: 'two', url: receiver.url, event_types: ['video.failed'] })
    const seen = []
    for await (const each of webhooks.list({ limit: 1 })) seen.push(each.id)
    expect(seen).toEqual([second.id, made.id])

    const changed = await webhooks.update(made.id, {
      name: 'renamed',
      event_types: ['video.completed', 'video.failed']
    })
    expect(changed).toMatchObject({ name: 'renamed', event_types: ['video.completed', 'video.failed'] })

    expect(await webhooks.test(made.id, { event_type: 'video.failed' })).toEqual({
      object: 'webhook_endpoint.test',
      webhook_endpoint_id: made.id,
      event_type: 'video.failed',
      status_code: 200,
      success: true
    })
    const [sample] = await receiver.until(1)
    expect(await webhooks.unwrap(sample!.body, sample!.headers, made.signing_secret)).toMatchObject({
      object: 'event',
      type: 'video.failed',
      data: { id: expect.stringMatching(/^video_/) }
    })

    const rotated = await webhooks.rotateSecret(made.id)
    expect(rotated.signing_secret).not.toBe(made.signing_secret)
    expect(await webhooks.delete(second.id)).toEqual({
      id: second.id,
      object: 'webhook_endpoint.deleted',
      deleted: true
    })
    await expect(webhooks.retrieve(second.id)).rejects.toMatchObject({ status: 404, code: 'not_found' })
  })

  test('a key may have 100 endpoints, also when it asks for more at once', async () => {
    const { key } = await server.newKey()
    const made = await Promise.all(
      Array.from({ length: 105 }, (_, n) => endpoint(`https://${n}.example.com/`, {}, key))
    )
    const refused = made.filter(({ object }) => object !== 'webhook_endpoint')
    expect(refused).toHaveLength(5)
    expect(refused[0]).toMatchObject({ code: 'invalid_request', message: expect.stringContaining('100') })
    const kept = made.find(({ object }) => object === 'webhook_endpoint')
    await server.call('DELETE', `/v1/webhook_endpoints/${kept.id}`)
    expect(await endpoint('https://again.example.com/', {}, key)).toMatchObject({ object: 'webhook_endpoint' })
    expect(await endpoint('https://other.example.com/')).toMatchObject({ object: 'webhook_endpoint' })
  })

  test('a finished video is told to its key’s endpoints alone, signed', async () => {
    const receiver = await startReceiver()
    const [mine, other] = [await server.newKey(), await server.newKey()]
    const { signing_secret: secret } = await endpoint(`${receiver.url}/mine`, {}, mine.key)
    await endpoint(`${receiver.url}/failures`, { event_types: ['video.failed'] }, mine.key)
    await endpoint(`${receiver.url}/other`, {}, other.key)
    await endpoint(`${receiver.url}/admin`)
    const id = await server.newVideo({}, mine)
    await server.finished(id)
    const { event } = await delivered(id)
    expect(receiver.received.map(({ path }) => path)).toEqual(['/mine'])
    const [{ headers, body }] = receiver.received as [(typeof receiver.received)[0]]
    expect(headers['webhook-id']).toBe(event.id)
    expect(headers['content-type']).toBe('application/json')
    // the clock of this server runs ahead: the time is checked in sign.test.ts
    expect(new Webhook(secret).sign(event.id, new Date(Number(headers['webhook-timestamp']) * 1000), body)).toBe(
      headers['webhook-signature']
    )
    expect(JSON.parse(body)).toEqual({
      id: event.id,
      object: 'event',
      created_at: expect.any(Number),
      type: 'video.completed',
      data: { id }
    })
    expect((await server.inspect(id)).deliveries).toMatchObject([
      { object: 'webhook_delivery', status: 'delivered', tries: 1, response_status: 200, response_body: 'ok', task: id }
    ])
  })

  test('callback_url hears of its video, signed with the key’s own secret; the vendor never sees it', async () => {
    const receiver = await startReceiver()
    const member = await server.newKey()
    const url = `${receiver.url}/callback?for=me`
    const id = await server.newVideo({ callback_url: url, metadata: { callback_url: url, webhook_url: url } }, member)
    vendor.onPoll = () => 'failed'
    await server.finished(id)
    await delivered(id)
    const [{ headers, body, path }] = receiver.received as [(typeof receiver.received)[0]]
    expect(path).toBe('/callback?for=me')
    expect(JSON.parse(body)).toMatchObject({ type: 'video.failed', data: { id } })
    const at = new Date(Number(headers['webhook-timestamp']) * 1000)
    expect(new Webhook(callbackSecretOf(member.key)).sign(headers['webhook-id']!, at, body)).toBe(
      headers['webhook-signature']
    )
    expect(JSON.stringify(vendor.submits)).not.toContain(receiver.url)
  })

  test('callback_url is signed with the new secret of a rotated key', async () => {
    const receiver = await startReceiver()
    const member = await server.newKey()
    const id = await server.newVideo({ callback_url: receiver.url }, member)
    const { body: rotated } = await server.call('POST', `/admin/keys/${member.id}/rotate`)
    await server.finished(id)
    await delivered(id)
    const [{ headers, body }] = receiver.received as [(typeof receiver.received)[0]]
    const at = new Date(Number(headers['webhook-timestamp']) * 1000)
    const sign = (secret: string) => new Webhook(callbackSecretOf(secret)).sign(headers['webhook-id']!, at, body)
    expect(headers['webhook-signature']).toBe(sign(rotated.key))
  })

  test('while the old secret of a rotated key is valid, callback_url is signed with both', async () => {
    const receiver = await startReceiver()
    const member = await server.newKey()
    const id = await server.newVideo({ callback_url: receiver.url }, member)
    const { body: rotated } = await server.call('POST', `/admin/keys/${member.id}/rotate`, { keep_old_for_hours: 1 })
    await server.finished(id)
    await delivered(id)
    const [{ headers, body }] = receiver.received as [(typeof receiver.received)[0]]
    const at = new Date(Number(headers['webhook-timestamp']) * 1000)
    const sign = (secret: string) => new Webhook(callbackSecretOf(secret)).sign(headers['webhook-id']!, at, body)
    expect(headers['webhook-signature']).toBe(`${sign(rotated.key)} ${sign(member.key)}`)
  })

  test('of several videos in one task only the whole is told', async () => {
    const receiver = await startReceiver()
    const id = await server.newVideo({ n: 3, callback_url: receiver.url })
    await server.finished(id)
    await delivered(id)
    await server.advance(MINUTE)
    await server.services.deliver.settled()
    expect(receiver.received.map(({ body }) => JSON.parse(body).data.id)).toEqual([id])
  })

  test('a failed delivery is tried again within two minutes, under the same id', async () => {
    const receiver = await startReceiver()
    receiver.onPost = () => (receiver.received.length === 1 ? 503 : 204)
    await endpoint(receiver.url)
    const id = await server.newVideo()
    await server.finished(id)
    await receiver.until(1)
    await server.services.deliver.settled()
    const [waiting] = await deliveries(`task=${id}`)
    expect(waiting).toMatchObject({ status: 'pending', tries: 1, response_status: 503, error: 'answered 503' })
    await server.advance(2 * MINUTE)
    expect(await delivered(id)).toMatchObject({ tries: 2, response_status: 204, error: null })
    expect(new Set(receiver.ids()).size).toBe(1)
  })

  test('a redirect is a failure, and is not followed', async () => {
    const receiver = await startReceiver()
    receiver.onPost = () => response => response.writeHead(308, { location: '/elsewhere' }).end()
    await endpoint(receiver.url)
    const id = await server.newVideo()
    await server.finished(id)
    await receiver.until(1)
    await server.services.deliver.settled()
    expect(await deliveries(`task=${id}`)).toMatchObject([
      { status: 'pending', error: 'answered 308; redirects are not followed' }
    ])
    expect(receiver.received).toHaveLength(1)
  })

  test('rotation loses nothing: for a day both secrets sign, then the new one alone', async () => {
    const receiver = await startReceiver()
    const made = await endpoint(receiver.url)
    const rotated = await sdk().webhooks.rotateSecret(made.id, { keep_old_secret_active_for_24_hours: true })
    const again = await sdk().webhooks.rotateSecret(made.id, { keep_old_secret_active_for_24_hours: true })
    const secrets = [again, rotated, made].map(({ signing_secret: secret }) => secret as string)
    const signers = async () => {
      const id = await server.newVideo()
      await server.finished(id)
      await delivered(id)
      const { headers, body } = receiver.received.at(-1)!
      const at = new Date(Number(headers['webhook-timestamp']) * 1000)
      const signatures = headers['webhook-signature']!.split(' ')
      expect(new Set(signatures).size).toBe(signatures.length)
      return secrets.map(secret => signatures.includes(new Webhook(secret).sign(headers['webhook-id']!, at, body)))
    }
    expect(await signers()).toEqual([true, true, true])
    await server.advance(25 * HOUR)
    expect(await signers()).toEqual([true, false, false])
    const last = await sdk().webhooks.rotateSecret(made.id)
    secrets.unshift(last.signing_secret)
    expect(await signers()).toEqual([true, false, false, false])
  })

  test('two rotations at once both count', async () => {
    const made = await endpoint('https://hooks.example.com/')
    const rotate = () => sdk().webhooks.rotateSecret(made.id, { keep_old_secret_active_for_24_hours: true })
    await Promise.all([rotate(), rotate(), rotate()])
    const receiver = await startReceiver()
    await sdk().webhooks.update(made.id, { url: receiver.url })
    await sdk().webhooks.test(made.id, { event_type: 'video.completed' })
    expect(receiver.received[0]!.headers['webhook-signature']!.split(' ')).toHaveLength(4)
  })

  test('channels in trouble are told to admins’ endpoints alone', async () => {
    const receiver = await startReceiver()
    const types = ['channel.disabled', 'channel.recovered']
    await endpoint(`${receiver.url}/admin`, { event_types: types })
    const former = await server.newKey({ role: 'admin' })
    await endpoint(`${receiver.url}/former`, { event_types: types }, former.key)
    await server.call('DELETE', `/admin/keys/${former.id}`)
    vendor.onSubmit = () => ({ status: 401, body: { code: 1002, message: 'bad key' } })
    await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat' })
    await server.services.deliver.runNow()
    const [{ path, body }] = (await receiver.until(1)) as [(typeof receiver.received)[0]]
    expect(path).toBe('/admin')
    expect(JSON.parse(body)).toMatchObject({ type: 'channel.disabled', data: { id: expect.stringMatching(/^chan_/) } })
    await server.services.deliver.settled()
    expect(receiver.received).toHaveLength(1)
  })

  test('72 hours of failures disable an endpoint; what it missed is listed, and replayed under the same id', async () => {
    const receiver = await startReceiver()
    receiver.onPost = () => 500
    const made = await endpoint(receiver.url)
    const first = await server.newVideo()
    await server.finished(first)
    await receiver.until(1)
    for (let hours = 0; hours < 74; hours++) {
      await server.advance(HOUR)
      await server.services.deliver.settled()
    }
    const shown = (await server.call('GET', `/v1/webhook_endpoints/${made.id}`)).body
    expect(shown).toMatchObject({ disabled: true, disabled_reason: expect.stringContaining('72 hours') })
    const missed = await server.newVideo()
    await server.finished(missed)
    await delivered(missed, 'failed')
    const failed = await deliveries(`endpoint=${made.id}&status=failed`)
    expect(failed.map(({ task }: { task: string }) => task)).toEqual([missed, first])

    const refused = await server.call('POST', `/admin/webhook_deliveries/${failed[0].id}/replay`)
    expect(refused).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining('disabled') } } })
    receiver.onPost = () => 200
    await server.call('POST', `/v1/webhook_endpoints/${made.id}`, { disabled: false })
    const heard = receiver.received.length
    for (const { id } of failed) await server.call('POST', `/admin/webhook_deliveries/${id}/replay`)
    await receiver.until(heard + 2)
    expect(new Set(receiver.ids().slice(heard))).toEqual(
      new Set(failed.map((each: { event: { id: string } }) => each.event.id))
    )
    await delivered(first)
    await delivered(missed)
    const { body } = await server.call('GET', '/admin/audit?what=webhook_delivery.replay')
    expect(body.data.map(({ target }: { target: { id: string } }) => target.id)).toEqual(
      failed.map(({ id }: { id: string }) => id).toReversed()
    )
  })

  test('operators see the endpoints of all keys, and replay what failed together', async () => {
    const receiver = await startReceiver()
    receiver.onPost = () => 400
    const member = await server.newKey({ name: 'team red' })
    const mine = await endpoint(`${receiver.url}/mine`, {}, member.key)
    const off = await endpoint(`${receiver.url}/off`, {}, member.key)
    const list = async () => (await server.call('GET', '/admin/webhook_endpoints')).body
    const shown = async (id: string) => (await list()).data.find((one: any) => one.id === id)
    expect(await shown(mine.id)).toMatchObject({
      object: 'webhook_endpoint',
      url: `${receiver.url}/mine`,
      key: { id: member.id, name: 'team red' },
      failing_since: null,
      counts_30d: { delivered: 0, failed: 0, pending: 0 }
    })
    const id = await server.newVideo({}, member)
    await server.finished(id, member.key)
    const failed = async ({ id: one }: { id: string }) => (await shown(one)).counts_30d.failed
    for (let hours = 0; hours < 80 && ((await failed(mine)) === 0 || (await failed(off)) === 0); hours++) {
      await server.advance(2 * HOUR)
      await server.services.deliver.runNow()
      await server.services.deliver.settled()
    }
    expect(await shown(mine.id)).toMatchObject({
      failing_since: expect.any(Number),
      counts_30d: { delivered: 0, failed: 1, pending: 0 }
    })
    await server.call('POST', `/v1/webhook_endpoints/${mine.id}`, { disabled: false }, member)
    await server.call('POST', `/v1/webhook_endpoints/${off.id}`, { disabled: true }, member)
    const replay = (body: object) => server.call('POST', '/admin/webhook_deliveries/replay', body)
    expect(await replay({ status: 'failed', endpoint: off.id })).toMatchObject({
      status: 400,
      body: { param: 'endpoint', message: expect.stringContaining('disabled') }
    })
    // ids of one process never go back, and the other database's server may have been months ahead
    const later = Math.ceil(server.now() / 1000) + 365 * 86_400
    expect(await replay({ status: 'failed', endpoint: mine.id, since: later })).toMatchObject({
      status: 200,
      body: { count: 0 }
    })
    receiver.onPost = () => 200
    const heard = receiver.received.length
    expect((await replay({ status: 'failed', endpoint: mine.id })).body).toEqual({
      object: 'webhook_delivery.replay',
      count: 1
    })
    await receiver.until(heard + 1)
    await server.services.deliver.settled()
    expect(await shown(mine.id)).toMatchObject({ failing_since: null, counts_30d: { delivered: 1, failed: 0 } })
    expect((await shown(off.id)).counts_30d).toEqual({ delivered: 0, failed: 1, pending: 0 })
    const { body: audit } = await server.call('GET', '/admin/audit?what=webhook_delivery.replay')
    expect(audit.data).toMatchObject([{ after: { status: 'failed', endpoint: mine.id, since: null, count: 1 } }])
    expect((await replay({ status: 'delivered', endpoint: mine.id, since: '2020-01-01' })).body.count).toBe(1)
    for (const [body, param] of [
      [{}, 'status'],
      [{ status: 'pending' }, 'status'],
      [{ status: 'failed', since: 'once' }, 'since'],
      [{ status: 'failed', endpoint: 'whk_0' }, 'endpoint'],
      [{ status: 'failed', cat: 1 }, 'cat']
    ] as const)
      expect(await replay(body)).toMatchObject({ status: 400, body: { param } })
  })

  test('deleting an endpoint ends its deliveries, and says so', async () => {
    const receiver = await startReceiver()
    receiver.onPost = () => 500
    const made = await endpoint(receiver.url)
    const id = await server.newVideo()
    await server.finished(id)
    await receiver.until(1)
    await server.services.deliver.settled()
    await server.call('DELETE', `/v1/webhook_endpoints/${made.id}`)
    const [failed] = await deliveries(`task=${id}`)
    expect(failed).toMatchObject({ status: 'failed', error: 'the endpoint was deleted', next_try_at: null })
    const replay = await server.call('POST', `/admin/webhook_deliveries/${failed.id}/replay`)
    expect(replay).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  test('deliveries are paged and need an admin; an unknown one is 404', async () => {
    const receiver = await startReceiver()
    const ids = []
    for (let made = 0; made < 3; made++) {
      ids.push(await server.newVideo({ callback_url: receiver.url }))
      await server.finished(ids.at(-1)!)
    }
    for (const id of ids) await delivered(id)
    const first = (await server.call('GET', '/admin/webhook_deliveries?limit=2')).body
    expect(first).toMatchObject({ object: 'list', has_more: true })
    const rest = (await server.call('GET', `/admin/webhook_deliveries?limit=2&after=${first.last_id}`)).body
    expect(rest.has_more).toBe(false)
    expect([...first.data, ...rest.data].map(({ task }) => task)).toEqual(ids.toReversed())
    const member = await server.newKey()
    expect((await server.call('GET', '/admin/webhook_deliveries', undefined, member)).status).toBe(403)
    expect((await server.call('POST', '/admin/webhook_deliveries/dlv_1/replay')).status).toBe(404)
  })
})

describe('webhook endpoints', () => {
  const server = forEachTest(startTestServer)

  const good = { name: 'mine', url: 'https://hooks.example.com/x', event_types: ['video.completed'] }
  const post = (path: string, body: unknown, key = ADMIN_KEY) => server.call('POST', path, body, { key })

  test.each([
    [{ ...good, url: undefined }, 'url'],
    [{ ...good, url: 'not a url' }, 'url'],
    [{ ...good, url: 'https://10.0.0.1/' }, 'url'],
    [{ ...good, event_types: undefined }, 'event_types'],
    [{ ...good, event_types: [] }, 'event_types'],
    [{ ...good, event_types: ['batch.completed', 'response.failed'] }, 'event_types'],
    [{ ...good, event_types: 'video.completed' }, 'event_types'],
    [{ ...good, name: '' }, 'name']
  ])('POST %j is a 400 naming %s', async (body, param) => {
    const refused = await post('/v1/webhook_endpoints', body)
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } })
    expect(refused.body.param.split('.')[0]).toBe(param)
  })

  test('a member sees and changes only its own; an admin all; nobody hears of channels but admins', async () => {
    const [mine, other] = [await server.memberKey(), await server.memberKey()]
    const { id } = (await post('/v1/webhook_endpoints', good, mine)).body
    for (const key of [mine, ADMIN_KEY]) {
      expect((await server.call('GET', `/v1/webhook_endpoints/${id}`, undefined, { key })).status).toBe(200)
      const { data } = (await server.call('GET', '/v1/webhook_endpoints', undefined, { key })).body
      expect(data.map((each: { id: string }) => each.id)).toEqual([id])
    }
    expect((await server.call('GET', '/v1/webhook_endpoints', undefined, { key: other })).body.data).toEqual([])
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['POST', '', { name: 'stolen' }],
      ['DELETE', '', undefined],
      ['POST', '/rotate_secret', {}],
      ['POST', '/test', { event_type: 'video.completed' }]
    ] as const) {
      const refused = await server.call(method, `/v1/webhook_endpoints/${id}${path}`, body, { key: other })
      expect(refused).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
    }
    const { body } = await post('/v1/webhook_endpoints', { ...good, event_types: ['channel.disabled'] }, mine)
    expect(body.error).toMatchObject({ code: 'invalid_request', param: 'event_types' })
    const types = (await server.call('GET', '/v1/webhook_event_types', undefined, { key: mine })).body.data
    expect(types).toEqual(['video.completed', 'video.failed', 'budget.threshold_reached'])
  })

  test('types that only OpenAI has are kept beside ours, and never sent', async () => {
    const { webhooks } = new OpenAI({ apiKey: await server.memberKey(), baseURL: `${server.url}/v1`, maxRetries: 0 })
    const event_types = ['video.completed', 'response.completed', 'batch.failed'] as const
    const made = await webhooks.create({ name: 'all', url: good.url, event_types: [...event_types] })
    expect(made.event_types).toEqual(event_types)
    expect((await webhooks.retrieve(made.id)).event_types).toEqual(event_types)
    const [listed] = (await webhooks.list()).data
    expect(listed!.event_types).toEqual(event_types)
    const changed = await webhooks.update(made.id, { event_types: ['video.failed', 'eval.run.failed'] })
    expect(changed.event_types).toEqual(['video.failed', 'eval.run.failed'])
    // one for the operator's keys stays refused, whatever is beside it
    const asked = { ...good, event_types: ['video.completed', 'channel.disabled'] }
    expect((await post('/v1/webhook_endpoints', asked, await server.memberKey())).status).toBe(400)
    expect((await post('/v1/webhook_endpoints', asked)).status).toBe(200)
  })

  test('an unchanged update does not touch updated_at', async () => {
    const { id, updated_at } = (await post('/v1/webhook_endpoints', good)).body
    await server.advance(5000)
    expect((await post(`/v1/webhook_endpoints/${id}`, good)).body.updated_at).toBe(updated_at)
    expect((await post(`/v1/webhook_endpoints/${id}`, {})).body.updated_at).toBe(updated_at)
    expect((await post(`/v1/webhook_endpoints/${id}`, { name: 'new' })).body.updated_at).toBeGreaterThan(updated_at)
  })

  test('a test of an endpoint that is not there is a 502 in general words', async () => {
    const gone = 'http://127.0.0.1:9/'
    const { id } = (await post('/v1/webhook_endpoints', { ...good, url: gone })).body
    const refused = await post(`/v1/webhook_endpoints/${id}/test`, { event_type: 'video.completed' })
    expect(refused).toMatchObject({ status: 502, body: { code: 'upstream_error' } })
    expect(refused.headers.get('x-should-retry')).toBe('false')
    expect(refused.body.message).not.toMatch(/127\.0|ECONN/)
  })

  test('no secret stands in the database or in an answer but the one that shows it', async () => {
    const lines: string[] = []
    const loud = await startTestServer({ onLog: line => lines.push(line) })
    const made = (await loud.call('POST', '/v1/webhook_endpoints', good)).body
    const key = made.signing_secret.replace('whsec_', '')
    await loud.call('GET', `/v1/webhook_endpoints/${made.id}`)
    await loud.services.close().catch(() => {})
    const file = readFileSync(`${loud.folder}/reelay.db`, 'latin1') + readWal(`${loud.folder}/reelay.db-wal`)
    expect(file).toContain(made.id)
    expect(file).not.toContain(key)
    expect(lines.join('')).not.toContain(key)
    await loud.app.close()
  })

  // the guard's own tests prove what is refused; here: that each door asks it
  const corpus = JSON.parse(readFileSync(new URL('../upstream/ssrf-corpus.json', import.meta.url), 'utf8')) as {
    url: string
    answers?: string[]
  }[]
  const texts = corpus.filter(({ answers }) => !answers).map(({ url }) => url.replaceAll('{port}', ':8443'))

  test('every address of the corpus is refused at every door', async () => {
    const { id } = (await post('/v1/webhook_endpoints', good)).body
    const strict = await startTestServer({ env: { OUTBOUND_ALLOW: '', SANDBOX: 'on' } })
    const own = (await strict.call('POST', '/v1/webhook_endpoints', good)).body.id
    expect(id).not.toBe(own)
    for (const url of texts) {
      const video = { model: 'kling-v1', prompt: 'a cat', callback_url: url }
      for (const [path, body, param] of [
        ['/v1/webhook_endpoints', { ...good, url }, 'url'],
        [`/v1/webhook_endpoints/${own}`, { url }, 'url'],
        ['/v1/videos', video, 'callback_url'],
        ['/v1/video/generations', video, 'callback_url']
      ] as const) {
        const { status, body: answer } = await strict.call('POST', path, body)
        // what JSON itself may not hold is refused before the field is looked at
        if (status !== 400 || (answer.param !== null && answer.param !== param)) throw new Error(`${path} took ${url}`)
      }
    }
    expect((await strict.call('GET', '/v1/webhook_endpoints')).body.data).toHaveLength(1)
    expect((await strict.call('GET', '/v1/videos')).body.data).toEqual([])
    await strict.close()
  })
})

function readWal(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
