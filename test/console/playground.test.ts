import { expect, it } from 'vitest'
import { describeWithChromium } from '../support/chromium.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import type { Capabilities, Estimate, Task } from '../../src/console/api/types/index.ts'
import { errorOf, listOf, member, type Answers } from './support/answers.ts'
import { forBrowser, type Looks } from './support/browser.ts'
import { expectAccessible, expectTidy } from './support/checks.ts'
import { allLooks, picture } from './support/screens.ts'
import { choices, contents, taskAt } from './support/tasks.ts'

const capabilities: Capabilities = {
  seconds: { min: 3, max: 15 },
  default_seconds: 5,
  aspect_ratios: ['16:9', '9:16', '1:1'],
  resolutions: ['720p', '1080p', '4k'],
  image_roles: ['first', 'last'],
  max_references: null,
  audio: true,
  prompt_limit: 2500,
  max_videos: 1,
  retired: null
}
const model = (id: string, amount: string, over: object = {}) => ({
  id,
  object: 'model',
  owned_by: 'kling',
  capabilities,
  prices: [{ unit: 'second', amount, currency: 'USD' }],
  usual_ms: 96_000,
  available: true,
  unavailable_reason: null,
  ...over
})
const models = [
  model('kling-v3', '0.084'),
  model('seedance-2', '0.052', { usual_ms: 58_000 }),
  model('hailuo-2.3', '0.28', { capabilities: { ...capabilities, seconds: [6, 10], audio: false } }),
  model('viduq3-pro', '0.06', { usual_ms: 74_000 }),
  model('veo-3.1', '0.5', { available: false, unavailable_reason: 'its channel is out of balance' })
]

function estimate({
  model: name = '',
  seconds = 5,
  resolution = '720p',
  aspect_ratio: ratio = '16:9'
}: Record<string, unknown>) {
  const isOther = name === 'hailuo-2.3'
  const factor = { '720p': 1, '1080p': 2, '4k': 5 }[String(resolution)] ?? 1
  return {
    object: 'video.estimate',
    model: name,
    channel: 'chan_1',
    price: { amount: (0.084 * Number(seconds) * factor).toFixed(2), currency: 'USD' },
    seconds: isOther ? 6 : seconds,
    size: '1280x720',
    width: 1280,
    height: 720,
    resolution: isOther ? '1080P' : resolution,
    ratio,
    rule: null,
    usual_ms: 96_000,
    queue: null,
    covered: null,
    unavailable_reason: null,
    warnings: isOther ? [{ field: 'audio', reason: 'has no sound' }] : []
  } as Estimate
}

const prompt = 'A paper boat drifts down a river at dusk, low tracking shot, warm backlight, ripples catch the last sun'
const lately = [3, 4, 6, 8, 9, 11].map(index => taskAt(index))
const [done] = lately
const full: Answers = {
  ...choices,
  ...contents(lately),
  'GET /v1/videos/models': { body: listOf(models) },
  'POST /v1/videos/estimate': request => ({ body: estimate(request.postDataJSON() as Record<string, unknown>) }),
  'GET /v1/videos': {
    body: listOf(lately.map(task => ({ ...task, status: 'completed' })))
  }
}
const detail = (task: Task): Answers => ({
  [`GET /admin/tasks/${task.id}`]: {
    body: {
      ...task,
      request: { model: task.model, prompt: task.prompt, seconds: 5, audio: true, metadata: { resolution: '720p' } }
    }
  },
  [`GET /v1/videos/${task.id}/events`]: { events: 'retry: 60000\n\n' }
})

