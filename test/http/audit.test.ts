import { beforeAll, describe, expect, test } from 'vitest'
import { audit as words } from '../../src/console/i18n/en/audit.ts'
import { kinds } from '../support/database.ts'
import { ADMIN_KEY } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { webp } from '../support/webp.ts'
import { ofConsole, openBrowser, openInvited, openOwner, PASSWORD, type Browser } from './browser.ts'
import { routesOf } from './routes.ts'

/* Every change by an operator is in the audit: who, what, before and after, from where, and no secret. */

const CREDENTIAL = 'credential-canary-0123456789'

describe.each(kinds)('the audit, on %s', kind => {
  const vendor = forAllTests(() =>
    startFakeCloudsway({ onPoll: ({ body }) => (body.prompt === 'succeeds' ? 'succeed' : 'processing') })
  )
  const server = forAllTests(() => startTestServer({ kind, channel: vendor.channel({ name: 'first' }) }))
  const secrets: string[] = [ADMIN_KEY, PASSWORD, CREDENTIAL]
  let owner: Browser

  beforeAll(async () => {
    owner = await openOwner(server)
  })

  async function rows(query = ''): Promise<any[]> {
    const { status, body } = await owner.send('GET', `/admin/audit?limit=100${query}`)
    expect(status).toBe(200)
    return body.data
  }

  /** Sends a change as the owner, and remembers the secrets in its answer. */
  async function change(route: string, params: Record<string, string> = {}, body?: unknown) {
    const [method, path] = route.split(' ') as [string, string]
    const filled = path.replaceAll(/:(\w+)/g, (_, name) => params[name]!)
    const answer = await owner.send(method, filled, body)
    expect([route, answer.status, answer.body]).toEqual([route, expect.toBeOneOf([200, 201]), expect.anything()])
    for (const secret of [answer.body.key, answer.body.signing_secret, answer.body.invitation?.token])
      if (typeof secret === 'string') secrets.push(secret)
    return answer.body
  }

  /** Returns the one row that a change added. */
  async function added(work: () => Promise<unknown>) {
    const before = await rows()
    await work()
    const after = await rows()
    const fresh = after.filter(({ id }) => !before.some(one => one.id === id))
    expect(fresh).toHaveLength(1)
    return fresh[0]
  }

  type Step = [route: string, action: string, work: (route: string) => Promise<unknown>]

  // each changing route below /admin, in an order that works; a route that is missing here fails
  const made: Record<string, any> = {}
  const steps: Step[] = [
    ['POST /admin/keys', 'key.create', async route => (made.key = await change(route, {}, { name: 'app' }))],
    ['PATCH /admin/keys/:id', 'key.update', route => change(route, made.key, { requests_per_minute: 60 })],
    ['POST /admin/keys/:id/rotate', 'key.rotate', route => change(route, made.key, { keep_old_for_hours: 24 })],
    [
      'POST /admin/channels',
      'channel.create',
      async route =>
        (made.channel = await change(route, {}, vendor.channel({ name: 'second', credential: CREDENTIAL })))
    ],
    [
      'PATCH /admin/channels/:id',
      'channel.update',
      route => change(route, made.channel, { weight: 3, credential: `${CREDENTIAL}-new` })
    ],
    ['PUT /admin/models/:name', 'model.update', route => change(route, { name: 'kling-v1' }, { disabled: true })],
    ['PATCH /admin/models/:name', 'model.update', route => change(route, { name: 'kling-v1' }, { disabled: false })],
    ['DELETE /admin/models/:name', 'model.delete', route => change(route, { name: 'kling-v1' })],
    [
      'POST /admin/ledger',
      'ledger.adjust',
      route => change(route, {}, { key_id: made.key.id, amount: '1.50', currency: 'USD', reason: 'a gift' })
    ],
    [
      'POST /admin/tasks/:id/cancel',
      'task.cancel',
      async route => change(route, { id: await server.newVideo({}, { key: made.key.key }) })
    ],
    [
      'POST /admin/tasks/cancel',
      'task.cancel',
      async route => change(route, {}, { ids: [await server.newVideo({}, { key: made.key.key })] })
    ],
    [
      'POST /admin/tasks/:id/rerun',
      'task.create',
      async route => change(route, { id: await server.newVideo({}, { key: made.key.key }) })
    ],
    [
      'PUT /admin/tasks/:id/thumbnail',
      'task.thumbnail',
      async route => {
        const id = await server.newVideo({ prompt: 'succeeds' }, { key: made.key.key })
        await server.finished(id)
        const answer = await server.ask(`/admin/tasks/${id}/thumbnail`, {
          method: 'PUT',
          key: null,
          headers: { ...ofConsole, cookie: owner.cookie()!, 'content-type': 'image/webp' },
          body: webp
        })
        expect([route, answer.status]).toEqual([route, 200])
      }
    ],
    ['PATCH /admin/settings', 'settings.update', route => change(route, {}, { retention_days: 30 })],
    [
      'POST /admin/users',
      'user.create',
      async route => (made.user = await change(route, {}, { name: 'Vera', role: 'viewer' }))
    ],
    ['PATCH /admin/users/:id', 'user.update', route => change(route, made.user, { role: 'operator' })],
    ['POST /admin/users/:id/reset', 'user.reset', route => change(route, made.user)],
    ['DELETE /admin/users/:id', 'user.delete', route => change(route, made.user)],
    ['DELETE /admin/sessions/:id', 'session.revoke', route => change(route, { id: made.session })],
    ['DELETE /admin/channels/:id', 'channel.delete', route => change(route, made.channel)],
    ['DELETE /admin/keys/:id', 'key.revoke', route => change(route, made.key)]
  ]
  // the first four change nothing; the others are tested in usage.test.ts and webhooks.test.ts, with what they need
  const others = [
    'POST /admin/alerts/test',
    'POST /admin/archive/test',
    'POST /admin/channels/test',
    'POST /admin/channels/:id/test',
    'POST /admin/tasks/:id/resolve',
    'POST /admin/webhook_deliveries/replay',
    'POST /admin/webhook_deliveries/:id/replay'
  ]

  test('knows every route that changes something', () => {
    const changing = routesOf(server.app)
      .filter(({ method, path }) => path.startsWith('/admin/') && !['GET', 'HEAD'].includes(method))
      .map(({ method, path }) => `${method} ${path}`)
    expect([...steps.map(([route]) => route), ...others].toSorted()).toEqual(changing.toSorted())
  })

  test('has a sentence in the console for each', () => {
    const actions = steps.map(([, action]) => action)
    expect(actions.filter(action => !(action in words.actions))).toEqual([])
  })

  test('has one row for each change, with who and from where', async () => {
    const elsewhere = openBrowser(server)
    made.session = (await elsewhere.signIn({ name: 'Olga', password: PASSWORD })).body.id
    const { user } = (await owner.session()).body
    for (const [route, action, work] of steps) {
      const row = await added(() => work(route))
      expect([route, row]).toEqual([
        route,
        {
          id: expect.stringMatching(/^aud_[0-9a-f]{32}$/),
          object: 'audit.entry',
          at: expect.toSatisfy((at: number) => Math.abs(at * 1000 - server.now()) < 60_000),
          actor: { kind: 'user', id: user.id, name: 'Olga' },
          ip: '127.0.0.1',
          via: 'console',
          action,
          target: {
            type: action.split('.')[0],
            id: expect.any(String),
            name: expect.toBeOneOf([expect.any(String), null])
          },
          before: expect.toBeOneOf([expect.any(Object), null]),
          after: expect.toBeOneOf([expect.any(Object), null]),
          request_id: expect.any(String)
        }
      ])
    }
  })

  test('shows what changed and nothing else, named as in the API', async () => {
    const one = async (action: string) => (await rows(`&what=${action}`))[0]
    expect(await one('key.update')).toMatchObject({
      target: { name: 'app', id: made.key.id },
      before: { requests_per_minute: null },
      after: { requests_per_minute: 60 }
    })
    expect(Object.keys((await one('key.update')).after)).toEqual(['requests_per_minute'])
    expect(await one('key.create')).toMatchObject({ before: null, after: { name: 'app', role: 'member' } })
    expect(await one('key.revoke')).toMatchObject({ before: { name: 'app' }, after: null })
    expect((await one('key.rotate')).after.old_expires_at).toBeGreaterThan(1.7e9)
    expect((await one('channel.update')).after).toEqual({ weight: 3, credential: '… (new)' })
    expect((await one('ledger.adjust')).after).toMatchObject({ amount: '1.50', currency: 'USD', reason: 'a gift' })
    expect((await one('user.update')).after).toEqual({ role: 'operator' })
  })

  test('has none for a change of nothing, or one that is refused', async () => {
    const count = (await rows()).length
    const { id } = await server.newKey({ name: 'quiet' })
    await server.call('PATCH', `/admin/keys/${id}`, {})
    await server.call('PATCH', `/admin/keys/${id}`, { name: '' })
    await server.call('DELETE', '/admin/keys/key_none')
    await server.call('POST', '/admin/channels', { ...vendor.channel({ name: 'first' }) })
    expect(await rows()).toHaveLength(count + 1)
  })

  test('names sign-ins, and failed ones without what was typed', async () => {
    const browser = openBrowser(server)
    await browser.signIn({ name: 'hunter2 my password', password: 'x' })
    await browser.signIn({ name: 'Olga', password: 'wrong' })
    await browser.signIn({ key: 'sk-not-a-key-canary' })
    const failed = await rows('&what=user.sign_in_failed')
    expect(failed.map(({ target }) => target.name)).toEqual(['Olga', null])
    expect((await rows('&what=key.sign_in_failed')).length).toBe(1)
    const { id } = (await browser.signIn({ name: 'Olga', password: PASSWORD })).body
    await browser.send('DELETE', '/console/api/session')
    expect((await rows(`&target=${id}`)).map(({ action }) => action)).toEqual(['session.delete', 'session.create'])
    expect(JSON.stringify(await rows())).not.toMatch(/hunter2|canary/)
  })

  test('says which way a change came: a key, the command line, a session of a key', async () => {
    await server.call('POST', '/admin/keys', { name: 'by api' })
    await server.call('POST', '/admin/keys', { name: 'by cli' }, { headers: { 'user-agent': 'reelay-cli' } })
    const browser = openBrowser(server)
    await browser.signIn({ key: ADMIN_KEY })
    await browser.send('POST', '/admin/keys', { name: 'by console' })
    expect((await rows('&what=key.create')).slice(0, 3).map(({ via, actor }) => [via, actor.kind, actor.name])).toEqual(
      [
        ['console', 'key', 'ADMIN_KEY'],
        ['cli', 'key', 'ADMIN_KEY'],
        ['api', 'key', 'ADMIN_KEY']
      ]
    )
  })

  test('has what admins do on the routes of clients, not what members do with their own', async () => {
    const { id, key } = await server.newKey({ name: 'client' })
    const asked = { url: 'https://example.com/hook?token=canary', event_types: ['video.completed'] }
    const headers = { 'x-reelay-key': id }
    const create = await added(() => owner.send('POST', '/v1/webhook_endpoints', asked, headers))
    expect(create).toMatchObject({ action: 'webhook_endpoint.create', actor: { name: 'Olga' } })
    expect(JSON.stringify(create)).not.toContain('canary')
    const video = await server.newVideo({}, { key })
    const count = (await rows()).length
    expect((await server.call('POST', '/v1/webhook_endpoints', asked, { key })).status).toBe(200)
    expect((await server.call('DELETE', `/v1/videos/${video}`, undefined, { key })).status).toBe(200)
    expect(await rows()).toHaveLength(count)
    const made = { model: 'kling-v1', prompt: 'for them' }
    expect(await added(() => owner.send('POST', '/v1/videos', made, headers))).toMatchObject({
      action: 'task.create',
      after: { key: id, prompt: 'for them' }
    })
  })

  test('filters, in pages, and refuses what it does not know', async () => {
    const all = await rows()
    const { user } = (await owner.session()).body
    expect(await rows(`&who=${user.id}`)).toEqual(await rows('&who=Olga'))
    for (const [query, matches] of [
      ['what=key', (row: any) => row.target.type === 'key'],
      ['what=key.rotate', (row: any) => row.action === 'key.rotate'],
      [`who=${user.id}`, (row: any) => row.actor.id === user.id],
      [`target=${made.key.id}`, (row: any) => row.target.id === made.key.id],
      [`who=Olga&what=channel`, (row: any) => row.actor.name === 'Olga' && row.target.type === 'channel']
    ] as const) {
      const found = await rows(`&${query}`)
      expect(found.length).toBeGreaterThan(0)
      expect([query, found]).toEqual([query, all.filter(matches)])
    }
    const now = Math.floor(server.now() / 1000)
    expect(await rows(`&from=${now + 60}`)).toEqual([])
    expect(await rows(`&to=${now - 3600}`)).toEqual([])
    expect(await rows(`&from=${now - 3600}&to=${now + 60}`)).toEqual(all)

    const named = await rows('&q=SECOND')
    expect(named.length).toBeGreaterThan(0)
    expect(named).toEqual(all.filter((row: any) => row.target.name === 'second'))
    expect(await rows('&q=olga&what=key.rotate')).toEqual(await rows('&who=Olga&what=key.rotate'))
    expect(await rows('&q=100%25')).toEqual([])

    const { body: first } = await owner.send('GET', '/admin/audit?limit=3')
    const { body: second } = await owner.send('GET', `/admin/audit?limit=3&after=${first.last_id}`)
    expect([...first.data, ...second.data]).toEqual(all.slice(0, 6))
    expect(first.has_more).toBe(true)
    expect(await owner.send('GET', '/admin/audit?actor=Olga')).toMatchObject({ status: 400 })
  })

  test('as CSV and newline-delimited JSON: every row of the filter, beyond a page', async () => {
    const headers = { cookie: owner.cookie()! }
    for (let count = 0; count < 110; count++) await server.newKey({ name: `=cmd ${count}` })
    const ask = async (query: string, accept = '*/*') => {
      const answer = await server.ask(`/admin/audit?${query}`, { key: null, headers: { ...headers, accept } })
      return { type: answer.headers.get('content-type'), lines: (await answer.text()).trimEnd().split(/\r?\n/) }
    }
    const csv = await ask('what=key.create&format=csv')
    expect(csv.type).toBe('text/csv; charset=utf-8')
    expect(csv.lines[0]).toBe(
      'id,at,actor_kind,actor_id,actor_name,via,ip,action,target_type,target_id,target_name,before,after,request_id'
    )
    // a spreadsheet must not run what somebody named a key
    expect(csv.lines[1]).toContain(",'=cmd 109,")
    const json = await ask('what=key.create', 'application/x-ndjson')
    expect(json.type).toBe('application/x-ndjson; charset=utf-8')
    expect(json.lines).toHaveLength(csv.lines.length - 1)
    expect(json.lines.length).toBeGreaterThan(110)
    expect(JSON.parse(json.lines[0]!)).toEqual((await rows('&what=key.create'))[0])
  })

  test('contains no secret', async () => {
    const { db, audit } = server.services.database
    const everything = JSON.stringify(await db.select().from(audit))
    expect(secrets.length).toBeGreaterThan(5)
    for (const secret of secrets) expect(everything).not.toContain(secret)
  })

  test('is append-only, also for this process', async () => {
    const { db, audit } = server.services.database
    const reason = { cause: expect.objectContaining({ message: expect.stringMatching(/the audit is append-only/) }) }
    await expect(db.update(audit).set({ actorName: 'Eve' })).rejects.toMatchObject(reason)
    await expect(db.delete(audit)).rejects.toMatchObject(reason)
  })

  test('a viewer reads it; a member does not', async () => {
    const { browser } = await openInvited(server, owner, { name: 'Viktor', role: 'viewer' })
    expect((await browser.send('GET', '/admin/audit')).status).toBe(200)
    expect((await server.call('GET', '/admin/audit', undefined, { key: await server.memberKey() })).status).toBe(403)
  })
})
