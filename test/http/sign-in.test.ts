import { describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { ADMIN_KEY } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { openBrowser, openInvited, openOwner, PASSWORD } from './browser.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const refused = (status: number, code: string) => ({ status, body: { error: { code } } })

describe.each(kinds)('signing in, on %s', kind => {
  const server = forEachTest(() => startTestServer({ kind, env: { SIGN_INS_PER_MINUTE: '20' } }))
  const owner = forEachTest(() => openOwner(server))

  test('the first user: by a link that works once, and no longer when there is a user', async () => {
    expect((await owner.session()).body).toMatchObject({
      object: 'session',
      kind: 'user',
      role: 'owner',
      user: { name: 'Olga', email: null, role: 'owner' },
      key: null
    })
    expect((await owner.send('GET', '/console/api/setup')).body).toEqual({ object: 'console.setup', needed: false })
    expect(await server.services.setup.renew()).toBeNull()
    const other = openBrowser(server)
    const asked = { token: 'x'.repeat(43), name: 'Eve', password: PASSWORD }
    expect(await other.send('POST', '/console/api/setup', asked)).toMatchObject(refused(403, 'invalid_link'))
  })

  test('by name or e-mail address and password, in any case', async () => {
    const { user } = (await owner.session()).body
    await owner.send('PATCH', `/admin/users/${user.id}`, { email: 'Olga@Example.com' })
    for (const fields of [{ name: 'oLGA ' }, { email: 'olga@example.COM' }, { name: 'olga@example.com' }]) {
      const browser = openBrowser(server)
      expect((await browser.signIn({ ...fields, password: PASSWORD })).status).toBe(201)
      expect((await browser.session()).body.user.email).toBe('olga@example.com')
    }
  })

  test('wrong: the same answer for an unknown name and a wrong password, and no cookie', async () => {
    const browser = openBrowser(server)
    const answers = [
      await browser.signIn({ name: 'Olga', password: `${PASSWORD}!` }),
      await browser.signIn({ name: 'nobody', password: PASSWORD })
    ]
    for (const answer of answers) {
      expect(answer).toMatchObject({ ...refused(401, 'sign_in_failed'), given: null })
      expect(answer.body.error.message).toBe(answers[0]!.body.error.message)
    }
    expect(await browser.session()).toMatchObject(refused(401, 'not_signed_in'))
  })

  test('the cookie: HttpOnly, SameSite=Strict, and accepted on the console’s paths only', async () => {
    const browser = openBrowser(server)
    const { given } = await browser.signIn({ name: 'Olga', password: PASSWORD })
    expect(given).toMatch(/^reelay_session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/)
    expect((await browser.send('GET', '/v1/videos')).status).toBe(200)
    expect((await browser.send('GET', '/videos')).status).toBe(401)
    // stored as a hash
    const { db, sessions } = server.services.database
    expect(JSON.stringify(await db.select().from(sessions))).not.toContain(browser.cookie()!.split('=')[1])
  })

  test('the session ends: signed out, revoked, disabled, unused for 7 days', async () => {
    const ways = {
      'signed out': browser => browser.send('DELETE', '/console/api/session'),
      revoked: async browser => {
        const { id } = (await browser.session()).body
        return owner.send('DELETE', `/admin/sessions/${id}`)
      },
      disabled: (_browser, id) => owner.send('PATCH', `/admin/users/${id}`, { disabled: true })
    } satisfies Record<string, (browser: ReturnType<typeof openBrowser>, id: string) => Promise<{ status: number }>>
    for (const [way, end] of Object.entries(ways)) {
      const { browser, id } = await openInvited(server, owner, { name: way, role: 'viewer' })
      const stolen = { cookie: browser.cookie()! }
      expect((await browser.send('GET', '/admin/tasks')).status).toBe(200)
      expect((await end(browser, id)).status).toBe(200)
      const after = await openBrowser(server).send('GET', '/admin/tasks', undefined, stolen)
      expect([way, after.status, after.body.error.code]).toEqual([way, 401, 'not_signed_in'])
    }
    const prolonged = async () => (await owner.session()).body.expires_at * 1000 > server.now() + 7 * DAY - HOUR
    for (let used = 0; used < 2; used++) {
      await server.advance(6 * DAY)
      // a session is remembered for a second
      await expect.poll(prolonged, { timeout: 20_000 }).toBe(true)
    }
    await server.advance(7 * DAY + 1000)
    expect((await owner.session()).status).toBe(401)
  })

  test('an invitation and a reset: a link that works once, for 7 days; a reset ends sessions and the old password', async () => {
    const { browser, id } = await openInvited(server, owner, { name: 'Vera', role: 'viewer' })
    const { invitation } = (await owner.send('POST', `/admin/users/${id}/reset`)).body
    expect(invitation.url).toBe(`${server.url}/console/invite?token=${invitation.token}`)
    expect(invitation.expires_at * 1000 - server.now()).toBeLessThanOrEqual(7 * DAY)
    expect((await browser.session()).status).toBe(401)
    expect(await browser.signIn({ name: 'Vera', password: PASSWORD })).toMatchObject(refused(401, 'sign_in_failed'))

    const accept = (token: string) =>
      browser.send('POST', '/console/api/invite', { token, password: 'another long password' })
    expect((await accept(invitation.token)).status).toBe(201)
    expect(await accept(invitation.token)).toMatchObject(refused(403, 'invalid_link'))
    expect((await browser.signIn({ name: 'Vera', password: 'another long password' })).status).toBe(201)

    const late = (await owner.send('POST', `/admin/users/${id}/reset`)).body.invitation.token
    await server.advance(7 * DAY + 1000)
    expect(await accept(late)).toMatchObject(refused(403, 'invalid_link'))
  })

  test('a password is changed with the present one, which ends the other sessions', async () => {
    const elsewhere = openBrowser(server)
    await elsewhere.signIn({ name: 'Olga', password: PASSWORD })
    const change = (password: string, next: string) =>
      owner.send('POST', '/console/api/password', { password, new_password: next })
    expect(await change('not the password', 'a new long password')).toMatchObject(refused(401, 'sign_in_failed'))
    expect(await change(PASSWORD, 'short')).toMatchObject({ status: 400, body: { error: { param: 'new_password' } } })
    expect((await change(PASSWORD, 'a new long password')).status).toBe(200)
    expect([(await owner.session()).status, (await elsewhere.session()).status]).toEqual([200, 401])
    expect((await elsewhere.signIn({ name: 'Olga', password: 'a new long password' })).status).toBe(201)
  })

  test('no enabled owner is the last: 409', async () => {
    const { id } = (await owner.session()).body.user
    for (const [method, body] of [
      ['PATCH', { role: 'operator' }],
      ['PATCH', { disabled: true }],
      ['DELETE', undefined]
    ] as const)
      expect(await owner.send(method, `/admin/users/${id}`, body)).toMatchObject(refused(409, 'conflict'))
    await openInvited(server, owner, { name: 'Oleg', role: 'owner' })
    expect((await owner.send('PATCH', `/admin/users/${id}`, { role: 'operator' })).status).toBe(200)
    expect(await owner.send('GET', '/admin/users')).toMatchObject(refused(403, 'permission_denied'))
  })

  test('a name and an address belong to one user: 409; a deleted user’s are free again', async () => {
    const { id } = await openInvited(server, owner, { name: 'Vera', role: 'viewer' })
    const again = () => owner.send('POST', '/admin/users', { name: 'VERA', role: 'viewer', email: 'v@example.com' })
    expect(await again()).toMatchObject({ status: 409, body: { error: { param: 'name' } } })
    await owner.send('DELETE', `/admin/users/${id}`)
    expect((await again()).status).toBe(201)
    const twin = { name: 'Viktor', role: 'viewer', email: 'V@example.com' }
    expect(await owner.send('POST', '/admin/users', twin)).toMatchObject({
      status: 409,
      body: { error: { param: 'email' } }
    })
    expect((await owner.send('GET', `/admin/users/${id}`)).body.deleted_at).toBeGreaterThan(1.7e9)
  })
})

describe.each(kinds)('signing in with a key, on %s', kind => {
  const vendor = forEachTest(startFakeCloudsway)
  const server = forEachTest(() => startTestServer({ kind, channel: vendor.channel() }))
  const browser = forEachTest(() => openBrowser(server))

  test('an admin key: everything; a scoped one: its scopes', async () => {
    expect((await browser.signIn({ key: ADMIN_KEY })).body).toMatchObject({ kind: 'key', role: 'owner', user: null })
    expect((await browser.send('GET', '/admin/users')).status).toBe(200)
    const { key } = await server.newKey({ role: 'admin', scopes: ['admin:keys'] })
    const { body } = await browser.signIn({ key })
    expect(body).toMatchObject({ kind: 'key', role: null })
    expect(body.permissions.toSorted()).toEqual(['keys:read', 'keys:write', 'usage:read', 'usage:write'])
    expect((await browser.send('GET', '/admin/keys')).status).toBe(200)
    expect(await browser.send('GET', '/admin/channels')).toMatchObject(refused(403, 'permission_denied'))
  })

  test('a member: its own videos and usage, nothing below /admin', async () => {
    const mine = await server.newKey({ name: 'mine' })
    const theirs = await server.newKey()
    const [own, other] = [await server.newVideo({}, { key: mine.key }), await server.newVideo({}, { key: theirs.key })]
    expect((await browser.signIn({ key: mine.key })).body).toMatchObject({
      kind: 'member',
      role: 'member',
      key: { id: mine.id, name: 'mine' },
      permissions: []
    })
    expect((await browser.send('GET', `/v1/videos/${own}`)).status).toBe(200)
    expect((await browser.send('GET', `/v1/videos/${other}`)).status).toBe(404)
    expect((await browser.send('GET', '/v1/usage')).status).toBe(200)
    expect((await browser.send('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat' })).status).toBe(200)
    for (const path of ['tasks', 'keys', 'audit', 'sessions'])
      expect(await browser.send('GET', `/admin/${path}`)).toMatchObject(refused(403, 'admin_required'))
  })

  test('a wrong, disabled or revoked key: 401; the session ends with its key', async () => {
    expect(await browser.signIn({ key: 'sk-wrong' })).toMatchObject(refused(401, 'invalid_api_key'))
    for (const end of [
      (id: string) => server.call('PATCH', `/admin/keys/${id}`, { disabled: true }),
      (id: string) => server.call('DELETE', `/admin/keys/${id}`),
      (id: string) => server.call('POST', `/admin/keys/${id}/rotate`)
    ]) {
      const { id, key } = await server.newKey()
      expect((await browser.signIn({ key })).status).toBe(201)
      expect((await browser.session()).status).toBe(200)
      await end(id)
      expect(await browser.session()).toMatchObject(refused(401, 'not_signed_in'))
      expect(await browser.signIn({ key })).toMatchObject(refused(401, 'invalid_api_key'))
    }
  })
})

