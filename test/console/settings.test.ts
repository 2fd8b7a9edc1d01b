import { expect, it } from 'vitest'
import type { AlertTarget, AlertTest, Settings, SignedIn, System, User } from '../../src/console/api/types/index.ts'
import { describeWithChromium } from '../support/chromium.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { errorOf, listOf, owner } from './support/answers.ts'
import { forBrowser } from './support/browser.ts'
import { expectAccessible, expectTidy } from './support/checks.ts'
import { allLooks, picture } from './support/screens.ts'

const now = Math.floor(Date.now() / 1000)
const mac =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36'

const system: System = {
  object: 'system',
  version: '0.4.0',
  node: '24.21.0',
  uptime_s: 93_600,
  database: { kind: 'sqlite', size_bytes: 412_000_000, migrations: 9 },
  archive: { kind: 's3', ok: true, error: null },
  redis: null,
  disk: { free_bytes: 81_200_000_000, total_bytes: 250_000_000_000 },
  counts: { tasks: 18_420, open: 23, files: 18_420, keys: 9, channels: 7 },
  environment: [
    {
      name: 'PUBLIC_URL',
      value: 'https://gw.example.com',
      origin: 'env',
      description: 'The address that clients use.'
    },
    { name: 'SECRET_KEY', value: '••••••', origin: 'file', description: 'Encrypts credentials.' },
    { name: 'REDIS_URL', value: null, origin: 'default', description: 'For several nodes.' }
  ]
}

const user = (over: Partial<User>): User => ({
  id: 'user_1',
  object: 'user',
  name: 'Lin Xia',
  email: 'lin@example.com',
  role: 'owner',
  disabled: false,
  has_password: true,
  has_oidc: false,
  invited_until: null,
  last_seen_at: now - 20,
  created_at: now,
  deleted_at: null,
  ...over
})
const users = [
  user({}),
  user({ id: 'user_2', name: 'Zhao Min', email: null, role: 'operator', last_seen_at: now - 11_000 }),
  user({ id: 'user_3', name: 'Han Meimei', email: null, role: 'viewer', has_password: false, last_seen_at: null })
]

const session = (over: Partial<SignedIn>): SignedIn => ({
  id: 'ses_1',
  object: 'session',
  user: { id: 'user_1', name: 'Lin Xia' },
  key: null,
  created_at: now,
  last_seen_at: now,
  ip: '10.8.0.2',
  agent: mac,
  current: true,
  ...over
})
const sessions = [
  session({}),
  session({
    id: 'ses_2',
    user: { id: 'user_2', name: 'Zhao Min' },
    ip: '198.51.100.7',
    agent: 'curl/8.11',
    current: false,
    last_seen_at: now - 11_000
  })
]

const settings: Settings = {
  object: 'settings',
  settings: [
    {
      name: 'retention_days',
      value: 30,
      default: 0,
      origin: 'env',
      env: 'RETENTION_DAYS',
      managed_by: null,
      description: ''
    },
    {
      name: 'exchange_log',
      value: 'errors',
      default: 'errors',
      origin: 'default',
      env: 'EXCHANGE_LOG',
      managed_by: null,
      description: ''
    },
    {
      name: 'exchange_log_days',
      value: 14,
      default: 7,
      origin: 'database',
      env: 'EXCHANGE_LOG_DAYS',
      managed_by: null,
      description: ''
    }
  ]
}

const alertTargets: AlertTarget[] = [
  { id: 'slack-1f0c9a3e', object: 'alert.target', kind: 'slack', address: 'https://hooks.slack.com/…' },
  { id: 'mailto-77aa01b2', object: 'alert.target', kind: 'mailto', address: 'ops@example.com' }
]

const answers = {
  'GET /admin/settings': { body: settings },
  'GET /admin/alerts/targets': { body: { object: 'list', data: alertTargets } },
  'GET /admin/system': { body: system },
  'GET /admin/users': { body: listOf(users) },
  'GET /admin/sessions': { body: listOf(sessions) }
}

