import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { Channel } from '../../src/db/index.ts'
import type { ChannelStore } from '../../src/stores/channels.ts'
import { createChannelHealth } from '../../src/tasks/channel-health.ts'
import type { Routing } from '../../src/tasks/routing.ts'
import { channelRow } from '../support/rows.ts'

const NOW = 1_000_000
const missing = { kind: 'not_found', message: 'no such model', modelOnly: true, retryAfterSeconds: 60 } as const

/** The health of one channel, kept in memory. `onProbe`: what happens while its credential is tried. */
function healthOf(row: Channel, { works = true, onProbe = async () => {} } = {}) {
  const kept = { row }
  const channels = {
    get: async () => kept.row,
    list: async () => [kept.row],
    setHealth: async (_id: string, set: Partial<Channel>) => void (kept.row = { ...kept.row, ...set })
  } as unknown as ChannelStore // true because health calls nothing else
  const health = createChannelHealth({
    channels,
    routing: { changed: () => {} } as unknown as Routing, // true because health calls nothing else
    log: pino({ level: 'silent' }),
    now: () => NOW,
    async probe() {
      await onProbe()
      return works
    }
  })
  return { kept, health }
}

test('a submit that is accepted ends no rest that began after it was sent', async () => {
  const before = channelRow({ health: { state: 'cooling', since: 1, failures: 1 } })
  const { kept, health } = healthOf(before)
  await health.recordRejection(before, missing, 'a')
  await health.recordSubmit(before, true)
  expect(kept.row.health).toMatchObject({ state: 'ok', resting: { a: NOW + 60_000 } })
})

test('nor does one that is refused, or a probe', async () => {
  const before = channelRow({ health: { state: 'disabled', since: 1, resting: { old: 2 } } })
  const { kept, health } = healthOf(before, {
    works: false,
    onProbe: () => health.recordRejection(before, missing, 'a')
  })
  await health.revive()
  expect(kept.row.health).toMatchObject({ state: 'disabled', since: NOW, resting: { a: NOW + 60_000 } })
  await health.recordRejection(before, { kind: 'rate_limit', message: 'slow down' }, 'b')
  expect(kept.row.health).toMatchObject({ state: 'cooling', resting: { a: NOW + 60_000 } })
})
