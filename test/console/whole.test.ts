import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { describeWithChromium } from '../support/chromium.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { forBrowser, type Looks, type Tab } from './support/browser.ts'
import { expectAccessible, expectTidy } from './support/checks.ts'
import { allLooks, picture } from './support/screens.ts'

/* Every page on what the server itself answers: nothing stands in for it. */

type Browser = ReturnType<typeof forBrowser>

const password = 'long enough a password'
const evil = '<img src=x onerror="document.title=1">'

const scenes = [
  'Hot-air balloons rise over a valley at sunrise',
  'Koi turn slowly in a dark pond',
  'Neon rain on an empty street at night',
  evil
]

/** A gateway on which something has happened: videos of two keys, one refused, one running, an endpoint, a spent budget. */
async function startUsedServer(env: Record<string, string> = {}) {
  const server = await startTestServer({ env: { SANDBOX: 'on', ...env } })
  const token = await server.services.setup.renew()
  await server.services.setup.complete({ token: token!, name: 'Lin Xia', email: null, password })
  const app = await server.newKey({ name: 'storyboard-app' })
  const budget = { amount: '0.60', currency: 'USD', window: 'monthly' }
  const small = await server.newKey({ name: evil, budget })
  const failing = { prompt: 'a fight', metadata: { sandbox: { fail: 'content_policy', fail_at: 'poll' } } }
  await server.call('PATCH', '/admin/models/kling-v1', {
    prices: [{ unit: 'second', amount: '0.10', currency: 'USD' }]
  })
  for (const prompt of scenes) await server.newVideo({ prompt }, app)
  await server.newVideo(failing, app)
  await server.newVideo({ prompt: evil }, small)
  const refused = await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'one more' }, small)
  expect(refused.body.code).toBe('insufficient_quota')
  await server.call('POST', '/v1/webhook_endpoints', {
    name: 'hooks',
    url: 'https://hooks.example.com/reelay',
    event_types: ['video.completed']
  })
  const ended = async () => (await server.call('GET', '/admin/tasks/summary?state=succeeded,failed')).body.count
  await vi.waitFor(async () => expect(await ended()).toBe(6), { timeout: 30_000, interval: 100 })
  return server
}

describeWithChromium('the console on the server itself', () => {
  const server = forAllTests(startUsedServer)
  const browser = forBrowser()

  const signedIn = (path: string, looks: Looks = {}) => signIn(browser, server, path, looks)

  it.each([allLooks[0]!, allLooks.at(-1)!])(
    'shows every page: $theme, $language, $width',
    { timeout: 180_000 },
    async looks => {
      const tab = await signedIn('', looks)
      const [latest] = (await server.call('GET', '/admin/tasks?state=succeeded')).body.data
      for (const page of [
        '',
        'tasks',
        `tasks/${latest.id}`,
        'playground',
        'channels',
        'models',
        'keys',
        'webhooks',
        'usage',
        'audit',
        'settings'
      ]) {
        await tab.goto(`${server.url}/console/${page}`)
        await tab.getByRole('main').getByRole('heading').first().waitFor()
        await loaded(tab)
        await picture(tab, `whole-${page.replace(/\/.*/, '-detail') || 'overview'}`, looks)
        await expectAccessible(tab)
        await expectTidy(tab)
        expect(await tab.getByRole('alert').allInnerTexts(), page).toEqual([])
        expect(await tab.locator('img[src=x]').count(), page).toBe(0)
        expect(tab.errors, page).toEqual([])
      }
    }
  )

  it('makes a video in the playground', async () => {
    const tab = await signedIn('/playground')
    await tab.getByLabel('Prompt', { exact: true }).last().fill('Koi turn slowly in a dark pond')
    await tab.getByRole('button', { name: /^Make/ }).click()
    await tab.locator('video').first().waitFor()
    await expect
      .poll(() => tab.evaluate('document.querySelector("video").videoWidth'), { timeout: 30_000 })
      .toBeGreaterThan(0)
    tab.expectNoErrors()
  })

  it('says what a vendor refused', async () => {
    const tab = await signedIn('/tasks?state=failed')
    await tab.getByText('a fight').first().click()
    await tab.waitForURL(/\/tasks\/video_/)
    await tab.getByRole('heading', { name: 'What happened' }).waitFor()
    await tab.getByText('Refused by content rules').first().waitFor()
    tab.expectNoErrors()
  })

  it('leads to the sign-in page when the session has ended, and back', async () => {
    const tab = await signedIn('/keys')
    const { body } = await server.call('GET', '/admin/sessions?limit=100')
    for (const { id } of body.data) await server.call('DELETE', `/admin/sessions/${id}`)
    // wherever the console learns of it first: from the page that is opened, or from the stream of changes
    await tab.goto(`${server.url}/console/tasks`)
    await tab.getByRole('heading', { name: 'Sign in' }).waitFor()
    await tab.getByLabel('Name or email').fill('Lin Xia')
    await tab.getByLabel('Password', { exact: true }).last().fill(password)
    await tab.keyboard.press('Enter')
    await tab.getByRole('heading', { name: 'Tasks' }).waitFor()
  })
})

