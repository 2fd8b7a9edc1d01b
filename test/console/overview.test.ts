import { expect, it } from 'vitest'
import { describeWithChromium } from '../support/chromium.ts'
import { ADMIN_KEY } from '../support/environment.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { errorOf, listOf, owner } from './support/answers.ts'
import { forBrowser } from './support/browser.ts'
import { expectAccessible, expectTidy } from './support/checks.ts'
import { busyDay, channels, keys, latest, overview } from './support/overview.ts'
import { allLooks, picture } from './support/screens.ts'

describeWithChromium('the overview', () => {
  const server = forAllTests(() => startTestServer())
  const browser = forBrowser()
  const page = (query = '') => `${server.url}/console${query}`

  it.each(allLooks)('looks right: $theme, $language, $width', async looks => {
    const tab = await browser.open(page(), { ...looks, height: 1400, answers: busyDay })
    await tab.locator('[role=slider] svg').nth(1).waitFor()
    await tab.getByText('campus-hackathon').waitFor()
    await picture(tab, 'overview', looks)
    await expectAccessible(tab)
    await expectTidy(tab)
    tab.expectNoErrors()
  })

  it.each([768, 1024, 1280])('does not scroll sideways at %i', async width => {
    const tab = await browser.open(page(), { width, answers: busyDay })
    await tab.locator('[role=slider] svg').nth(1).waitFor()
    await expectTidy(tab)
  })

  it('asks for the range of the address, in the zone of the person', async () => {
    const tab = await browser.open(page(), { answers: busyDay })
    await tab.getByText('777').waitFor()
    const [sent] = await Promise.all([
      tab.waitForRequest(request => request.url().includes('/admin/series?')),
      tab.getByText('7 d', { exact: true }).click()
    ])
    const asked = new URL(sent.url()).searchParams
    expect(Number(asked.get('to')) - Number(asked.get('from'))).toBe(7 * 86_400)
    expect([asked.get('step'), asked.get('tz')]).toEqual(['1h', 'Europe/Berlin'])
    expect(new URL(tab.url()).search).toBe('?range=7d')
  })

  it('leads from each number to the rows behind it', async () => {
    const tab = await browser.open(page(), { answers: busyDay })
    await tab.getByText('777').waitFor()
    const addresses = await tab
      .getByRole('main')
      .getByRole('link')
      .evaluateAll(links => links.map(link => (link as unknown as { href: string }).href))
    const paths = addresses.map(address => new URL(address)).map(({ pathname, search }) => pathname + search)
    const window = String.raw`from=\d+&to=\d+`
    for (const path of [
      String.raw`/usage\?range=7d`,
      String.raw`/tasks\?state=succeeded&${window}`,
      String.raw`/tasks\?state=failed%2Crefused&${window}`,
      String.raw`/tasks\?state=succeeded&sort=duration&${window}`,
      String.raw`/tasks\?state=waiting%2Crunning`,
      String.raw`/tasks/video_2`,
      String.raw`/tasks\?error=content_policy_violation&vendor_code=1301&model=kling-v3&channel=channel_kling-main&${window}`,
      String.raw`/channels\?open=channel_veo`,
      String.raw`/keys\?open=key_0`
    ])
      expect(paths).toContainEqual(expect.stringMatching(new RegExp(`^/console${path}$`)))
  })

  it('opens the tasks of a point, by pointer and by keys', async () => {
    const tab = await browser.open(page(), { answers: busyDay })
    const chart = tab.getByRole('slider', { name: 'Videos over time' })
    await tab.locator('[role=slider] svg').nth(1).waitFor()
    await chart.focus()
    await tab.keyboard.press('End')
    await tab.keyboard.press('ArrowLeft')
    expect(await chart.getAttribute('aria-valuenow')).toBe('22')
    expect(await chart.getAttribute('aria-valuetext')).toMatch(/\d\d:00: Succeeded \d+, Failed \d+/)
    await tab.keyboard.press('Enter')
    await tab.waitForURL(/\/tasks\?from=\d+&to=\d+$/)
    const asked = new URL(tab.url()).searchParams
    expect(Number(asked.get('to')) - Number(asked.get('from'))).toBe(3600)
  })

  it('shows what it has when a part fails, and tries that part again', async () => {
    let broken = true
    const answers = {
      ...busyDay,
      'GET /admin/failures': () =>
        broken ? { status: 400, body: errorOf('invalid_request', 'from: too long ago') } : { body: listOf([]) }
    }
    const tab = await browser.open(page(), { answers })
    await tab.getByRole('alert').getByText('from: too long ago').waitFor()
    await tab.getByText('777').waitFor()
    await expectAccessible(tab)
    broken = false
    await tab.getByRole('button', { name: 'Try again' }).click()
    await tab.getByText('Nothing failed in this time.').waitFor()
    await tab.getByRole('alert').waitFor({ state: 'detached' })
  })

  it.each([allLooks[0]!, allLooks[3]!, allLooks[4]!])(
    'leads a new installation on: $theme, $language, $width',
    async looks => {
      const answers = {
        ...busyDay,
        'GET /admin/overview': {
          body: {
            ...overview,
            spent: [],
            made: { count: 0, before: null, seconds: 0 },
            success: { rate: null, ok: 0, failed: 0, refused: 0, before: null },
            latest: []
          }
        },
        'GET /admin/attention': { body: listOf([]) },
        'GET /admin/channels': { body: listOf([{ ...channels[0]!, built_in: true }]) },
        'GET /admin/keys': { body: listOf([]) }
      }
      const tab = await browser.open(page(), { ...looks, answers })
      await tab
        .getByRole('listitem')
        .filter({ has: tab.getByRole('heading') })
        .nth(2)
        .waitFor()
      expect(await tab.getByRole('region').count()).toBe(0)
      await picture(tab, 'overview-new', looks)
      await expectAccessible(tab)
      await expectTidy(tab)
    }
  )

  it('offers a viewer nothing that only others may do', async () => {
    const viewer = { ...owner, permissions: owner.permissions.filter(word => !word.endsWith(':write')) }
    const answers = { ...busyDay, 'GET /console/api/session': { body: viewer } }
    const tab = await browser.open(page(), { answers })
    await tab.getByText('777').waitFor()
    expect(await tab.getByRole('link', { name: 'New video' }).count()).toBe(0)
  })

  it('shows texts from outside as texts', async () => {
    const evil = '<img src=x onerror="document.title=1">'
    const answers = {
      ...busyDay,
      'GET /admin/overview': { body: { ...overview, latest: [{ ...latest[1]!, prompt: evil }] } },
      'GET /admin/keys': { body: listOf(keys) },
      'GET /admin/attention': {
        body: listOf([
          {
            id: '1',
            kind: 'new_kind',
            severity: 'warn',
            subject: { type: 'key', id: 'key_9', name: evil },
            since: 1_790_000_000,
            reason: evil,
            action: { label_key: 'see', href: 'javascript:alert(1)' }
          }
        ])
      }
    }
    const tab = await browser.open(page(), { answers })
    await tab.getByText(evil).nth(2).waitFor()
    expect(await tab.locator('img[src=x]').count()).toBe(0)
    expect(await tab.locator('a[href^="javascript"]').count()).toBe(0)
    tab.expectNoErrors()
  })
})

