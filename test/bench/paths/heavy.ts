import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Order } from '../client.ts'
import { finished, makeTask, seed, startGateway } from '../gateway.ts'
import { startClient } from '../load.ts'
import { mainThreadCpuOf, pinned } from '../machine.ts'
import { median, round, type Row } from '../slices.ts'
import type { Context } from './context.ts'

const MB = 1_000_000
const CPU_GOAL = 0.25
const P99_GOAL = 3
const POSTERS = 8
const POLLS_PER_SECOND = 100

/** H: submits with images in base64: CPU of the main thread, and how polls fare beside them. */
export async function heavy({ client, vendor, quick, effort }: Context): Promise<Row[]> {
  const gateway = await startGateway(vendor.url)
  const [ended] = seed(gateway.folder, await makeTask(gateway), { count: 1, row: finished(vendor.url) })
  const headers = { ...gateway.member, 'content-type': 'application/json' }
  const poller = await startClient()
  try {
    const rows: Row[] = []
    for (const size of [5, 20]) rows.push(await submits(size))
    return [...rows, await beside()]
  } finally {
    poller.stop()
    await gateway.stop()
  }

  /** One after the other: the CPU of the main thread for each, against parsing and writing the same text. */
  async function submits(size: number): Promise<Row> {
    const body = bodyOf(size)
    const file = join(gateway.folder, `${size}.json`)
    writeFileSync(file, body)
    const times = quick ? 4 : 10
    const ours: number[] = []
    const bare: number[] = []
    await post(body)
    for (let number = 0; number < Math.max(3, effort.rounds / 2); number++) {
      bare.push(parseAndStringify(file, times))
      const before = mainThreadCpuOf(gateway.pid)
      for (let time = 0; time < times; time++) await post(body)
      ours.push((mainThreadCpuOf(gateway.pid) - before) / times)
    }
    const ratio = median(ours) / median(bare)
    return {
      name: `H main-thread CPU of a submit with ${size} MB of base64 (lower is better)`,
      anchor: 'JSON.parse and JSON.stringify of the same text',
      rate: round(ratio),
      goal: CPU_GOAL,
      met: ratio <= CPU_GOAL * 1.1,
      detail: `${round(median(ours) / 1000)} ms [${ours.map(us => round(us / 1000)).join(', ')}], bare ${round(median(bare) / 1000)} ms`
    }
  }

  async function post(body: string) {
    const response = await fetch(`${gateway.url}/v1/videos`, { method: 'POST', headers, body })
    if (!response.ok) throw new Error(`create: ${response.status} ${await response.text()}`)
    await response.arrayBuffer()
  }

  async function beside(): Promise<Row> {
    const polls = {
      kind: 'paced',
      url: `${gateway.url}/v1/videos/${ended}`,
      headers: gateway.member,
      rate: POLLS_PER_SECOND,
      seconds: quick ? 2 : 4
    } as const
    const posts: Order = {
      kind: 'load',
      url: gateway.url,
      paths: ['/v1/videos'],
      method: 'POST',
      headers,
      body: bodyOf(10),
      connections: POSTERS,
      seconds: polls.seconds
    }
    const [alone, busy, posted]: [number[], number[], number[]] = [[], [], []]
    await poller.run({ ...polls, seconds: 1 })
    for (let number = 0; number < Math.max(3, effort.rounds / 2); number++) {
      alone.push(p99Of(await poller.run(polls)))
      const [polled, submitted] = await Promise.all([poller.run(polls), client.run(posts)])
      if (submitted.bad) throw new Error(`${submitted.bad} submits of 10 MB failed`)
      busy.push(p99Of(polled))
      posted.push(submitted.count / posts.seconds)
    }
    const times = median(busy) / median(alone)
    return {
      name: `H p99 of polls while ${POSTERS} clients post 10 MB bodies (lower is better)`,
      anchor: 'without',
      rate: round(times),
      goal: P99_GOAL,
      met: times <= P99_GOAL * 1.1,
      detail: `${round(median(busy))} ms, without ${round(median(alone))} ms; ${round(median(posted))} submits/s, ${POLLS_PER_SECOND} polls/s`
    }
  }
}

function p99Of({ p99, bad }: { p99: number; bad: number }) {
  if (bad) throw new Error(`${bad} polls failed beside submits`)
  return p99
}

/** A create whose image has so many megabytes of base64. */
function bodyOf(size: number): string {
  const image = Buffer.alloc((size * MB * 3) / 4)
  for (let at = 0; at + 4 <= image.length; at += 4) image.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at)
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(image)
  return JSON.stringify({ model: 'kling-v1', prompt: 'An astronaut walks', image: image.toString('base64') })
}

/** Microseconds of CPU for each time. */
function parseAndStringify(file: string, times: number): number {
  const script = new URL('../anchors/json.ts', import.meta.url).pathname
  const [command, args] = pinned(0, process.execPath, [script, file, String(times)])
  return Number(execFileSync(command, args, { encoding: 'utf8' }))
}
