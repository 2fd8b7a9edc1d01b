import { describe, expect, test } from 'vitest'
import { bodyTextOf, messageOf, subjectOf } from '../../src/alerts/message.ts'
import { wecom } from '../../src/alerts/wires/wecom.ts'
import { loadConfig } from '../../src/config.ts'
import { shownConfig } from '../../src/config-text.ts'
import type { Incident } from '../../src/db/index.ts'

/* What operators read, and how targets are given. */

const incident = (fields: Partial<Incident>): Incident => ({
  id: 'inc_1',
  kind: 'archive',
  subject: '',
  severity: 'bad',
  facts: {},
  openedAt: Date.UTC(2026, 10, 30, 14, 2),
  seenAt: 0,
  closedAt: Date.UTC(2026, 10, 30, 16, 7),
  ...fields
})
const whole = (fields: Partial<Incident>, phase: 'opened' | 'recovered') => {
  const message = messageOf(incident(fields), phase, 'https://video.example.com/')
  return `${subjectOf(message)}\n${bodyTextOf(message)}`
}

describe('messages say what happened, since when, and what to do', () => {
  test('an unknown outcome', () => {
    expect(whole({ kind: 'needs_decision', facts: { count: 1 } }, 'opened')).toBe(
      `[reelay] 1 video has an unknown outcome
The vendor may or may not make the video: its answer to the request was lost, and it cannot be asked. The price is held until somebody decides.
Since: 2026-11-30 14:02 UTC
Look in the console of the vendor whether the video was made, then decide on the page of the task or with: reelay tasks resolve
https://video.example.com/console/tasks?state=needs_decision`
    )
  })

  test('the archive, and its recovery', () => {
    expect(whole({ facts: { count: 4, reason: 'Access Denied' } }, 'opened')).toContain(
      '4 files cannot be archived\nEach is tried again, but vendors delete their files after some hours or days.\nSince: 2026-11-30 14:02 UTC\nLast error: Access Denied\n'
    )
    expect(whole({}, 'recovered')).toBe(
      `[reelay] Recovered: the archive
No file waits for it any more.
From: 2026-11-30 14:02 UTC
To: 2026-11-30 16:07 UTC
Lasted: 2 hours 5 minutes
https://video.example.com/console/settings/archive`
    )
  })

  test('a disk', () => {
    const facts = { name: '/data', host: 'node-1', free_bytes: 8e8, total_bytes: 100e9 }
    const subject = 'node-1:/data'
    expect(whole({ kind: 'disk', subject, facts }, 'opened')).toContain(
      'The disk of node-1 is full\n0.8 GB of 100.0 GB are free in /data. Without space no request can be accepted.\n'
    )
    expect(whole({ kind: 'disk', subject, facts, severity: 'warn' }, 'opened')).toContain('node-1 is almost full')
  })

  test('a reason that nobody foresaw, and no link without PUBLIC_URL', () => {
    const facts = { name: 'main', reason: 'permission' }
    const message = messageOf(incident({ kind: 'channel_disabled', subject: 'chan_1', facts }), 'opened', undefined)
    expect(message).toMatchObject({
      title: 'Channel "main" is disabled',
      summary: 'The vendor refuses the account (permission), so nothing is submitted to it.',
      link: null
    })
  })

  test('WeCom takes 2048 bytes: longer texts are cut after a whole character', () => {
    const message = messageOf(incident({ facts: { reason: '错误'.repeat(1000) } }), 'opened', undefined)
    const target = { id: 'wecom-1', kind: 'wecom' as const, address: 'https://x.test/', secret: null, shown: '' }
    const { body } = wecom.write(target, { id: 'alt_1', phase: 'opened', incident: null, message }, 0)
    const { content } = JSON.parse(body).text
    expect(Buffer.byteLength(content)).toBeGreaterThan(2040)
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(2048)
    expect(content).toMatch(/错误?$/)
  })
})

describe('ALERTS', () => {
  const load = (ALERTS: string, more = {}) => loadConfig({ ALERTS, ...more })

  test('is read, and shown without what is secret', () => {
    const config = load(
      'dingtalk:https://oapi.dingtalk.com/robot/send?access_token=abc&secret=SEC1+2\nmailto:ops@example.com,slack:https://hooks.slack.com/services/T/B/x',
      { SMTP_URL: 'smtps://me:hunter2@smtp.example.com' }
    )
    expect(config.ALERTS).toEqual([
      {
        id: expect.stringMatching(/^dingtalk-[0-9a-f]{8}$/),
        kind: 'dingtalk',
        address: 'https://oapi.dingtalk.com/robot/send?access_token=abc',
        secret: 'SEC1+2',
        shown: 'https://oapi.dingtalk.com/…'
      },
      expect.objectContaining({ kind: 'mailto', address: 'ops@example.com', shown: 'ops@example.com' }),
      expect.objectContaining({ kind: 'slack', address: 'https://hooks.slack.com/services/T/B/x', secret: null })
    ])
    expect(shownConfig(config)).toMatchObject({
      ALERTS: 'dingtalk:https://oapi.dingtalk.com/…, mailto:ops@example.com, slack:https://hooks.slack.com/…',
      SMTP_URL: 'smtps://…@smtp.example.com'
    })
  })

  test.each([
    ['teams:https://x.test/hidden', /ALERTS: entry 1 must begin with slack:, feishu:/],
    ['mailto:a@b.test, slack:hidden', /ALERTS: entry 2 \(slack\) must be slack: and an https:\/\/ URL/],
    ['mailto:hidden', /ALERTS: entry 1 \(mailto\) must be an e-mail address/],
    ['webhook:https://x.test/hidden', /ALERTS: entry 1 \(webhook\) needs secret=whsec_… in its query/],
    ['slack:https://x.test/hidden slack:https://x.test/hidden', /ALERTS: slack:https:\/\/x\.test\/… is there twice/]
  ])('%s is refused', (text, message) => {
    expect(() => load(text)).toThrow(message)
    expect(() => load(text)).not.toThrow(/hidden/)
  })
})
