import { expect, it } from 'vitest'
import type { AuditEntry } from '../../src/console/api/types/index.ts'
import { describeWithChromium } from '../support/chromium.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { errorOf, listOf, owner } from './support/answers.ts'
import { forBrowser } from './support/browser.ts'
import { expectAccessible, expectTidy } from './support/checks.ts'
import { allLooks, picture } from './support/screens.ts'

const noon = 1_796_040_000
let count = 0

const entry = (action: string, over: Partial<AuditEntry> = {}): AuditEntry => ({
  id: `aud_${++count}`,
  object: 'audit.entry',
  at: noon - count * 4000,
  actor: { kind: 'user', id: 'user_1', name: 'Lin Xia' },
  ip: '10.8.0.2',
  via: 'console',
  action,
  target: { type: action.split('.')[0]!, id: 'x_1', name: 'kling-main' },
  before: null,
  after: null,
  request_id: null,
  ...over
})

const entries = [
  entry('channel.update', { before: { max_concurrency: 4 }, after: { max_concurrency: 5 } }),
  entry('key.rotate', {
    target: { type: 'key', id: 'key_1', name: 'storyboard-app' },
    before: { hint: 'sk-R8sd…' },
    after: { hint: 'sk-Tm4k…' }
  }),
  entry('ledger.adjust', {
    target: { type: 'ledger', id: 'led_1', name: 'growth-studio' },
    after: { amount: '-12.00', currency: 'USD', reason: 'double render on 26 Nov, agreed with Han Meimei' }
  }),
  entry('model.update', {
    actor: { kind: 'key', id: 'key_9', name: 'ADMIN_KEY' },
    via: 'api',
    target: { type: 'model', id: 'kling-v3', name: 'kling-v3' },
    before: { prices: [{ unit: 'second', amount: '0.105', currency: 'USD' }] },
    after: { prices: [{ unit: 'second', amount: '0.112', currency: 'USD' }] }
  }),
  entry('key.create', {
    target: { type: 'key', id: 'key_2', name: 'campus-hackathon' },
    after: {
      name: 'campus-hackathon',
      role: 'member',
      scopes: null,
      disabled: false,
      budget: { amount: '25.00', currency: 'USD', window: 'weekly' },
      expires_at: 1_796_400_000,
      max_queued: 5,
      dialect: 'reelay',
      hint: 'sk-Ab1c…'
    }
  }),
  entry('user.sign_in_failed', {
    actor: { kind: 'user', id: 'user_2', name: 'Zhao Min' },
    ip: '198.51.100.7',
    target: { type: 'user', id: 'user_2', name: 'Zhao Min' }
  }),
  entry('session.create', { target: { type: 'session', id: 'ses_1', name: 'Lin Xia' } }),
  entry('task.resolve', {
    target: { type: 'task', id: 'video_01a2b3c4d5e6f7a8b9c31', name: null },
    after: { outcome: 'lost' }
  }),
  entry('channel.create', { actor: { kind: 'system', id: null, name: 'reelay' }, via: 'file', ip: null })
]
const answers = {
  'GET /admin/audit': { body: listOf(entries) },
  'GET /admin/users': { body: listOf([{ id: 'user_1', name: 'Lin Xia' }]) }
}

