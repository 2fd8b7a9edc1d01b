import { expect, it, onTestFinished } from 'vitest'
import { sections } from '../../src/http/openapi/operations/index.ts'
import { expectAccessible, expectTidy } from '../console/support/checks.ts'
import { describeWithChromium, startChromium } from '../support/chromium.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* The documentation in a browser. `npm run build:docs` first. */

const operations = sections.flatMap(section => Object.entries(section.operations))

describeWithChromium('/docs', () => {
  const server = forAllTests(() => startTestServer())
  const browser = forAllTests(startChromium)

  async function open(path: string, looks: { width?: number; theme?: 'light' | 'dark' } = {}) {
    const { width = 1280, theme = 'light' } = looks
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme: theme })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const troubles: string[] = []
    page.on('console', message => message.type() === 'error' && troubles.push(message.text()))
    page.on('pageerror', error => troubles.push(String(error)))
    page.on('request', request => request.url().startsWith(server.url) || troubles.push(`asked ${request.url()}`))
    await page.goto(server.url + path)
    return { page, troubles }
  }

  it.each([
    ['/docs', 'light', 1280],
    ['/docs', 'dark', 390],
    ['/docs/channels', 'light', 390],
    ['/docs/webhooks', 'dark', 1280],
    ['/docs/reference', 'light', 1280],
    ['/docs/reference', 'dark', 390]
  ] as const)('%s, %s and %i pixels wide: readable, tidy, and nothing from elsewhere', async (path, theme, width) => {
    const { page, troubles } = await open(path, { theme, width })
    if (process.env.SCREENSHOTS) {
      const name = `${path.replaceAll('/', '-').slice(1)}-${theme}-${width}.png`
      await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}` })
    }
    await expectTidy(page)
    await expectAccessible(page)
    expect(troubles).toEqual([])
  })

  it('has every operation, with a command line for this server', async () => {
    const { page } = await open('/docs/reference')
    const shown: unknown = await page.evaluate(
      "Array.from(document.querySelectorAll('article'), one => [one.id, ...['h3', '.route'].map(part => one.querySelector(part)?.innerText)])"
    )
    for (const [route, { id, summary }] of operations) expect(shown).toContainEqual([id, summary, route])
    const command = page.locator('article#createVideo pre').first()
    expect(await command.innerText()).toContain(`"${server.url}/v1/videos"`)
    if (process.env.SCREENSHOTS) {
      await command.scrollIntoViewIfNeeded()
      await page.screenshot({ path: `${process.env.SCREENSHOTS}/operation.png` })
    }
  })

  it('finds by path and by words, and says when nothing matches', async () => {
    const { page } = await open('/docs/reference')
    const shown = () => page.locator('article:visible h3').allInnerTexts()
    await page.keyboard.press('/')
    await page.keyboard.type('patch admin/keys')
    expect(await shown()).toEqual(['Change a key'])
    await page.locator('#find').fill('no such thing')
    expect(await shown()).toEqual([])
    expect(await page.locator('#nothing').isVisible()).toBe(true)
    await page.locator('#find').fill('')
    expect((await shown()).length).toBeGreaterThan(operations.length)
  })

  it('remembers the theme, and shares it with the console', async () => {
    const { page } = await open('/docs/upgrade')
    const theme = () => page.evaluate('document.documentElement.dataset.theme')
    expect(await theme()).toBe('light')
    await page.locator('#theme').click()
    expect(await theme()).toBe('dark')
    expect(await page.evaluate("localStorage.getItem('reelay.theme')")).toBe('dark')
    await page.reload()
    expect(await theme()).toBe('dark')
  })

  it('leads from page to page, also without a slash', async () => {
    const { page } = await open('/docs')
    await page.locator('main a', { hasText: 'Webhooks' }).click()
    expect(new URL(page.url()).pathname).toBe('/docs/webhooks')
    await page.locator('nav a', { hasText: 'API reference' }).click()
    expect(new URL(page.url()).pathname).toBe('/docs/reference')
  })

  it('answers with a policy that allows nothing inline, and a 404 for what is not there', async () => {
    const page = await server.ask('/docs/first-video', { key: null })
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('content-security-policy')).toContain(
      "default-src 'none'; script-src 'self'; style-src 'self'"
    )
    expect(page.headers.get('content-security-policy')).not.toMatch(/unsafe|\*/)
    for (const path of ['/docs/none', '/docs/..%2fmain.js', '/docs/../main.js'])
      expect((await server.ask(path, { key: null })).status).toBe(404)
  })
})
