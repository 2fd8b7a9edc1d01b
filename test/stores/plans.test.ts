import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openDatabase } from '../../src/db/index.ts'
import { createAuditStore } from '../../src/stores/audit.ts'
import { createClockRepairStore } from '../../src/stores/clock-repair.ts'
import { createFollowUpStore } from '../../src/stores/follow-ups.ts'
import { createIdempotencyStore } from '../../src/stores/idempotency.ts'
import { createLedgerStore } from '../../src/stores/ledger.ts'
import { createPresentStore } from '../../src/stores/present.ts'
import { createSlotStore } from '../../src/stores/slots.ts'
import { advance } from '../../src/domain/lifecycle.ts'
import { freshUrl } from '../support/database.ts'
import { forEachTest } from '../support/per-test.ts'
import { route, seededStores, taskRow } from '../support/rows.ts'

/* What the loop asks all the time must cost the same with a million rows: an index finds it, nothing is sorted. */

const fresh = forEachTest(() => freshUrl('sqlite'))
const database = forEachTest(async () => {
  const opened = await openDatabase(fresh.url)
  await opened.migrate()
  return opened
})
const tasks = forEachTest(async () => (await seededStores(database, { channel: { maxConcurrency: 1 } })).tasks)
let asked: string[]

beforeEach(() => {
  asked = []
  // true because every statement of both connections is made by this method
  const prepare = Sqlite.prototype.prepare as (this: Sqlite.Database, text: string) => Sqlite.Statement
  vi.spyOn(Sqlite.prototype, 'prepare').mockImplementation(function (this: Sqlite.Database, text: string) {
    asked.push(text)
    return prepare.call(this, text)
  } as typeof Sqlite.prototype.prepare)
})

afterEach(() => vi.restoreAllMocks())

/** The plan of the statements that `work` ran for the first time and that read tasks. */
async function plansOf(work: () => Promise<unknown>, table = 'tasks'): Promise<string[]> {
  asked = []
  await work()
  const texts = asked.filter(text => RegExp(`(from|update) "${table}"`).test(text))
  expect(texts).not.toEqual([])
  vi.restoreAllMocks()
  const connection = new Sqlite(fresh.url.slice('file:'.length))
  const plans = texts.map(text => {
    const values = Array.from({ length: text.split('?').length - 1 }, () => null)
    const rows = connection.prepare(`explain query plan ${text}`).all(values) as { detail: string }[] // its documented columns
    return rows.map(({ detail }) => detail).join('; ')
  })
  connection.close()
  return plans
}

const lost = /TEMP B-TREE|SCAN "?tasks/

test('due tasks are found by their partial index, already in order', async () => {
  const [plan] = await plansOf(() => tasks.claimDue('a', 1000, 2000, 100))
  expect(plan).toMatch(/SEARCH tasks USING INDEX tasks_due/)
  expect(plan).not.toMatch(lost)
})

test('tasks whose vendors go on after their end are found by their own index', async () => {
  const slots = createSlotStore(database)
  const followUps = createFollowUpStore(database, createLedgerStore(database), slots)
  const [plan] = await plansOf(() => followUps.claimDue(1000, 2000, 100))
  expect(plan).toMatch(/SEARCH tasks USING INDEX tasks_followed/)
  expect(plan).not.toMatch(lost)
})

test('the next due time is the first row of that index, however many tasks are queued', async () => {
  const [plan] = await plansOf(() => tasks.nextDue(1000))
  expect(plan).toMatch(/tasks_due/)
  expect(plan).not.toMatch(lost)
})

test('what a wrong clock scheduled is searched among open rows only', async () => {
  const { clampSchedule } = createClockRepairStore(database)
  expect((await plansOf(() => clampSchedule('a', 1000, 1000))).join()).toMatch(
    /tasks_due.*tasks_(queue|waiting|overdue)/
  )
})

test('the next queued task is the first row of the queue', async () => {
  const [plan] = await plansOf(() => tasks.nextWaiting(1000, { models: [], keys: [] }))
  expect(plan).toMatch(/tasks_queue/)
  expect(plan).not.toMatch(lost)
})

test('overdue and cancelled tasks are found without reading the queue', async () => {
  const plans = await plansOf(() => tasks.waitedTooLong(1000, 100))
  expect(plans.join()).toMatch(/tasks_overdue.*tasks_cancel_requested/)
  for (const plan of plans) expect(plan).not.toMatch(/tasks_queue|TEMP B-TREE|SCAN "?tasks"?(?! USING)/)
})

