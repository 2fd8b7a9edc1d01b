import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { openServices } from '../../src/services/index.ts'
import { kinds } from '../support/database.ts'
import { environment } from '../support/environment.ts'
import { makeFolder } from '../support/folder.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { openOwner } from './browser.ts'
import { startIdentityProvider } from './identity-provider.ts'

/* Signing in at an identity provider: who they are is told by issuer and subject, what they may do by their groups. */

const MINUTE = 60_000

describe.each(kinds)('sign-in at an identity provider, on %s', kind => {
  const provider = forAllTests(startIdentityProvider)
  const server = forAllTests(() => startTestServer({ kind, env: { ...provider.env, SIGN_INS_PER_MINUTE: '30' } }))

  const at = (url: string) => url.replace('https://console.test/base', '')
  const go = (path: string, cookie = '') => server.ask(path, { key: null, headers: { cookie }, redirect: 'manual' })
  const cookieIn = (answer: Response, name: string) =>
    answer.headers
      .getSetCookie()
      .find(line => line.startsWith(`${name}=`))
      ?.split(';')[0] ?? ''

  /** Begins; returns where to go and the cookie that is kept meanwhile. */
  async function begin(to = '') {
    const answer = await go(`/console/api/oidc${to}`)
    expect(answer.status).toBe(302)
    return { url: answer.headers.get('location')!, kept: cookieIn(answer, 'reelay_oidc'), answer }
  }

  /** Signs in as a person; returns the last answer, and the session. */
  async function signIn(accountId: string, claims?: Parameters<typeof provider.become>[1], to = '') {
    provider.become(accountId, claims)
    const { url, kept } = await begin(to)
    const answer = await go(at(await provider.visit(url)), kept)
    const cookie = cookieIn(answer, 'reelay_session')
    const session =
      cookie === ''
        ? null
        : (await server.call('GET', '/console/api/session', undefined, { key: null, headers: { cookie } })).body
    return { answer, text: await answer.text(), cookie, session }
  }
  const audit = async (query: string) => (await server.call('GET', `/admin/audit?${query}`)).body.data

  test('the sign-in page learns of it; state, nonce and PKCE go along', async () => {
    const { body } = await server.call('GET', '/console/api/status', undefined, { key: null })
    expect(body.methods.oidc).toEqual({ label: 'Acme', url: 'oidc' })
    const { url, answer } = await begin()
    const asked = new URL(url)
    expect(asked.origin).toBe(provider.env.OIDC_ISSUER)
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      client_id: 'console',
      redirect_uri: 'https://console.test/base/console/api/oidc/callback',
      response_type: 'code',
      scope: 'openid profile email',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256'
    })
    const [cookie] = answer.headers.getSetCookie()
    expect(cookie).toMatch(/^reelay_oidc=v1:.*; Path=\/base; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/)
    for (const secret of [asked.searchParams.get('state')!, asked.searchParams.get('nonce')!])
      expect(cookie).not.toContain(secret)
  })

  test('a person of a group: a user with its role, a session as by password, all in the audit', async () => {
    const claims = { name: 'Ann', email: 'Ann@Example.com', email_verified: true, groups: ['video-team', 'readers'] }
    const { answer, session, cookie } = await signIn('ann', claims, '?to=%2Ftasks%3Fstate%3Dfailed')
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toBe('https://console.test/base/console/tasks?state=failed')
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^reelay_oidc=; .*Max-Age=0/),
      expect.stringMatching(/^reelay_session=[\w-]{43}; Path=\/base; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/)
    ])
    expect(session).toMatchObject({ kind: 'user', role: 'operator', user: { name: 'Ann', email: 'ann@example.com' } })
    const { id } = session.user
    expect((await server.call('GET', `/admin/users/${id}`)).body).toMatchObject({
      has_password: false,
      has_oidc: true,
      role: 'operator'
    })
    expect((await audit(`target=${id}`))[0]).toMatchObject({
      action: 'user.create',
      via: 'sso',
      after: { name: 'Ann' }
    })
    expect((await audit('what=session.create'))[0]).toMatchObject({
      via: 'sso',
      ip: '127.0.0.1',
      actor: { kind: 'user', id, name: 'Ann' }
    })

    // the same person, in another group
    const again = await signIn('ann', { ...claims, groups: ['readers'] })
    expect(again.session).toMatchObject({ role: 'viewer', user: { id } })
    expect((await audit(`target=${id}`))[0]).toMatchObject({
      action: 'user.update',
      via: 'sso',
      after: { role: 'viewer' }
    })

    // signing out ends this session, as by password
    const headers = { cookie, 'sec-fetch-site': 'same-origin', 'x-reelay-console': '1' }
    const own = { key: null, headers }
    expect(
      (await server.call('DELETE', '/console/api/session', undefined, { key: null, headers: { cookie } })).status
    ).toBe(403)
    expect((await server.call('DELETE', '/console/api/session', undefined, own)).status).toBe(200)
    expect((await server.call('GET', '/console/api/session', undefined, own)).status).toBe(401)
    expect((await audit('what=session.delete'))[0]).toMatchObject({ actor: { id } })
  })

  test('an e-mail address is nobody: not that of another user, and not one that is not verified', async () => {
    await openOwner(server).catch(() => {})
    const olga = await server.call('POST', '/admin/users', { name: 'Mia', email: 'mia@example.com', role: 'owner' })
    expect(olga.status).toBe(201)
    const eve = { name: 'Mia', email: 'mia@example.com', groups: ['readers'] }
    for (const email_verified of [true, false]) {
      const { session } = await signIn(`eve-${email_verified}`, { ...eve, email_verified })
      expect(session.user).toMatchObject({ name: 'Mia', email: null, role: 'viewer' })
      expect(session.user.id).not.toBe(olga.body.id)
    }
  })

  test('no group that has a role, a disabled user, who does not consent: a plain page, and no session', async () => {
    const stranger = await signIn('stranger', { name: 'Sid <script>', groups: ['sales'] })
    expect(stranger).toMatchObject({ cookie: '', session: null })
    expect([stranger.answer.status, stranger.answer.headers.get('content-type')]).toEqual([
      403,
      'text/html; charset=utf-8'
    ])
    expect(stranger.text).toContain('none of your groups may use this console')
    expect(stranger.text).toContain('href="https://console.test/base/console"')
    expect(stranger.text).not.toContain('<script')
    expect(stranger.answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect((await audit('what=user.sign_in_failed'))[0]).toMatchObject({ via: 'sso', target: { id: null } })
    const { data } = (await server.call('GET', '/admin/users?limit=100')).body
    expect(data.filter(({ name }: { name: string }) => name.startsWith('Sid'))).toEqual([])

    const { session } = await signIn('bob', { name: 'Bob', groups: ['readers'] })
    await server.call('PATCH', `/admin/users/${session.user.id}`, { disabled: true })
    expect((await signIn('bob')).text).toContain('Your account is disabled here')
    expect((await signIn('nobody')).text).toContain('The sign-in did not succeed')
  })

  test('who lost every group loses the session, too; who was deleted does not come back', async () => {
    const { cookie, session } = await signIn('eve', { groups: ['video-team'] })
    const ask = () => server.call('GET', '/console/api/session', undefined, { key: null, headers: { cookie } })
    expect((await ask()).status).toBe(200)
    expect((await signIn('eve', { groups: [] })).session).toBeNull()
    expect((await ask()).status).toBe(401)
    await server.call('DELETE', `/admin/users/${session.user.id}`)
    const after = await signIn('eve', { groups: ['video-team'] })
    expect([after.answer.status, after.session]).toEqual([403, null])
  })

  test('what does not belong together is refused: no cookie, another browser’s, too late, twice', async () => {
    provider.become('ann', { name: 'Ann', groups: ['readers'] })
    const [one, two] = [await begin(), await begin()]
    const back = at(await provider.visit(one.url))
    expect((await go(back)).status).toBe(400)
    expect((await go(back, 'reelay_oidc=v1:forged')).status).toBe(400)
    expect((await go(back, two.kept)).status).toBe(403)
    const third = await begin()
    const other = at(await provider.visit(third.url)).replace(/state=[^&]+/, 'state=of-another')
    expect((await go(other, third.kept)).status).toBe(403)
    const late = await begin()
    const lateBack = at(await provider.visit(late.url))
    expect((await go(back, one.kept)).status).toBe(302)
    expect((await go(back, one.kept)).status).toBe(403)
    await server.advance(11 * MINUTE)
    expect((await go(lateBack, late.kept)).status).toBe(400)
    for (const to of ['//evil.test', 'https://evil.test', '/\\evil.test']) {
      const { answer } = await signIn('ann', undefined, `?to=${encodeURIComponent(to)}`)
      expect(answer.headers.get('location')).toBe('https://console.test/base/console/')
    }
  })
})

