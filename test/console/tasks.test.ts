import { expect, it } from 'vitest'
import { describeWithChromium } from '../support/chromium.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import type { TaskSummary } from '../../src/console/api/types/index.ts'
import { errorOf, listOf, member, owner, type Answers } from './support/answers.ts'
import { forBrowser } from './support/browser.ts'
import { expectAccessible, expectTidy } from './support/checks.ts'
import { allLooks, picture } from './support/screens.ts'
import { choices, contents, someTasks, taskAt } from './support/tasks.ts'

const tasks = someTasks(26)
const usd = (amount: string) => [{ amount, currency: 'USD' }]
const summary: TaskSummary = {
  object: 'task.summary',
  count: 9204,
  capped: false,
  charged: usd('3120.55'),
  held: usd('10.08'),
  seconds: 45_310,
  by_state: { succeeded: 8568, waiting: 8, running: 16, failed: 590, refused: 21, needs_decision: 1 }
}
const full: Answers = {
  ...choices,
  ...contents(tasks),
  'GET /admin/tasks': { body: listOf(tasks, true) },
  'GET /admin/tasks/summary': request => ({
    body: new URL(request.url()).searchParams.has('min_cost') ? { ...summary, count: 340 } : summary
  })
}

describeWithChromium('the list of tasks', () => {
  const server = forAllTests(() => startTestServer())
  const browser = forBrowser()
  const open = (query = '', answers: Answers = {}) =>
    browser.open(`${server.url}/console/tasks${query}`, { answers: { ...full, ...answers } })
  const nextList = (tab: Awaited<ReturnType<typeof open>>) =>
    tab.waitForRequest(request => new URL(request.url()).pathname === '/admin/tasks')

  it.each(allLooks)('looks right: $theme, $language, $width', async looks => {
    const tab = await browser.open(`${server.url}/console/tasks`, { ...looks, answers: full })
    await tab.getByText('kling-main').or(tab.getByText('kling-v3 · openai-sdk-legacy')).first().waitFor()
    await tab.waitForLoadState('networkidle')
    await picture(tab, 'tasks', looks)
    await expectAccessible(tab)
    await expectTidy(tab)
    tab.expectNoErrors()
  })

  it.each([768, 1024, 1280])('does not scroll sideways at %i', async width => {
    const tab = await browser.open(`${server.url}/console/tasks`, { answers: full, width })
    await tab
      .getByRole('link', { name: /Ink blooms/ })
      .first()
      .waitFor()
    await picture(tab, 'tasks', { language: 'en', theme: 'light', width, height: 900 })
    await expectTidy(tab)
  })

  it('counts its views, and asks for the states of the chosen one', async () => {
    const tab = await open()
    await tab.getByRole('tab', { name: 'Failed 611' }).waitFor()
    await tab.getByRole('tab', { name: 'Expensive 340' }).waitFor()
    const [asked] = await Promise.all([nextList(tab), tab.getByRole('tab', { name: /In progress 24/ }).click()])
    expect(new URL(asked.url()).searchParams.get('state')).toBe('waiting,running')
    expect(new URL(tab.url()).search).toBe('?view=open')
  })

  it('counts each view by itself where the whole was too much to count', async () => {
    const tab = await open('', {
      'GET /admin/tasks/summary': request => {
        const state = new URL(request.url()).searchParams.get('state')
        return { body: { ...summary, ...(state ? { count: 77 } : { count: 10_000, capped: true, by_state: {} }) } }
      }
    })
    await tab.getByRole('tab', { name: 'All 10,000+' }).waitFor()
    await tab.getByRole('tab', { name: 'Failed 77' }).waitFor()
  })

  it('keeps every filter in the address, and exports exactly that', async () => {
    const tab = await open('?error=upstream_error&min_cost=0.5&vendor_code=1027&from=1790000000')
    await tab.getByText('Vendor code 1027').waitFor()
    await tab.getByRole('button', { name: /^Model/ }).click()
    const [asked] = await Promise.all([
      tab.waitForRequest(request => request.url().includes('model=kling-v3')),
      tab.getByRole('menuitem', { name: 'kling-v3' }).click()
    ])
    await tab.getByRole('button', { name: 'Export' }).click()
    const exported = await tab.getByRole('menuitem', { name: /CSV/ }).getAttribute('href')
    const filter = 'error=upstream_error&min_cost=0.5&vendor_code=1027&from=1790000000&model=kling-v3'
    for (const url of [asked.url(), new URL(exported!, tab.url()).href])
      for (const pair of filter.split('&')) expect(url.split(/[?&]/)).toContain(pair)
    expect(exported).toContain('format=csv')
  })

  it('finds by text, reached by /', async () => {
    const tab = await open()
    await tab.getByRole('tab', { name: /All/ }).waitFor()
    await tab.keyboard.press('/')
    const [asked] = await Promise.all([nextList(tab), tab.keyboard.type('boat')])
    expect(new URL(asked.url()).searchParams.get('q')).toBe('boat')
  })

  it('saves a filter under a name, renames and deletes it', async () => {
    const tab = await open('?model=kling-v3&range=7d')
    await tab.getByRole('button', { name: 'Save view' }).click()
    await tab.getByRole('textbox', { name: 'Name' }).fill('Kling, a week')
    await expectAccessible(tab)
    await tab.keyboard.press('Enter')
    const own = tab.getByRole('tab', { name: 'Kling, a week', selected: true })
    await own.waitFor()

    // another filter is another view, and by keys one is back
    await tab.getByRole('tab', { name: 'Failed 611' }).click()
    expect(new URL(tab.url()).search).toBe('?view=failed')
    await tab.keyboard.press('End')
    await tab.keyboard.press('Enter')
    await own.waitFor()
    expect(new URL(tab.url()).search).toBe('?model=kling-v3&range=7d')

    await tab.reload()
    await tab.getByRole('button', { name: 'Saved view' }).click()
    await tab.getByRole('menuitem', { name: 'Rename view' }).click()
    await tab.getByRole('textbox', { name: 'Name' }).fill('<b>Kling</b>')
    await tab.keyboard.press('Enter')
    const renamed = tab.getByRole('tab', { name: '<b>Kling</b>', selected: true })
    await renamed.waitFor()
    await expectAccessible(tab)
    await picture(tab, 'tasks-saved-view', allLooks[0]!)

    await tab.getByRole('button', { name: 'Saved view' }).click()
    await tab.getByRole('menuitem', { name: 'Delete view' }).click()
    await renamed.waitFor({ state: 'detached' })
    await tab.getByRole('button', { name: 'Save view' }).waitFor()
    expect(await tab.getByRole('tab').count()).toBe(5)
    tab.expectNoErrors()
  })

  it('sorts by a column', async () => {
    const tab = await open()
    await tab.getByText('kling-main').first().waitFor()
    const [asked] = await Promise.all([
      nextList(tab),
      tab.getByRole('button', { name: 'Cost', exact: true }).last().click()
    ])
    expect(new URL(asked.url()).searchParams.get('sort')).toBe('cost')
  })

  it('moves by J and opens by Enter, with the list behind it', async () => {
    const tab = await open('?view=failed')
    await tab
      .getByRole('link', { name: /Ink blooms/ })
      .first()
      .waitFor()
    await tab.keyboard.press('j')
    await tab.keyboard.press('j')
    await tab.keyboard.press('Enter')
    await tab.waitForURL(`**/console/tasks/${tasks[1]!.id}?view=failed`)
  })

  it('does not move rows when tasks arrive, until they are wanted', async () => {
    let arrived = false
    const newer = { ...taskAt(0), id: 'video_01a3', prompt: 'Just arrived' }
    const tab = await open('', {
      'GET /admin/tasks': () => ({ body: listOf(arrived ? [newer, ...tasks] : tasks) }),
      // ends at once, so it is opened again and again
      'GET /admin/events': () => ({
        events: arrived ? 'retry: 200\n\nevent: task\ndata: {"id":"video_01a3"}\n\n' : 'retry: 200\n\n'
      })
    })
    await tab.getByText('kling-main').first().waitFor()
    arrived = true
    await tab.getByRole('button', { name: '1 new' }).waitFor()
    expect(await tab.getByText('Just arrived').count()).toBe(0)
    await tab.getByRole('button', { name: '1 new' }).click()
    await tab.getByText('Just arrived').waitFor()
  })

  it('cancels what is marked', async () => {
    const tab = await open('', {
      'POST /admin/tasks/cancel': { body: { object: 'task.bulk_cancel', count: 1, ids: [] } }
    })
    await tab.getByRole('checkbox').first().check({ force: true })
    await picture(tab, 'tasks-marked', allLooks[0]!)
    await tab.getByRole('button', { name: 'Cancel it' }).click()
    const [sent] = await Promise.all([
      tab.waitForRequest(request => request.method() === 'POST'),
      tab.getByRole('dialog').getByRole('button', { name: 'Cancel task' }).click()
    ])
    expect(sent.postDataJSON()).toEqual({ ids: [tasks[0]!.id] })
    await tab.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('cancels all of a filter, as many as were seen', async () => {
    const tab = await open('?model=kling-v3', {
      'POST /admin/tasks/cancel': { status: 409, body: errorOf('conflict', '25 now.') }
    })
    await tab.getByRole('button', { name: 'More options' }).click()
    await tab.getByRole('menuitem', { name: 'Cancel all 9,204 in progress' }).click()
    const [sent] = await Promise.all([
      tab.waitForRequest(request => request.method() === 'POST'),
      tab
        .getByRole('dialog')
        .getByRole('button', { name: /^Cancel 9/ })
        .click()
    ])
    expect(sent.postDataJSON()).toEqual({
      filter: { model: 'kling-v3', state: 'waiting,running' },
      expected_count: 9204
    })
    await tab.getByRole('dialog').getByText('25 now.').waitFor()
  })

  it('offers no cancel to a viewer', async () => {
    const permissions = owner.permissions.filter(name => name.endsWith(':read'))
    const tab = await open('', { 'GET /console/api/session': { body: { ...owner, role: 'viewer', permissions } } })
    await tab.getByText('kling-main').first().waitFor()
    expect(await tab.getByRole('checkbox').count()).toBe(0)
    expect(await tab.getByRole('button', { name: 'More options' }).count()).toBe(0)
  })

  it('shows a member what is its own', async () => {
    const tab = await open('', {
      'GET /console/api/session': { body: member },
      'GET /v1/videos': { body: listOf([taskAt(3)]) }
    })
    await tab.getByText('Hot-air balloons').waitFor()
    await picture(tab, 'tasks-member', allLooks[0]!)
    await expectAccessible(tab)
  })

  it('says when nothing matches, and when nothing was made', async () => {
    const none = { 'GET /admin/tasks': { body: listOf([]) } }
    const filtered = await open('?q=zebra', none)
    await filtered.getByText('Nothing matches these filters').waitFor()
    await picture(filtered, 'tasks-empty', allLooks[0]!)
    await filtered.getByRole('button', { name: 'Clear all' }).last().click()
    await filtered.getByText('No video has been asked for yet').waitFor()
    await expectAccessible(filtered)
  })

  it('keeps the rows when the next page fails', async () => {
    const tab = await open('', {
      'GET /admin/tasks': request =>
        new URL(request.url()).searchParams.has('after')
          ? { status: 400, body: errorOf('invalid_request', 'The database is busy.') }
          : { body: listOf(tasks, true) }
    })
    await tab.getByRole('button', { name: /Load 50 more/ }).click()
    await tab.getByText('The database is busy.').waitFor()
    expect(await tab.getByText('kling-main').count()).toBeGreaterThan(0)
  })

  it('shows texts from outside as texts', async () => {
    const evil = '<img src=x onerror="window.hacked=1">'
    const task = {
      ...taskAt(5),
      prompt: evil,
      user: evil,
      key: { id: 'k', name: evil },
      error: { code: evil, message: evil }
    }
    const tab = await open(`?q=${encodeURIComponent(evil)}&user=${encodeURIComponent(evil)}`, {
      'GET /admin/tasks': { body: listOf([task]) }
    })
    await tab.getByRole('link', { name: evil }).waitFor()
    expect(await tab.evaluate('window.hacked')).toBeUndefined()
    tab.expectNoErrors()
  })
})
