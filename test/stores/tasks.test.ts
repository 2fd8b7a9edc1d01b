import { eq, isNull } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { advance } from '../../src/domain/lifecycle.ts'
import { freshDatabase, kinds } from '../support/database.ts'
import { forEachTest } from '../support/per-test.ts'
import { route, keyRow, seededStores, taskRow } from '../support/rows.ts'

const video = { model: 'm', prompt: 'p', images: [], metadata: { deep: [1, { 键: true }] } }

describe.each(kinds)('task store on %s', kind => {
  const database = forEachTest(() => freshDatabase(kind))
  const tasks = forEachTest(async () => (await seededStores(database, { channel: { maxConcurrency: 2 } })).tasks)

  const create = async (id: string, more = {}) => {
    const { task, started } = await tasks.create(taskRow({ id, ...more }), video, [route], {
      owner: 'a',
      reconcileAt: 100_000,
      now: 1000
    })
    return { task, attempt: started[0]?.attempt ?? null }
  }
  const channel = async () => (await database.db.select().from(database.channels))[0]!
  const accepted = { type: 'accepted', operation: { id: 'u' }, upstreamId: 'u', pollIn: 10, deadlineAt: 1e12 } as const

  test('a created task round-trips, with its attempt written before anything is sent', async () => {
    const { attempt } = await create('video_1', {
      warnings: [{ field: 'fps', reason: 'é' }],
      price: 1_800_000_000_000,
      currency: 'USD'
    })
    expect(await tasks.get('video_1')).toMatchObject({
      prompt: 'hé 🎬',
      attemptId: attempt!.id,
      slot: true,
      price: 1_800_000_000_000,
      warnings: [{ reason: 'é' }]
    })
    expect(await tasks.request('video_1')).toEqual(video)
    expect(await tasks.attemptsOf('video_1')).toMatchObject([{ outcome: null, reference: attempt!.id }])
  })

  test('a row that is read synchronously is the row that drizzle reads', async () => {
    const { task } = await create('video_1', {
      warnings: [{ field: 'fps', reason: 'é "🎬"' }],
      seed: 7,
      cancelRequested: true,
      prices: [{ unit: 'video', amount: '1.00', currency: 'USD' }]
    })
    await tasks.apply(task, advance(task, accepted, 2000), 2000)
    const [row] = await database.db.select().from(database.tasks)
    expect(await tasks.look('video_1')).toEqual(row)
    expect(row).toMatchObject({ operation: { id: 'u' }, slot: true, cancelRequested: true, result: null })
    expect(await tasks.look('video_2')).toBeUndefined()
  })

  test('absent values are NULL to a query, also in JSON columns', async () => {
    await create('video_1')
    const { db, tasks: table } = database
    expect(await db.select({ id: table.id }).from(table).where(isNull(table.operation))).toHaveLength(1)
    expect(await db.select({ id: table.id }).from(table).where(isNull(table.result))).toHaveLength(1)
  })

  test('slots are exact under concurrent creates; the rest waits in fair order', async () => {
    await database.db.insert(database.keys).values(keyRow({ id: 'key_2' }))
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, n) => create(`video_${n + 10}`, { keyId: n < 18 ? 'key_1' : 'key_2' }))
    )
    expect(made.filter(({ attempt }) => attempt)).toHaveLength(2)
    expect((await channel()).inFlight).toBe(2)
    expect([...(await tasks.queuedByKey()).values()].reduce((sum, count) => sum + count, 0)).toBe(18)
    const order = await database.db.select().from(database.tasks).where(eq(database.tasks.keyId, 'key_2'))
    // the second key's first task stands beside the first key's first, not behind its eighteen
    expect(Math.min(...order.map(task => task.queueTag ?? 0))).toBeLessThanOrEqual(2)
  })

  test('a freed slot goes to the next queued task, once, whichever node asks', async () => {
    const [first] = [await create('video_1'), await create('video_2'), await create('video_3')]
    const done = (await tasks.apply(first!.task, advance(first!.task, { type: 'cancelled' }, 2000), 2000))!
    expect(done).toMatchObject({ status: 'failed', finishedAt: 2000, dueAt: null })
    expect((await channel()).inFlight).toBe(1)
    const waiting = (await tasks.nextWaiting(2000, { models: [], keys: [] }))[0]!
    expect(waiting.id).toBe('video_3')
    const started = await Promise.all(
      ['x', 'y', 'z'].map(owner => tasks.startWaiting(waiting, [route], { owner, reconcileAt: 9000, now: 2000 }))
    )
    expect(started.filter(one => typeof one !== 'string')).toHaveLength(1)
    expect((await channel()).inFlight).toBe(2)
  })

  test('models and keys without a free slot are left out, and the rest stays in order', async () => {
    await database.db.insert(database.keys).values(['key_2', 'key_3'].map(id => keyRow({ id })))
    await database.db.update(database.channels).set({ maxConcurrency: 0 })
    const waits = [
      ['video_1', 'key_1', 'a'],
      ['video_2', 'key_1', 'b'],
      ['video_3', 'key_2', 'c'],
      ['video_4', 'key_1', 'a'],
      ['video_5', 'key_2', 'b'],
      ['video_6', 'key_3', 'a']
    ] as const
    for (const [id, keyId, model] of waits) await create(id, { keyId, model })
    const next = async (models: string[], keys: string[], limit = 9) =>
      (await tasks.nextWaiting(1000, { models, keys }, limit)).map(({ id }) => id.slice('video_'.length)).join('')
    expect(await next([], [])).toBe('136254')
    expect(await next([], [], 2)).toBe('13')
    expect(await next(['a'], [])).toBe('325')
    expect(await next(['c', 'b'], [])).toBe('164')
    expect(await next([], ['key_1'])).toBe('365')
    expect(await next([], ['key_1', 'key_2'])).toBe('6')
    expect(await next(['a'], ['key_1'], 1)).toBe('3')
    expect(await next(['a', 'b', 'c'], [])).toBe('')
    expect(await next([], ['key_1', 'key_2', 'key_3'])).toBe('')
    expect(await tasks.nextWaiting(999, { models: [], keys: [] })).toEqual([])
  })

  test('a queued task past its deadline or to be cancelled is found, once', async () => {
    await database.db.update(database.channels).set({ maxConcurrency: 0 })
    for (const [id, deadlineAt] of [
      ['video_1', 5000],
      ['video_2', 9000],
      ['video_3', 9000],
      ['video_4', 5000]
    ] as const)
      await create(id, { deadlineAt })
    for (const id of ['video_3', 'video_4']) await tasks.requestCancel(id)
    const found = async (now: number) => (await tasks.waitedTooLong(now, 10)).map(({ id }) => id).sort()
    expect(await found(6000)).toEqual(['video_1', 'video_3', 'video_4'])
    expect(await found(5000)).toEqual(['video_3', 'video_4'])
  })

  test('a due task is claimed by one node only, and not again before its lease ends', async () => {
    const { task } = await create('video_1')
    const row = (await tasks.apply(task, advance(task, accepted, 2000), 2000))!
    expect(row).toMatchObject({ status: 'in_progress', dueAt: 2010, leaseOwner: null })
    const claims = await Promise.all(['a', 'b', 'c', 'd'].map(owner => tasks.claimDue(owner, 3000, 33_000, 10)))
    expect(claims.flat()).toHaveLength(1)
    expect(await tasks.claimDue('e', 4000, 34_000, 10)).toHaveLength(0)
    expect(await tasks.claimDue('e', 33_000, 63_000, 10)).toHaveLength(1)
  })

  test('the next due time is that of an unclaimed task', async () => {
    await database.db.update(database.channels).set({ maxConcurrency: 9 })
    for (const [id, pollIn] of [
      ['video_1', 1000],
      ['video_2', 2500]
    ] as const) {
      const { task } = await create(id)
      await tasks.apply(task, advance(task, { ...accepted, upstreamId: id, pollIn }, 2000), 2000)
    }
    expect(await tasks.nextDue(2000)).toBe(3000)
    await tasks.claimDue('a', 3000, 33_000, 1)
    expect(await tasks.nextDue(3000)).toBe(4500)
    expect(await tasks.nextDue(33_000)).toBe(3000)
    await tasks.claimDue('a', 4500, 34_500, 1)
    expect(await tasks.nextDue(4500)).toBeNull()
  })

  test('a write with an old fence changes nothing: not the task, not the slot, not the outbox', async () => {
    const { task } = await create('video_1')
    const row = (await tasks.apply(task, advance(task, accepted, 2000), 2000))!
    const [stale] = await tasks.claimDue('zombie', 3000, 4000, 1)
    const [fresh] = await tasks.claimDue('heir', 4000, 9000, 1)
    const failed = { type: 'failed', failure: { kind: 'server', message: 'x' } } as const
    expect(await tasks.apply(stale!, advance(stale!, failed, 5000), 5000)).toBeNull()
    const running = { type: 'running', pollIn: 7 } as const
    expect(await tasks.apply(stale!, advance(stale!, running, 5000), 5000)).toBeNull()
    expect(await tasks.get(row.id)).toMatchObject({ fence: fresh!.fence, leaseOwner: 'heir' })
    expect((await channel()).inFlight).toBe(1)
    expect(await tasks.apply(fresh!, advance(fresh!, { type: 'running', pollIn: 5 }, 5000), 5000)).not.toBeNull()
    expect((await tasks.eventsOf(row.id)).map(({ type }) => type)).toEqual(['video.queued', 'video.in_progress'])
  })

  test('an ended task is settled once: a second end is refused', async () => {
    const { task } = await create('video_1', { price: 5, currency: 'USD' })
    const running = (await tasks.apply(task, advance(task, accepted, 2000), 2000))!
    const end = advance(running, { type: 'failed', failure: { kind: 'server', message: 'x' } }, 3000)
    const ends = await Promise.all([1, 2, 3].map(() => tasks.apply(running, end, 3000)))
    expect(ends.filter(Boolean)).toHaveLength(1)
    const entries = await database.db.select().from(database.ledger)
    expect(entries.map(({ kind: entry }) => entry).sort()).toEqual(['hold', 'release'])
    expect((await channel()).inFlight).toBe(0)
    expect(await tasks.request('video_1')).toBeUndefined()
  })

  test('a refused create leaves nothing behind, and does not swallow its neighbour', async () => {
    const refused = tasks.create(taskRow({ id: 'video_1' }), video, [route], {
      owner: 'a',
      reconcileAt: 1,
      now: 1,
      check: async () => {
        throw new Error('over budget')
      }
    })
    const neighbour = create('video_2')
    await expect(refused).rejects.toThrow('over budget')
    await neighbour
    expect(await tasks.get('video_1')).toBeUndefined()
    expect(await tasks.get('video_2')).toBeDefined()
    expect((await channel()).inFlight).toBe(1)
  })

  test('lists are newest first, own only, and page by id', async () => {
    for (const id of ['video_1', 'video_2', 'video_3']) await create(id)
    await tasks.remove('video_2', 5)
    const ids = (await tasks.list({ keyId: 'key_1', limit: 10, order: 'desc' })).map(({ id }) => id)
    expect(ids).toEqual(['video_3', 'video_1'])
    expect(
      (await tasks.list({ keyId: 'key_1', limit: 10, order: 'desc', after: 'video_3' })).map(({ id }) => id)
    ).toEqual(['video_1'])
    expect(await tasks.list({ keyId: 'key_9', limit: 10, order: 'desc' })).toEqual([])
  })

  test('the database refuses an ended task without a time, and a second ledger entry of a kind', async () => {
    await create('video_1')
    await expect(
      database.db.update(database.tasks).set({ status: 'failed' }).where(eq(database.tasks.id, 'video_1'))
    ).rejects.toThrow()
    await expect(database.db.insert(database.requests).values({ taskId: 'nobody', video })).rejects.toThrow()
  })
})