test('a provider that is away does not stop the start, and is asked again; sign-ins are limited', async () => {
  const provider = await startIdentityProvider()
  provider.fail(true)
  const lines: string[] = []
  const server = await startTestServer({
    env: { ...provider.env, SIGN_INS_PER_MINUTE: '2' },
    onLog: line => lines.push(line)
  })
  await expect.poll(() => lines.join()).toContain('the identity provider does not answer; asked again')
  const away = await server.ask('/console/api/oidc', { key: null, redirect: 'manual' })
  expect([away.status, await away.text()]).toEqual([503, expect.stringContaining('does not answer')])
  provider.fail(false)
  expect((await server.ask('/console/api/oidc', { key: null, redirect: 'manual' })).status).toBe(302)
  const back = () => server.ask('/console/api/oidc/callback?code=x', { key: null, redirect: 'manual' })
  expect([(await back()).status, (await back()).status]).toEqual([400, 400])
  const limited = await back()
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)])
  await server.close()
  await provider.close()
})

test('without OIDC_ISSUER there is nothing of it', async () => {
  const server = await startTestServer()
  expect((await server.call('GET', '/console/api/status')).body.methods.oidc).toBeNull()
  expect((await server.call('GET', '/console/api/oidc')).status).toBe(404)
  expect((await server.call('GET', '/console/api/oidc/callback')).status).toBe(404)
  await server.close()
})

