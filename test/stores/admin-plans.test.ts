import { describe, expect, test } from 'vitest'
import { openDatabase, type Database } from '../../src/db/index.ts'
import { createAccountStats } from '../../src/stores/account-stats.ts'
import { createAssetStore } from '../../src/stores/assets.ts'
import { createAuditStore } from '../../src/stores/audit.ts'
import { createDeliveryStore } from '../../src/stores/deliveries.ts'
import { createExchangeStore } from '../../src/stores/exchanges.ts'
import { createIdempotencyStore } from '../../src/stores/idempotency.ts'
import { createInsightStore } from '../../src/stores/insights.ts'
import { createLedgerStore } from '../../src/stores/ledger.ts'
import { createTaskDetailStore } from '../../src/stores/task-details.ts'
import { createTaskReads } from '../../src/stores/task-reads.ts'
import { createTaskSearch } from '../../src/stores/task-search.ts'
import { createUsageStore } from '../../src/stores/usage.ts'
import { freshUrl, kinds } from '../support/database.ts'
import { fillTasks, FIRST_AT, ROWS } from '../support/many-tasks.ts'
import { plansOfStatements } from '../support/plans.ts'
import { scanOf } from '../support/scans.ts'
import { forAllTests } from '../support/per-test.ts'

/*
 * What the lists, sums and reports of the admin API ask of the database must cost the same with a million tasks: an index finds it. `npm run
 * campaign:plans` looks at a million of them, and how long each takes.
 */

const COUNT = ROWS ?? 30_000
const HOUR = 3_600_000
// of a million rows, on a machine with other work
const MOST_MS = 2000

