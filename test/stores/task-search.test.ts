import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/index.ts'
import { createTaskSearch, type TaskPage, type TaskSearch } from '../../src/stores/task-search.ts'
import { freshUrl, kinds } from '../support/database.ts'
import { fillTasks, FIRST_AT, ROWS } from '../support/many-tasks.ts'
import { isScan, plansOfStatements } from '../support/plans.ts'
import { forAllTests } from '../support/per-test.ts'

/* The operators' search must cost the same with a million tasks: every filter reads along an index, and not far. */

const COUNT = ROWS ?? 30_000

describe.each(kinds)('%s', kind => {
  const fresh = forAllTests(() => freshUrl(kind))
  const database = forAllTests(async () => {
    const opened = await openDatabase(fresh.url)
    await opened.migrate()
    await fillTasks(opened, fresh.url, COUNT)
    return opened
  })
  const page = (more: Partial<TaskPage> = {}): TaskPage => ({ sort: 'created', order: 'desc', limit: 20, ...more })

  const plansOf = (work: () => Promise<unknown>) => plansOfStatements(kind, fresh.url, work)

  const filters: [TaskSearch, RegExp][] = [
    [{}, /tasks_pkey|sqlite_autoindex_tasks_1/],
    [{ states: ['waiting', 'running'] }, /tasks_open/],
    [{ states: ['needs_decision'] }, /tasks_by_state/],
    [{ states: ['refused'] }, /tasks_by_state/],
    [{ states: ['failed', 'cancelled'], keyId: 'key_1' }, /tasks_by_state/],
    [{ states: ['succeeded'], model: 'model-1' }, /tasks_by_model|tasks_completed/],
    [{ model: 'model-1' }, /tasks_by_model|tasks_open/],
    [{ channelId: 'chan_1' }, /tasks_by_channel|tasks_open/],
    [{ keyId: 'key_1' }, /tasks_by_key/],
    [{ keyId: 'key_1', q: 'needle' }, /tasks_by_key/],
    [{ user: 'ann' }, /tasks_by_user/],
    [{ group: 'group' }, /tasks_by_group/],
    [{ error: 'cancelled' }, /tasks_by_error/],
    [{ vendorCode: '1301' }, /tasks_by_vendor_code/],
    [{ q: 'needle' }, /tasks_pkey|sqlite_autoindex_tasks_1/],
    [{ from: FIRST_AT, to: FIRST_AT + 60_000 }, /tasks_pkey|sqlite_autoindex_tasks_1/]
  ]

  test.each(filters)('%j reads along an index', async (filter, index) => {
    const { find, totals } = createTaskSearch(database)
    const after = `video_${(FIRST_AT + 20_000_000).toString(16).padStart(12, '0')}70008000000000000000`
    for (const plan of await plansOf(() => find(page({ ...filter, after })))) {
      expect(plan).toMatch(index)
      expect(plan).not.toMatch(isScan)
      if (kind === 'sqlite') expect(plan).not.toMatch(/TEMP B-TREE/)
    }
    for (const plan of await plansOf(() => totals(filter))) expect(plan).not.toMatch(isScan)
  })

  test.each([
    ['cost', /tasks_by_charge/],
    ['duration', /tasks_by_duration/]
  ] as const)('by %s reads along its index', async (sort, index) => {
    const { find } = createTaskSearch(database)
    const [after] = (await find(page({ states: ['succeeded'] })))!.rows
    for (const order of ['asc', 'desc'] as const)
      for (const plan of await plansOf(() => find(page({ sort, order, after: after!.id, model: 'model-1' })))) {
        expect(plan).not.toMatch(isScan)
        if (!/Result|Index Scan using tasks_pkey|sqlite_autoindex/.test(plan)) expect(plan).toMatch(index)
        if (kind === 'sqlite') expect(plan).not.toMatch(/TEMP B-TREE/)
      }
  })

  test('what is far away is found by going on from where a page stopped', async () => {
    const { find } = createTaskSearch(database)
    const first = (await find(page({ q: 'NEEDLE' })))!
    expect(first).toMatchObject({ rows: [], hasMore: true })
    const second = (await find(page({ q: 'NEEDLE', after: first.last! })))!
    expect(second.rows.map(({ prompt }) => prompt)).toEqual(['a needle'])
    expect(second.hasMore).toBe(false)
  })

  test('walks along several indexes are merged in order', async () => {
    const { find } = createTaskSearch(database)
    const states = ['failed', 'cancelled', 'waiting'] as const
    const seen: string[] = []
    for (let after: string | undefined; ;) {
      const found = (await find(page({ states, limit: 97, ...(after && { after }) })))!
      seen.push(...found.rows.map(({ id }) => id))
      if (!found.hasMore) break
      after = found.last!
    }
    expect(seen).toEqual(seen.toSorted().toReversed())
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toHaveLength((COUNT - 100) / 10 + 50)
  })

  test('counting stops at 10,001', async () => {
    const { totals } = createTaskSearch(database)
    expect(await totals({})).toMatchObject({ count: 10_001, capped: true })
    expect(await totals({ states: ['cancelled'] })).toMatchObject({ count: (COUNT - 100) / 100, capped: false })
    expect(await totals({ q: 'needle' })).toMatchObject({ count: 0, capped: true })
    expect(await totals({ states: ['running'] })).toMatchObject({
      count: 50,
      lines: [{ state: 'running', currency: 'USD', held: 25_000_000, charged: 0 }]
    })
  })
})
