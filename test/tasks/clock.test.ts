import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Key } from '../../src/db/index.ts'
import type { Services } from '../../src/services/index.ts'
import { UpstreamError } from '../../src/upstream/upstream-error.ts'
import { freshUrl, kinds } from '../support/database.ts'
import { makeFolder } from '../support/folder.ts'
import { answer, cloudswayAnswer, cloudswayChannel, cloudswayVideo, openNode } from '../support/node.ts'
import { forEachTest } from '../support/per-test.ts'

/* The machine's clock is set by two days while tasks wait, run, and rest (reliability R8): nothing ends too early, nothing is stuck. */

const HOUR = 3_600_000
const DAYS = 48 * HOUR

describe.each(kinds)('a clock that is set, on %s', kind => {
  const folder = forEachTest(() => makeFolder('clock'))
  const fresh = forEachTest(() => freshUrl(kind))
  let wall: number
  let monotonic: number
  let node: Services
  let key: Key
  let submits: number
  let polls: number
  let isLost: boolean
  let isDone: boolean
  let isAbsent: boolean
  let whileSubmitting: () => Promise<unknown>

  const open = () =>
    openNode({
      folder: folder.path,
      env: { DATABASE_URL: fresh.url },
      now: () => wall,
      monotonic: () => monotonic,
      exchange: {
        submit: async () => {
          await whileSubmitting()
          if (isLost) throw new UpstreamError('silence', { sent: true })
          return cloudswayAnswer(`job-${++submits}`, 'submitted')
        },
        ask: async () => {
          polls++
          if (isAbsent) return answer({ code: 1203, message: 'task not found' }, 404)
          const id = `job-${submits}`
          return isDone ? cloudswayAnswer(id, 'succeed', cloudswayVideo) : cloudswayAnswer(id, 'processing')
        }
      }
    })

  beforeEach(async () => {
    wall = Date.UTC(2026, 0, 5)
    monotonic = 0
    submits = polls = 0
    isLost = isDone = isAbsent = false
    whileSubmitting = async () => {}
    node = await open()
    await node.channels.create(cloudswayChannel({ name: 'only', max_concurrency: 1 }))
    ;({ key } = await node.keys.create({ name: 'k' }))
  })
  afterEach(() => node.close())

  const create = async () =>
    (await node.tasks.create(key, { model: 'kling-v1', prompt: 'p' }, { warnings: [] })).task.id
  const statusOf = async (id: string) => {
    const { task } = await node.tasks.inspect(id)
    return task.errorCode ?? task.status
  }

  async function pass(milliseconds: number) {
    wall += milliseconds
    monotonic += milliseconds
    await node.worker.tick()
  }

  /** One round of the loop, as the server runs it. */
  async function round() {
    node.loop.start()
    await node.loop.runNow()
    await node.loop.stop()
  }

  test('neither a queued nor a running task expires because the clock stepped two days forward', async () => {
    const [runs, waits] = [await create(), await create()]
    wall += DAYS
    await pass(1000)
    expect([await statusOf(runs), await statusOf(waits)]).toEqual(['in_progress', 'queued'])
    // as long as they may take, by a clock that stands right
    await pass(HOUR + 2000)
    expect([await statusOf(runs), await statusOf(waits)]).toEqual(['in_progress', 'expired'])
    isDone = true
    await pass(60_000)
    expect(await statusOf(runs)).toBe('completed')
  })

  test('a submit without an answer waits as long as it should before the vendor’s "never had it" is believed', async () => {
    isLost = true
    const id = await create()
    isLost = false
    isAbsent = true
    wall += DAYS
    await pass(1000)
    expect(polls).toBe(1)
    expect((await node.tasks.inspect(id)).attempts.map(({ outcome }) => outcome)).toEqual(['unknown'])
    await pass(91_000)
    expect((await node.tasks.inspect(id)).attempts[0]?.outcome).toBe('absent')
  })

  test.each(['while it runs', 'while it is down'])('a clock set back two days %s delays no task', async when => {
    const id = await create()
    const waits = await create()
    await pass(1000)
    isDone = true
    if (when === 'while it is down') {
      await node.close()
      wall -= DAYS
      node = await open()
    } else wall -= DAYS
    await round()
    await pass(2000)
    expect(await statusOf(id)).toBe('completed')
    await vi.waitFor(async () => expect(await statusOf(waits)).toBe('in_progress'))
    await pass(60_000)
    expect(await statusOf(waits)).toBe('completed')
  })

  test('a submit in flight while the clock is set back does not count as lost', async () => {
    whileSubmitting = async () => {
      wall -= DAYS
      isAbsent = true
      await round()
      await node.worker.tick()
      isAbsent = false
    }
    const id = await create()
    expect(polls).toBe(0)
    expect(await statusOf(id)).toBe('in_progress')
  })

  test('a submit of another node is left to it: this node’s clock may be the wrong one', async () => {
    let other: Services | undefined
    whileSubmitting = async () => {
      other = await openNode({
        folder: folder.path,
        env: { DATABASE_URL: fresh.url },
        now: () => wall - DAYS,
        exchange: { submit: async () => answer({}, 500), ask: async () => answer({}, 500) }
      })
      other.loop.start()
      await other.loop.runNow()
      await other.loop.stop()
      await node.worker.tick()
    }
    const id = await create()
    // nobody asked for it meanwhile
    expect(polls).toBe(0)
    expect(await statusOf(id)).toBe('in_progress')
    await other?.close()
  })

  test('a submit without an answer waits no longer because the clock was set back', async () => {
    isLost = isAbsent = true
    const id = await create()
    wall -= DAYS
    await round()
    await pass(91_000)
    await pass(91_000)
    expect((await node.tasks.inspect(id)).attempts[0]?.outcome).toBe('absent')
  })
})
