import { expect, it } from 'vitest'
import type { UsageLine } from '../../src/console/api/types/index.ts'
import { describeWithChromium } from '../support/chromium.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { errorOf, listOf, viewer, type Answers } from './support/answers.ts'
import { forBrowser, type Looks } from './support/browser.ts'
import { expectAccessible, expectTidy } from './support/checks.ts'
import { createdKey, keyList, keyOf } from './support/keys.ts'
import { allLooks, picture } from './support/screens.ts'

const line = {
  names: {},
  videos: 900,
  seconds: 4500,
  failed: 3,
  refused: 1,
  spent: { amount: '2006.58', currency: 'USD' }
}
const answers: Answers = {
  'GET /admin/keys': { body: listOf(keyList) },
  'GET /admin/models': { body: listOf([]) },
  'GET /admin/usage': { body: listOf([line satisfies UsageLine as UsageLine & { id: string }]) }
}
describeWithChromium('keys', () => {
  const server = forAllTests(() => startTestServer())
  const browser = forBrowser()
  const open = (path = '', more: Answers = {}, looks: Looks = {}) =>
    browser.open(`${server.url}/console/keys${path}`, { ...looks, answers: { ...answers, ...more } })

  it.each(allLooks)('look right: $theme, $language, $width', async looks => {
    const tab = await open('', {}, looks)
    await tab.getByText('growth-studio').waitFor()
    await picture(tab, 'keys', looks)
    await expectAccessible(tab)
    await expectTidy(tab)
    await tab.getByRole('button', { name: /storyboard-app/ }).click()
    await tab.getByRole('menuitem', { name: /Replace|更换/ }).click()
    await tab.getByRole('dialog').waitFor()
    await picture(tab, 'keys-rotate', looks)
    await expectAccessible(tab)
    await tab.keyboard.press('Escape')
    await tab.getByRole('link', { name: 'storyboard-app' }).click()
    await tab.getByRole('dialog').getByRole('textbox').first().waitFor()
    await picture(tab, 'keys-open', looks)
    await expectAccessible(tab)
    tab.expectNoErrors()
  })

  it.each([768, 1024, 1280])('do not scroll sideways at %i', async width => {
    const tab = await open('', {}, { width })
    await tab.getByText('growth-studio').waitFor()
    await expectTidy(tab)
  })

  it('are created in a panel, and shown once', async () => {
    const tab = await open('', { 'POST /admin/keys': { status: 201, body: createdKey } })
    await tab.getByText('growth-studio').waitFor()
    await tab.keyboard.press('n')
    await tab.getByLabel('Name', { exact: true }).fill('storyboard-app')
    await tab.getByLabel('Budget', { exact: true }).fill('100')
    await tab.getByLabel('Limits', { exact: true }).last().press('Space')
    await tab.getByLabel('Videos at once').fill('4')
    await picture(tab, 'keys-new', allLooks[0]!)
    await expectAccessible(tab)
    const [sent] = await Promise.all([
      tab.waitForRequest(request => request.method() === 'POST'),
      tab.getByRole('button', { name: 'Create key' }).click()
    ])
    expect(sent.postDataJSON()).toEqual({
      name: 'storyboard-app',
      budget: { amount: '100', currency: 'USD', window: 'monthly', timezone: 'Europe/Berlin' },
      max_concurrency: 4
    })
    const dialog = tab.getByRole('dialog', { name: 'The secret of storyboard-app' })
    await dialog.getByText('This is the only time it is shown.').waitFor()
    await picture(tab, 'keys-shown', allLooks[0]!)
    await expectAccessible(tab)
    expect(await dialog.locator('pre').innerText()).toContain(createdKey.key)
    expect(await tab.evaluate('document.activeElement.textContent')).toBe('Copy key')
    // neither Escape nor a click outside loses it
    await tab.keyboard.press('Escape')
    await tab.mouse.click(5, 5)
    await dialog.getByRole('switch').press('Space')
    await dialog.getByRole('button', { name: 'Done' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(tab.url()).not.toContain('new')
    tab.expectNoErrors()
  })

  it('say at the field what the gateway refuses', async () => {
    const refused = { status: 400, body: errorOf('invalid_request', 'name: is taken', 'name') }
    const tab = await open('?new=1', { 'POST /admin/keys': refused })
    await tab.getByLabel('Name', { exact: true }).fill('twice')
    await tab.getByRole('button', { name: 'Create key' }).click()
    await tab.getByText('is taken', { exact: true }).waitFor()
  })

  it('send only what was changed', async () => {
    const tab = await open('?open=key_3', { 'PATCH /admin/keys/key_3': { body: keyList[2] } })
    await tab.getByLabel('Owner').fill('Zhao Min')
    await tab.getByRole('checkbox', { name: 'veo-3.1' }).uncheck()
    const [sent] = await Promise.all([
      tab.waitForRequest(request => request.method() === 'PATCH'),
      tab.getByRole('button', { name: 'Save' }).click()
    ])
    expect(sent.postDataJSON()).toEqual({ owner: 'Zhao Min', models: ['seedance-2', 'hailuo-2.3'] })
    await tab.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('are rotated with a day for the old secret', async () => {
    const tab = await open('', { 'POST /admin/keys/key_2/rotate': { body: createdKey } })
    await tab.getByRole('button', { name: 'Actions for storyboard-app' }).click()
    await tab.getByRole('menuitem', { name: 'Replace the secret' }).click()
    const [sent] = await Promise.all([
      tab.waitForRequest(request => request.method() === 'POST'),
      tab.getByRole('dialog').getByRole('button', { name: 'Replace the secret' }).click()
    ])
    expect(sent.postDataJSON()).toEqual({ keep_old_for_hours: 24 })
    await tab.getByText(createdKey.key).first().waitFor()
  })

  it('are revoked after a question', async () => {
    let revoked = false
    const tab = await open('', {
      'GET /admin/keys': () => ({ body: listOf(revoked ? keyList.slice(1) : keyList) }),
      'DELETE /admin/keys/key_1': () => {
        revoked = true
        return { body: { id: 'key_1', object: 'key.deleted', deleted: true } }
      }
    })
    await tab.getByRole('button', { name: 'Actions for growth-studio' }).click()
    await tab.getByRole('menuitem', { name: 'Revoke' }).click()
    await tab.getByText('Its requests get 401 from now on').waitFor()
    await tab.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await tab.locator('a', { hasText: 'growth-studio' }).waitFor({ state: 'detached' })
  })

  it('open by their address even when they are revoked', async () => {
    const gone = keyOf('gone', 'prototype-2025', { revoked_at: 1_790_000_000 })
    const tab = await open('?open=key_gone', { 'GET /admin/keys/key_gone': { body: gone } })
    await tab.getByText('Revoked on').waitFor()
    expect(await tab.getByLabel('Owner').isDisabled()).toBe(true)
  })

  it('of the configuration file say where it is, and cannot be changed', async () => {
    const managed = keyOf('9', 'from-file', { managed_by: { file: 'gateway.yaml', line: 12 } })
    const tab = await open('?open=key_9', { 'GET /admin/keys': { body: listOf([managed]) } })
    const panel = tab.getByRole('dialog', { name: 'from-file' })
    await panel.getByText('It comes from gateway.yaml, line 12. Change it there.').waitFor()
    expect(await panel.getByLabel('Name', { exact: true }).isDisabled()).toBe(true)
    await panel.getByRole('button', { name: /from-file/ }).click()
    await tab.getByRole('menuitem', { name: 'Its tasks' }).waitFor()
    expect(await tab.getByRole('menuitem', { name: /Replace|Revoke|Pause/ }).count()).toBe(0)
    tab.expectNoErrors()
  })

  it('are read-only for a viewer', async () => {
    const tab = await open('?open=key_1', viewer)
    await tab.getByLabel('Owner').waitFor()
    expect(await tab.getByLabel('Owner').isDisabled()).toBe(true)
    expect(await tab.getByRole('button', { name: /New key|Save/ }).count()).toBe(0)
  })

  it('say that there are none, and that they did not load', async () => {
    const tab = await open('', { 'GET /admin/keys': { body: listOf([]) } })
    await tab.getByText('No key yet').waitFor()
    await expectAccessible(tab)
    const broken = await open('', { 'GET /admin/keys': { status: 400, body: errorOf('internal_error', 'It broke.') } })
    await broken.getByText('This did not load.').waitFor()
    await expectAccessible(broken)
  })
})