describe('too many sign-ins', () => {
  const server = forEachTest(() => startTestServer({ env: { SIGN_INS_PER_MINUTE: '3', TRUST_PROXY: '127.0.0.1' } }))
  const owner = forEachTest(() => openOwner(server))
  const from = (address: string) => ({ 'x-forwarded-for': address })

  test('of one address: 429 with the time to wait, also for the right password; not for others', async () => {
    const browser = openBrowser(server)
    const attempt = (name: string, password: string, address: string) =>
      browser.send('POST', '/console/api/session', { name, password }, from(address))
    for (const name of ['a', 'b', 'c']) expect((await attempt(name, 'wrong', '192.0.2.1')).status).toBe(401)
    const { status, body, headers } = await attempt('Olga', PASSWORD, '192.0.2.1')
    expect([status, body.error.code]).toEqual([429, 'rate_limit_exceeded'])
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await attempt('Olga', PASSWORD, '192.0.2.2')).status).toBe(201)
    await server.advance(60_000)
    expect((await attempt('Olga', PASSWORD, '192.0.2.1')).status).toBe(201)
  })

  test('of one user, over all addresses: 429; who is signed in goes on', async () => {
    const browser = openBrowser(server)
    const attempt = (last: number) =>
      browser.send('POST', '/console/api/session', { name: ' OLGA', password: 'wrong' }, from(`192.0.2.${last}`))
    await server.advance(60_000)
    for (const last of [1, 2, 3]) expect((await attempt(last)).status).toBe(401)
    expect(await attempt(4)).toMatchObject(refused(429, 'rate_limit_exceeded'))
    expect((await owner.session()).status).toBe(200)
  })
})