describeWithChromium('the audit', () => {
  const server = forAllTests(() => startTestServer())
  const browser = forBrowser()
  const page = (query = '') => `${server.url}/console/audit${query}`

  it.each(allLooks)('looks right: $theme, $language, $width', async looks => {
    const tab = await browser.open(page(), { ...looks, answers })
    await tab.getByText('198.51.100.7').waitFor()
    await picture(tab, 'audit', looks)
    await expectAccessible(tab)
    await expectTidy(tab)
    tab.expectNoErrors()
  })

  it('says who did what, from where, and what it was before', async () => {
    const tab = await browser.open(page(), { answers })
    const first = tab.getByRole('main').getByRole('listitem').first()
    await first.getByText('changed channel kling-main').waitFor()
    expect(await first.innerText()).toMatch(/Lin Xia\s+console · 10\.8\.0\.2\s+.*\s+max_concurrency 4 → 5/)
    const created = tab.getByRole('listitem').filter({ hasText: 'created key campus-hackathon' })
    expect(await created.innerText()).not.toContain('scopes')
    await created.getByText('25.00 USD / weekly').waitFor()
    await created.getByRole('button', { name: '3 more' }).click()
    await created.getByText('sk-Ab1c…').waitFor()
    const priced = tab.getByRole('listitem').filter({ hasText: 'changed model kling-v3' })
    expect(await priced.innerText()).toMatch(/\nprices\[0\]\.amount 0\.105 → 0\.112$/)
  })

  it('asks for what the address filters, and exports exactly that', async () => {
    const tab = await browser.open(page('?who=user_1'), { answers })
    await tab.getByText('Lin Xia').nth(2).waitFor()
    const [sent] = await Promise.all([
      tab.waitForRequest(request => request.url().includes('what=channel')),
      tab
        .getByRole('button', { name: 'What' })
        .click()
        .then(() => tab.getByRole('menuitem', { name: 'Channels' }).click())
    ])
    expect(new URL(sent.url()).searchParams.get('who')).toBe('user_1')
    expect(new URL(tab.url()).search).toBe('?who=user_1&what=channel')
    const href = await tab.getByRole('link', { name: 'CSV' }).getAttribute('href')
    expect(new URL(href!).search).toBe('?who=user_1&what=channel&format=csv')
  })

  it('goes on after the last entry', async () => {
    const more = {
      ...answers,
      'GET /admin/audit': (request: { url(): string }) => ({
        body: new URL(request.url()).searchParams.has('after')
          ? listOf([entry('session.delete')])
          : listOf(entries, true)
      })
    }
    const tab = await browser.open(page(), { answers: more })
    const [sent] = await Promise.all([
      tab.waitForRequest(request => request.url().includes('after=')),
      tab.getByRole('button', { name: 'Load 50 more' }).click()
    ])
    expect(new URL(sent.url()).searchParams.get('after')).toBe(entries.at(-1)!.id)
    await tab.getByText('signed out').waitFor()
  })

  it('says when there is nothing, and what did not load', async () => {
    let body: object = listOf([])
    let status = 200
    const changing = { ...answers, 'GET /admin/audit': () => ({ status, body }) }
    const tab = await browser.open(page(), { answers: changing })
    await tab.getByText('Nothing has been changed yet').waitFor()
    await tab.goto(page('?what=key'))
    await tab.getByText('Nothing fits this filter').waitFor()
    status = 400
    body = errorOf('invalid_request', 'from: must be a time')
    await tab.goto(page())
    await tab.getByRole('alert').getByText('from: must be a time').waitFor()
    await expectAccessible(tab)
  })

  it('is not for a session without the permission', async () => {
    const session = { ...owner, permissions: owner.permissions.filter(word => word !== 'audit:read') }
    const tab = await browser.open(page(), { answers: { 'GET /console/api/session': { body: session } } })
    await tab.getByText('Your role does not include this page').waitFor()
  })

  it('shows names and values from outside as texts', async () => {
    const evil = '<img src=x onerror="document.title=1">'
    const one = entry('channel.update', {
      actor: { kind: 'user', id: 'user_1', name: evil },
      target: { type: 'channel', id: 'javascript:alert(1)', name: evil },
      before: { name: evil },
      after: { name: `${evil}!` }
    })
    const tab = await browser.open(page(), { answers: { 'GET /admin/audit': { body: listOf([one]) } } })
    await tab.getByText(evil).nth(3).waitFor()
    expect(await tab.locator('img[src=x]').count()).toBe(0)
    tab.expectNoErrors()
  })
})
