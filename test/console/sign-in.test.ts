import { expect, it } from 'vitest'
import { describeWithChromium } from '../support/chromium.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { errorOf, owner, status } from './support/answers.ts'
import { forBrowser } from './support/browser.ts'
import { expectAccessible, expectTidy } from './support/checks.ts'
import { allLooks, picture } from './support/screens.ts'

const nobody = { status: 401, body: errorOf('not_signed_in', 'You are not signed in.') }

describeWithChromium('signing in', () => {
  const server = forAllTests(() => startTestServer())
  const browser = forBrowser()

  it.each(allLooks)('looks right: $theme, $language, $width', async looks => {
    const tab = await browser.open(`${server.url}/console`, {
      ...looks,
      answers: { 'GET /console/api/session': nobody }
    })
    await tab.getByRole('heading').waitFor()
    await picture(tab, 'sign-in', looks)
    await expectAccessible(tab)
    await expectTidy(tab)
    tab.expectNoErrors()
  })

  it('says that name and password do not fit, then opens the page of the address', async () => {
    let tries = 0
    const answers = {
      'GET /console/api/session': nobody,
      'POST /console/api/session': () =>
        tries++ ? { status: 201, body: owner } : { status: 401, body: errorOf('sign_in_failed', 'wrong') }
    }
    const tab = await browser.open(`${server.url}/console/nowhere`, { answers })
    await tab.getByLabel('Name or email').fill('lin')
    await tab.getByLabel('Password', { exact: true }).last().fill('not this')
    await tab.keyboard.press('Enter')
    await tab.getByText('Name and password do not fit together.').waitFor()
    await tab.getByRole('button', { name: 'Sign in' }).click()
    await tab.getByText('There is nothing at this address').waitFor()
    expect(new URL(tab.url()).pathname).toBe('/console/nowhere')
  })

  it('takes a key, and sends the header that writes need', async () => {
    const tab = await browser.open(`${server.url}/console`, { answers: { 'GET /console/api/session': nobody } })
    await tab.getByText('Key', { exact: true }).click()
    await tab.getByLabel('Key', { exact: true }).last().fill('sk-admin')
    const [sent] = await Promise.all([
      tab.waitForRequest(request => request.method() === 'POST'),
      tab.getByRole('button', { name: 'Sign in' }).click()
    ])
    expect(sent.postDataJSON()).toEqual({ key: 'sk-admin' })
    expect(sent.headers()['x-reelay-console']).toBe('1')
  })

  it('leads to the setup while there is no owner', async () => {
    const answers = {
      'GET /console/api/session': nobody,
      'GET /console/api/status': { body: { ...status, setup_needed: true } }
    }
    const tab = await browser.open(`${server.url}/console/tasks`, { answers })
    await tab.getByRole('heading', { name: 'Is this gateway yours?' }).waitFor()
  })

  it.each([
    { language: 'en', name: 'Sign in with Acme' },
    { language: 'zh', name: '使用 Acme 登录' }
  ] as const)(
    'offers the identity provider, also to the first owner, and takes the page along: $language',
    async looks => {
      const methods = { ...status.methods, oidc: { label: 'Acme', url: 'oidc' } }
      const answers = {
        'GET /console/api/session': nobody,
        'GET /console/api/status': { body: { ...status, setup_needed: true, methods } }
      }
      const tab = await browser.open(`${server.url}/console/tasks?state=failed`, { language: looks.language, answers })
      const link = tab.getByRole('link', { name: looks.name })
      expect(await link.getAttribute('href')).toBe(
        `${server.url}/console/api/oidc?to=${encodeURIComponent('/tasks?state=failed')}`
      )
      await picture(tab, 'sign-in-provider', { theme: 'light', width: 1280, height: 800, language: looks.language })
      await expectAccessible(tab)
      await expectTidy(tab)
    }
  )

  it('comes back when the session ends', async () => {
    let ended = false
    const answers = {
      'GET /console/api/session': () => (ended ? nobody : { body: owner }),
      'GET /admin/tasks': () => nobody
    }
    const tab = await browser.open(`${server.url}/console`, { answers })
    await tab.getByText('Lin Xia').waitFor()
    ended = true
    // the palette asks for tasks, and is refused
    await tab.keyboard.press('Control+k')
    await tab.getByRole('heading', { name: 'Sign in' }).waitFor()
  })
})