test.each([
  [{ OIDC_CLIENT_ID: '' }, /OIDC_CLIENT_ID: must be set/],
  [{ PUBLIC_URL: '' }, /PUBLIC_URL: must be set together with OIDC_ISSUER/],
  [{ OIDC_ROLES: '' }, /OIDC_ROLES: must give at least one group a role/],
  [{ OIDC_ROLES: 'team=admin' }, /OIDC_ROLES: team=admin must be a group, = and one of owner, operator, viewer/],
  [{ OIDC_ISSUER: 'http://sso.example.com' }, /OIDC_ISSUER: must begin with https:\/\//]
])('%o is refused at start', async (env, message) => {
  const folder = makeFolder('oidc')
  const good = {
    ...environment,
    DATA_DIR: folder.path,
    PUBLIC_URL: 'https://x.test',
    OIDC_ISSUER: 'https://sso.example.com',
    OIDC_CLIENT_ID: 'console',
    OIDC_ROLES: 'team=viewer'
  }
  const open = async () => openServices({ config: loadConfig({ ...good, ...env }), log: pino({ level: 'silent' }) })
  await expect(open()).rejects.toThrow(message)
  // what is open would keep the process alive
  expect(existsSync(join(folder.path, 'reelay.db'))).toBe(false)
  folder.close()
})
