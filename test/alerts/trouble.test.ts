import { describe, expect, test } from 'vitest'
import type { AttentionItem } from '../../src/admin/attention.ts'
import { createLookout } from '../../src/alerts/lookout.ts'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { startTargets } from './targets.ts'

/* What goes wrong without an end: a channel that does not recover, files that are lost. What passes by itself is told to nobody. */

const MINUTE = 60_000
const wires = ['slack', 'feishu', 'dingtalk', 'wecom', 'webhook']
const rejection = (status: number, code: number) => ({ status, body: { code, message: 'no', request_id: 'r' } })

describe.each(kinds)('trouble that stays, on %s', kind => {
  const vendor = forEachTest(() => startFakeCloudsway({ onPoll: () => 'succeed' }))
  const targets = forEachTest(startTargets)
  const server = forEachTest(() =>
    startTestServer({ kind, channel: vendor.channel({ name: 'first' }), env: { ...targets.env, ARCHIVE_URL: '' } })
  )

  async function look(after = 0) {
    await server.advance(after)
    await server.services.alerts.notifier.runNow()
  }
  const submit = () => server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat' })
  const told = (wire: string) => targets.posts(wire).map(({ body }) => JSON.parse(body))
  const titles = () => told('slack').map(({ text }) => text.split('\n')[0])
  async function lookFor(minutes: number) {
    for (let passed = 0; passed < minutes; passed += 4) await look(4 * MINUTE)
  }

  test('a channel that no submit gets through to: told once, over when one is accepted, and not while it is disabled', async () => {
    vendor.onSubmit = () => rejection(429, 1302)
    const { body: waiting } = await submit()
    await server.call('POST', `/v1/videos/${waiting.id}/cancel`)
    await look(12 * MINUTE)
    expect(titles()).toEqual([])
    vendor.onSubmit = () => 'accept'
    await submit()

    vendor.onSubmit = () => ({ ...rejection(503, 5001), headers: { 'retry-after': '900' } })
    await submit()
    await look()
    expect(titles()).toEqual([])
    await lookFor(16)
    const title = '[reelay] Channel "first" does not recover'
    expect(titles()).toEqual([`*${title}*`])
    for (const wire of wires) expect([wire, targets.posts(wire).length]).toEqual([wire, 1])
    expect(targets.mails).toHaveLength(1)
    const { id } = (await server.call('GET', '/admin/channels')).body.data[0]
    expect(told('webhook')[0]).toMatchObject({
      type: 'alert.opened',
      data: {
        kind: 'channel_cooling',
        subject: id,
        severity: 'warn',
        summary: 'Cloudsway (Kling) fails at submits. Only one trial at a time is sent to it, until one is accepted.'
      }
    })
    expect(told('slack')[0].text).toContain('\nFailed in a row: 1 submit\n')

    vendor.onSubmit = () => rejection(401, 1000)
    // its free probe enables it again each minute
    for (let minutes = 0; minutes < 8; minutes += 4) {
      await submit()
      await look()
      await server.advance(4 * MINUTE)
    }
    expect(titles().slice(1)).toEqual(['*[reelay] Channel "first" is disabled*'])
    vendor.onSubmit = () => 'accept'
    await server.call('PATCH', `/admin/channels/${id}`, { credential: 'new' })
    await submit()
    await lookFor(8)
    expect(titles().slice(2)).toEqual(Array(2).fill('*[reelay] Recovered: channel "first"*'))
  })

  test('files that are lost: one message for all of a day, and no recovery', async () => {
    vendor.fileStatus = 404
    const videos = [await server.finished(await server.newVideo()), await server.finished(await server.newVideo())]
    const lost = () => told('slack').filter(({ text }) => /lost/.test(text))
    const latest = async () => (await server.call('GET', '/admin/alerts')).body.data[0]
    for (let hours = 0; hours < 48 && (await latest())?.title !== '2 files are lost'; hours++) await look(61 * MINUTE)
    await lookFor(10)
    expect(lost()).toHaveLength(1)
    expect(lost()[0].text).toMatch(/^\*\[reelay\] (1 file is|2 files are) lost\*\n/)
    expect(lost()[0].text).toMatch(/\nLast error: the vendor answered HTTP 404 for the file\n/)
    expect(await latest()).toMatchObject({
      kind: 'files_lost',
      severity: 'bad',
      title: '2 files are lost',
      closed_at: null
    })

    for (const { id } of videos) await server.call('DELETE', `/v1/videos/${id}`)
    await lookFor(12)
    expect(lost()).toHaveLength(1)
    expect(titles().filter(title => title.includes('Recovered'))).toEqual(['*[reelay] Recovered: the archive*'])
  })
})

test.each([
  ['server', 5000, 1, false],
  ['server', 600_000, 8, true],
  ['server', 1000, 7, false],
  ['server', 1000, 8, true],
  ['rate_limit', 1000, 50, false],
  ['concurrency_limit', 600_000, 10, true]
])(
  '%s: a pause of %i ms after %i failures in a row is an incident: %s',
  async (reason, pause, failures, isIncident) => {
    const since = 1_790_000_000_123
    const item: AttentionItem = {
      kind: 'channel_cooling',
      severity: 'warn',
      subject: { type: 'channel', id: 'chan_1', name: 'first' },
      since,
      reason,
      facts: { failures, until: Math.floor((since + pause) / 1000) },
      action: { label_key: 'open_channel', href: '/channels/chan_1' }
    }
    const look = createLookout({
      attention: { list: async () => [item] },
      budgets: { used: async () => [] },
      assets: { lost: async () => [] },
      host: 'node-1',
      now: () => since
    })
    expect((await look()).map(({ kind }) => kind)).toEqual(isIncident ? ['channel_cooling'] : [])
  }
)
