import { openDatabase } from '../../src/db/index.ts'
import { createLedgerStore } from '../../src/stores/ledger.ts'
import { createSlotStore } from '../../src/stores/slots.ts'
import { createTaskStore } from '../../src/stores/tasks.ts'
import { route, taskRow } from '../support/rows.ts'

/* One node of several that spend one budget: `spender.ts URL NAME COUNT`. Says `ready`, waits for a line, then creates COUNT tasks, many at once. */

const [url = '', name = '', count = '0'] = process.argv.slice(2)
const database = await openDatabase(url)
const ledger = createLedgerStore(database)
const tasks = createTaskStore({ database, slots: createSlotStore(database), ledger })
const video = { model: 'm', prompt: 'p', images: [], metadata: {} }

console.log('ready')
await new Promise(resolve => process.stdin.once('data', resolve))
process.stdin.destroy()

const now = Date.UTC(2026, 10, 24)
const results: PromiseSettledResult<unknown>[] = []
let left = Number(count)

async function partition() {
  while (left > 0) {
    const row = taskRow({ id: `video_${name}_${left--}`, price: 1_000_000, currency: 'USD' })
    results.push(
      ...(await Promise.allSettled([tasks.create(row, video, [route], { owner: name, reconcileAt: now, now })]))
    )
  }
}
// more at once than the pool has connections, and not so many that some wait for one in vain
await Promise.all(Array.from({ length: 40 }, partition))

const accepted = results.filter(({ status }) => status === 'fulfilled').length
const refused = results.filter(
  result => result.status === 'rejected' && (result.reason as { code?: unknown }).code === 'insufficient_quota'
).length
console.log(JSON.stringify({ accepted, refused }))
await database.close()
