import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { runHere } from '../cli/run.ts'
import { freshUrl, kinds } from '../support/database.ts'
import { ADMIN_KEY } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { SECRETS, startTargets } from './targets.ts'

/* Operators are told of each incident once, on every wire, and of its end; whatever becomes of one target is no other's trouble. */

const MINUTE = 60_000
const others = ['feishu', 'dingtalk', 'wecom', 'webhook']
const refusal = { status: 401, body: { code: 1000, message: 'bad key', request_id: 'r' } }

describe.each(kinds)('alerts, on %s', kind => {
  const vendor = forEachTest(() =>
    startFakeCloudsway({ onPoll: ({ body }) => (body.prompt === 'runs' ? 'processing' : 'succeed') })
  )
  const targets = forEachTest(startTargets)
  const server = forEachTest(() =>
    startTestServer({ kind, channel: vendor.channel({ name: 'first' }), env: targets.env })
  )

  async function look(after = 0, on: TestServer = server) {
    await on.advance(after)
    await on.services.alerts.notifier.runNow()
  }
  const alerts = async () => (await server.call('GET', '/admin/alerts')).body.data
  const bodies = (name: string) => targets.posts(name).map(({ body }) => JSON.parse(body))
  async function disableChannel() {
    vendor.onSubmit = () => refusal
    await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat' })
  }
  const channel = async () => (await server.call('GET', '/admin/channels')).body.data[0]

  test('a channel that is disabled and recovers: once each, in the words of every wire', async () => {
    await look()
    expect(await alerts()).toEqual([])
    await disableChannel()
    await look()
    await look(MINUTE)
    const { id } = await channel()
    const title = '[reelay] Channel "first" is disabled'
    const link = `http://127.0.0.1:9000/base/console/channels/${id}`
    const summary = 'Cloudsway (Kling) rejects its credential, so nothing is submitted to it.'

    expect(bodies('slack')).toEqual([{ text: expect.stringMatching(/^\*\[reelay\] Channel "first" is disabled\*\n/) }])
    expect(bodies('slack')[0].text.split('\n')).toEqual([
      `*${title}*`,
      summary,
      expect.stringMatching(/^Since: \d{4}-\d\d-\d\d \d\d:\d\d UTC$/),
      'Models without another channel: kling-v1',
      'Enter a new credential for the channel.',
      link
    ])

    const [feishu] = bodies('feishu')
    const signed = createHmac('sha256', `${feishu.timestamp}\n${SECRETS.feishu}`).update('').digest('base64')
    expect(feishu).toMatchObject({ msg_type: 'post', sign: signed })
    expect(Math.abs(feishu.timestamp * 1000 - server.now())).toBeLessThan(5 * MINUTE)
    const { title: heading, content } = feishu.content.post.en_us
    expect(heading).toBe(title)
    expect(content[0]).toEqual([{ tag: 'text', text: summary }])
    expect(content.at(-1)).toEqual([{ tag: 'a', text: 'Open the console', href: link }])

    const [post] = targets.posts('dingtalk')
    const query = new URL(post!.path, 'http://x').searchParams
    const timestamp = query.get('timestamp')!
    expect(query.get('sign')).toBe(
      createHmac('sha256', SECRETS.dingtalk).update(`${timestamp}\n${SECRETS.dingtalk}`).digest('base64')
    )
    expect([query.get('access_token'), query.get('secret')]).toEqual(['hidden-token', null])
    const text = expect.stringContaining(`${title}\n${summary}\n`)
    expect(bodies('dingtalk')).toEqual([{ msgtype: 'text', text: { content: text } }])
    expect(bodies('wecom')).toEqual([{ msgtype: 'text', text: { content: text } }])

    const [event] = targets.posts('webhook')
    expect(new Webhook(SECRETS.webhook).verify(event!.body, event!.headers)).toMatchObject({
      type: 'alert.opened',
      data: { kind: 'channel_disabled', subject: id, severity: 'bad', closed_at: null, summary, link }
    })

    // quotation marks make it an encoded word
    const subject = expect.stringContaining('Subject: =?UTF-8?Q?=5Breelay=5D_Channel_=22first=22_is_disa')
    expect(targets.mails).toEqual([{ to: ['ops@example.com'], data: subject }])
    expect(targets.mails[0]!.data).toContain('Enter a new credential for the channel.')

    // it is accepted again, refused once more within five minutes, and accepted for good
    const fix = async () => server.call('PATCH', `/admin/channels/${id}`, { credential: 'new' })
    await fix()
    await look(MINUTE)
    await disableChannel()
    await look()
    vendor.onSubmit = () => ({ status: 400, body: { code: 1200, message: 'no', request_id: 'r' } })
    await fix()
    await look(4 * MINUTE)
    expect(bodies('slack')).toHaveLength(1)
    await look(2 * MINUTE)
    await look(60 * MINUTE)
    for (const name of ['slack', ...others]) expect([name, bodies(name).length]).toEqual([name, 2])
    expect(bodies('slack')[1].text).toMatch(/^\*\[reelay\] Recovered: channel "first"\*[^]*\nLasted: 2 minutes\n/)
    expect(bodies('webhook')[1]).toMatchObject({ type: 'alert.recovered', data: { closed_at: expect.any(Number) } })
    expect(targets.mails).toHaveLength(2)
    expect(await alerts()).toMatchObject([
      { object: 'alert', kind: 'channel_disabled', title: 'Recovered: channel "first"', closed_at: expect.any(Number) }
    ])
  })

  test('a target that fails, also inside of HTTP 200, is tried again, under the same id; the others are told at once', async () => {
    targets.refuse('slack', { status: 404, body: 'no_service /slack/T0/hidden-path' })
    targets.refuse('feishu', { status: 200, body: '{"code":19021,"msg":"sign match fail"}' })
    targets.refuse('dingtalk', { status: 200, body: '{"errcode":310000,"errmsg":"keywords not in content"}' })
    targets.refuse('wecom', { status: 200, body: '{"errcode":93000,"errmsg":"invalid webhook url"}' })
    targets.refuse('webhook', { status: 500, body: '' })
    await disableChannel()
    await look()
    expect(targets.mails).toHaveLength(1)
    const of = async (name: string) =>
      (await alerts())[0].messages.find(({ target }: { target: string }) => target.startsWith(name))
    const failed = { phase: 'opened', status: 'pending', tries: 1, sent_at: null }
    expect(await of('slack')).toMatchObject({
      ...failed,
      error: expect.stringMatching(/^answered HTTP 404: no_service/)
    })
    expect(await of('feishu')).toMatchObject({ ...failed, error: 'answered code 19021: sign match fail' })
    expect(await of('dingtalk')).toMatchObject({ ...failed, error: 'answered errcode 310000: keywords not in content' })
    expect(await of('wecom')).toMatchObject({ ...failed, error: 'answered errcode 93000: invalid webhook url' })
    expect(await of('webhook')).toMatchObject({ ...failed, error: 'answered HTTP 500: nothing else' })
    expect(await of('mailto')).toMatchObject({ status: 'sent', tries: 1, error: null, sent_at: expect.any(Number) })
    expect(JSON.stringify(await alerts())).not.toContain('hidden')
    for (const name of ['slack', ...others]) targets.refuse(name, null)
    await look(MINUTE)
    for (const name of ['slack', ...others]) {
      expect([name, targets.posts(name).length]).toEqual([name, 2])
      expect(await of(name)).toMatchObject({ status: 'sent', tries: 2, error: null })
    }
    const [first, second] = targets.posts('webhook')
    expect(first!.headers['webhook-id']).toBe(second!.headers['webhook-id'])
    expect(targets.mails).toHaveLength(1)
    // what is refused for a day is given up
    targets.refuse('slack', { status: 404, body: 'no_service' })
    const budget = { amount: '1.00', currency: 'USD', window: 'total', timezone: 'UTC' }
    const { id } = await server.newKey({ name: 'late', budget })
    await server.call('POST', '/admin/ledger', { key_id: id, amount: '1', currency: 'USD', reason: 'test' })
    await look()
    for (let hour = 0; hour < 26; hour++) await look(61 * MINUTE)
    const [late] = await alerts()
    expect(late).toMatchObject({ kind: 'budget', subject: id })
    expect(late.messages.find(({ target }: { target: string }) => target.startsWith('slack'))).toMatchObject({
      status: 'failed'
    })
  })

  test('a budget: at 80 percent, at 100, and when it is raised', async () => {
    const budget = { amount: '10.00', currency: 'USD', window: 'monthly', timezone: 'UTC' }
    const { id } = await server.newKey({ name: 'app & <co>', budget })
    const spend = (amount: string) =>
      server.call('POST', '/admin/ledger', { key_id: id, amount, currency: 'USD', reason: 'test' })
    await spend('7.99')
    await look()
    expect(bodies('slack')).toEqual([])
    await spend('0.51')
    await look()
    await look(MINUTE)
    await spend('1.50')
    await look()
    await look(MINUTE)
    const titles = () => bodies('slack').map(({ text }) => text.split('\n')[0])
    expect(titles()).toEqual([
      '*[reelay] Key "app &amp; &lt;co&gt;" has used 85 % of its budget*',
      '*[reelay] Key "app &amp; &lt;co&gt;" has used up its budget*'
    ])
    expect(bodies('webhook')[1]).toMatchObject({
      type: 'alert.worsened',
      data: { severity: 'bad', summary: '10.00 of 10.00 USD are used or held. Further requests are refused.' }
    })
    await server.call('PATCH', `/admin/keys/${id}`, { budget: { ...budget, amount: '100.00' } })
    await look(6 * MINUTE)
    expect(titles()[2]).toMatch(/Recovered: the budget of key/)
  })

  test('test messages: to one or to all, and how each was taken; secrets are shown nowhere', async () => {
    targets.refuse('wecom', { status: 200, body: '{"errcode":93000,"errmsg":"invalid webhook url"}' })
    const { body: listed } = await server.call('GET', '/admin/alerts/targets')
    expect(listed.data.map(({ kind: name, address }: any) => [name, address])).toEqual([
      ...['slack', ...others].map(name => [name, expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/…$/)]),
      ['mailto', 'ops@example.com']
    ])
    const { body: all } = await server.call('POST', '/admin/alerts/test')
    expect(all.results.map(({ kind: name, ok }: any) => [name, ok])).toEqual([
      ['slack', true],
      ['feishu', true],
      ['dingtalk', true],
      ['wecom', false],
      ['webhook', true],
      ['mailto', true]
    ])
    expect(bodies('slack')[0].text).toMatch(/^\*\[reelay\] Test message\*\n/)
    const { id } = listed.data[0]
    expect((await server.call('POST', '/admin/alerts/test', { target: id })).body.results).toMatchObject([
      { target: id, ok: true, error: null }
    ])
    expect(bodies('slack')).toHaveLength(2)
    expect(await server.call('POST', '/admin/alerts/test', { target: 'slack-none' })).toMatchObject({ status: 404 })
    expect(await alerts()).toEqual([])
    const access = { REELAY_URL: server.url, REELAY_KEY: ADMIN_KEY }
    const ran = await runHere(['alerts', 'test'], access)
    expect(ran.code).toBe(1)
    expect(ran.stdout).toMatch(/^ok {2}slack-[0-9a-f]{8} {2}http:.*\/…$/m)
    expect(ran.stdout).toMatch(/^failed {2}wecom-.*: answered errcode 93000: invalid webhook url$/m)
    expect(await runHere(['alerts', 'test', id], access)).toMatchObject({ code: 0 })
    await disableChannel()
    await look()
    const list = await runHere(['alerts', 'list'], access)
    expect(list.stdout).toMatch(/^mailto-[0-9a-f]{8} +ops@example\.com$/m)
    expect(list.stdout).toMatch(/^\S+ \S+ +now +5 of 6 +Channel "first" is disabled$/m)
    const { body: system } = await server.call('GET', '/admin/system')
    const shown = JSON.stringify([listed, all, system])
    for (const secret of [...Object.values(SECRETS), 'hidden']) expect(shown).not.toContain(secret)
  })
})

