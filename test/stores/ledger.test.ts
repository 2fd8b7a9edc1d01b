import { eq, sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import type { Budget, Database, Task } from '../../src/db/index.ts'
import { checkMoney } from '../../src/stores/audit-money.ts'
import { createSlotStore } from '../../src/stores/slots.ts'
import { createUnresolvedStore } from '../../src/stores/unresolved.ts'
import { advance, type TaskEvent } from '../../src/domain/lifecycle.ts'
import { freshDatabase, kinds } from '../support/database.ts'
import { checkMoneyAfterEach } from '../support/money.ts'
import { forEachTest } from '../support/per-test.ts'
import { route, seededStores, taskRow } from '../support/rows.ts'

const video = { model: 'm', prompt: 'p', images: [], metadata: {} }
const MICRO = 1_000_000
const DAY = 86_400_000
const noon = Date.UTC(2026, 10, 24, 12)
const total = { amount: '1.00', currency: 'USD', window: 'total', timezone: 'UTC' } as const
const prices = [{ unit: 'second', amount: '0.10', currency: 'USD' } as const]

describe.each(kinds)('money on %s', kind => {
  const database = forEachTest(() => freshDatabase(kind))
  const stores = forEachTest(() => seededStores(database))
  checkMoneyAfterEach(() => database)

  let made = 0
  async function create(more: Partial<Task> = {}, now = noon): Promise<Task> {
    const id = `video_${++made}`
    const row = taskRow({ id, price: MICRO / 2, currency: 'USD', prices, createdAt: now, ...more })
    const { task } = await stores.tasks.create(row, video, [route], { owner: 'a', reconcileAt: now + 1000, now })
    return task
  }
  async function end(task: Task, event: TaskEvent, now = noon + 1000): Promise<Task | null> {
    return stores.tasks.apply(task, advance(task, event, now), now)
  }
  const succeeded = (seconds: number | undefined, cost?: { amount: number; currency: string }) =>
    ({
      type: 'succeeded',
      result: {
        status: 'succeeded',
        videos: [{ at: { url: 'https://x' }, ...(seconds !== undefined && { seconds }) }],
        ...(cost && { cost })
      },
      expiresAt: null
    }) satisfies TaskEvent
  const give = (budget: Budget | null) =>
    database.db.update(database.keys).set({ budget }).where(eq(database.keys.id, 'key_1'))
  const entries = async (task: Task) =>
    (await stores.ledger.ofTask(task.id)).map(({ kind: entry, amount }) => `${entry} ${amount}`)
  const spend = async () => {
    const rows = await database.db.select().from(database.spend).orderBy(database.spend.windowStart)
    return rows.map(({ windowStart, held, spent, carriedOver }) => ({ windowStart, held, spent, carriedOver }))
  }
  const announced = async () =>
    (await database.db.select().from(database.events))
      .filter(({ type }) => type === 'budget.threshold_reached')
      .map(({ data, pending, keyId }) => ({ ...data, pending, keyId }))

  describe('every end of a task', () => {
    const failure = { kind: 'server', message: 'x' } as const
    test.each<[string, TaskEvent, string[], number]>([
      ['made as asked', succeeded(5), ['capture 500000'], 500_000],
      ['made shorter', succeeded(4), ['capture 400000', 'release 100000'], 400_000],
      ['made longer', succeeded(6), ['capture 500000'], 500_000],
      ['made, length unknown', succeeded(undefined), ['capture 500000'], 500_000],
      [
        'the vendor reports its cost',
        succeeded(5, { amount: 0.3, currency: 'USD' }),
        ['capture 300000', 'release 200000'],
        300_000
      ],
      ['the vendor charged nothing', succeeded(5, { amount: 0, currency: 'USD' }), ['capture 0', 'release 500000'], 0],
      ['failed', { type: 'failed', failure }, ['release 500000'], 0],
      ['failed and billed', { type: 'failed', failure: { ...failure, billed: true } }, ['capture 500000'], 500_000],
      [
        'failed and billed, and the vendor says how much',
        { type: 'failed', failure: { ...failure, billed: true }, cost: { amount: 0.1, currency: 'USD' } },
        ['capture 100000', 'release 400000'],
        100_000
      ],
      ['refused at submit', { type: 'rejected', failure }, ['release 500000'], 0],
      ['not sent', { type: 'not_sent', reason: 'x' }, ['release 500000'], 0],
      ['cancelled', { type: 'cancelled' }, ['release 500000'], 0],
      ['expired', { type: 'expired' }, ['release 500000'], 0]
    ])('%s', async (_, event, expected, spent) => {
      const task = await create()
      expect(await spend()).toEqual([{ windowStart: 0, held: 500_000, spent: 0, carriedOver: 0 }])
      await end(task, event)
      expect(await entries(task)).toEqual(['hold 500000', ...expected])
      expect(await spend()).toEqual([{ windowStart: 0, held: 0, spent, carriedOver: 0 }])
    })

    test('a task that continues keeps its hold: rejected and queued again, retried, ambiguous', async () => {
      for (const event of [
        { type: 'rejected', failure, waitFor: 5 },
        { type: 'retried', failure },
        { type: 'ambiguous', reason: 'x', reconcileAt: noon },
        { type: 'absent' }
      ] satisfies TaskEvent[]) {
        const task = await create()
        await end(task, event)
        expect(await entries(task)).toEqual(['hold 500000'])
      }
    })

    test('two ends at once: one is written', async () => {
      const task = await create()
      const ends = await Promise.all([
        end(task, succeeded(5)),
        end(task, { type: 'cancelled' }),
        end(task, succeeded(3))
      ])
      expect(ends.filter(Boolean)).toHaveLength(1)
      expect((await spend())[0]).toMatchObject({ held: 0 })
    })

    test('an unpriced task moves nothing', async () => {
      const task = await create({ price: null, currency: null, prices: null })
      await end(task, succeeded(5))
      expect(await entries(task)).toEqual([])
      expect(await spend()).toEqual([])
    })

    test('a task that costs nothing is booked with nothing', async () => {
      const task = await create({ price: 0 })
      await end(task, succeeded(5))
      expect(await entries(task)).toEqual(['hold 0', 'capture 0'])
    })
  })

  describe('a budget', () => {
    const over = { code: 'insufficient_quota', status: 429, shouldRetry: false }

    test('is exact under concurrent creates, and what was refused leaves nothing', async () => {
      await give({ ...total, amount: '1.50' })
      const results = await Promise.allSettled(Array.from({ length: 60 }, () => create()))
      const refused = results.filter(result => result.status === 'rejected').map(({ reason }) => reason as unknown)
      expect(refused).toHaveLength(57)
      for (const reason of refused) expect(reason).toMatchObject(over)
      expect(await database.db.select().from(database.tasks)).toHaveLength(3)
      expect((await spend())[0]).toMatchObject({ held: 1_500_000, spent: 0 })
      expect((await database.db.select().from(database.keys))[0]).toMatchObject({ inFlight: 3 })
    })

    test('says what it would cost, what is left, and when the budget resets', async () => {
      await give({ ...total, window: 'daily' })
      await create({ price: 700_000 })
      await expect(create()).rejects.toThrow(
        'This request may cost 0.50 USD, but this key has 0.30 USD left of its daily budget of 1.00 USD. The budget resets in 720 minutes.'
      )
    })

    test('what is released may be spent again', async () => {
      await give(total)
      const [first] = [await create(), await create()]
      await expect(create()).rejects.toMatchObject(over)
      await end(first!, succeeded(1))
      await expect(create()).rejects.toMatchObject(over)
      expect(await create({ price: 400_000 })).toBeDefined()
    })

    test('of one micro-unit too little refuses, of the exact amount does not', async () => {
      await give({ ...total, amount: '0.499999' })
      await expect(create()).rejects.toMatchObject(over)
      await give({ ...total, amount: '0.50' })
      await create()
    })

    test('that is spent still allows free requests', async () => {
      await give({ ...total, amount: '0.50' })
      await create()
      await create({ price: 0 })
      await expect(create({ price: 1 })).rejects.toMatchObject(over)
    })

    test('counts its own currency only', async () => {
      await give({ ...total, amount: '0.50' })
      await create({ currency: 'CNY', price: 9 * MICRO })
      await create()
      await expect(create()).rejects.toMatchObject(over)
    })

    test('resets with its window; a hold ends in the window where it began', async () => {
      await give({ ...total, window: 'daily' })
      const today = Date.UTC(2026, 10, 24)
      const [first, second] = [await create(), await create()]
      await expect(create({}, today + DAY - 1)).rejects.toMatchObject(over)
      await create({}, today + DAY)
      await end(first!, succeeded(4), today + DAY + 1)
      await end(second!, { type: 'cancelled' }, today + DAY + 1)
      expect(await spend()).toEqual([
        { windowStart: today, held: 0, spent: 400_000, carriedOver: 0 },
        { windowStart: today + DAY, held: 500_000, spent: 0, carriedOver: 0 }
      ])
    })

    test('set later counts what was already spent in its window', async () => {
      const yesterday = await create({}, noon - DAY)
      const [done, failed] = [await create(), await create()]
      await end(yesterday, succeeded(5))
      await end(done!, succeeded(5))
      await end(failed!, { type: 'cancelled' })
      await give({ ...total, window: 'daily' })
      await create({}, noon + 2000)
      await expect(create({ price: 1 }, noon + 2000)).rejects.toMatchObject(over)
    })

    test('changed back and forth loses nothing', async () => {
      const change = async (budget: Budget) => {
        await give(budget)
        await stores.ledger.rebase('key_1', 'USD', noon)
      }
      await change({ ...total, window: 'daily' })
      await create()
      await change({ ...total, window: 'weekly' })
      await create()
      await change({ ...total, window: 'daily' })
      await expect(create({ price: 1 })).rejects.toMatchObject(over)
      await change(total)
      await expect(create({ price: 1 })).rejects.toMatchObject(over)
    })

    test('that was lowered refuses new tasks, and lets running ones end', async () => {
      await give(total)
      const task = await create()
      await give({ ...total, amount: '0.10' })
      await expect(create({ price: 1 })).rejects.toMatchObject(over)
      await end(task, succeeded(5))
      expect((await spend())[0]).toMatchObject({ held: 0, spent: 500_000 })
    })

    test('announces 80 and 100 percent once per window', async () => {
      await give({ ...total, window: 'daily' })
      const data = { id: 'key_1', amount: '1.00', currency: 'USD', window: 'daily', pending: true, keyId: 'key_1' }
      const resets = Date.UTC(2026, 10, 25) / 1000
      await create({ price: 799_999 })
      expect(await announced()).toEqual([])
      const task = await create({ price: 1 })
      expect(await announced()).toEqual([{ ...data, threshold: 80, used: '0.80', resets_at: resets }])
      await end(task, { type: 'cancelled' })
      await create({ price: 1 })
      expect(await announced()).toHaveLength(1)
      await create({ price: 200_000 })
      expect(await announced()).toMatchObject([{ threshold: 80 }, { threshold: 100, used: '1.00' }])
      await create({ price: MICRO }, noon + DAY)
      expect(await announced()).toMatchObject([
        { threshold: 80 },
        { threshold: 100 },
        { threshold: 100, resets_at: resets + 86_400 }
      ])
    })

    test('announces once, however many reach the threshold at once', async () => {
      await give({ ...total, amount: '10.00' })
      await Promise.all(Array.from({ length: 20 }, () => create()))
      const told = (await announced()).map(data => (data as { threshold?: unknown }).threshold)
      expect(told).toEqual([80, 100])
    })
  })

  describe('an operator', () => {
    const adjustment = { keyId: 'key_1', taskId: null, currency: 'USD', reason: 'a test' }
    const adjust = (more: { amount: number; taskId?: string }) =>
      database.transaction(tx => stores.ledger.adjust(tx, { ...adjustment, ...more }, noon))

    test('charges and refunds, with a reason; a budget counts it', async () => {
      await give(total)
      await adjust({ amount: 600_000 })
      await expect(create()).rejects.toMatchObject({ code: 'insufficient_quota' })
      await adjust({ amount: -100_000 })
      const task = await create()
      expect(await spend()).toEqual([{ windowStart: 0, held: 500_000, spent: 500_000, carriedOver: 0 }])
      expect(await announced()).toMatchObject([{ threshold: 100 }])
      await adjust({ taskId: task.id, amount: 1 })
      await adjust({ taskId: task.id, amount: 1 })
      expect(await entries(task)).toEqual(['hold 500000', 'adjust 1', 'adjust 1'])
    })

    test('cannot rewrite the ledger: no entry is changed or deleted', async () => {
      const task = await create()
      const { db, ledger } = database
      await expect(db.update(ledger).set({ amount: 1 })).rejects.toThrow()
      await expect(db.update(ledger).set({ reason: 'x' }).where(eq(ledger.taskId, task.id))).rejects.toThrow()
      await expect(db.delete(ledger)).rejects.toThrow()
      expect(await entries(task)).toEqual(['hold 500000'])
    })
  })

  describe('a submit of unknown outcome', () => {
    const doubted = async (more: Partial<Task> = {}) => (await end(await create(more), { type: 'outcome_unknown' }))!
    const slotsTaken = async () => {
      const { db, keys, channels } = database
      return [...(await db.select().from(keys)), ...(await db.select().from(channels))].map(({ inFlight }) => inFlight)
    }
    const unresolved = () => createUnresolvedStore(database, stores.ledger, createSlotStore(database))

    test('keeps its hold and its request, and is listed from a time on', async () => {
      const task = await doubted()
      expect(await entries(task)).toEqual(['hold 500000'])
      expect(await stores.tasks.request(task.id)).toEqual(video)
      expect(await unresolved().open(noon + 999, 10)).toEqual([])
      expect(await unresolved().open(noon + 1000, 10)).toMatchObject([{ id: task.id }])
    })

    test.each([
      ['release', 'release 500000', 0],
      ['capture', 'capture 500000', 500_000]
    ] as const)('is settled by %s, once, whoever decides', async (decision, entry, spent) => {
      const task = await doubted()
      const decisions = await Promise.all([
        unresolved().settle(task, decision, 'one', noon),
        unresolved().settle(task, decision, 'two', noon),
        unresolved().settle(task, decision === 'release' ? 'capture' : 'release', 'three', noon + 1)
      ])
      // the first in line wins; on Postgres that may be any
      expect(decisions.filter(Boolean)).toHaveLength(1)
      expect(await entries(task)).toHaveLength(2)
      if (!decisions[2]) {
        expect(await entries(task)).toEqual(['hold 500000', entry])
        expect((await spend())[0]).toMatchObject({ held: 0, spent })
      }
      expect(await unresolved().open(noon + 5000, 10)).toEqual([])
      expect(await stores.tasks.request(task.id)).toBeUndefined()
    })

    test('that was found continues, and is settled by its end', async () => {
      const task = await doubted()
      const attempt = (await stores.tasks.attempt(task.attemptId!))!
      const found = { operation: { id: 'u' }, upstreamId: 'u', deadlineAt: noon + DAY }
      const taken = await Promise.all([1, 2, 3].map(() => unresolved().reattach(task, attempt, found, noon + 2000)))
      expect(taken.filter(Boolean)).toHaveLength(1)
      // it runs at the vendor, and takes the place of another there
      expect(await slotsTaken()).toEqual([1, 1])
      expect(await unresolved().settle(task, 'release', 'too late', noon + 2000)).toBe(false)
      const [claimed] = await stores.tasks.claimDue('b', noon + 2000, noon + 3000, 5)
      expect(claimed).toMatchObject({ id: task.id, status: 'in_progress', operation: { id: 'u' }, finishedAt: null })
      await end(claimed!, succeeded(4), noon + 2500)
      expect(await slotsTaken()).toEqual([0, 0])
      expect(await entries(task)).toEqual(['hold 500000', 'capture 400000', 'release 100000'])
    })
  })
})

describe.each(kinds)('the check of all money on %s', kind => {
  test.each<[string, (database: Database) => Promise<unknown>]>([
    [
      'a task with a price and no hold',
      ({ db, tasks }) => db.insert(tasks).values(taskRow({ id: 'video_x', price: 5, currency: 'USD' }))
    ],
    ['a price that is not the hold’s', ({ db, tasks }) => db.update(tasks).set({ price: 7 })],
    ['a counter that is not the ledger’s', ({ db, spend }) => db.update(spend).set({ held: sql`${spend.held} + 1` })],
    ['a counter of what was spent', ({ db, spend }) => db.update(spend).set({ spent: 3 })],
    ['a lost counter', ({ db, spend }) => db.delete(spend)],
    [
      'an end without a settlement',
      ({ db, tasks }) => db.update(tasks).set({ status: 'failed', finishedAt: 5, dueAt: null, queueTag: null })
    ],
    [
      'a settlement without an end',
      ({ ledger, spend, transaction }) =>
        transaction(async tx => {
          const [hold] = await tx.select().from(ledger)
          await tx
            .insert(ledger)
            .values({ ...hold!, id: 'led_y', kind: 'release', fromAccount: 'held:key_1', toAccount: 'wallet:key_1' })
          await tx.update(spend).set({ held: 0 })
        })
    ],
    [
      'a settlement of another amount',
      ({ ledger, tasks, spend, transaction }) =>
        transaction(async tx => {
          const [hold] = await tx.select().from(ledger)
          await tx.insert(ledger).values({
            ...hold!,
            id: 'led_y',
            kind: 'release',
            amount: 1,
            fromAccount: 'held:key_1',
            toAccount: 'wallet:key_1'
          })
          await tx.update(tasks).set({ status: 'failed', finishedAt: 5, dueAt: null, queueTag: null })
          await tx.update(spend).set({ held: hold!.amount - 1 })
        })
    ]
  ])('finds %s', async (_, harm) => {
    const database = await freshDatabase(kind)
    const { tasks } = await seededStores(database)
    await tasks.create(taskRow({ id: 'video_1', price: 500, currency: 'USD', prices }), video, [route], {
      owner: 'a',
      reconcileAt: 1,
      now: noon
    })
    expect(await checkMoney(database)).toEqual([])
    await harm(database)
    expect((await checkMoney(database)).length).toBeGreaterThan(0)
    await database.close()
  })
})
