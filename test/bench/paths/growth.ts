import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { and, eq, isNotNull, isNull } from 'drizzle-orm'
import { openDatabase } from '../../../src/db/index.ts'
import { createSignal } from '../../../src/lib/signal.ts'
import { openStores } from '../../../src/stores/index.ts'
import { fillTasks, FIRST_AT } from '../../support/many-tasks.ts'
import { createDatabase, startPostgres } from '../../support/postgres.ts'
import { dataFolder } from '../gateway.ts'
import { median, round, type Row } from '../slices.ts'
import { hookDrivers, scansOf, watch, type Statement } from '../statements.ts'
import type { Context } from './context.ts'
import { queries, type Query, type Scene } from './growth-queries.ts'

const FEW = 10_000
const MOST_ON_POSTGRES = 1_000_000
// the sixth time PostgreSQL may plan a prepared statement without its values
const WARM = 7
const GOAL = 1.5

/** G: what the queries of the client API, the loop and the console take when the tables have grown, and whether one reads a whole table. */
export async function growth({ quick, rows: many }: Context): Promise<Row[]> {
  const folder = dataFolder()
  // Postgres may run as another user than this
  chmodSync(folder, 0o755)
  const postgres = await startPostgres(folder, 'fsync=off', 'shared_buffers=512MB', 'max_wal_size=4GB')
  const unhook = hookDrivers()
  try {
    const measured: Row[] = []
    for (const [name, count, urlOf] of [
      ['SQLite', many, async (tasks: number) => `file:${join(folder, `${tasks}.db`)}`],
      [
        'PostgreSQL',
        Math.min(many, MOST_ON_POSTGRES),
        async (tasks: number) => {
          await createDatabase(postgres.url, `tasks_${tasks}`)
          return `${postgres.url}/tasks_${tasks}`
        }
      ]
    ] as const) {
      const [small, large] = [await fill(await urlOf(FEW), FEW), await fill(await urlOf(count), count)]
      for (const query of queries) measured.push(await compare(name, query, small, large, quick ? 15 : 60))
      await Promise.all([small.close(), large.close()])
    }
    return measured
  } finally {
    unhook()
    await postgres.stop()
  }
}

type Filled = Awaited<ReturnType<typeof fill>>

/** A database with so many tasks, a hundred of which are open. */
async function fill(url: string, count: number) {
  const database = await openDatabase(url)
  await database.migrate()
  const began = performance.now()
  await fillTasks(database, url, count)
  console.log(`    ${count} tasks in ${database.kind} after ${Math.round((performance.now() - began) / 1000)} s`)
  const [taskChanges, deliveryChanges] = [createSignal<never>(), createSignal<never>()]
  const stores = openStores(database, { taskChanges, deliveryChanges, archives: false })
  const { db, tasks, assets } = database
  return {
    url,
    count,
    database,
    scene(number: number): Scene {
      // all over the table, the same share of it for each size
      const at = FIRST_AT + Math.floor(((number * 0.618034) % 1) * (count - 1000)) * 1000
      const idOf = (prefix: string) => `${prefix}_${at.toString(16).padStart(12, '0')}70008000000000000000`
      return { stores, database, end: FIRST_AT + count * 1000, taskId: idOf('video'), idOf }
    },
    /** Takes back what claims have written. */
    async restore() {
      await db
        .update(tasks)
        .set({ leaseOwner: null, leaseUntil: null, crashCount: 0 })
        .where(and(isNull(tasks.finishedAt), eq(tasks.leaseOwner, 'a')))
      await db
        .update(assets)
        .set({ leaseUntil: null })
        .where(and(isNotNull(assets.dueAt), isNotNull(assets.leaseUntil)))
    },
    close: () => database.close()
  }
}

/** Asks both databases in turn, so that a busy moment of the machine meets both. */
async function compare(kind: string, { group, name, rows, run }: Query, small: Filled, large: Filled, rounds: number) {
  const times = new Map<Filled, number[]>([
    [small, []],
    [large, []]
  ])
  let statements: Statement[] = []
  const began = performance.now()
  for (let number = 0; number < WARM + rounds; number++)
    for (const filled of number % 2 ? [small, large] : [large, small]) {
      const scene = filled.scene(number)
      const asked = await watch(() => run(scene))
      if (asked.statements.length === 0) throw new Error(`${name}: asks nothing`)
      if (number >= WARM) times.get(filled)!.push(asked.ms)
      if (filled === large) statements = asked.statements
      if (group === 'loop') await filled.restore()
      // a slow one needs fewer rounds
      if (performance.now() - began > 5000 && times.get(large)!.length >= 5) number = Infinity
    }
  const [before, after] = [median(times.get(small)!), median(times.get(large)!)]
  const scans = await scansOf(large.url, statements)
  const ratio = after / before
  return {
    name: `G ${group}, ${kind}: ${name} (lower is better)`,
    anchor: `${small.count} tasks`,
    rate: round(ratio),
    goal: GOAL * rows,
    met: ratio <= GOAL * rows * 1.1 && scans.length === 0,
    detail:
      `${round(before)} ms, ${round(after)} ms with ${large.count}; ${statements.length} statements` +
      (rows > 1 ? `; reads up to ${rows} times as many rows` : '') +
      (scans.length ? `; READS A WHOLE TABLE: ${scans.join(' | ')}` : '')
  }
}