describe.each(kinds)('%s', kind => {
  const fresh = forAllTests(() => freshUrl(kind))
  forAllTests(async () => {
    const opened = await openDatabase(fresh.url)
    await opened.migrate()
    await fillTasks(opened, fresh.url, COUNT)
    return opened
  })
  const page = { limit: 21, order: 'desc' } as const
  const end = FIRST_AT + COUNT * 1000
  const lately = end - HOUR
  const idAt = (prefix: string, at: number) => `${prefix}_${at.toString(16).padStart(12, '0')}70008000000000000000`

  type Work = (on: Database) => Promise<unknown>
  const works: [table: string, name: string, work: Work][] = [
    ['deliveries', 'all', on => createDeliveryStore(on).list(page)],
    ['deliveries', 'after one', on => createDeliveryStore(on).list({ ...page, after: idAt('dlv', lately) })],
    ['deliveries', 'failed', on => createDeliveryStore(on).list({ ...page, status: 'failed' })],
    ['deliveries', 'pending', on => createDeliveryStore(on).list({ ...page, status: 'pending' })],
    ['deliveries', 'delivered', on => createDeliveryStore(on).list({ ...page, status: 'delivered' })],
    ['deliveries', 'of an endpoint', on => createDeliveryStore(on).list({ ...page, endpointId: 'whk_1' })],
    ['deliveries', 'of a task', on => createDeliveryStore(on).list({ ...page, taskId: idAt('video', FIRST_AT) })],
    ['deliveries', 'of an event', on => createDeliveryStore(on).list({ ...page, eventId: idAt('evt', FIRST_AT) })],
    ['deliveries', 'of a time', on => createDeliveryStore(on).list({ ...page, from: lately, to: end })],
    ['deliveries', 'counted for endpoints', on => createDeliveryStore(on).countsOf(['whk_1'], lately)],
    ['deliveries', 'their statuses', on => createDeliveryStore(on).statusesOf([idAt('dlv', FIRST_AT)])],
    ['audit', 'all', on => createAuditStore(on).find({ limit: 20 })],
    ['audit', 'by name', on => createAuditStore(on).find({ limit: 20, who: 'Olga' })],
    ['audit', 'of an action', on => createAuditStore(on).find({ limit: 20, what: 'key.create' })],
    ['audit', 'of a type', on => createAuditStore(on).find({ limit: 20, what: 'key' })],
    ['audit', 'of a target', on => createAuditStore(on).find({ limit: 20, target: idAt('video', FIRST_AT) })],
    ['audit', 'of a time', on => createAuditStore(on).find({ limit: 20, from: lately, to: end })],
    ['audit', 'with a text', on => createAuditStore(on).find({ limit: 20, q: 'nobody' })],
    ['ledger', 'all', on => createLedgerStore(on).list(page)],
    ['ledger', 'of a key', on => createLedgerStore(on).list({ ...page, keyId: 'key_1' })],
    ['ledger', 'of a task', on => createLedgerStore(on).list({ ...page, taskId: idAt('video', FIRST_AT) })],
    ['ledger', 'corrections', on => createLedgerStore(on).list({ ...page, kind: 'adjust' })],
    ['ledger', 'days of keys', on => createAccountStats(on).daysOf(['key_1', 'key_2'], lately)],
    ['ledger', 'spent in a period', on => createInsightStore(on).spent({ from: lately, to: end }, HOUR)],
    [
      'ledger',
      'usage of a period',
      on => createUsageStore(on).report({ by: ['day'], tz: 'UTC', from: lately, to: end })
    ],
    [
      'tasks',
      'usage of a period',
      on => createUsageStore(on).report({ by: ['key'], tz: 'UTC', from: lately, to: end })
    ],
    ['tasks', 'ended in a period', on => createInsightStore(on).ended({ from: lately, to: end }, HOUR)],
    ['tasks', 'times of a period', on => createInsightStore(on).times({ from: lately, to: end })],
    ['tasks', 'failures of a period', on => createInsightStore(on).failures({ from: lately, to: end }, 100)],
    ['tasks', 'what happens now', on => createInsightStore(on).present()],
    ['tasks', 'the latest', on => createTaskSearch(on).find({ sort: 'created', order: 'desc', limit: 6 })],
    ['tasks', 'to be decided', on => createTaskSearch(on).totals({ states: ['needs_decision'] })],
    ['tasks', 'of a channel', on => createAccountStats(on).ofChannel('chan_1', lately)],
    ['tasks', 'queued by model', on => createAccountStats(on).queued('model')],
    ['tasks', 'queued by key', on => createAccountStats(on).queued('key')],
    ['tasks', 'that nothing serves', on => createTaskReads(on).waitingModels()],
    ['tasks', 'models of a key', on => createAccountStats(on).modelsOf('key_1', lately)],
    ['tasks', 'without a price', on => createAccountStats(on).unpriced('model-1', lately)],
    ['tasks', 'named ones', on => createTaskDetailStore(on).tasksOf([idAt('video', FIRST_AT)])],
    ['attempts', 'of the rows of a list', rowsOfList],
    ['assets', 'of the rows of a list', rowsOfList],
    ['assets', 'in trouble', on => createAssetStore(on).troubled()],
    ['assets', 'that are being copied', on => createAssetStore(on).claimed([idAt('ast', FIRST_AT)], lately)],
    ['tasks', 'whose clients wait', on => createTaskReads(on).marks([idAt('video', FIRST_AT), idAt('video', lately)])],
    ['tasks', 'that are being worked on', on => createAssetStore(on).claimed([idAt('video', FIRST_AT)], lately)],
    [
      'tasks',
      'to reuse',
      on => createIdempotencyStore(on).reuse('key_1', 'other', lately, end, () => Promise.reject(new Error('none')))
    ],
    ['exchanges', 'of a task', on => createExchangeStore(on).ofTask(idAt('video', FIRST_AT))]
  ]

  test.each(works)('%s: %s', async (table, _name, work) => {
    // of its own: statements are prepared once
    const on = await openDatabase(fresh.url)
    try {
      const plans = await plansOfStatements(kind, fresh.url, () => work(on), table)
      for (const plan of plans) expect(plan).not.toMatch(scanOf(table))
      const began = performance.now()
      await work(on)
      if (ROWS !== null) expect(performance.now() - began).toBeLessThan(MOST_MS)
    } finally {
      await on.close()
    }
  })

  async function rowsOfList(on: Database) {
    const found = await createTaskSearch(on).find({ sort: 'created', order: 'desc', limit: 100 })
    await createTaskDetailStore(on).extrasOf(found!.rows)
  }
})