describeWithChromium('the playground', () => {
  const server = forAllTests(() => startTestServer())
  const browser = forBrowser()
  const open = (query = '', { answers = {}, ...looks }: Looks & { answers?: Answers } = {}) =>
    browser.open(`${server.url}/console/playground${query}`, { ...looks, answers: { ...full, ...answers } })
  const shown = `?models=kling-v3&prompt=${encodeURIComponent(prompt)}&seconds=5&ratio=16:9&res=720p&audio=on`

  it.each(allLooks)('looks right: $theme, $language, $width', async looks => {
    const tab = await open(`${shown}&task=${done!.id}`, { ...looks, answers: detail(done!) })
    await tab.locator('video').waitFor()
    await tab.getByText('$0.42').first().waitFor()
    await tab.waitForFunction('document.querySelector("video")?.currentTime > 0')
    await picture(tab, 'playground', looks)
    await expectAccessible(tab)
    await expectTidy(tab)
    tab.expectNoErrors()
  })

  it.each(allLooks.filter(({ width }) => width > 760))('compares: $theme, $language, $width', async looks => {
    const tasks = models.slice(0, 4).map((one, index) => taskAt([3, 4, 0, 1][index]!, { model: one.id }))
    const tab = await open(
      `${shown}&models=${models
        .slice(0, 4)
        .map(({ id }) => id)
        .join(',')}&compare=1&task=${tasks.map(({ id }) => id).join(',')}&best=${tasks[0]!.id}`.replace(
        'models=kling-v3&',
        ''
      ),
      { ...looks, answers: { ...contents(tasks), ...(Object.assign({}, ...tasks.map(detail)) as Answers) } }
    )
    await tab.locator('video').nth(1).waitFor()
    await tab.getByText('62%').first().waitFor()
    await tab.getByText(looks.language === 'en' ? /at most, for 4/ : /最多，4/).waitFor()
    await picture(tab, 'playground-compare', looks)
    await expectAccessible(tab)
    await expectTidy(tab)
    tab.expectNoErrors()
  })

  it('plays films in step: what pauses or jumps in one does so in the other, until it is switched off', async () => {
    const tasks = models.slice(0, 2).map((one, index) => taskAt([3, 4][index]!, { model: one.id }))
    const ids = tasks.map(({ id }) => id).join(',')
    const both = tasks.map(({ model }) => model).join(',')
    const tab = await open(`${shown.replace('kling-v3', both)}&compare=1&task=${ids}`, {
      answers: { ...contents(tasks), ...(Object.assign({}, ...tasks.map(detail)) as Answers) }
    })
    const film = (index: number) => `document.querySelectorAll('video')[${index}]`
    await expect
      .poll(() => tab.evaluate(`${film(1)}?.currentTime > 0 && ${film(0)}.currentTime > 0`), { timeout: 20_000 })
      .toBe(true)
    const together = tab.getByRole('button', { name: 'Play together' })
    await together.click()
    await tab.evaluate(`${film(0)}.pause()`)
    await expect.poll(() => tab.evaluate(`${film(1)}.paused`)).toBe(true)
    await tab.evaluate(`${film(1)}.currentTime = 2`)
    await expect.poll(() => tab.evaluate(`Math.abs(${film(0)}.currentTime - 2) < 0.2`)).toBe(true)
    await tab.evaluate(`${film(1)}.play()`)
    await expect.poll(() => tab.evaluate(`!${film(0)}.paused`)).toBe(true)
    await together.click()
    await tab.evaluate(`${film(0)}.pause()`)
    await expect.poll(() => tab.evaluate(`${film(0)}.paused && !${film(1)}.paused`)).toBe(true)
    tab.expectNoErrors()
  })

  it.each([768, 1024, 1280])('does not scroll sideways at %i', async width => {
    const tab = await open(`${shown}&task=${done!.id}`, { width, answers: detail(done!) })
    await tab.locator('video').waitFor()
    await picture(tab, 'playground', { language: 'en', theme: 'light', width, height: 900 })
    await expectTidy(tab)
  })

  it('shows the price of each resolution, and the whole before anything is sent', async () => {
    const tab = await open(shown)
    await tab.getByRole('radio', { name: '1080p $0.84' }).click()
    await tab.getByText('$0.84').last().waitFor()
    await tab.getByText('at most, for 5 s').waitFor()
    await picture(tab, 'playground-empty', allLooks[0]!)
    expect(new URL(tab.url()).searchParams.get('res')).toBe('1080p')
  })

  it('makes the video of the form, and follows it on the stage', async () => {
    const running = taskAt(0)
    const tab = await open(shown, {
      answers: { 'POST /v1/videos': { body: running }, ...detail(running) }
    })
    await tab.getByRole('button', { name: /Make video/ }).isEnabled()
    const [sent] = await Promise.all([
      tab.waitForRequest(request => request.method() === 'POST' && new URL(request.url()).pathname === '/v1/videos'),
      tab.getByLabel('Prompt', { exact: true }).last().press('Control+Enter')
    ])
    expect(sent.postDataJSON()).toEqual({
      model: 'kling-v3',
      prompt,
      seconds: 5,
      aspect_ratio: '16:9',
      resolution: '720p',
      audio: true
    })
    await tab.getByText('62%').first().waitFor()
    await picture(tab, 'playground-running', allLooks[0]!)
    expect(new URL(tab.url()).searchParams.get('task')).toBe(running.id)
  })

  it('runs as a key, whose budget it shows', async () => {
    const tab = await open(shown, {
      answers: {
        'GET /v1/usage': request => ({
          body: {
            budget: {
              amount: '10',
              currency: 'USD',
              window: 'daily',
              timezone: 'UTC',
              remaining: request.headers()['x-reelay-key'] ? '3.10' : '0'
            }
          }
        })
      }
    })
    await tab.getByRole('button', { name: 'your session' }).click()
    await tab.getByRole('menuitem', { name: 'growth-studio' }).click()
    await tab.getByText('$3.10 of the key’s budget is left.').waitFor()
    const asked = await tab.waitForRequest(request => request.url().endsWith('/estimate'))
    expect(asked.headers()['x-reelay-key']).toBe('key_1')
  })

  it('explains what cannot be', async () => {
    const tab = await open('?models=hailuo-2.3&prompt=x', {
      answers: {
        'POST /v1/videos/estimate': {
          status: 400,
          body: errorOf('invalid_request', 'last_frame: needs a first frame', 'last_frame')
        }
      }
    })
    await tab.getByText('hailuo-2.3 makes silent videos.').waitFor()
    expect(await tab.getByRole('switch', { name: 'Sound' }).isDisabled()).toBe(true)
    await tab.getByText('needs a first frame').waitFor()
    await tab
      .getByRole('button', { name: /hailuo-2.3/ })
      .first()
      .click()
    const option = tab.getByRole('option', { name: /veo-3.1/ })
    await option.getByText('its channel is out of balance').waitFor()
    await picture(tab, 'playground-models', allLooks[0]!)
    await expectAccessible(tab)
  })

  it('takes an image from this computer, and one at an address', async () => {
    const tab = await open(shown)
    const dot = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=',
      'base64'
    )
    await tab
      .locator('input[type=file]')
      .first()
      .setInputFiles({ name: 'boat.png', mimeType: 'image/png', buffer: dot })
    await tab.getByRole('img', { name: 'boat.png' }).waitFor()
    await tab.getByRole('button', { name: 'URL of: Last frame' }).click()
    await tab.keyboard.type('https://images.example.com/end.png')
    await tab.keyboard.press('Enter')
    await tab.getByText('images.example.com').first().waitFor()
    expect(new URL(tab.url()).searchParams.get('last')).toBe('https://images.example.com/end.png')
    expect(await tab.locator('pre').first().innerText()).toContain('"first_frame": "data:image/png;base64,…"')
  })

  it('brings an earlier one back with its settings', async () => {
    const tab = await open('', { answers: detail(done!) })
    await tab.getByRole('complementary').getByRole('button').first().click()
    await tab.locator('video').first().waitFor()
    await expect.poll(() => tab.getByLabel('Prompt', { exact: true }).last().inputValue()).toBe(done!.prompt)
  })

  it('says what was refused', async () => {
    const tab = await open(shown, {
      answers: {
        'POST /v1/videos': { status: 429, body: errorOf('insufficient_quota', 'The budget of this key is spent.') }
      }
    })
    await tab.getByText('at most, for 5 s').waitFor()
    await tab.getByRole('button', { name: /Make video/ }).click()
    await tab.getByText('The budget of this key is spent.').waitFor()
  })

  it('is there for members', async () => {
    const tab = await open(shown, { answers: { 'GET /console/api/session': { body: member } } })
    await tab.getByText('runs as storyboard-app').waitFor()
    await expectAccessible(tab)
  })

  it('shows texts from outside as texts', async () => {
    const evil = '<img src=x onerror="window.hacked=1">'
    const tab = await open(`?prompt=${encodeURIComponent(evil)}&first=${encodeURIComponent(`https://x/${evil}`)}`, {
      answers: {
        'GET /v1/videos/models': { body: listOf([model(evil, '1', { unavailable_reason: evil, available: false })]) },
        'POST /v1/videos/estimate': { status: 400, body: errorOf('invalid_request', evil, 'prompt') }
      }
    })
    await tab.getByText(evil).first().waitFor()
    expect(await tab.evaluate('window.hacked')).toBeUndefined()
    tab.expectNoErrors()
  })
})
