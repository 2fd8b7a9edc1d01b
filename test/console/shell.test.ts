import { expect, it } from 'vitest'
import { describeWithChromium } from '../support/chromium.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { listOf } from './support/answers.ts'
import { forBrowser } from './support/browser.ts'
import { expectAccessible, expectTidy } from './support/checks.ts'
import { allLooks, picture } from './support/screens.ts'

describeWithChromium('the shell', () => {
  const server = forAllTests(() => startTestServer())
  const browser = forBrowser()
  const nowhere = () => `${server.url}/console/nowhere`

  it.each(allLooks)('looks right: $theme, $language, $width', async looks => {
    const tab = await browser.open(nowhere(), looks)
    await tab.getByRole('main').getByRole('heading').waitFor()
    await picture(tab, 'shell', looks)
    await expectAccessible(tab)
    await expectTidy(tab)
    await tab.keyboard.press('Control+k')
    await tab.getByRole('dialog').waitFor()
    await picture(tab, 'palette', looks)
    await expectAccessible(tab)
    tab.expectNoErrors()
  })

  it.each([768, 1024, 1280])('does not scroll sideways at %i', async width => {
    const tab = await browser.open(nowhere(), { width })
    await tab.getByRole('main').getByRole('heading').waitFor()
    await expectTidy(tab)
  })

  it('keeps the language and the theme that a person chose', async () => {
    const tab = await browser.open(nowhere())
    await tab.getByText('中文').click()
    await tab.getByText('这个地址没有内容').waitFor()
    await tab.locator('[title=深色]').click()
    await tab.reload()
    await tab.getByText('这个地址没有内容').waitFor()
    expect(
      await tab.evaluate('[document.documentElement.lang, document.documentElement.dataset.mantineColorScheme]')
    ).toEqual(['zh-CN', 'dark'])
  })

  it('shows its keys on ?, and closes them on Escape', async () => {
    const tab = await browser.open(nowhere())
    await tab.getByRole('main').getByRole('heading').waitFor()
    await tab.keyboard.press('Shift+?')
    await tab.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await expectAccessible(tab)
    await picture(tab, 'help', allLooks[0]!)
    await tab.keyboard.press('Escape')
    await tab.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('says that the gateway does not answer, until it does', async () => {
    let isDown = false
    const answers = {
      'GET /admin/tasks': () => (isDown ? 'offline' : { body: listOf([]) }),
      'GET /admin/attention': { body: listOf([]) }
    } as const
    const tab = await browser.open(nowhere(), { answers })
    await tab.getByText('Lin Xia').waitFor()
    isDown = true
    await tab.keyboard.press('Control+k')
    await tab.getByText('The gateway does not answer.').first().waitFor()
    await tab.keyboard.press('Escape')
    isDown = false
    await tab.getByRole('button', { name: 'Try now' }).click()
    await tab.getByText('The gateway does not answer.').waitFor({ state: 'detached' })
  })

  it('ends the session', async () => {
    const tab = await browser.open(nowhere())
    await tab.getByRole('button', { name: 'Sign out' }).click()
    await tab.getByRole('heading', { name: 'Sign in' }).waitFor()
  })
})
