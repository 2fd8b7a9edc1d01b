import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { openDatabase, type Database } from '../../src/db/index.ts'
import { newId } from '../../src/lib/ids.ts'
import { freshUrl, kinds } from '../support/database.ts'
import { taskRow } from '../support/rows.ts'
import { adminCall } from '../support/process.ts'
import { createFleet } from './nodes.ts'

/* R9: a process dies (kill -9) with TASKS in flight; the next is ready soon, polls all that is due, and stampedes nobody. */

const TASKS = Number(process.env.TASKS ?? 10_000)
const ANSWER_MS = 50
const DOWN_MS = 3000
// src/tasks/worker.ts
const LEASE_MS = 30_000
const MOST_STEPS = 500

describe.each(kinds)('%s', kind => {
  test(`R9: ${TASKS} tasks in flight at a kill -9`, { timeout: 240_000 }, async () => {
    const { url, close } = await freshUrl(kind)
    const vendor = await startPollVendor()
    const fleet = createFleet(url)
    const first = await fleet.start()
    const { id: channelId } = await adminCall<{ id: string }>(first.url, 'POST', '/admin/channels', {
      name: 'many',
      vendor: 'cloudsway',
      base_url: vendor.url,
      credential: 'c',
      options: { endpoint_path: 'EP' },
      models: { 'kling-v1': 'kling-v1' }
    })
    const database = await openDatabase(url)
    const ids = await seed(database, channelId)
    await expect
      .poll(() => new Set(vendor.polls.map(({ id }) => id)).size, { timeout: 120_000 })
      .toBeGreaterThan(TASKS / 2)
    first.child.kill('SIGKILL')
    await first.exited
    await sleep(DOWN_MS)

    const rows = await database.db.select().from(database.tasks)
    const from = Date.now()
    const overdue = rows.filter(({ dueAt }) => dueAt !== null && dueAt <= from)
    const running = new Set(overdue.filter(({ leaseUntil }) => (leaseUntil ?? 0) > from).map(({ id }) => id))
    vendor.polls.length = 0
    const next = await fleet.start()
    await expect.poll(() => isReady(next.url), { timeout: 10_000, interval: 10 }).toBe(true)
    const readyMs = Date.now() - from
    const answers = watchAnswers(next.url, ids[0]!)
    const polled = () => new Map(vendor.polls.toReversed().map(({ id, at }) => [id, at - from]))
    const waiting = () => {
      const heard = polled()
      return overdue.filter(({ id }) => !heard.has(id))
    }
    await expect.poll(() => waiting().length, { timeout: LEASE_MS + 30_000, interval: 500 }).toBe(0)
    const latencies = await answers.stop()

    const firstPolls = polled()
    const free = overdue.filter(({ id }) => !running.has(id)).map(({ id }) => firstPolls.get(id)!)
    const held = [...running].map(id => firstPolls.get(id)!)
    const perSecond = [...Map.groupBy(vendor.polls, ({ at }) => Math.floor((at - from) / 1000)).values()]
    console.info(
      JSON.stringify({
        kind,
        tasks: TASKS,
        overdue: overdue.length,
        readyMs,
        lastPollMs: Math.max(...free),
        running: held.length,
        lastInHandMs: Math.max(0, ...held),
        mostPollsInASecond: Math.max(...perSecond.map(({ length }) => length)),
        mostAtOnce: vendor.mostAtOnce(),
        answerMs: { p50: at(latencies, 0.5), p99: at(latencies, 0.99), max: at(latencies, 1) }
      })
    )
    expect(Math.max(...free)).toBeLessThan(30_000)
    expect(Math.max(0, ...held)).toBeLessThan(LEASE_MS + 5000)
    expect(vendor.mostAtOnce()).toBeLessThanOrEqual(MOST_STEPS)

    next.child.kill('SIGTERM')
    await next.exited
    await database.close()
    fleet.clean()
    await vendor.close()
    await close()
  })
})

/** Tasks that all run at the vendor, and all are due. */
async function seed(database: Database, channelId: string): Promise<string[]> {
  const { db, keys, tasks } = database
  const [key] = await db.select().from(keys)
  const rows = Array.from({ length: TASKS }, () => {
    const id = newId('video', Date.now())
    return taskRow({
      id,
      keyId: key!.id,
      model: 'kling-v1',
      status: 'in_progress',
      channelId,
      upstreamModel: 'kling-v1',
      operation: { id, standard: false, path: `/text2video/${id}` },
      startedAt: Date.now(),
      dueAt: Date.now(),
      createdAt: Date.now()
    })
  })
  for (let n = 0; n < rows.length; n += 200) await db.insert(tasks).values(rows.slice(n, n + 200))
  return rows.map(({ id }) => id)
}

/** Everything is in progress at this vendor, for good; it takes its time to say so. */
async function startPollVendor() {
  const polls: { id: string; at: number }[] = []
  let now = 0
  let most = 0
  const server = createServer((request, response) => void answer(request, response))

  async function answer(request: IncomingMessage, response: ServerResponse) {
    polls.push({ id: request.url!.split('/').at(-1)!, at: Date.now() })
    most = Math.max(most, ++now)
    await sleep(ANSWER_MS)
    now--
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ code: 0, message: 'SUCCEED', request_id: 'r', data: { task_status: 'processing' } }))
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on TCP
    polls,
    mostAtOnce: () => most,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  }
}

const isReady = (url: string) =>
  fetch(`${url}/readyz`).then(
    ({ status }) => status === 200,
    () => false
  )

/** Asks for one task again and again, and notes how long each answer takes. */
function watchAnswers(url: string, id: string) {
  const latencies: number[] = []
  let stopped = false
  const asking = (async () => {
    while (!stopped) {
      const began = performance.now()
      await adminCall(url, 'GET', `/openai/v1/videos/${id}`)
      latencies.push(performance.now() - began)
      await sleep(20)
    }
  })()
  return {
    async stop() {
      stopped = true
      await asking
      return latencies.sort((a, b) => a - b)
    }
  }
}

const at = (sorted: readonly number[], share: number) =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!)
