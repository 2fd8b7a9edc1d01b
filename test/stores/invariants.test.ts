import { beforeEach, describe, expect, test } from 'vitest'
import { createInvariants } from '../../src/stores/audit-slots.ts'
import { freshDatabase, kinds } from '../support/database.ts'
import { forEachTest } from '../support/per-test.ts'
import { channelRow, keyRow, taskRow } from '../support/rows.ts'

describe.each(kinds)('invariants on %s', kind => {
  const database = forEachTest(() => freshDatabase(kind))

  beforeEach(async () => {
    const { db, keys, channels, tasks } = database
    await db.insert(keys).values([keyRow({ inFlight: 1 }), keyRow({ id: 'key_2', createdAt: 7000 })])
    await db.insert(channels).values([channelRow({ inFlight: 1 }), channelRow({ id: 'chan_2' })])
    await db
      .insert(tasks)
      .values([
        taskRow({ channelId: 'chan_1', slot: true }),
        taskRow({ id: 'video_2', channelId: 'chan_1', slot: false })
      ])
  })

  test('slots: nothing is wrong while each counter is the number of tasks that hold one', async () => {
    expect(await createInvariants(database).wrongSlots()).toEqual([])
  })

  test('slots: a counter too high and one too low are named with both numbers', async () => {
    const { db, channels, keys } = database
    await db.update(channels).set({ inFlight: 2 })
    await db.update(keys).set({ inFlight: 0 })
    expect(new Set(await createInvariants(database).wrongSlots())).toEqual(
      new Set([
        { id: 'chan_1', counted: 2, taken: 1 },
        { id: 'chan_2', counted: 2, taken: 0 },
        { id: 'key_1', counted: 0, taken: 1 }
      ])
    )
  })

  test('the newest time is that of the newest row, null in an empty database', async () => {
    const invariants = createInvariants(database)
    expect(await invariants.newestTime()).toBe(7000)
    for (const table of [database.tasks, database.channels, database.keys]) await database.db.delete(table)
    expect(await invariants.newestTime()).toBeNull()
  })

  test('a hold of unknown outcome awaits a decision until it is settled', async () => {
    const { db, ledger, tasks } = database
    const entry = {
      taskId: 'video_1',
      keyId: 'key_1',
      fromAccount: 'a',
      toAccount: 'b',
      amount: 5,
      currency: 'USD',
      reason: null,
      createdAt: 1
    }
    const invariants = createInvariants(database)
    await db.insert(ledger).values({ ...entry, id: 'led_1', kind: 'hold' })
    expect(await invariants.undecidedHolds()).toBe(0)
    await db
      .update(tasks)
      .set({ status: 'failed', finishedAt: 2, dueAt: null, queueTag: null, errorCode: 'submit_outcome_unknown' })
    expect(await invariants.undecidedHolds()).toBe(1)
    await db.insert(ledger).values({ ...entry, id: 'led_2', kind: 'release' })
    expect(await invariants.undecidedHolds()).toBe(0)
  })
})
