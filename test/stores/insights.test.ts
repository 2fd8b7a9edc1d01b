import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/index.ts'
import { createAssetStore } from '../../src/stores/assets.ts'
import { createInsightStore } from '../../src/stores/insights.ts'
import { freshUrl, kinds } from '../support/database.ts'
import { fillTasks, FIRST_AT } from '../support/many-tasks.ts'
import { forAllTests } from '../support/per-test.ts'
import { isScan, plansOfStatements } from '../support/plans.ts'

/* Reports of a period read the tasks of that period from one index, however many others there are. */

const HOUR = 3_600_000

describe.each(kinds)('%s', kind => {
  const fresh = forAllTests(() => freshUrl(kind))
  const database = forAllTests(async () => {
    const opened = await openDatabase(fresh.url)
    await opened.migrate()
    await fillTasks(opened, fresh.url, 20_000)
    return opened
  })
  const period = { from: FIRST_AT + HOUR, to: FIRST_AT + 2 * HOUR }
  const plansOf = (work: () => Promise<unknown>, table?: string) => plansOfStatements(kind, fresh.url, work, table)

  test('counts, times and failures read the period only', async () => {
    const store = createInsightStore(database)
    const works = [() => store.ended(period, HOUR), () => store.times(period), () => store.failures(period, 10)]
    for (const work of works) {
      for (const plan of await plansOf(work)) {
        expect(plan).toMatch(/tasks_finished/)
        expect(plan).not.toMatch(isScan)
      }
    }
  })

  test('counting a period touches no row of the table', async () => {
    const [plan] = await plansOf(() => createInsightStore(database).ended(period, HOUR / 2))
    if (kind === 'sqlite') expect(plan).toMatch(/USING COVERING INDEX tasks_finished/)
    else expect(plan).toMatch(/tasks_finished/)
  })

  test('what happens now reads open tasks only', async () => {
    for (const plan of await plansOf(() => createInsightStore(database).present())) expect(plan).not.toMatch(isScan)
  })

  test('spending reads the ledger from the beginning of the period', async () => {
    const [plan] = await plansOf(
      () => createInsightStore(database).spent({ from: FIRST_AT + 19_000_000, to: FIRST_AT + 20_000_000 }, HOUR),
      'ledger'
    )
    expect(plan).toMatch(/ledger_pkey|sqlite_autoindex_ledger_1/)
  })

  test('files in trouble are found without reading the others', async () => {
    const [plan] = await plansOf(() => createAssetStore(database).troubled(), 'assets')
    if (kind === 'sqlite') expect(plan).toMatch(/assets_troubled/)
  })

  test('the numbers are those of the tasks', async () => {
    const store = createInsightStore(database)
    const all = { from: FIRST_AT, to: FIRST_AT + 30_000_000 }
    const [line] = await store.ended(all, 30_000_000)
    expect(line).toMatchObject({ slice: 0, ok: 19_900 - 1990, cancelled: 199, failed: 1990 - 199, refused: 0 })
    expect(await store.times(all)).toHaveLength(10_000)
    const groups = await store.failures(all, 3)
    expect(groups[0]!.count).toBeGreaterThanOrEqual(groups[1]!.count)
    expect(groups.every(({ error }) => error === 'generation_failed')).toBe(true)
  })
})