describeWithChromium('the overview, on the server itself', () => {
  const server = forAllTests(() => startTestServer({ env: { SANDBOX: 'on' } }))
  const browser = forBrowser()

  it('leads on, then counts and shows what was made', async () => {
    const token = (await server.services.setup.renew())!
    await server.services.setup.complete({ token, name: 'Lin Xia', email: null, password: 'long enough a password' })
    const tab = await browser.open(`${server.url}/console`, { real: true })
    await tab.getByText('Key', { exact: true }).click()
    await tab.getByLabel('Key', { exact: true }).last().fill(ADMIN_KEY)
    await tab.keyboard.press('Enter')
    await tab.getByText('Nothing has been made here yet').waitFor()

    const id = await server.newVideo({ model: 'sandbox', prompt: '<i>a lake</i>' }, { key: await server.memberKey() })
    // in real time, by the events of the server: nothing is loaded again
    await expect.poll(async () => (await server.inspect(id)).state, { timeout: 40_000 }).toBe('succeeded')
    await tab.getByText('<i>a lake</i>').waitFor()
    const made = tab.getByRole('link').filter({ hasText: 'Videos made' })
    await made.getByText('1', { exact: true }).waitFor()
    await tab.locator('[role=slider] svg').nth(1).waitFor()
    await picture(tab, 'overview-real', allLooks[0]!)
    expect(await tab.getByRole('alert').allInnerTexts()).toEqual([])
    tab.expectNoErrors()
  })
})
