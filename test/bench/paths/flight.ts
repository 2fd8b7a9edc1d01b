import { setTimeout as pause } from 'node:timers/promises'
import { makeTask, running, seed, serve, startGateway } from '../gateway.ts'
import { cpuOf, memoryOf, resetPeak } from '../machine.ts'
import { quantile, round, type Row } from '../slices.ts'
import type { Context } from './context.ts'

const HOUR = 3_600_000

/** D: many tasks in flight: what they cost while nothing happens, and how late the polls of those that are due are. */
export async function flight({ vendor, quick, inFlight }: Context): Promise<Row[]> {
  const gateway = await startGateway(vendor.url)
  const { folder } = gateway
  const template = await makeTask(gateway)
  await gateway.stop()

  const empty = await idle(folder, quick)
  seed(folder, template, { count: inFlight, row: running(() => Date.now() + HOUR) })
  const full = await idle(folder, quick)
  const bytes = ((full.memory - empty.memory) * 1024 * 1024) / inFlight
  const rows: Row[] = [
    {
      name: `D memory per task in flight, ${inFlight} tasks (lower is better)`,
      anchor: 'bytes over none in flight',
      rate: round(bytes),
      goal: 600,
      met: bytes <= 660,
      detail: `idle ${round(empty.memory)} MB, with them ${round(full.memory)} MB`
    },
    {
      name: `D idle CPU, ${inFlight} tasks in flight (lower is better)`,
      anchor: 'percent of a core',
      rate: round(full.cpu),
      goal: 5,
      met: full.cpu <= 5.5,
      detail: `${round(empty.cpu)} % with none`
    }
  ]
  const [calm, busy] = [await duePolls(250), await duePolls(2000)]
  rows.push(lagRow(calm, 100), lagRow(busy, 2000), {
    name: `D memory at ${busy.rate} polls/s, ${inFlight} tasks in flight (lower is better)`,
    anchor: 'MB at the peak',
    rate: round(busy.peak),
    goal: 200,
    met: busy.peak <= 220,
    detail: `the whole process; ${round(calm.peak)} MB at ${calm.rate}/s`
  })
  return rows

  /** Polls of that many tasks a second, due evenly; none of them changes. */
  async function duePolls(rate: number) {
    const seconds = quick ? 4 : 10
    const count = rate * seconds
    // a server starts within this, and they are written
    const from = Date.now() + 3000 + count / 10
    seed(folder, template, { count, row: running(index => from + Math.floor((index / rate) * 1000)) })
    const server = await serve(folder)
    resetPeak(server.pid)
    await fetch(`${vendor.url}/lags`)
    await pause(Math.max(0, from - Date.now()))
    const before = cpuOf(server.pid)
    await pause(seconds * 1000 + 500)
    const cpu = ((cpuOf(server.pid) - before) / 1e6 / (seconds + 0.5)) * 100
    const peak = memoryOf(server.pid, 'peak')
    const lags = (await (await fetch(`${vendor.url}/lags`)).json()) as number[] // what vendor.ts sends
    await server.stop()
    return { rate, count, seconds, lags, cpu, peak }
  }
}

interface Polled {
  rate: number
  count: number
  seconds: number
  lags: number[]
  cpu: number
}

function lagRow({ rate, count, seconds, lags, cpu }: Polled, goal: number): Row {
  // polls that never came are the latest of all
  const p99 = lags.length < count * 0.99 ? Infinity : quantile(lags, 0.99)
  const worst = lags.reduce((most, lag) => Math.max(most, lag), 0)
  return {
    name: `D lag of due polls, p99 at ${rate}/s (lower is better)`,
    anchor: 'milliseconds after due',
    rate: p99,
    goal,
    met: p99 <= goal * 1.1,
    detail: `${lags.length} of ${count} polls, median ${quantile(lags, 0.5)} ms, max ${worst} ms, CPU ${round(cpu)} % of a core, ${round(((cpu / 100) * seconds * 1000) / lags.length)} ms per poll`
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
