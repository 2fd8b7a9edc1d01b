import { expect, it } from 'vitest'
import type { UsageLine } from '../../src/console/api/types/index.ts'
import { describeWithChromium } from '../support/chromium.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { errorOf, listOf, viewer, type Answers } from './support/answers.ts'
import { forBrowser, type Looks } from './support/browser.ts'
import { channelList } from './support/channels.ts'
import { expectAccessible, expectTidy } from './support/checks.ts'
import { modelList } from './support/models.ts'
import { allLooks, picture } from './support/screens.ts'

const line: UsageLine & { id?: string } = {
  model: 'kling-v3',
  names: {},
  videos: 6120,
  seconds: 30_600,
  failed: 3,
  refused: 1,
  spent: { amount: '2006.58', currency: 'USD' }
}
const answers: Answers = {
  'GET /admin/models': { body: listOf(modelList) },
  'GET /admin/channels': { body: listOf(channelList) },
  'GET /admin/usage': { body: listOf([line]) },
  'PATCH /admin/models/kling-v3': { body: modelList[0] }
}

describeWithChromium('models and prices', () => {
  const server = forAllTests(() => startTestServer())
  const browser = forBrowser()
  const open = (path = '', more: Answers = {}, looks: Looks = {}) =>
    browser.open(`${server.url}/console/models${path}`, { ...looks, answers: { ...answers, ...more } })
  type Tab = Awaited<ReturnType<typeof open>>
  const patched = async (tab: Tab, act: () => Promise<unknown>) => {
    const [sent] = await Promise.all([tab.waitForRequest(request => request.method() === 'PATCH'), act()])
    return sent.postDataJSON() as unknown
  }

  it.each(allLooks)('look right: $theme, $language, $width', async looks => {
    const tab = await open('', {}, looks)
    await tab.getByText('veo-3.1').first().waitFor()
    await picture(tab, 'models', looks)
    await expectAccessible(tab)
    await expectTidy(tab)
    await tab.getByRole('link', { name: /kling-v3/ }).click()
    await tab.getByRole('heading', { name: 'kling-v3' }).waitFor()
    await picture(tab, 'models-open', looks)
    await expectAccessible(tab)
    await expectTidy(tab)
    tab.expectNoErrors()
  })

  it.each([768, 1024, 1280])('do not scroll sideways at %i', async width => {
    const tab = await open('?open=kling-v3', {}, { width })
    await tab.getByRole('heading', { name: 'kling-v3' }).waitFor()
    await expectTidy(tab)
  })

  it('calculate by the rule that is lit', async () => {
    const tab = await open('?open=kling-v3')
    await tab.getByText('$0.42', { exact: true }).waitFor()
    await tab.getByLabel('Resolution').selectOption('1080p')
    await tab.getByText('$0.56', { exact: true }).waitFor()
    await tab.getByRole('switch', { name: 'Sound' }).press('Space')
    await tab.getByText('$0.84', { exact: true }).waitFor()
    await tab.getByText('5 × $0.168').waitFor()
    await tab.getByLabel('Seconds').fill('10')
    await tab.getByText('$1.68', { exact: true }).waitFor()
    await picture(tab, 'models-calculator', allLooks[0]!)
    await expectAccessible(tab)
  })

  it('change their order by Alt and the arrows, and by dragging', async () => {
    const tab = await open('?open=kling-v3')
    const expected = {
      candidates: [
        { channel: 'chan_2', upstream_model: 'kling-v3', priority: 10, weight: 1 },
        { channel: 'chan_1', upstream_model: 'kling-v3', priority: 0, weight: 3 }
      ]
    }
    const grip = tab.getByRole('button', { name: /Move kling-backup/ })
    expect(await patched(tab, () => grip.press('Alt+ArrowUp'))).toEqual(expected)
    await tab.getByText('kling-backup is now 1 of 2').waitFor({ state: 'attached' })
    await tab.reload()
    const rows = tab.getByRole('listitem').filter({ hasText: 'weight' })
    expect(await patched(tab, () => rows.nth(1).dragTo(rows.nth(0)))).toEqual(expected)
  })

  it('get a price rule', async () => {
    const tab = await open('?open=kling-v3')
    await tab.getByRole('button', { name: 'Add rule' }).click()
    await tab.getByLabel('Price', { exact: true }).fill('0.2')
    await tab.getByRole('button', { name: 'Add a condition' }).click()
    await tab.getByLabel('Value of resolution').fill('720p')
    await picture(tab, 'models-rule', allLooks[0]!)
    await expectAccessible(tab)
    const body = await patched(tab, () => tab.getByRole('dialog').getByRole('button', { name: 'Add rule' }).click())
    expect(body).toEqual({
      prices: [
        ...modelList[0]!.prices,
        { unit: 'second', amount: '0.2', currency: 'USD', when: { resolution: '720p' } }
      ]
    })
    await tab.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('are offered or not', async () => {
    const tab = await open('?open=kling-v3')
    const offered = tab.getByRole('switch', { name: 'Offered' })
    expect(await patched(tab, () => offered.press('Space'))).toEqual({ disabled: true })
  })

  it('get a new name', async () => {
    const tab = await open('', { 'PUT /admin/models/kling-best': { body: modelList[0] } })
    await tab.getByText('veo-3.1').first().waitFor()
    await tab.keyboard.press('n')
    await tab.getByLabel('Public name').fill('kling-best')
    const [sent] = await Promise.all([
      tab.waitForRequest(request => request.method() === 'PUT'),
      tab.getByRole('button', { name: 'Create' }).click()
    ])
    expect(sent.postDataJSON()).toEqual({ candidates: [{ channel: 'chan_1', upstream_model: 'kling-best' }] })
    await tab.waitForURL(/open=kling-best/)
  })

  it('can only be read by a viewer', async () => {
    const tab = await open('?open=kling-v3', viewer)
    await tab.getByText('resolution 4k').waitFor()
    expect(await tab.getByRole('button', { name: /New name|Add|Move/ }).count()).toBe(0)
    expect(await tab.getByRole('switch', { name: 'Offered' }).isDisabled()).toBe(true)
  })

  it('say that there are none, and that they did not load', async () => {
    const tab = await open('', { 'GET /admin/models': { body: listOf([]) } })
    await tab.getByText('No model yet').waitFor()
    const broken = await open('', {
      'GET /admin/models': { status: 400, body: errorOf('internal_error', 'It broke.') }
    })
    await broken.getByText('This did not load.').waitFor()
    await expectAccessible(broken)
  })
})