test('a model without a free slot is skipped, however many wait for it', async () => {
  const plans = await plansOf(() => tasks.nextWaiting(1000, { models: ['full'], keys: [] }))
  for (const plan of plans) expect(plan).toMatch(/SEARCH tasks USING (COVERING )?INDEX tasks_waiting \(model/)
  for (const plan of plans) expect(plan).not.toMatch(lost)
})

test('keys without a free slot are skipped as far as others wait', async () => {
  const [plan] = await plansOf(() => tasks.nextWaiting(1000, { models: [], keys: ['full'] }))
  expect(plan).toMatch(/SEARCH tasks USING INDEX tasks_queue \(queue_tag>\? AND queue_tag<\?\)/)
  expect(plan).not.toMatch(lost)
})

test('a key’s queued tasks are counted among its own', async () => {
  const [plan] = await plansOf(() => tasks.queuedOf(database.db, 'key_1'))
  expect(plan).toMatch(/SEARCH tasks USING COVERING INDEX tasks_waiting_by_key \(key_id/)
})

test('the queue is counted by key in its index', async () => {
  const [plan] = await plansOf(() => tasks.queuedByKey(database.db))
  expect(plan).toMatch(/SCAN tasks USING COVERING INDEX tasks_waiting_by_key/)
  expect(plan).not.toMatch(/TEMP B-TREE/)
})

test('what those who wait look at each second is found by id', async () => {
  const [plan] = await plansOf(() => tasks.marks(['video_1', 'video_2']))
  expect(plan).toMatch(/SEARCH tasks USING INDEX sqlite_autoindex_tasks_1 \(id=\?\)/)
  expect(plan).not.toMatch(lost)
})

test('whether others wait for a model reads that model only', async () => {
  const video = { model: 'm', prompt: 'p', images: [], metadata: {} }
  const [plan] = await plansOf(() => tasks.create(taskRow(), video, [route], { owner: 'a', reconcileAt: 9, now: 1 }))
  expect(plan).toMatch(/tasks_waiting/)
  expect(plan).not.toMatch(lost)
})

test('the hold of a task is found by its index when it is settled', async () => {
  const video = { model: 'm', prompt: 'p', images: [], metadata: {} }
  const options = { owner: 'a', reconcileAt: 9, now: 1 }
  const { task } = await tasks.create(taskRow({ price: 5, currency: 'USD' }), video, [route], options)
  const [plan] = await plansOf(() => tasks.apply(task, advance(task, { type: 'cancelled' }, 10), 10), 'ledger')
  expect(plan).toMatch(/SEARCH ledger USING INDEX ledger_once/)
})

test('typical durations are read from the last completed tasks of a model', async () => {
  const [plan] = await plansOf(() => tasks.recentDurations('m'))
  expect(plan).toMatch(/tasks_completed/)
  expect(plan).not.toMatch(lost)
})

test('a video to reuse is found by its fields, not among all tasks of its key', async () => {
  const { reuse } = createIdempotencyStore(database)
  const [plan] = await plansOf(() => reuse('key_1', 'f', 1000, 2000, async () => {}))
  expect(plan).toMatch(/SEARCH tasks USING INDEX tasks_made \(key_id=\? AND fingerprint=\?\)/)
})

test.each([
  [{}, 'sqlite_autoindex_audit_1'],
  [{ from: 1000, to: 2000 }, 'sqlite_autoindex_audit_1'],
  [{ who: 'user_1' }, 'audit_by_actor'],
  [{ who: 'Olga', from: 1000 }, 'audit_by_actor_name'],
  [{ what: 'key.create' }, 'audit_by_action'],
  [{ what: 'key', to: 2000 }, 'audit_by_type'],
  [{ target: 'key_1', after: 'aud_1' }, 'audit_by_target'],
  [{ q: 'olga' }, 'sqlite_autoindex_audit_1'],
  [{ q: 'olga', what: 'key' }, 'audit_by_type']
])('a page of the audit by %j is read in the order of an index', async (filter, index) => {
  const { find } = createAuditStore(database)
  const [plan] = await plansOf(() => find({ ...filter, limit: 20 }), 'audit')
  expect(plan).toMatch(RegExp(`USING INDEX ${index}\\b`))
  expect(plan).not.toMatch(/TEMP B-TREE/)
})

test('statements of the hot paths are prepared once', async () => {
  const round = async (id: string) => {
    const video = { model: 'm', prompt: 'p', images: [], metadata: {} }
    const options = { owner: 'a', reconcileAt: 9, now: 1 }
    await tasks.create(taskRow({ id }), video, [route], options)
    const [task] = await tasks.claimDue('b', 10, 20, 1)
    await tasks.apply(task!, { set: { status: 'in_progress', startedAt: 1, operation: { id } }, freeSlot: true }, 10)
    await tasks.get(id)
  }
  await round('video_1')
  asked = []
  await round('video_2')
  expect(asked).toEqual([])
})

test('what a scrape of the metrics asks is in partial indexes', async () => {
  const [waiting] = await plansOf(createPresentStore(database).queued)
  expect(waiting).toMatch(/SCAN tasks USING COVERING INDEX tasks_waiting/)
  expect(waiting).not.toMatch(/TEMP B-TREE/)
})

test('undecided tasks are counted in the index of states', async () => {
  const [plan] = await plansOf(createPresentStore(database).undecided)
  expect(plan).toMatch(/SEARCH tasks USING INDEX tasks_by_state/)
})

test('deliveries that are due are counted in their index', async () => {
  const [plan] = await plansOf(createPresentStore(database).pendingDeliveries, 'deliveries')
  expect(plan).toMatch(/SEARCH deliveries USING COVERING INDEX deliveries_due/)
})
