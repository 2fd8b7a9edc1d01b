import type { Request } from 'playwright-core'
import { expect, it } from 'vitest'
import type { OwnUsage, UsageLine } from '../../src/console/api/types/index.ts'
import { describeWithChromium } from '../support/chromium.ts'
import { ADMIN_KEY } from '../support/environment.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { errorOf, listOf, member, type Answers } from './support/answers.ts'
import { forBrowser } from './support/browser.ts'
import { expectAccessible, expectTidy } from './support/checks.ts'
import { allLooks, picture } from './support/screens.ts'

const DAY = 86_400
const models = ['seedance-2', 'kling-v3', 'sora-2', 'veo-3.1', 'kling-v2-6', 'hailuo-2.3', 'viduq3-pro']

const line = (over: Partial<UsageLine>): UsageLine => ({
  names: {},
  videos: 0,
  seconds: 0,
  failed: 0,
  refused: 0,
  spent: { amount: '0', currency: 'USD' },
  ...over
})

/** Answers as the server does: lines of the groups that were asked for. */
function report(request: Request) {
  const asked = new URL(request.url()).searchParams
  const by = asked.get('group_by')?.split(',').filter(Boolean) ?? []
  const [from, to] = [Number(asked.get('from')), Number(asked.get('to'))]
  const days = Array.from({ length: Math.round((to - from) / DAY) }, (_, index) =>
    new Date((from + index * DAY + DAY / 2) * 1000).toISOString().slice(0, 10)
  )
  const lines = by.includes('model')
    ? models.flatMap((model, place) =>
        (by.includes('day') ? days : [null]).map((day, index) =>
          line({
            model,
            day,
            videos: 40 - place * 5 + (index % 7) * 3,
            seconds: (40 - place * 5) * 5,
            failed: place,
            spent: { amount: (12.34 - place * 1.6 + (index % 7) * 1.1).toFixed(2), currency: 'USD' }
          })
        )
      )
    : by.includes('key')
      ? ['key_1', 'key_2'].map(key =>
          line({ key, names: { key: key === 'key_1' ? 'ads-pipeline' : 'storyboard-app' }, videos: 12 })
        )
      : by.includes('channel')
        ? [line({ channel: 'channel_1', names: { channel: 'kling-main' }, videos: 12 })]
        : by.includes('day')
          ? days.map(day => line({ day, videos: 9, seconds: 45, spent: { amount: '3.78', currency: 'USD' } }))
          : [line({ videos: 5000, seconds: 30_000, spent: { amount: '2100.00', currency: 'USD' } })]
  return { body: listOf(lines as (UsageLine & { id?: string })[]) }
}
const answers: Answers = { 'GET /admin/usage': report }

