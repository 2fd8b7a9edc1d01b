import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { openDatabase } from '../../../src/db/index.ts'
import { createLedgerStore } from '../../../src/stores/ledger.ts'
import { createSlotStore } from '../../../src/stores/slots.ts'
import { createTaskStore } from '../../../src/stores/tasks.ts'
import { dataFolder } from '../gateway.ts'
import { round, type Row } from '../slices.ts'
import { channelRow, route, keyRow, taskRow } from '../../support/rows.ts'
import type { Context } from './context.ts'

const KEYS = 10
const NOW = 5000
const everybody = { models: [], keys: [] }

/** F: a long queue of ten keys, the first of which has nine tenths of it, in this process: what a pick and a durable start cost. */
export async function fairness({ quick, inFlight: waiting }: Context): Promise<Row[]> {
  const path = join(dataFolder(), 'queue.db')
  const database = await openDatabase(`file:${path}`)
  await database.migrate()
  const ledger = createLedgerStore(database)
  const tasks = createTaskStore({ database, slots: createSlotStore(database), ledger })
  await fill()

  const seconds = quick ? 1 : 4
  const pick = await perSecond(seconds, async () => (await tasks.nextWaiting(NOW, everybody)).length)
  const together = await perSecond(seconds, async () => (await tasks.nextWaiting(NOW, everybody, 32)).length)
  const fullModel = await perSecond(seconds, async () => {
    await tasks.nextWaiting(NOW, { models: ['m'], keys: [] })
    return 1
  })
  const fullKeys = await perSecond(seconds, async () => {
    await tasks.nextWaiting(NOW, { models: [], keys: keyIds.slice(0, 1) })
    return 1
  })
  const oneByOne = await perSecond(seconds, () => start(1))
  const gathered = await perSecond(seconds, () => start(tasks.startsTogether))
  const commits = bareCommits(seconds)
  await database.close()
  const anchor = `${waiting} waiting, ${KEYS} keys`
  const best = Math.max(pick, together)
  return [
    {
      name: 'F fair picks per second',
      anchor,
      rate: round(best),
      goal: 10_000,
      met: best >= 9000,
      detail: `${round(together)} tasks/s by 32, ${round(pick)}/s one by one; past a full model ${round(fullModel)}/s, past a full key ${round(fullKeys)}/s`
    },
    {
      name: 'F durable starts',
      anchor: 'commits of one bare row on the same disk',
      rate: round(gathered / commits),
      detail: `${round(gathered)} starts/s by ${tasks.startsTogether}, ${round(oneByOne)}/s one by one, ${round(commits)} bare commits/s`
    }
  ]

  async function start(atOnce: number) {
    const next = await tasks.nextWaiting(NOW, everybody, atOnce)
    const options = { owner: 'bench', reconcileAt: 9000, now: NOW }
    const started = await Promise.all(next.map(task => tasks.startWaiting(task, [route], options)))
    if (started.some(one => typeof one === 'string')) throw new Error('a task did not start')
    return started.length
  }

  async function fill() {
    await database.db.insert(database.keys).values(keyIds.map(id => keyRow({ id, queueTag: waiting + 1 })))
    await database.db.insert(database.channels).values(channelRow())
    const video = { model: 'm', prompt: 'p', images: [], metadata: {} }
    await tasks.create(taskRow({ id: 'template', keyId: 'key_0' }), video, [], { owner: 'a', reconcileAt: 1, now: 1 })
    const raw = new Sqlite(path)
    const columns = raw.pragma('table_info(tasks)') as { name: string }[] // its documented columns
    const chosen = columns.map(({ name }) => (['id', 'key_id', 'queue_tag'].includes(name) ? `@${name}` : `"${name}"`))
    const insert = raw.prepare(`insert into tasks select ${chosen.join()} from tasks where id = 'template'`)
    raw.transaction(() => {
      for (let index = 1; index <= waiting; index++) {
        const key_id = keyIds[index % 10 ? 0 : 1 + ((index / 10) % (KEYS - 1))]
        insert.run({ id: `video_${String(index).padStart(8, '0')}`, key_id, queue_tag: index })
      }
    })()
    raw.close()
  }

  /** What the disk gives: commits of one small row, each with its fsync. */
  function bareCommits(forSeconds: number) {
    const raw = new Sqlite(path)
    raw.pragma('journal_mode = wal')
    raw.pragma('synchronous = full')
    raw.exec('create table bare (id integer primary key, text text)')
    const insert = raw.prepare("insert into bare (text) values ('a row')")
    const began = performance.now()
    let count = 0
    for (; performance.now() - began < forSeconds * 1000; count++) insert.run()
    raw.close()
    return (count * 1000) / (performance.now() - began)
  }
}

const keyIds = Array.from({ length: KEYS }, (_, number) => `key_${number}`)

/** How many a second, over some seconds; `work` gives how many it did. */
async function perSecond(seconds: number, work: () => Promise<number>) {
  await work()
  const began = performance.now()
  let done = 0
  while (performance.now() - began < seconds * 1000) done += await work()
  return (done * 1000) / (performance.now() - began)
}
