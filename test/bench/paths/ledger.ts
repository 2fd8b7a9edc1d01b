import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase, type Database } from '../../../src/db/index.ts'
import { newId } from '../../../src/lib/ids.ts'
import { createLedgerStore } from '../../../src/stores/ledger.ts'
import { createSlotStore } from '../../../src/stores/slots.ts'
import { createTaskStore } from '../../../src/stores/tasks.ts'
import { channelRow, route, keyRow, taskRow } from '../../support/rows.ts'
import { startPostgres } from '../../support/postgres.ts'
import { dataFolder } from '../gateway.ts'
import { round, type Row } from '../slices.ts'
import type { Context } from './context.ts'

const PRICE = 1000
const video = { model: 'm', prompt: 'p', images: [], metadata: {} }

/** L: money on both databases with fsync on: a hold with its task, then its capture with the task's end, each a transaction of its own. */
export async function ledger({ quick }: Context): Promise<Row[]> {
  const folder = dataFolder()
  // Postgres may run as another user than this
  chmodSync(folder, 0o755)
  const postgres = await startPostgres(folder)
  try {
    return [
      ...(await measure('SQLite', await openDatabase(`file:${join(folder, 'ledger.db')}`), quick)),
      ...(await measure('PostgreSQL', await openDatabase(`${postgres.url}/postgres`), quick))
    ]
  } finally {
    await postgres.stop()
  }
}

async function measure(name: string, database: Database, quick: boolean): Promise<Row[]> {
  const { db, keys, channels, meta, transaction } = database
  await database.migrate()
  await db.insert(keys).values(
    keyRow({
      budget: { amount: '1000000', currency: 'USD', window: 'monthly', timezone: 'UTC' }
    })
  )
  await db.insert(channels).values(channelRow())
  const store = createTaskStore({ database, slots: createSlotStore(database), ledger: createLedgerStore(database) })

  /** Two transactions: money is held, then spent. */
  async function task() {
    const now = Date.now()
    const row = taskRow({ id: newId('video', now), price: PRICE, currency: 'USD', createdAt: now })
    const made = await store.create(row, video, [route], { owner: 'bench', reconcileAt: now + 60_000, now })
    const [begun] = made.started
    const set = { status: 'completed', finishedAt: now, dueAt: null } as const
    const change = { set, freeSlot: true, settle: 'capture', notify: 'video.completed' } as const
    if (!begun || !(await store.apply(begun.task, change, now))) throw new Error('a task did not end')
    return 2
  }
  let rows = 0
  async function bare() {
    await transaction(tx => tx.insert(meta).values({ name: `bare-${++rows}`, value: '' }))
    return 1
  }

  const measured: Row[] = []
  for (const atOnce of [1, 64]) {
    const seconds = quick ? 1 : 5
    const [ours, anchor] = [await perSecond(seconds, atOnce, task), await perSecond(seconds, atOnce, bare)]
    measured.push({
      name: `L ledger transactions, ${name}, ${atOnce} at once`,
      anchor: 'transactions of one bare row',
      rate: round(ours / anchor),
      detail: `${round(ours)} transactions/s, ${round(anchor)} bare ones/s`
    })
  }
  await expectBalanced(database, name)
  await database.close()
  return measured
}

async function perSecond(seconds: number, atOnce: number, work: () => Promise<number>) {
  await work()
  const began = performance.now()
  let done = 0
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() - began < seconds * 1000) {
        const more = await work()
        done += more
      }
    })
  )
  return (done * 1000) / (performance.now() - began)
}

/** Fast and wrong would be no result. */
async function expectBalanced({ db, ledger: entries, spend }: Database, name: string) {
  const kinds = (await db.select({ kind: entries.kind }).from(entries)).map(({ kind }) => kind)
  const captured = kinds.filter(kind => kind === 'capture').length
  const held = kinds.filter(kind => kind === 'hold').length
  const [row] = await db.select().from(spend)
  if (held !== captured || row?.held !== 0 || row.spent !== captured * PRICE)
    throw new Error(`the ledger on ${name} does not add up: ${JSON.stringify({ held, captured, row })}`)
}