describe('behind TLS, below a path', () => {
  const server = forEachTest(() => startTestServer({ env: { PUBLIC_URL: 'https://example.com/reelay' } }))

  test('the cookie is Secure and bound to the path; links lead there; the proxy’s origin is accepted', async () => {
    const browser = openBrowser(server)
    const token = await server.services.setup.renew()
    const asked = { token, name: 'Olga', password: PASSWORD }
    const proxied = { 'sec-fetch-site': undefined, origin: 'https://example.com' }
    const { status, given } = await browser.send('POST', '/console/api/setup', asked, proxied)
    expect(status).toBe(201)
    expect(given).toMatch(/; Path=\/reelay; .*; Secure$/)
    const { invitation } = (await browser.send('POST', '/admin/users', { name: 'Vera', role: 'viewer' })).body
    expect(invitation.url).toBe(`https://example.com/reelay/console/invite?token=${invitation.token}`)
  })
})

test('before signing in: what the console needs to know', async () => {
  const server = await startTestServer()
  try {
    const { status, body } = await server.call('GET', '/console/api/status', undefined, { key: null })
    expect([status, body]).toEqual([
      200,
      {
        object: 'console.status',
        setup_needed: true,
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        methods: { password: true, key: true, oidc: null },
        public_url: null,
        sandbox: false
      }
    ])
  } finally {
    await server.close()
  }
})