describeWithChromium('a page of the console', () => {
  const browser = forBrowser()

  it('goes on when the server is started again', async () => {
    const folder = makeFolder('restarted')
    const first = await startUsedServer({ DATA_DIR: folder.path })
    const tab = await signIn(browser, first, '/tasks')
    await tab.getByText(scenes[0]!).first().waitFor()
    await first.close()
    await tab.getByText('The gateway does not answer.').first().waitFor()
    const { port: PORT } = new URL(first.url)
    const second = await startTestServer({ env: { SANDBOX: 'on', DATA_DIR: folder.path, PORT } })
    onTestFinished(async () => {
      await second.close()
      folder.close()
    })
    await tab.getByText('The gateway does not answer.').waitFor({ state: 'detached' })
    await second.newVideo({ prompt: 'a lighthouse in fog' })
    await tab.getByText('a lighthouse in fog').or(tab.getByText(/1 new/)).first().waitFor()
  })
})

describeWithChromium('what others write', () => {
  const browser = forBrowser()

  it('is text, wherever it is shown: of a vendor, and of a receiver of webhooks', async () => {
    const vendor = await startFakeCloudsway({ onPoll: () => 'failed' })
    vendor.reason = evil
    const receiver = createServer((_request, response) => response.writeHead(500).end(evil)).listen(0, '127.0.0.1')
    await once(receiver, 'listening')
    const server = await startTestServer()
    onTestFinished(async () => {
      await server.close()
      await vendor.close()
      receiver.close()
    })
    const token = await server.services.setup.renew()
    await server.services.setup.complete({ token: token!, name: 'Lin Xia', email: null, password })
    await server.call('POST', '/admin/channels', vendor.channel({ name: evil }))
    const { port } = receiver.address() as AddressInfo // it listens
    await server.call('POST', '/v1/webhook_endpoints', {
      name: evil,
      url: `http://127.0.0.1:${port}/`,
      event_types: ['video.failed']
    })
    const id = await server.newVideo({ prompt: 'a cat' })
    const delivered = async () => (await server.call('GET', '/admin/webhook_deliveries')).body.data[0]?.tries
    await expect.poll(delivered, { timeout: 30_000 }).toBeGreaterThan(0)

    const tab = await signIn(browser, server, `/tasks/${id}`)
    await tab.getByText(evil).first().waitFor()
    expect(await tab.locator('img[src=x]').count()).toBe(0)
    await tab.goto(`${server.url}/console/webhooks?tab=deliveries`)
    await tab.getByRole('link', { name: 'video.failed' }).first().click()
    await tab.locator('pre').filter({ hasText: evil }).waitFor()
    expect(await tab.locator('img[src=x]').count()).toBe(0)
    expect(await tab.title()).not.toBe('1')
    tab.expectNoErrors()
  })
})

async function signIn(browser: Browser, { url }: TestServer, path: string, looks: Looks = {}): Promise<Tab> {
  const tab = await browser.open(`${url}/console${path}`, { ...looks, real: true })
  await tab.getByLabel(/Name or email|名称或邮箱/).fill('Lin Xia')
  await tab.locator('input[type=password]').last().fill(password)
  await tab.keyboard.press('Enter')
  await tab.locator('input[type=password]').first().waitFor({ state: 'detached' })
  return tab
}

/** Waits until every part of a page has its answer. */
const loaded = (tab: Tab) => expect.poll(() => tab.locator('[class*=Skeleton]').count()).toBe(0)