test.each(kinds)('a restart tells nothing again, and goes on with what was not told, on %s', async kind => {
  const [targets, vendor, folder] = [await startTargets(), await startFakeCloudsway(), makeFolder('alerts')]
  const { url, close } = await freshUrl(kind)
  const env = { ...targets.env, DATA_DIR: folder.path, DATABASE_URL: url }
  const first = await startTestServer({ env, channel: vendor.channel() })
  targets.refuse('slack', { status: 500, body: '' })
  vendor.onSubmit = () => refusal
  await first.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat' })
  await first.services.alerts.notifier.runNow()
  await first.close()
  targets.refuse('slack', null)
  const second = await startTestServer({ env })
  await second.advance(MINUTE)
  await second.services.alerts.notifier.runNow()
  await second.close()
  expect(targets.posts('slack')).toHaveLength(2)
  for (const name of others) expect([name, targets.posts(name).length]).toEqual([name, 1])
  await Promise.all([targets.close(), vendor.close(), close()])
  folder.close()
})

test('two nodes tell each target once', async () => {
  const [targets, vendor, { url, close }] = [
    await startTargets(),
    await startFakeCloudsway(),
    await freshUrl('postgres')
  ]
  const env = { ...targets.env, DATABASE_URL: url, SECRET_KEY: Buffer.alloc(32, 7).toString('base64') }
  const [one, two] = [await startTestServer({ env, channel: vendor.channel() }), await startTestServer({ env })]
  vendor.onSubmit = () => refusal
  await one.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat' })
  for (let round = 0; round < 3; round++)
    await Promise.all([one, two].map(node => node.services.alerts.notifier.runNow()))
  for (const name of ['slack', ...others]) expect([name, targets.posts(name).length]).toEqual([name, 1])
  expect(targets.mails).toHaveLength(1)
  await Promise.all([one.close(), two.close()])
  await Promise.all([targets.close(), vendor.close(), close()])
})

test('without targets nothing is looked for, and a test says so', async () => {
  const server = await startTestServer()
  expect((await server.call('GET', '/admin/alerts')).body).toMatchObject({ data: [], has_more: false })
  expect(await server.call('POST', '/admin/alerts/test')).toMatchObject({ status: 400 })
  await server.close()
})
