import { describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { openBrowser } from './browser.ts'

const HOUR = 3_600_000

describe.each(kinds)('rotating a key, on %s', kind => {
  const server = forEachTest(() => startTestServer({ kind }))
  const member = forEachTest(() => server.newKey())

  const works = async (key: string) => (await server.call('GET', '/v1/models', undefined, { key })).status === 200
  const rotate = async (body?: object) => (await server.call('POST', `/admin/keys/${member.id}/rotate`, body)).body

  test('the old secret stops at once, unless it is kept', async () => {
    expect(await works(member.key)).toBe(true)
    const rotated = await rotate()
    expect(rotated).toMatchObject({ id: member.id, old_expires_at: null, old_last_used_at: null })
    expect([await works(member.key), await works(rotated.key)]).toEqual([false, true])
  })

  test('kept for hours: both work until then, and its use is shown', async () => {
    const rotated = await rotate({ keep_old_for_hours: 24 })
    expect(rotated.old_expires_at * 1000 - server.now()).toBeGreaterThan(24 * HOUR - 60_000)
    expect([await works(member.key), await works(rotated.key)]).toEqual([true, true])
    await expect
      .poll(async () => (await server.call('GET', `/admin/keys/${member.id}`)).body.old_last_used_at)
      .toBeGreaterThan(1.7e9)
    await server.advance(24 * HOUR - 120_000)
    expect(await works(member.key)).toBe(true)
    await server.advance(121_000)
    expect([await works(member.key), await works(rotated.key)]).toEqual([false, true])
  })

  test('again: only the last secret is kept, and a rotation without keeping ends it', async () => {
    const second = await rotate({ keep_old_for_hours: 24 })
    const third = await rotate({ keep_old_for_hours: 24 })
    expect([await works(member.key), await works(second.key), await works(third.key)]).toEqual([false, true, true])
    const fourth = await rotate({ keep_old_for_hours: 0 })
    expect([await works(second.key), await works(third.key), await works(fourth.key)]).toEqual([false, false, true])
  })

  test('revoked: both end; disabled: neither works', async () => {
    const rotated = await rotate({ keep_old_for_hours: 1 })
    await server.call('PATCH', `/admin/keys/${member.id}`, { disabled: true })
    expect([await works(member.key), await works(rotated.key)]).toEqual([false, false])
    await server.call('PATCH', `/admin/keys/${member.id}`, { disabled: false })
    expect([await works(member.key), await works(rotated.key)]).toEqual([true, true])
    await server.call('DELETE', `/admin/keys/${member.id}`)
    expect([await works(member.key), await works(rotated.key)]).toEqual([false, false])
  })

  test('a session of the old secret lasts as long as that', async () => {
    const browser = openBrowser(server)
    await browser.signIn({ key: member.key })
    await rotate({ keep_old_for_hours: 1 })
    expect((await browser.session()).status).toBe(200)
    await server.advance(HOUR + 1000)
    expect((await browser.session()).status).toBe(401)
  })

  test.each([[-1], [169], [1.5], ['1']])('kept for %s hours: 400', async hours => {
    expect(await server.call('POST', `/admin/keys/${member.id}/rotate`, { keep_old_for_hours: hours })).toMatchObject({
      status: 400,
      body: { error: { param: 'keep_old_for_hours' } }
    })
    expect(await works(member.key)).toBe(true)
  })

  test('when and from where a key was last used', async () => {
    const seen = async () => (await server.call('GET', `/admin/keys/${member.id}`)).body
    expect(await seen()).toMatchObject({ last_used_at: null, last_used_ip: null })
    await works(member.key)
    await expect.poll(async () => (await seen()).last_used_ip).toBe('127.0.0.1')
    expect((await seen()).last_used_at).toBeGreaterThan(1.7e9)
  })

  test('a key that has expired: 401', async () => {
    const expires = Math.floor(server.now() / 1000) + 60
    await server.call('PATCH', `/admin/keys/${member.id}`, { expires_at: expires })
    expect(await works(member.key)).toBe(true)
    await server.advance(61_000)
    expect(await works(member.key)).toBe(false)
  })
})
