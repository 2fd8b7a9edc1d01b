import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Services } from '../../src/services/index.ts'
import { makeFolder } from '../support/folder.ts'
import { cloudswayAnswer, cloudswayChannel, openNode } from '../support/node.ts'
import { forEachTest } from '../support/per-test.ts'

/* Whatever goes wrong in the steps of a task, its deadline ends it, and it is never looked at in a rush. */

const MINUTE = 60_000
const folder = forEachTest(() => makeFolder('deadline'))
let clock: number
let asked: number[]
let node: Services
let onAsk: () => Promise<ReturnType<typeof cloudswayAnswer>>

beforeEach(async () => {
  clock = Date.UTC(2026, 0, 1)
  asked = []
  onAsk = async () => cloudswayAnswer('up-1', 'processing')
  node = await openNode({
    folder: folder.path,
    now: () => clock,
    env: { TASK_DEADLINE_MS: String(MINUTE) },
    exchange: {
      submit: async () => cloudswayAnswer('up-1', 'submitted'),
      ask: async () => {
        asked.push(clock)
        return onAsk()
      }
    }
  })
  await node.channels.create(cloudswayChannel({ name: 'c' }))
})
afterEach(() => node.close())

async function create() {
  const { key } = await node.keys.create({ name: 'k' })
  const { task } = await node.tasks.create(key, { model: 'kling-v1', prompt: 'p' }, { warnings: [] })
  return { get: () => node.tasks.get(key, task.id) }
}

async function pass(milliseconds: number, step = 250) {
  for (const end = clock + milliseconds; clock < end; clock += step) await node.worker.tick()
}

test('a step that throws counts, waits longer each time, and ends at the deadline', async () => {
  onAsk = async () => {
    throw new TypeError('a bug of ours')
  }
  const { get } = await create()
  await pass(MINUTE - 1000)
  const waiting = await get()
  expect(waiting).toMatchObject({ status: 'in_progress' })
  expect(waiting.tries).toBeGreaterThan(3)
  expect(asked.length).toBeLessThan(12)
  await pass(2000)
  expect(await get()).toMatchObject({ status: 'failed', errorCode: 'expired' })
})

test('a database that is away for the whole time ends nothing', async () => {
  onAsk = async () => {
    throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' })
  }
  const { get } = await create()
  await pass(3 * MINUTE, 1000)
  expect(await get()).toMatchObject({ status: 'in_progress', tries: 0 })
})

test('the last look is at the deadline, not up to a minute after it', async () => {
  onAsk = async () => cloudswayAnswer('', '')
  const { get } = await create()
  await pass(MINUTE + 1000)
  expect(await get()).toMatchObject({ status: 'failed', errorCode: 'expired' })
})
