import { expect, it } from 'vitest'
import { describeWithChromium } from '../support/chromium.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { errorOf, listOf, viewer, type Answers } from './support/answers.ts'
import { forBrowser, type Looks } from './support/browser.ts'
import { channelList, vendorList } from './support/channels.ts'
import { expectAccessible, expectTidy } from './support/checks.ts'
import { allLooks, picture } from './support/screens.ts'

const answers: Answers = {
  'GET /admin/channels': { body: listOf(channelList) },
  'GET /admin/vendors': { body: listOf(vendorList) }
}

describeWithChromium('channels', () => {
  const server = forAllTests(() => startTestServer())
  const browser = forBrowser()
  const open = (path = '', more: Answers = {}, looks: Looks = {}) =>
    browser.open(`${server.url}/console/channels${path}`, { ...looks, answers: { ...answers, ...more } })

  it.each(allLooks)('look right: $theme, $language, $width', async looks => {
    const tab = await open('', {}, looks)
    await tab.getByText('Cloudsway (Kling)').waitFor()
    await picture(tab, 'channels', looks)
    await expectAccessible(tab)
    await expectTidy(tab)
    await tab.getByRole('link', { name: 'kling-backup' }).click()
    await tab.getByLabel('endpoint_path').waitFor()
    await picture(tab, 'channels-open', looks)
    await expectAccessible(tab)
    tab.expectNoErrors()
  })

  it.each([768, 1024, 1280])('do not scroll sideways at %i', async width => {
    const tab = await open('', {}, { width })
    await tab.getByText('Cloudsway (Kling)').waitFor()
    await expectTidy(tab)
  })

  it('are added: a vendor, its credential, a free test', async () => {
    const tested = { object: 'channel.test', ok: true, free: true, message: 'works', latency_ms: 312, kind: null }
    const tab = await open('', {
      'POST /admin/channels/test': { body: tested },
      'POST /admin/channels': { status: 201, body: channelList[1] }
    })
    await tab.getByText('Cloudsway (Kling)').waitFor()
    await tab.keyboard.press('n')
    await tab.getByRole('button', { name: 'Google Gemini API' }).waitFor()
    await picture(tab, 'channels-new', allLooks[0]!)
    await expectAccessible(tab)
    await tab.getByRole('button', { name: 'Cloudsway (Kling)' }).click()
    await tab.getByLabel('API key', { exact: true }).fill('sk-secret')
    await tab.getByLabel('endpoint_path').fill('vIbCjEeh')
    await tab.getByLabel('Videos at once').fill('5')
    await tab.getByRole('button', { name: 'Test first' }).click()
    await tab.getByText('Credential works · 0.3 s').waitFor()
    await picture(tab, 'channels-form', allLooks[0]!)
    await expectAccessible(tab)
    const [sent] = await Promise.all([
      tab.waitForRequest(request => request.method() === 'POST' && request.url().endsWith('/channels')),
      tab.getByRole('button', { name: 'Add channel' }).click()
    ])
    expect(sent.postDataJSON()).toMatchObject({
      vendor: 'cloudsway',
      credential: { api_key: 'sk-secret' },
      options: { endpoint_path: 'vIbCjEeh' },
      models: { 'kling-v1': 'kling-v1', 'kling-v2-master': 'kling-v2-master' },
      max_concurrency: 5
    })
    await tab.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('send only what was changed, never the stored credential', async () => {
    const tab = await open('?open=chan_1', { 'PATCH /admin/channels/chan_1': { body: channelList[0] } })
    await tab.getByLabel('Priority').fill('20')
    await tab.getByLabel('Public name of kling-v3').fill('kling-best')
    const [sent] = await Promise.all([
      tab.waitForRequest(request => request.method() === 'PATCH'),
      tab.getByRole('button', { name: 'Save' }).click()
    ])
    expect(sent.postDataJSON()).toEqual({
      priority: 20,
      models: { 'kling-best': 'kling-v3', 'kling-v2-6': 'kling-v2-6' }
    })
  })

  it('say below their health what a test showed', async () => {
    const failed = {
      object: 'channel.test',
      ok: false,
      free: true,
      message: 'The key is not valid.',
      latency_ms: 80,
      kind: 'auth'
    }
    const tab = await open('', { 'POST /admin/channels/chan_2/test': { body: failed } })
    await tab.getByRole('button', { name: 'Test kling-backup' }).click()
    await tab.getByText('The key is not valid.').waitFor()
  })

  it('of a configuration file are read-only, with the line', async () => {
    const tab = await open('?open=chan_5')
    await tab.getByText('It comes from reelay.yaml, line 12.').waitFor()
    await tab.getByLabel('Name', { exact: true }).waitFor()
    expect(await tab.getByLabel('Name', { exact: true }).isDisabled()).toBe(true)
    expect(await tab.getByRole('button', { name: 'Save' }).count()).toBe(0)
  })

  it('offer a viewer nothing that writes', async () => {
    const tab = await open('', viewer)
    await tab.getByText('kling-main').waitFor()
    expect(await tab.getByRole('button', { name: /Add a channel|Test/ }).count()).toBe(0)
  })

  it('say that there are none, and that they did not load', async () => {
    const tab = await open('', { 'GET /admin/channels': { body: listOf([]) } })
    await tab.getByText('No channel yet').waitFor()
    const broken = await open('', {
      'GET /admin/channels': { status: 400, body: errorOf('internal_error', 'It broke.') }
    })
    await broken.getByText('This did not load.').waitFor()
    await expectAccessible(broken)
  })
})
