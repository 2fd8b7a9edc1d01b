import { expect, it } from 'vitest'
import { sections } from '../../src/http/openapi/operations/index.ts'
import { expectAccessible, expectTidy } from '../console/support/checks.ts'
import { describeWithChromium, openTab } from '../support/chromium.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* The documentation in a browser. `npm run build:docs` first. */

const operations = sections.flatMap(section => Object.entries(section.operations))

describeWithChromium('/docs', () => {
  const server = forAllTests(() => startTestServer())

  async function open(path: string, looks: { width?: number; theme?: 'light' | 'dark' } = {}) {
    const { width = 1280, theme = 'light' } = looks
    const page = await openTab({ viewport: { width, height: 800 }, colorScheme: theme })
    const troubles: string[] = []
    page.on('console', message => message.type() === 'error' && troubles.push(message.text()))
    page.on('pageerror', error => troubles.push(String(error)))
    page.on('request', request => request.url().startsWith(server.url) || troubles.push(`asked ${request.url()}`))
    await page.goto(server.url + path)
    return { page, troubles }
  }

  it.each([
    { path: '/docs', theme: 'light', width: 1280 },
    { path: '/docs', theme: 'dark', width: 390 },
    { path: '/docs/channels', theme: 'light', width: 390 },
    { path: '/docs/webhooks', theme: 'dark', width: 1280 },
    { path: '/docs/reference', theme: 'light', width: 1280 },
    // 34,000 elements are judged whole once: the second time those that a search leaves, which are of every kind
    { path: '/docs/reference', theme: 'dark', width: 390, search: '/v1/videos' }
  ] as const)(
    '$path, $theme and $width pixels wide: readable, tidy, and nothing from elsewhere',
    { timeout: 180_000 },
    async looks => {
      const { path, theme, width } = looks
      const { page, troubles } = await open(path, looks)
      if (process.env.SCREENSHOTS) {
        const name = `${path.replaceAll('/', '-').slice(1)}-${theme}-${width}.png`
        await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}` })
      }
      await expectTidy(page)
      if ('search' in looks) {
        await page.locator('#find').fill(looks.search)
        expect(await page.locator('article:visible').count()).toBeGreaterThan(5)
        // nobody sees the others, and axe reads them all before it leaves them out
        await page.evaluate(
          "for (const one of document.querySelectorAll('article')) if (!one.checkVisibility()) one.remove()"
        )
      }
      await expectAccessible(page)
      expect(troubles).toEqual([])
    }
  )

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
