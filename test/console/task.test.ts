import { expect, it } from 'vitest'
import { describeWithChromium } from '../support/chromium.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import type { TaskDetail } from '../../src/console/api/types/index.ts'
import { errorOf, listOf, member, owner, type Answers } from './support/answers.ts'
import { forBrowser, type Looks } from './support/browser.ts'
import { expectAccessible, expectTidy } from './support/checks.ts'
import { allLooks, picture } from './support/screens.ts'
import { exchanges, refused, succeeded, undecided } from './support/task-detail.ts'
import { contentOf, taskAt } from './support/tasks.ts'

const [next, previous] = [taskAt(20), taskAt(1)]

describeWithChromium('the page of a task', () => {
  const server = forAllTests(() => startTestServer())
  const browser = forBrowser()

  function open(
    task: TaskDetail,
    { query = '', answers = {}, ...looks }: Looks & { query?: string; answers?: Answers } = {}
  ) {
    const all: Answers = {
      ...contentOf(task),
      [`GET /admin/tasks/${task.id}`]: { body: task },
      [`GET /admin/tasks/${task.id}/exchanges`]: { body: listOf(exchanges) },
      'GET /admin/tasks': request => ({
        body: listOf([new URL(request.url()).searchParams.get('order') === 'asc' ? previous : next])
      }),
      ...answers
    }
    return browser.open(`${server.url}/console/tasks/${task.id}${query}`, { ...looks, answers: all })
  }

  it.each(allLooks)('looks right: $theme, $language, $width', async looks => {
    for (const [name, task] of Object.entries({ succeeded: succeeded(), refused: refused(), undecided: undecided() })) {
      const tab = await open(task, looks)
      await tab.locator('pre').nth(1).waitFor()
      if (name === 'succeeded') await tab.waitForFunction('document.querySelector("video")?.currentTime > 0')
      await picture(tab, `task-${name}`, looks)
      await expectAccessible(tab)
      await expectTidy(tab)
      tab.expectNoErrors()
    }
  })

  it.each([768, 1024, 1280])('does not scroll sideways at %i', async width => {
    const tab = await open(succeeded(), { width })
    await tab.locator('pre').nth(1).waitFor()
    await picture(tab, 'task', { language: 'en', theme: 'light', width, height: 900 })
    await expectTidy(tab)
  })

  it('shows what was asked, made, paid, told and said', async () => {
    const tab = await open(succeeded())
    await tab.getByText('5.00 s · 1280×720 · 24 fps · H.264').waitFor()
    await tab.getByText('5 s · 16:9 · 720p · 30 fps · with sound').waitFor()
    await tab.getByText('1 min 56 s from request to video').waitFor()
    await tab.getByText('11 polls').waitFor()
    await tab.getByText('what the vendor made').waitFor()
    await tab.getByText('hooks.example.com').first().waitFor()
    await tab.getByRole('tab', { name: '1 · kling-main · 429' }).click()
    await tab.getByText('concurrent tasks exceed the limit').last().waitFor()
    expect(new URL(tab.url()).searchParams.get('wire')).toBe('exc_1')
    expect(await tab.locator('pre').last().innerText()).toContain('Bearer ••••••••••3f9a')
  })

  it('leads to the ones around it in the list, and back to it', async () => {
    const tab = await open(succeeded(), {
      query: '?view=failed',
      answers: { [`GET /admin/tasks/${next.id}`]: { body: { ...succeeded(), ...next } } }
    })
    await tab.getByRole('button', { name: 'Next task' }).waitFor()
    await tab.waitForFunction('!document.querySelector("[aria-label=\\"Next task\\"]").disabled')
    await tab.keyboard.press('j')
    await tab.waitForURL(`**/tasks/${next.id}?view=failed`)
    await tab.keyboard.press('Escape')
    await tab.waitForURL('**/console/tasks?view=failed')
  })

  it('links the video that it was made from', async () => {
    const from = 'video_019a5f3c8e1b7000a1b2c3d4e5f60718'
    const task = succeeded({ remixed_from_video_id: from })
    const tab = await open({ ...task, request: { ...task.request, source: { rework: 'extend', id: from } } })
    await tab.getByText('Extension of').waitFor()
    expect(await tab.getByRole('link', { name: from }).getAttribute('href')).toBe(`/console/tasks/${from}`)
  })

  it('opens in the playground as it was asked', async () => {
    const tab = await open(succeeded())
    const href = await tab.getByRole('link', { name: 'Open in playground' }).getAttribute('href')
    expect(Object.fromEntries(new URL(href!, tab.url()).searchParams)).toMatchObject({
      models: 'kling-v3',
      seconds: '5',
      ratio: '16:9',
      res: '720p',
      audio: 'on',
      last: 'https://images.example.com/boat.png'
    })
  })

  it('runs again after a question that names the price', async () => {
    const task = succeeded()
    const tab = await open(task, {
      answers: {
        [`POST /admin/tasks/${task.id}/rerun`]: { body: next },
        [`GET /admin/tasks/${next.id}`]: { body: { ...task, ...next } }
      }
    })
    await tab.getByRole('button', { name: 'Run again' }).click()
    await tab.getByText('It costs $0.42 at most.').waitFor()
    await tab.getByRole('dialog').getByRole('button', { name: 'Run again' }).click()
    await tab.waitForURL(`**/tasks/${next.id}`)
  })

  it('cancels what runs', async () => {
    const task = succeeded({ ...taskAt(0) })
    const tab = await open(task, { answers: { [`POST /admin/tasks/${task.id}/cancel`]: { body: task } } })
    await tab.getByText('62%').first().waitFor()
    await picture(tab, 'task-running', allLooks[0]!)
    await tab.getByRole('button', { name: 'Cancel', exact: true }).click()
    await Promise.all([
      tab.waitForRequest(request => request.method() === 'POST' && request.url().endsWith('/cancel')),
      tab.getByRole('dialog').getByRole('button', { name: 'Cancel task' }).click()
    ])
  })

  it('decides nothing by itself, and takes the id of what was found', async () => {
    const task = undecided()
    const tab = await open(task, { answers: { [`POST /admin/tasks/${task.id}/resolve`]: { body: task } } })
    const button = tab.getByRole('button', { name: 'Decide' })
    await button.waitFor()
    expect(await button.isDisabled()).toBe(true)
    expect(await tab.getByRole('button', { name: 'Run again' }).count()).toBe(0)
    await tab.getByText('the hold is given back in 23h').waitFor()
    await tab.getByRole('radio', { name: /this is its id/ }).check()
    expect(await button.isDisabled()).toBe(true)
    await tab.getByLabel('The vendor’s id').fill('8231')
    const [sent] = await Promise.all([tab.waitForRequest(request => request.method() === 'POST'), button.click()])
    expect(sent.postDataJSON()).toEqual({ outcome: 'found', upstream_id: '8231' })
  })

  it('says why it failed, what that cost, and what the vendor said', async () => {
    const tab = await open(refused())
    await tab.getByRole('heading', { name: 'Refused by content rules' }).waitFor()
    await tab.getByText('output content is sensitive (1027)').first().waitFor()
    await tab.getByText('Nothing was charged.').first().waitFor()
  })

  it('corrects the bill', async () => {
    const tab = await open(succeeded(), { answers: { 'POST /admin/ledger': { status: 201, body: {} } } })
    await tab.getByRole('button', { name: 'More options' }).click()
    await tab.getByRole('menuitem', { name: 'Correct the bill' }).click()
    await tab.getByLabel('Amount in USD').fill('0.10')
    await tab.getByLabel('Reason').fill('half of it was black')
    await picture(tab, 'task-correct', allLooks[0]!)
    await expectAccessible(tab)
    const [sent] = await Promise.all([
      tab.waitForRequest(request => request.method() === 'POST'),
      tab.getByRole('button', { name: 'Correct', exact: true }).click()
    ])
    expect(sent.postDataJSON()).toMatchObject({ amount: '-0.10', currency: 'USD', reason: 'half of it was black' })
  })

  it('lets a viewer look only', async () => {
    const permissions = owner.permissions.filter(name => name.endsWith(':read'))
    const tab = await open(undecided(), {
      answers: { 'GET /console/api/session': { body: { ...owner, role: 'viewer', permissions } } }
    })
    await tab.getByText('Your role does not include deciding this.').waitFor()
    for (const name of ['Decide', 'Run again', 'Cancel'])
      expect(await tab.getByRole('button', { name, exact: true }).count()).toBe(0)
  })

  it('shows a member the video, without what is the operator’s', async () => {
    const task = succeeded()
    const tab = await open(task, {
      answers: { 'GET /console/api/session': { body: member }, [`GET /v1/videos/${task.id}`]: { body: taskAt(3) } }
    })
    await tab.locator('video').waitFor()
    expect(await tab.getByText('On the wire').count()).toBe(0)
    await picture(tab, 'task-member', allLooks[0]!)
    await expectAccessible(tab)
  })

  it('says that there is no such task, and when it does not load', async () => {
    const task = succeeded()
    const path = `GET /admin/tasks/${task.id}`
    const missing = await open(task, { answers: { [path]: { status: 404, body: errorOf('video_not_found', 'none') } } })
    await missing.getByText('There is no such task').waitFor()
    const broken = await open(task, {
      answers: { [path]: { status: 403, body: errorOf('permission_denied', 'Not yours.') } }
    })
    await broken.getByText('Not yours.').waitFor()
    await expectAccessible(broken)
  })

  it('shows texts from outside as texts', async () => {
    const evil = '<img src=x onerror="window.hacked=1">'
    const task = refused()
    const tab = await open(
      {
        ...task,
        prompt: evil,
        user: evil,
        upstream_model: evil,
        key: { id: 'key_1', name: evil },
        error: { code: evil, message: evil },
        warnings: [{ field: evil, reason: evil }],
        attempts: task.attempts.map(one => ({ ...one, failure: { kind: evil, code: evil, message: evil } })),
        timeline: task.timeline.map(one => ({ ...one, note: evil })),
        ledger: task.ledger.map(one => ({ ...one, reason: evil })),
        deliveries: task.deliveries.map(one => ({ ...one, url: evil, error: evil })),
        request: {
          prompt: evil,
          images: [{ role: 'first', type: evil, bytes: 1, sha256: evil, url: 'javascript:window.hacked=1' }]
        }
      },
      {
        answers: {
          [`GET /admin/tasks/${task.id}/exchanges`]: {
            body: listOf(
              exchanges.map(one => ({
                ...one,
                error: evil,
                response: { status: 500, headers: { x: evil }, body: evil }
              }))
            )
          }
        }
      }
    )
    await tab.getByText(evil).first().waitFor()
    expect(await tab.locator('a[href^="javascript"]').count()).toBe(0)
    expect(await tab.evaluate('window.hacked')).toBeUndefined()
    tab.expectNoErrors()
  })
})
