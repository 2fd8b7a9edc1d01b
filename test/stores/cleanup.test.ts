import { beforeEach, describe, expect, test } from 'vitest'
import type { Delivery } from '../../src/db/index.ts'
import { lowestId } from '../../src/lib/ids.ts'
import { createDeliveryStore } from '../../src/stores/deliveries.ts'
import { createExchangeStore } from '../../src/stores/exchanges.ts'
import { createIdempotencyStore } from '../../src/stores/idempotency.ts'
import { createSessionStore } from '../../src/stores/sessions.ts'
import { createCleanup } from '../../src/tasks/cleanup.ts'
import { freshDatabase, kinds } from '../support/database.ts'
import { forEachTest } from '../support/per-test.ts'
import { keyRow, route, seededStores, taskRow } from '../support/rows.ts'

const DAY = 86_400_000
const NOW = 1_767_000_000_000

describe.each(kinds)('rows that have served their time, on %s', kind => {
  const database = forEachTest(() => freshDatabase(kind))

  beforeEach(async () => {
    await database.db.insert(database.keys).values(keyRow())
    await database.db.insert(database.events).values({
      id: 'evt_1',
      type: 'video.completed',
      taskId: null,
      keyId: 'key_1',
      data: {},
      createdAt: 1
    })
  })

  const delivery = (partition: string, createdAt: number, dueAt: number | null): Delivery => ({
    id: `${lowestId('dlv', createdAt)}7${partition}`,
    eventId: 'evt_1',
    endpointId: null,
    taskId: null,
    partition,
    url: 'https://example.com',
    status: dueAt === null ? 'delivered' : 'pending',
    tries: 1,
    attempts: [],
    responseStatus: 200,
    responseBody: 'ok',
    error: null,
    dueAt,
    leaseUntil: null,
    giveUpAt: 0,
    createdAt,
    deliveredAt: dueAt === null ? createdAt : null
  })

  test('are deleted: keys of 72 hours ago, finished deliveries of 30 days ago, however many; pending and younger ones stay', async () => {
    const { db, deliveries, exchanges, idempotency, requestImages } = database
    const key = { keyId: 'key_1', fingerprint: 'f', taskId: 'video_1' }
    await db.insert(idempotency).values([
      { ...key, idempotencyKey: 'old', createdAt: NOW - 3 * DAY - 1 },
      { ...key, idempotencyKey: 'young', createdAt: NOW - 3 * DAY }
    ])
    const old = NOW - 31 * DAY
    const many = Array.from({ length: 1100 }, (_, n) => delivery(`l${n}`, old + n, null))
    for (let at = 0; at < many.length; at += 100) await db.insert(deliveries).values(many.slice(at, at + 100))
    await db.insert(deliveries).values([delivery('waits', old + 2000, NOW), delivery('young', NOW - 29 * DAY, null)])

    const exchange = (at: number) => ({
      id: `${lowestId('exc', at)}x`,
      taskId: 'video_1',
      step: 'poll' as const,
      request: { method: 'GET', url: 'https://vendor.test', headers: {}, body: null },
      startedAt: at,
      milliseconds: 1,
      firstAt: at
    })
    await db.insert(exchanges).values([exchange(NOW - 15 * DAY), exchange(NOW - 13 * DAY)])

    const { tasks } = await seededStores(database, { key: { id: 'key_2', hash: 'key_2' } })
    const large = {
      model: 'm',
      prompt: 'p',
      images: [{ source: 'A'.repeat(2_500_000), role: 'first' as const }],
      metadata: {}
    }
    const idAt = (time: number) => `${lowestId('video', time)}x`
    await tasks.create(taskRow({ id: idAt(NOW - DAY), keyId: 'key_2' }), large, [route], {
      owner: 'a',
      reconcileAt: NOW,
      now: NOW
    })
    const left = (time: number) => ({ taskId: idAt(time), image: 0, piece: 0, text: 'left by a crash' })
    await db.insert(requestImages).values([left(NOW - DAY - 1), left(NOW - DAY + 1), left(NOW)])

    await createCleanup({
      tasks,
      idempotency: createIdempotencyStore(database),
      deliveries: createDeliveryStore(database),
      sessions: createSessionStore(database),
      exchanges: createExchangeStore(database),
      exchangesMs: () => 14 * DAY,
      now: () => NOW
    })()
    expect((await db.select().from(deliveries)).map(({ partition }) => partition).sort()).toEqual(['waits', 'young'])
    expect((await db.select().from(exchanges)).map(row => row.startedAt)).toEqual([NOW - 13 * DAY])
    const images = await db.select().from(requestImages)
    expect(images.map(row => row.taskId)).toEqual([...Array(3).fill(idAt(NOW - DAY)), idAt(NOW)])
    expect((await db.select().from(idempotency)).map(row => row.idempotencyKey)).toEqual(['young'])
  })
})