describeWithChromium('usage', () => {
  const server = forAllTests(() => startTestServer())
  const browser = forBrowser()
  const page = (query = '') => `${server.url}/console/usage${query}`

  it.each(allLooks)('looks right: $theme, $language, $width', async looks => {
    const tab = await browser.open(page(), { ...looks, answers })
    await tab.locator('[role=slider] svg').waitFor()
    await picture(tab, 'usage', looks)
    await expectAccessible(tab)
    await expectTidy(tab)
    tab.expectNoErrors()
  })

  it('asks for whole days of the person, grouped as chosen', async () => {
    const tab = await browser.open(page(), { answers })
    await tab.locator('[role=slider] svg').waitFor()
    const [sent] = await Promise.all([
      tab.waitForRequest(request => new URL(request.url()).searchParams.get('group_by') === 'key,day'),
      tab.getByRole('radiogroup', { name: 'Group by' }).getByText('Key').click()
    ])
    const asked = new URL(sent.url()).searchParams
    const hours = ['from', 'to'].map(name =>
      new Intl.DateTimeFormat('en', { timeZone: 'Europe/Berlin', timeStyle: 'medium', hourCycle: 'h23' }).format(
        Number(asked.get(name)) * 1000
      )
    )
    expect(hours).toEqual(['00:00:00', '00:00:00'])
    expect(asked.get('tz')).toBe('Europe/Berlin')
    await tab.getByRole('link', { name: 'ads-pipeline' }).waitFor()
    expect(new URL(tab.url()).search).toBe('?by=key')
  })

  it('adds up to the cent, and exports exactly what is filtered', async () => {
    const tab = await browser.open(page('?range=7d&model=kling-v3'), { answers })
    await tab.locator('[role=slider] svg').waitFor()
    const total = tab.locator('tfoot')
    // seven models on seven days: 12.34, less 1.60 for each place, 1.10 more each day
    await total.getByText('$531.16').waitFor()
    const href = await tab.getByRole('link', { name: 'CSV' }).getAttribute('href')
    const asked = Object.fromEntries(new URL(href!).searchParams)
    expect(asked).toMatchObject({ model: 'kling-v3', group_by: 'model,day', tz: 'Europe/Berlin', format: 'csv' })
    expect(Number(asked.to) - Number(asked.from)).toBe(7 * DAY)
    await tab.getByRole('button', { name: 'Clear all' }).click()
    expect(new URL(tab.url()).search).toBe('?range=7d')
  })

  it('leads from each row to its tasks', async () => {
    const tab = await browser.open(page(), { answers })
    const href = await tab.getByRole('link', { name: 'sora-2' }).getAttribute('href')
    expect(href).toMatch(/\/tasks\?model=sora-2&from=\d+&to=\d+$/)
  })

  it('says when there is nothing, and when a filter leaves nothing', async () => {
    const none = { 'GET /admin/usage': { body: listOf([]) } }
    const tab = await browser.open(page(), { answers: none })
    await tab.getByText('Nothing was made in this time').waitFor()
    await expectAccessible(tab)
    await picture(tab, 'usage-empty', allLooks[0]!)
    await tab.goto(page('?key=key_1'))
    await tab.getByText('Nothing fits this filter').waitFor()
  })

  it('says what did not load', async () => {
    const broken = { 'GET /admin/usage': { status: 400, body: errorOf('invalid_request', 'tz: unknown zone') } }
    const tab = await browser.open(page(), { answers: broken })
    await tab.getByRole('alert').getByText('tz: unknown zone').waitFor()
    await expectAccessible(tab)
  })

  it('shows a member key its own', async () => {
    const own: OwnUsage = {
      object: 'usage',
      spent: { amount: '17.31', currency: 'USD' },
      held: { amount: '0.84', currency: 'USD' },
      budget: { amount: '40.00', currency: 'USD', window: 'daily', remaining: '21.85', resets_at: 2_000_000_000 }
    }
    const tab = await browser.open(page(), {
      answers: { 'GET /console/api/session': { body: member }, 'GET /v1/usage': { body: own } }
    })
    await tab.getByText('$21.85').waitFor()
    await picture(tab, 'usage-own', allLooks[0]!)
    await expectAccessible(tab)
    await expectTidy(tab)
  })

  it('shows names from outside as texts', async () => {
    const evil = '<img src=x onerror="document.title=1">'
    const body = listOf([line({ model: evil, day: '2026-01-01', videos: 1 }) as UsageLine & { id?: string }])
    const tab = await browser.open(page(), { answers: { 'GET /admin/usage': { body } } })
    await tab.getByRole('link', { name: evil }).waitFor()
    expect(await tab.locator('img[src=x]').count()).toBe(0)
  })
})

describeWithChromium('usage, on the server itself', () => {
  const server = forAllTests(() => startTestServer({ env: { SANDBOX: 'on' } }))
  const browser = forBrowser()

  it('is what was made, and the export is the same', async () => {
    const token = (await server.services.setup.renew())!
    await server.services.setup.complete({ token, name: 'Lin Xia', email: null, password: 'long enough a password' })
    const key = await server.newKey({ name: '<i>ads</i>' })
    const id = await server.newVideo({ model: 'sandbox' }, { key: key.key })
    await expect.poll(async () => (await server.inspect(id)).state, { timeout: 40_000 }).toBe('succeeded')

    const tab = await browser.open(`${server.url}/console/usage?by=key&show=videos`, { real: true })
    await tab.getByText('Key', { exact: true }).click()
    await tab.getByLabel('Key', { exact: true }).last().fill(ADMIN_KEY)
    await tab.keyboard.press('Enter')
    const row = tab.getByRole('row').filter({ hasText: '<i>ads</i>' })
    await row.waitFor()
    expect(await row.getByRole('cell').nth(2).innerText()).toBe('1')
    await tab.getByRole('button', { name: 'Model' }).click()
    await tab.getByRole('menuitem', { name: 'sandbox' }).click()
    await tab.getByRole('button', { name: 'Clear all' }).waitFor()
    await row.waitFor()
    const { pathname, search } = new URL((await tab.getByRole('link', { name: 'CSV' }).getAttribute('href'))!)
    const [head, ...lines] = (await (await server.ask(pathname + search, {})).text()).trim().split('\r\n')
    expect(head).toMatch(/^key,key_name,day,videos,seconds,spent/)
    expect(lines).toEqual([expect.stringContaining(`${key.id},<i>ads</i>,`)])
    expect(await tab.getByRole('alert').allInnerTexts()).toEqual([])
    tab.expectNoErrors()
  })
})
