import { pino } from 'pino'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Channel } from '../../src/db/index.ts'
import { createVault } from '../../src/lib/vault.ts'
import { createRouting } from '../../src/tasks/routing.ts'
import { credentialContext } from '../../src/lib/encryption-context.ts'
import { vendors } from '../../src/vendors/index.ts'
import { channelRow } from '../support/rows.ts'

const vault = createVault(Buffer.alloc(32, 1))
const list = vi.fn<() => Promise<Channel[]>>()
let routing: ReturnType<typeof createRouting>
let at = 0

/** A channel whose credential can be decrypted. */
const usable = (more: Partial<Channel> = {}) =>
  channelRow({ credential: vault.encrypt('{}', credentialContext(more.id ?? 'chan_1')), ...more })

beforeEach(() => {
  list.mockReset().mockResolvedValue([usable()])
  routing = createRouting({
    channels: { list } as unknown as Parameters<typeof createRouting>[0]['channels'], // names are asked of `list` alone
    models: { list: async () => [] } as unknown as Parameters<typeof createRouting>[0]['models'], // the same
    vendors,
    vault,
    now: () => at,
    random: () => 0.5,
    sandbox: 'off',
    log: pino({ level: 'silent' })
  })
})

test('rows are read once for concurrent callers, and again a second later or when the read failed', async () => {
  list.mockRejectedValueOnce(new Error('the connection broke'))
  await Promise.allSettled(Array.from({ length: 100 }, () => routing.names()))
  expect(list).toHaveBeenCalledTimes(1)
  const flood = await Promise.all(Array.from({ length: 100 }, () => routing.names()))
  expect(new Set(flood.flat())).toEqual(new Set(['m']))
  expect(list).toHaveBeenCalledTimes(2)
  at += 1000
  await routing.names()
  expect(list).toHaveBeenCalledTimes(3)
})

test('a change is seen at once, also when rows read before it arrive after it', async () => {
  const slow = Promise.withResolvers<Channel[]>()
  list.mockReturnValueOnce(slow.promise)
  const before = routing.names()
  routing.changed()
  list.mockResolvedValue([])
  expect(await routing.names()).toEqual([])
  slow.resolve([usable()])
  expect(await before).toEqual(['m'])
  expect(await routing.names()).toEqual([])
})
