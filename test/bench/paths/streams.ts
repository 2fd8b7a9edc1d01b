import { setTimeout as pause } from 'node:timers/promises'
import { finished, makeTask, newMember, running, seed, startGateway } from '../gateway.ts'
import { startClient } from '../load.ts'
import { cpuOf, memoryOf } from '../machine.ts'
import { median, round, type Row } from '../slices.ts'
import type { Context } from './context.ts'

const STREAMS = 2000
// as many as a key may have open
const STREAMS_PER_KEY = 200
const HOUR = 3_600_000
const POLLS_PER_SECOND = 100

/** S: many open streams of events, in which nothing happens: memory, idle CPU, and how polls fare beside them. */
export async function streams({ client, vendor, quick }: Context): Promise<Row[]> {
  const gateway = await startGateway(vendor.url)
  const template = await makeTask(gateway)
  const [ended] = seed(gateway.folder, template, { count: 1, row: finished(vendor.url) })
  const due = running(() => Date.now() + HOUR)
  const asked: { url: string; headers: Record<string, string> }[] = []
  for (let key = 0; key < STREAMS / STREAMS_PER_KEY; key++) {
    const { id, headers } = await newMember(gateway, `streams ${key}`)
    const row = (index: number) => ({ ...due(key * STREAMS_PER_KEY + index), key_id: id })
    for (const task of seed(gateway.folder, template, { count: STREAMS_PER_KEY, row }))
      asked.push({ url: `${gateway.url}/v1/videos/${task}/events`, headers })
  }
  const polls = {
    kind: 'paced',
    url: `${gateway.url}/v1/videos/${ended}`,
    headers: gateway.member,
    rate: POLLS_PER_SECOND,
    seconds: quick ? 3 : 6
  } as const
  const p99 = async () => {
    const { p99: measured, bad } = await client.run(polls)
    if (bad) throw new Error(`${bad} polls failed beside streams`)
    return measured
  }
  /** Memory (MB), idle CPU (percent of a core), p99 of polls (ms), the medians of some rounds. */
  async function look() {
    const rounds = quick ? 2 : 4
    await pause(2000)
    const memory = memoryOf(gateway.pid)
    const before = cpuOf(gateway.pid)
    const seconds = quick ? 3 : 10
    await pause(seconds * 1000)
    const cpu = ((cpuOf(gateway.pid) - before) / 1e6 / seconds) * 100
    const times: number[] = []
    for (let number = 0; number < rounds; number++) times.push(await p99())
    return { memory, cpu, times }
  }

  try {
    await p99()
    const without = await look()
    const opener = await startClient()
    const { bad } = await opener.run({ kind: 'streams', asked })
    if (bad) throw new Error(`${bad} streams did not open`)
    const open = await look()
    opener.stop()
    const after = await look()
    const kilobytes = ((open.memory - without.memory) * 1024) / STREAMS
    const bare = median([...without.times, ...after.times])
    const times = median(open.times) / bare
    return [
      {
        name: `S memory per open stream, ${STREAMS} streams (lower is better)`,
        anchor: 'KB over none',
        rate: round(kilobytes),
        goal: 60,
        met: kilobytes <= 66,
        detail: `${round(without.memory)} MB with none, ${round(open.memory)} MB with them, ${round(after.memory)} MB afterwards`
      },
      {
        name: `S idle CPU, ${STREAMS} streams (lower is better)`,
        anchor: 'percent of a core',
        rate: round(open.cpu),
        goal: 2,
        met: open.cpu <= 2.2,
        detail: `${round(without.cpu)} % with none`
      },
      {
        name: `S p99 of polls, ${STREAMS} streams (lower is better)`,
        anchor: 'without streams',
        rate: round(times),
        goal: 1.3,
        met: times <= 1.3 * 1.1,
        detail: `${round(median(open.times))} ms [${open.times.map(round).join(', ')}], without ${round(bare)} ms; ${POLLS_PER_SECOND} polls/s`
      }
    ]
  } finally {
    await gateway.stop()
  }
}
