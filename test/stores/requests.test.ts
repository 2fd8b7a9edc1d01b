import { describe, expect, test } from 'vitest'
import { ApiError } from '../../src/errors.ts'
import type { Task } from '../../src/db/index.ts'
import { advance, type TaskEvent } from '../../src/domain/lifecycle.ts'
import { createSlotStore } from '../../src/stores/slots.ts'
import { createUnresolvedStore } from '../../src/stores/unresolved.ts'
import { freshDatabase, kinds } from '../support/database.ts'
import { forEachTest } from '../support/per-test.ts'
import { route, seededStores, taskRow } from '../support/rows.ts'

const source = 'x'.repeat(1000)
const video = { model: 'm', prompt: 'a cat', images: [{ source, role: 'first' as const }], metadata: {} }

describe.each(kinds)('requests on %s', kind => {
  const database = forEachTest(() => freshDatabase(kind))
  const stores = forEachTest(() => seededStores(database))

  const options = { owner: 'a', reconcileAt: 100_000, now: 1000 }
  const stored = async () => (await database.db.select().from(database.requests)).map(({ taskId }) => taskId)
  const failed: TaskEvent = { type: 'failed', failure: { kind: 'server', message: 'x' } }

  async function end(id: string, event: TaskEvent = failed) {
    const task = (await stores.tasks.get(id))!
    return (await stores.tasks.apply(task, advance(task, event, 2000), 2000))!
  }

  /** A task for three videos, fanned out. */
  async function fannedOut(more: Partial<Task> = {}) {
    const parent = taskRow({ id: 'video_1', n: 3, fence: 1 })
    const children = ['video_2', 'video_3', 'video_4'].map(id => taskRow({ id, parentId: parent.id, ...more }))
    await stores.tasks.create(parent, video, [route], { ...options, children })
    return children.map(({ id }) => id)
  }

  test('a fanned-out task and its child tasks share one, which tells its size', async () => {
    const children = await fannedOut()
    expect(await stored()).toEqual(['video_1'])
    for (const id of ['video_1', ...children]) {
      expect(await stores.tasks.request(id)).toEqual(video)
      expect(await stores.tasks.requestSize(id)).toBe(1005)
    }
    expect([await stores.tasks.request('video_9'), await stores.tasks.requestSize('video_9')]).toEqual([
      undefined,
      undefined
    ])
  })

  test('large images are kept in pieces, beside small ones; they go with the request, and when it is refused', async () => {
    const images = () => database.db.select().from(database.requestImages)
    const [small, large] = ['a', 'b'.repeat(2_500_000)]
    const mixed = {
      ...video,
      images: [small, large, small, large].map(one => ({ source: one, role: 'first' as const }))
    }
    await stores.tasks.create(taskRow({ id: 'video_1', fence: 1 }), mixed, [route], options)
    expect(await stores.tasks.request('video_1')).toEqual(mixed)
    expect(await images()).toHaveLength(6)
    expect(JSON.stringify(await database.db.select().from(database.requests)).length).toBeLessThan(1000)
    const check = async () => {
      throw new ApiError('insufficient_quota')
    }
    await expect(
      stores.tasks.create(taskRow({ id: 'video_2' }), mixed, [route], { ...options, check })
    ).rejects.toThrow()
    expect(await images()).toHaveLength(6)
    await end('video_1')
    expect([await images(), await stored()]).toEqual([[], []])
  })

  test('it goes with the last of them', async () => {
    const children = await fannedOut()
    for (const id of children) {
      await end(id)
      expect(await stores.tasks.request(id)).toEqual(video)
    }
    await end('video_1')
    expect(await stored()).toEqual([])
  })

  test('it stays for a child task whose outcome is unknown, until that is decided', async () => {
    const [first, ...others] = await fannedOut({ price: 5, currency: 'USD' })
    const doubted = await end(first!, { type: 'outcome_unknown' })
    for (const id of [...others, 'video_1']) await end(id)
    expect(await stores.tasks.request(first!)).toEqual(video)
    const unresolved = createUnresolvedStore(database, stores.ledger, createSlotStore(database))
    expect(await unresolved.settle(doubted, 'release', 'lost', 3000)).toBe(true)
    expect(await stored()).toEqual([])
  })

  test('of two such child tasks, the last that is decided takes it away', async () => {
    const children = await fannedOut({ price: 5, currency: 'USD' })
    const doubted = []
    for (const id of children) doubted.push(await end(id, { type: 'outcome_unknown' }))
    await end('video_1')
    const unresolved = createUnresolvedStore(database, stores.ledger, createSlotStore(database))
    for (const task of doubted) {
      expect(await stored()).toEqual(['video_1'])
      await unresolved.settle(task, 'capture', 'charged', 3000)
    }
    expect(await stored()).toEqual([])
  })

  test('a child task of an earlier version has its own, which goes with it', async () => {
    const [first] = await fannedOut()
    await database.db.insert(database.requests).values({ taskId: first!, video, bytes: 0 })
    await end(first!)
    expect(await stored()).toEqual(['video_1'])
  })

  test('a task for several videos that its vendor makes at once has one, which goes with it', async () => {
    await stores.tasks.create(taskRow({ id: 'video_1', n: 3 }), video, [route], options)
    expect(await stored()).toEqual(['video_1'])
    await end('video_1')
    expect(await stored()).toEqual([])
  })
})
