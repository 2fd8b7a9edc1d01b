import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openDatabase } from '../../../src/db/index.ts'
import { createLedgerStore } from '../../../src/stores/ledger.ts'
import { createSlotStore } from '../../../src/stores/slots.ts'
import { createTaskStore } from '../../../src/stores/tasks.ts'
import { makeTask, running, seed, serve, startGateway, waiting } from '../gateway.ts'
import { cpuOf, memoryOf } from '../machine.ts'
import { quantile, round, type Row } from '../slices.ts'
import type { Context } from './context.ts'

const HOUR = 3_600_000

/** D: many tasks in flight: what they cost while nothing happens, how late their polls are, how fast a queue is picked from. */
export async function flight({ vendor, quick, inFlight }: Context): Promise<Row[]> {
  const gateway = await startGateway(vendor.url)
  const { folder } = gateway
  const template = await makeTask(gateway)
  await gateway.stop()

  const empty = await idle(folder, quick)
  seed(folder, template, { count: inFlight, row: running(() => Date.now() + HOUR) })
  const full = await idle(folder, quick)
  const bytes = ((full.memory - empty.memory) * 1024 * 1024) / inFlight
  return [
    {
      name: `D memory per task in flight, ${inFlight} tasks (lower is better)`,
      anchor: 'bytes over none in flight',
      rate: round(bytes),
      goal: 600,
      met: bytes <= 660,
      detail: `idle ${round(empty.memory)} MB, with them ${round(full.memory)} MB`
    },
    {
      name: `D idle CPU, ${inFlight} tasks in flight`,
      anchor: 'none in flight',
      detail: `${round(full.cpu)} % of a core, ${round(empty.cpu)} % with none`
    },
    await duePolls(),
    await picks()
  ]

  async function duePolls(): Promise<Row> {
    const seconds = quick ? 4 : 10
    const count = 250 * seconds
    const from = Date.now() + 3000
    seed(folder, template, { count, row: running(index => from + Math.floor((index / count) * seconds * 1000)) })
    const server = await serve(folder)
    await pause(Math.max(0, from - Date.now()))
    const before = cpuOf(server.pid)
    await pause(seconds * 1000 + 500)
    const cpu = cpuOf(server.pid) - before
    const lags = (await (await fetch(`${vendor.url}/lags`)).json()) as number[] // what vendor.ts sends
    await server.stop()
    const p99 = quantile(lags, 0.99)
    return {
      name: 'D lag of due polls, p99 (lower is better)',
      anchor: 'milliseconds after due',
      rate: p99,
      goal: 100,
      met: p99 <= 110,
      detail: `${lags.length} of ${count} polls at ${count / seconds}/s, median ${quantile(lags, 0.5)} ms, max ${Math.max(...lags)} ms, CPU ${round((cpu / 1e6 / (seconds + 0.5)) * 100)} % of a core`
    }
  }

  /** In this process: the queue's own cost, without HTTP and vendor. */
  async function picks(): Promise<Row> {
    seed(folder, template, { count: inFlight, row: waiting(index => index + 1) })
    const database = await openDatabase(`file:${join(folder, 'reelay.db')}`)
    const tasks = createTaskStore({ database, slots: createSlotStore(database), ledger: createLedgerStore(database) })
    const [{ id: channelId } = { id: '' }] = await database.db
      .select({ id: database.channels.id })
      .from(database.channels)
    const claims = [{ channelId, upstreamModel: 'kling-v1' }]
    const count = quick ? 300 : 1000
    const began = performance.now()
    for (let number = 0; number < count; number++) {
      const now = Date.now()
      const [next] = await tasks.nextWaiting(now, { models: [], keys: [] })
      const started = next && (await tasks.startWaiting(next, claims, { owner: 'bench', settleAt: now + HOUR, now }))
      if (!started) throw new Error('the queue gave nothing')
    }
    const perSecond = (count * 1000) / (performance.now() - began)
    await database.close()
    return {
      name: 'D fair picks from a long queue',
      anchor: `${inFlight} waiting`,
      detail: `${round(perSecond)} picks/s, each durable by itself`
    }
  }
}

/** Memory (MB) after two seconds, CPU (percent of a core) over the next ones. */
async function idle(folder: string, quick: boolean) {
  const server = await serve(folder)
  await pause(2000)
  const before = cpuOf(server.pid)
  const seconds = quick ? 2 : 10
  await pause(seconds * 1000)
  const measured = { memory: memoryOf(server.pid), cpu: ((cpuOf(server.pid) - before) / 1e6 / seconds) * 100 }
  await server.stop()
  return measured
}
