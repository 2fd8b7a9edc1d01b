import { expect, it } from 'vitest'
import { describeWithChromium } from '../support/chromium.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { forBrowser } from './support/browser.ts'
import { expectAccessible, expectTidy } from './support/checks.ts'
import { allLooks, picture } from './support/screens.ts'

const password = 'long enough a password'

describeWithChromium('the first run, on the server itself', () => {
  const server = forEachTest(() => startTestServer({ env: { SANDBOX: 'on' } }))
  const browser = forBrowser()
  const link = async () => `${server.url}/console/setup?token=${await server.services.setup.renew()}`

  it('goes from the link of the log to a playing video and a key', async () => {
    const tab = await browser.open(await link(), { real: true })
    await tab.getByLabel('Name', { exact: true }).fill('Lin Xia')
    await tab.getByLabel('Password', { exact: true }).fill(password)
    await tab.getByRole('button', { name: 'Create account' }).click()

    await tab.getByRole('button', { name: 'Make video' }).click()
    const video = tab.locator('video')
    await video.waitFor()
    await expect
      .poll(() => tab.evaluate('document.querySelector("video").currentTime'), { timeout: 30_000 })
      .toBeGreaterThan(0.3)
    expect(await tab.evaluate(measure)).toEqual({ isWide: true, seconds: 5, isBlack: false })
    await tab.getByText('A real MP4 of 5 s. Everything works.').waitFor()
    await picture(tab, 'setup-video', allLooks[0]!)
    await expectAccessible(tab)

    await tab.getByRole('button', { name: 'Add a channel' }).last().click()
    await tab.getByRole('button', { name: 'Later' }).click()
    await tab.getByLabel('Name', { exact: true }).fill('storyboard-app')
    await tab.getByRole('button', { name: 'Create key' }).click()
    await tab.getByText('This is the only time it is shown.').waitFor()
    expect(await tab.evaluate('document.activeElement.innerText')).toBe('Copy key')
    await picture(tab, 'setup-key', allLooks[0]!)
    const key = await tab.locator('code').first().innerText()
    expect(await tab.locator('pre').innerText()).toContain(key)
    expect((await server.ask('/v1/models', { key })).status).toBe(200)
    await tab.getByText('Listening for its first request').waitFor()
    const made = await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a river' }, { key })
    expect(made.status).toBe(200)
    await tab.getByText('Its first video is on the way.').waitFor()
    // a fresh open stream and policy made no noise
    expect(tab.errors).toEqual([])
  })

  it('signs in again by password, and out', async () => {
    await server.services.setup.complete({
      token: (await server.services.setup.renew())!,
      name: 'lin',
      email: null,
      password
    })
    const tab = await browser.open(`${server.url}/console`, { real: true })
    await tab.getByLabel('Name or email').fill('lin')
    await tab.getByLabel('Password', { exact: true }).last().fill(password)
    await tab.keyboard.press('Enter')
    await tab.getByRole('button', { name: 'Sign out' }).click()
    await tab.getByRole('heading', { name: 'Sign in' }).waitFor()
    await tab.reload()
    await tab.getByRole('heading', { name: 'Sign in' }).waitFor()
  })

  it('refuses a wrong token, and takes the right one pasted as the whole link', async () => {
    const right = await link()
    const tab = await browser.open(`${server.url}/console`, { real: true })
    await tab.getByLabel('Token').fill('st-wrong')
    await tab.getByRole('button', { name: 'Continue' }).click()
    await tab.getByLabel('Name', { exact: true }).fill('Lin Xia')
    await tab.getByLabel('Password', { exact: true }).fill(password)
    await tab.getByRole('button', { name: 'Create account' }).click()
    await tab.getByText('This token is not valid.').waitFor()
    await tab.getByRole('button', { name: 'Token' }).click()
    await tab.getByLabel('Token').fill(right)
    await tab.getByRole('button', { name: 'Continue' }).click()
    await tab.getByLabel('Name', { exact: true }).fill('Lin Xia')
    await tab.getByLabel('Password', { exact: true }).fill(password)
    await tab.getByRole('button', { name: 'Create account' }).click()
    await tab.getByRole('heading', { name: 'Make your first video' }).waitFor()
  })

  it('lets whoever was invited choose a password', async () => {
    const { body } = await server.call('POST', '/admin/users', { name: 'Zhao Min', role: 'viewer' })
    const token = new URL(body.invitation?.url ?? body.url).searchParams.get('token')
    const tab = await browser.open(`${server.url}/console/invite?token=${token}`, { real: true })
    await tab.getByLabel('New password').fill(password)
    await tab.getByRole('button', { name: 'Save and sign in' }).click()
    await tab.getByText('Zhao Min').waitFor()
  })

  it.each(allLooks)('looks right: $theme, $language, $width', async looks => {
    const tab = await browser.open(`${server.url}/console`, { ...looks, real: true })
    await tab.getByRole('heading').waitFor()
    await picture(tab, 'setup-token', looks)
    await expectAccessible(tab)
    await expectTidy(tab)
    tab.expectNoErrors()
  })
})

/** Run in the page: what the video is, and whether its picture is only black. */
const measure = `(() => {
  const video = document.querySelector('video')
  const canvas = document.createElement('canvas')
  canvas.width = 64
  canvas.height = 36
  const context = canvas.getContext('2d')
  context.drawImage(video, 0, 0, 64, 36)
  const isBlack = context.getImageData(0, 0, 64, 36).data.every((value, index) => index % 4 === 3 || value < 16)
  return { isWide: video.videoWidth > video.videoHeight && video.videoHeight > 0, seconds: Math.round(video.duration), isBlack }
})()`
