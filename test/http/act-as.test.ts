import { beforeEach, describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { openInvited, openOwner } from './browser.ts'

/* An admin acts as a key, by its id in the header x-reelay-key: what applies to the key applies to the request. */

describe.each(kinds)('x-reelay-key, on %s', kind => {
  const vendor = forEachTest(startFakeCloudsway)
  const server = forEachTest(() =>
    startTestServer({
      kind,
      channel: vendor.channel({ models: { 'kling-v1': 'kling-v1', other: 'other' } })
    })
  )
  const owner = forEachTest(() => openOwner(server))
  let as: { 'x-reelay-key': string }
  let key: { id: string; key: string }

  beforeEach(async () => {
    const prices = [{ unit: 'video', amount: '0.50', currency: 'USD' }]
    for (const name of ['kling-v1', 'other']) await server.call('PUT', `/admin/models/${name}`, { prices })
    key = await server.newKey({ models: ['kling-v1'], budget: { amount: '0.60', currency: 'USD', window: 'total' } })
    as = { 'x-reelay-key': key.id }
  })

  const video = { model: 'kling-v1', prompt: 'a cat' }

  test('its budget, models and usage apply; the video is the key’s', async () => {
    const made = await owner.send('POST', '/v1/videos', video, as)
    expect(made.status).toBe(200)
    expect((await server.call('GET', `/v1/videos/${made.body.id}`, undefined, key)).status).toBe(200)
    expect((await owner.send('GET', '/v1/usage', undefined, as)).body).toMatchObject({ held: { amount: '0.50' } })
    expect((await owner.send('GET', '/v1/usage')).body).toMatchObject({ held: { amount: '0.00' } })
    expect(await owner.send('POST', '/v1/videos', video, as)).toMatchObject({
      status: 429,
      body: { error: { code: 'insufficient_quota' } }
    })
    expect((await owner.send('POST', '/v1/videos', { ...video, model: 'other' }, as)).status).toBe(403)
    for (const path of ['/v1/videos', '/v1/video/generations']) {
      const listed = async (headers?: typeof as) => (await owner.send('GET', path, undefined, headers)).body.data
      expect((await listed(as)).map(({ id }: { id: string }) => id)).toEqual([made.body.id])
      expect(await listed()).toEqual([])
    }
    expect((await owner.send('GET', '/v1/webhook_endpoints', undefined, as)).body.data).toEqual([])
    const names = (await owner.send('GET', '/v1/videos/models', undefined, as)).body.data
    expect(names.map(({ id }: { id: string }) => id)).toEqual(['kling-v1'])
    // the session's own has neither
    for (const model of ['kling-v1', 'other', 'kling-v1'])
      expect((await owner.send('POST', '/v1/videos', { ...video, model })).status).toBe(200)
  })

  test('its requests per minute apply', async () => {
    await server.call('PATCH', `/admin/keys/${key.id}`, { requests_per_minute: 1 })
    const ask = () => owner.send('POST', '/v1/videos/estimate', video, as)
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 429])
  })

  test('an admin key may too; a member may not', async () => {
    expect((await server.call('POST', '/v1/videos', video, { headers: as })).status).toBe(200)
    const { key: member } = await server.newKey()
    expect(await server.call('POST', '/v1/videos', video, { key: member, headers: as })).toMatchObject({
      status: 403,
      body: { error: { code: 'admin_required' } }
    })
  })

  test('a viewer may ask what it would cost, not make it', async () => {
    const { browser } = await openInvited(server, owner, { name: 'Vera', role: 'viewer' })
    expect((await browser.send('POST', '/v1/videos/estimate', video, as)).status).toBe(200)
    expect((await browser.send('POST', '/v1/videos', video, as)).status).toBe(403)
    expect(vendor.submits).toEqual([])
  })

  test('a key that is unknown, revoked, disabled, expired, or a user’s own: 400', async () => {
    const users = (await owner.send('GET', '/admin/tasks')).body
    expect(users.data).toEqual([])
    const own = (await owner.send('POST', '/v1/videos', video)).body.id
    const ids = ['key_none', (await server.inspect(own)).key_id]
    for (const change of [{ disabled: true }, { expires_at: Math.floor(server.now() / 1000) - 1 }]) {
      const { id } = await server.newKey()
      await server.call('PATCH', `/admin/keys/${id}`, change)
      ids.push(id)
    }
    const revoked = await server.newKey()
    await server.call('DELETE', `/admin/keys/${revoked.id}`)
    for (const id of [...ids, revoked.id])
      expect(await owner.send('POST', '/v1/videos', video, { 'x-reelay-key': id })).toMatchObject({
        status: 400,
        body: { error: { param: 'x-reelay-key' } }
      })
  })

  test('a user’s own key is in no list, has no secret, and ends with the user', async () => {
    const { browser, id } = await openInvited(server, owner, { name: 'Otto', role: 'operator' })
    const made = (await browser.send('POST', '/v1/videos', video)).body.id
    const { key_id: own } = await server.inspect(made)
    const listed = (await server.call('GET', '/admin/keys?limit=100')).body.data
    expect(listed.map((one: { id: string }) => one.id)).not.toContain(own)
    for (const [method, path] of [
      ['POST', '/rotate'],
      ['DELETE', '']
    ] as const)
      expect((await server.call(method, `/admin/keys/${own}${path}`)).status).toBe(404)
    expect((await server.call('GET', `/admin/keys/${own}`)).body).toMatchObject({ name: 'Otto', hint: '' })
    await owner.send('DELETE', `/admin/users/${id}`)
    expect((await server.call('GET', `/admin/keys/${own}`)).body.revoked_at).toBeGreaterThan(1.7e9)
    expect((await server.call('GET', `/admin/tasks/${made}`)).status).toBe(200)
  })
})
