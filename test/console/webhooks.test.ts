import { expect, it } from 'vitest'
import { describeWithChromium } from '../support/chromium.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { errorOf, listOf, viewer, type Answers } from './support/answers.ts'
import { forBrowser, type Looks } from './support/browser.ts'
import { expectAccessible, expectTidy } from './support/checks.ts'
import { keyList } from './support/keys.ts'
import { allLooks, picture } from './support/screens.ts'
import { deliveryList, endpointList } from './support/webhooks.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const answers: Answers = {
  'GET /admin/webhook_endpoints': { body: listOf(endpointList) },
  'GET /admin/webhook_deliveries': { body: listOf(deliveryList) },
  'GET /v1/webhook_event_types': { body: { data: ['video.completed', 'video.failed', 'channel.disabled'] } },
  'GET /admin/keys': { body: listOf(keyList) }
}

describeWithChromium('webhooks', () => {
  const server = forAllTests(() => startTestServer())
  const browser = forBrowser()
  const open = (path = '', more: Answers = {}, looks: Looks = {}) =>
    browser.open(`${server.url}/console/webhooks${path}`, { ...looks, answers: { ...answers, ...more } })

  it.each(allLooks)('look right: $theme, $language, $width', async looks => {
    const tab = await open('', {}, looks)
    await tab.getByRole('link', { name: 'storyboard' }).waitFor()
    await picture(tab, 'webhooks', looks)
    await expectAccessible(tab)
    await expectTidy(tab)
    await tab.getByRole('tab', { name: /Deliveries|投递/ }).click()
    await tab.getByText('video.failed').first().waitFor()
    await picture(tab, 'deliveries', looks)
    await expectAccessible(tab)
    await expectTidy(tab)
    await tab.getByRole('link', { name: 'video.completed' }).first().click()
    await tab.getByText('<img src=x onerror=alert(1)>').waitFor()
    await picture(tab, 'delivery', looks)
    await expectAccessible(tab)
    tab.expectNoErrors()
  })

  it.each([768, 1024, 1280])('do not scroll sideways at %i', async width => {
    const tab = await open('?tab=deliveries', {}, { width })
    await tab.getByText('video.failed').first().waitFor()
    await expectTidy(tab)
    await tab.getByRole('tab', { name: 'Endpoints' }).click()
    await tab.getByRole('link', { name: 'storyboard' }).waitFor()
    await expectTidy(tab)
  })

  it('get an endpoint for a key, whose secret is shown once', async () => {
    const created = { ...endpointList[0], signing_secret: secret }
    const tab = await open('', { 'POST /v1/webhook_endpoints': { body: created } })
    await tab.getByRole('link', { name: 'storyboard' }).waitFor()
    await tab.keyboard.press('n')
    await tab.getByLabel('Address').fill('https://hooks.example.com/reelay')
    await tab.getByLabel('Whose events').selectOption('growth-studio')
    await tab.getByLabel('channel.disabled').waitFor()
    await picture(tab, 'webhooks-new', allLooks[0]!)
    await expectAccessible(tab)
    const [sent] = await Promise.all([
      tab.waitForRequest(request => request.method() === 'POST'),
      tab.getByRole('button', { name: 'Create endpoint' }).click()
    ])
    expect(sent.postDataJSON()).toEqual({
      url: 'https://hooks.example.com/reelay',
      event_types: ['video.completed', 'video.failed']
    })
    expect(sent.headers()['x-reelay-key']).toBe('key_1')
    await tab.getByText(secret).waitFor()
    await expectAccessible(tab)
  })

  it('say at the field what the gateway refuses', async () => {
    const refused = { status: 400, body: errorOf('invalid_request', 'url: must be https', 'url') }
    const tab = await open('?open=we_1', { 'POST /v1/webhook_endpoints/we_1': refused })
    await tab.getByLabel('Address').fill('http://10.0.0.1/')
    await tab.getByRole('button', { name: 'Save' }).click()
    await tab.getByText('must be https', { exact: true }).waitFor()
  })

  it('replay one, some, and all that failed', async () => {
    const asked: string[] = []
    const tab = await open('?tab=deliveries', {
      'POST /admin/webhook_deliveries/dlv_3/replay': request => {
        asked.push(request.url().split('/').at(-2)!)
        return { body: deliveryList[2] }
      },
      'POST /admin/webhook_deliveries/dlv_5/replay': request => {
        asked.push(request.url().split('/').at(-2)!)
        return { body: deliveryList[4] }
      },
      'POST /admin/webhook_deliveries/replay': { body: { count: 44 } }
    })
    await tab.getByRole('button', { name: 'Replay video.failed' }).click()
    await tab.getByText('1 delivery is sent again.').waitFor()
    await tab.getByLabel('Choose dlv_3').check()
    await tab.getByLabel('Choose dlv_5').check()
    await tab.getByRole('button', { name: 'Replay 2 chosen' }).click()
    await tab.getByText('2 deliveries are sent again.').waitFor()
    expect(asked).toEqual(['dlv_3', 'dlv_3', 'dlv_5'])
    await tab.getByRole('button', { name: 'Replay all 44 failed' }).click()
    const [sent] = await Promise.all([
      tab.waitForRequest(request => request.url().endsWith('/webhook_deliveries/replay')),
      tab.getByRole('dialog').getByRole('button', { name: 'Replay' }).click()
    ])
    expect(sent.postDataJSON()).toEqual({ status: 'failed' })
    await tab.getByText('44 deliveries are sent again.').waitFor()
  })

  it('keep their filters in the address', async () => {
    const tab = await open('?tab=deliveries&status=failed&endpoint=we_2', {
      'GET /admin/webhook_deliveries': request => {
        const { searchParams } = new URL(request.url())
        const fits = searchParams.get('status') === 'failed' && searchParams.get('endpoint') === 'we_2'
        return { body: listOf(fits ? [] : deliveryList) }
      }
    })
    await tab.getByText('No delivery fits').waitFor()
    await tab.getByRole('button', { name: 'Clear all' }).click()
    await tab.getByText('video.failed').first().waitFor()
    expect(new URL(tab.url()).search).toBe('?tab=deliveries')
  })

  it('offer a viewer nothing that writes', async () => {
    const tab = await open('?tab=deliveries', viewer)
    await tab.getByText('video.failed').first().waitFor()
    expect(await tab.getByRole('button', { name: /Replay|New endpoint/ }).count()).toBe(0)
    expect(await tab.getByRole('checkbox').count()).toBe(0)
  })

  it('say that there are none, and that they did not load', async () => {
    const tab = await open('', { 'GET /admin/webhook_endpoints': { body: listOf([]) } })
    await tab.getByText('No endpoint yet').waitFor()
    const refused = { status: 400, body: errorOf('internal_error', 'It broke.') }
    const broken = await open('', { 'GET /admin/webhook_endpoints': refused })
    await broken.getByText('This did not load.').waitFor()
    await expectAccessible(broken)
  })
})
