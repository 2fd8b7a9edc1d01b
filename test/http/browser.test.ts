import { beforeAll, expect, test } from 'vitest'
import { findFfmpeg } from '../../src/assets/thumbnail.ts'
import { describeWithChromium, openTab } from '../support/chromium.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* `url` in a tab of a real browser: its player plays, its image shows, and no rule of ours stops a part of it. */

const hasFfmpeg = await findFfmpeg()

describeWithChromium('in a tab of Chromium', () => {
  const server = forAllTests(() => startTestServer({ env: { SANDBOX: 'on', ARCHIVE_URL: '' } }))
  let id: string
  beforeAll(async () => {
    id = await server.newVideo({ model: 'sora-2', size: '1280x720', seconds: '4' })
    await server.finished(id)
    await server.services.archiver!.tick()
  })

  /** Opens a tab at the video's link, as anybody does who clicks it. */
  async function openLink(more = '') {
    const { body } = await server.call('GET', `/v1/videos/${id}`)
    const tab = await openTab()
    const complaints: string[] = []
    tab.on('console', message => complaints.push(message.text()))
    await tab.goto(body.url + more)
    return { tab, complaints }
  }

  test('the video plays to its end, and can be sought', async () => {
    const { tab, complaints } = await openLink()
    const ask = (script: string) => tab.evaluate(`(video => ${script})(document.querySelector('video'))`)
    await ask('video.play()')
    await expect.poll(() => ask('video.currentTime')).toBeGreaterThan(0.2)
    const { metadata } = (await server.call('GET', `/v1/videos/${id}`)).body
    expect(await ask('[video.videoWidth, video.videoHeight, video.duration]')).toEqual([
      metadata.width,
      metadata.height,
      4
    ])
    await ask('void (video.currentTime = 3.8)')
    await expect.poll(() => ask('video.ended')).toBe(true)
    expect(complaints).toEqual([])
  })

  // made by ffmpeg, since this vendor makes none
  test.runIf(hasFfmpeg || process.env.CI)('the thumbnail is shown', async () => {
    const { tab, complaints } = await openLink('&variant=thumbnail')
    await expect.poll(() => tab.evaluate('document.images[0].naturalWidth')).toBe(640)
    expect(complaints).toEqual([])
  })
})