describeWithChromium('the settings', () => {
  const server = forAllTests(() => startTestServer())
  const browser = forBrowser()
  const page = () => `${server.url}/console/settings`

  it.each(allLooks)('look right: $theme, $language, $width', async looks => {
    const tab = await browser.open(page(), { ...looks, height: 1800, answers })
    await tab.getByText('198.51.100.7').waitFor()
    await tab.getByText('PUBLIC_URL').waitFor()
    await picture(tab, 'settings', looks)
    await expectAccessible(tab)
    await expectTidy(tab)
    tab.expectNoErrors()
  })

  it('end a session after asking', async () => {
    let deleted = false
    const tab = await browser.open(page(), {
      answers: {
        ...answers,
        'GET /admin/sessions': () => ({ body: listOf(deleted ? sessions.slice(0, 1) : sessions) }),
        'DELETE /admin/sessions/ses_2': () => {
          deleted = true
          return { body: {} }
        }
      }
    })
    await tab.getByRole('button', { name: 'End: Zhao Min, curl/8.11' }).click()
    const dialog = tab.getByRole('dialog', { name: 'End the session of Zhao Min?' })
    await dialog.waitFor()
    await expectAccessible(tab)
    expect(deleted).toBe(false)
    await dialog.getByRole('button', { name: 'End' }).click()
    await tab.getByText('198.51.100.7').waitFor({ state: 'detached' })
  })

  it('do not offer a viewer what only others may do', async () => {
    const hidden = ['users:read', 'backup:read']
    const permissions = owner.permissions.filter(word => !word.endsWith(':write') && !hidden.includes(word))
    const tab = await browser.open(page(), {
      answers: { ...answers, 'GET /console/api/session': { body: { ...owner, permissions } } }
    })
    await tab.getByText('198.51.100.7').waitFor()
    expect(await tab.getByRole('button', { name: 'Invite a user' }).count()).toBe(0)
    expect(await tab.getByRole('region', { name: 'Users' }).count()).toBe(0)
  })

  it('say why the archive cannot be used', async () => {
    const failed = { object: 'archive.test', ok: false, error: 'Access Denied', latency_ms: 12 }
    const tab = await browser.open(page(), { answers: { ...answers, 'POST /admin/archive/test': { body: failed } } })
    await tab.getByRole('button', { name: 'Test the archive' }).click()
    await tab.getByRole('alert').getByText('Access Denied').waitFor()
    await expectAccessible(tab)
  })

  it('send a test message to one target, and say why it was not taken', async () => {
    const result = { target: 'slack-1f0c9a3e', ok: false, error: 'answered HTTP 404: no_service', latency_ms: 80 }
    const failed: AlertTest = { object: 'alert.test', results: [result] }
    const tab = await browser.open(page(), { answers: { ...answers, 'POST /admin/alerts/test': { body: failed } } })
    const button = tab.getByRole('button', { name: 'Send test: Slack' })
    const [sent] = await Promise.all([tab.waitForRequest(request => request.method() === 'POST'), button.click()])
    expect(sent.postDataJSON()).toEqual({ target: 'slack-1f0c9a3e' })
    await tab.getByText('The test message was not taken: answered HTTP 404: no_service').waitFor()
    await expectAccessible(tab)
  })

  it('leave to the environment what it sets', async () => {
    const tab = await browser.open(page(), { answers })
    await tab.getByText('Set by RETENTION_DAYS; change it there.').waitFor()
    expect(await tab.getByLabel('Days that archived videos are kept').isDisabled()).toBe(true)
    expect(await tab.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
  })

  it('say what did not load, and show the rest', async () => {
    const broken = { ...answers, 'GET /admin/system': { status: 403, body: errorOf('permission_denied', 'not this') } }
    const tab = await browser.open(page(), { answers: broken })
    await tab.getByRole('alert').getByText('not this').waitFor()
    await tab.getByText('198.51.100.7').waitFor()
    await expectAccessible(tab)
  })
})

describeWithChromium('this installation, on the server itself', () => {
  const server = forAllTests(() => startTestServer({ env: { ARCHIVE_URL: '' } }))
  const browser = forBrowser()

  it('tests its archive, keeps what is set, and gives a backup', async () => {
    const token = (await server.services.setup.renew())!
    await server.services.setup.complete({ token, name: 'Lin Xia', email: null, password: 'long enough a password' })
    const tab = await browser.open(`${server.url}/console/settings`, { real: true })
    await tab.getByLabel('Name or email').fill('Lin Xia')
    await tab.getByLabel('Password', { exact: true }).last().fill('long enough a password')
    await tab.keyboard.press('Enter')

    await tab.getByRole('button', { name: 'Test the archive' }).click()
    await tab.getByText('A file was written, read and deleted').waitFor()

    await tab.getByLabel('Days that the exchange is kept').fill('90')
    await tab.getByLabel('Exchange with vendors').selectOption('all')
    await tab.getByRole('button', { name: 'Save' }).click()
    await tab.getByText('Saved.').waitFor()
    const { settings: kept } = (await server.call('GET', '/admin/settings')).body
    expect(kept).toMatchObject([{}, { value: 'all', origin: 'database' }, { value: 90, origin: 'database' }])
    const days = tab.getByLabel('Days that the exchange is kept')
    await days.fill('9999')
    // true because a field has it
    const isTooMany = (node: unknown) => (node as { validity: { rangeOverflow: boolean } }).validity.rangeOverflow
    expect(await days.evaluate(isTooMany)).toBe(true)

    const download = tab.waitForEvent('download')
    await tab.getByRole('link', { name: 'Download backup' }).click()
    expect((await download).suggestedFilename()).toMatch(/\.tar$/)
    tab.expectNoErrors()
  })
})

describeWithChromium('people, on the server itself', () => {
  const server = forAllTests(() => startTestServer())
  const browser = forBrowser()

  it('are invited, change their role, and the audit says so', async () => {
    const token = (await server.services.setup.renew())!
    await server.services.setup.complete({ token, name: 'Lin Xia', email: null, password: 'long enough a password' })
    const tab = await browser.open(`${server.url}/console/settings`, { real: true })
    await tab.getByLabel('Name or email').fill('Lin Xia')
    await tab.getByLabel('Password', { exact: true }).last().fill('long enough a password')
    await tab.keyboard.press('Enter')

    await tab.getByRole('button', { name: 'Invite a user' }).click()
    const form = tab.getByRole('dialog', { name: 'Invite a user' })
    await form.getByLabel('Name', { exact: true }).fill('<b>Zhao</b>')
    await picture(tab, 'settings-invite', allLooks[0]!)
    await expectAccessible(tab)
    await form.getByRole('button', { name: 'Create link' }).click()
    const shown = tab.getByRole('dialog', { name: 'The link for <b>Zhao</b>' })
    const link = await shown.locator('code').innerText()
    await picture(tab, 'settings-link', allLooks[0]!)
    await expectAccessible(tab)
    await shown.getByRole('button', { name: 'Done' }).click()

    const invited = await browser.open(link, { real: true })
    await invited.getByRole('heading', { name: 'Choose a password' }).waitFor()

    await tab.getByLabel('Role of <b>Zhao</b>').selectOption('viewer')
    await expect
      .poll(async () => (await server.call('GET', '/admin/users')).body.data.map((one: User) => one.role).sort())
      .toEqual(['owner', 'viewer'])
    // the last owner stays one
    await tab.getByLabel('Role of Lin Xia').selectOption('viewer')
    await tab.getByRole('alert').filter({ hasText: 'owner' }).waitFor()

    await tab.getByRole('button', { name: 'Change password' }).click()
    await tab.getByLabel('Password now').fill('not this one')
    await tab.getByLabel('New password').fill('another long password')
    await tab.getByRole('button', { name: 'Change password' }).click()
    await tab.getByText('This is not your password.').waitFor()
    await tab.getByLabel('Password now').fill('long enough a password')
    await tab.getByRole('button', { name: 'Change password' }).click()
    await tab.getByText('Changed. Your other sessions have ended.').waitFor()

    await tab.goto(`${server.url}/console/audit`)
    const changed = tab.getByRole('listitem').filter({ hasText: 'changed user <b>Zhao</b>' })
    expect(await changed.innerText()).toContain('role operator → viewer')
    await tab.getByText('invited <b>Zhao</b>').waitFor()
    await tab.getByText('signed in').first().waitFor()
    await tab.getByRole('button', { name: 'What' }).click()
    await tab.getByRole('menuitem', { name: 'Sign-ins' }).click()
    await tab.getByText('invited <b>Zhao</b>').waitFor({ state: 'detached' })
    await picture(tab, 'audit-real', allLooks[0]!)
    expect(tab.errors).toEqual([])
  })
})
