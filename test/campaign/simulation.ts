import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isNull, sql } from 'drizzle-orm'
import { pino } from 'pino'
import { loadConfig } from '../../src/config.ts'
import type { Key } from '../../src/db/index.ts'
import { openServices } from '../../src/server.ts'
import { seeded } from '../support/seeded.ts'
import { createSimulatedVendor } from './vendor.ts'

/* The whole engine under a clock of its own: seeded chance decides what the clients, the vendor and fate do. The same seed, the same run. */

export interface Run {
  lives: number
  ended: Record<string, number>
  deaths: number
  faults: Record<string, number>
}

const MINUTE = 60_000
// a share of `lives` is in flight at any time, so that slots are scarce and queues long
const WIDTH = 40

/** Lives `lives` tasks through. Throws naming seed and step when an invariant breaks. */
export async function simulate(seed: number, lives: number): Promise<Run> {
  const random = seeded(seed)
  const vendor = createSimulatedVendor(random, 0.6)
  // memory-backed where there is such a place: durability is the kill campaign's business, not this one's
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'reelay-sim-'))
  let clock = Date.UTC(2026, 0, 1)
  let deaths = 0
  let step = 0
  const config = loadConfig({
    DATA_DIR: folder,
    SANDBOX: 'off',
    ARCHIVE_URL: 'off',
    SUBMIT_WAIT_MS: '60000',
    MAX_QUEUED: '100000'
  })
  const log = pino({ level: 'silent' })

  /** A process: its services, and its end. What it began when it died goes on as a zombie, whose writes must change nothing. */
  async function start() {
    let die = () => {}
    const death = new Promise<'dead'>(resolve => (die = () => resolve('dead')))
    const services = await openServices({
      config,
      log,
      random,
      now: () => clock,
      exchange: vendor.exchangeFor(() => die())
    })
    return { ...services, death }
  }

  let node = await start()
  const graveyard: (typeof node)[] = []
  const channelIds: string[] = []
  for (const [name, limit] of [
    ['a', 3],
    ['b', 5]
  ] as const) {
    const channel = await node.channels.create({
      name,
      vendor: 'cloudsway',
      base_url: 'https://genaiapi.cloudsway.net',
      credential: 'secret',
      options: { endpoint_path: 'EP' },
      models: { 'kling-v1': 'kling-v1' },
      max_concurrency: limit,
      submits_per_minute: null,
      priority: 0,
      weight: 1,
      disabled: false
    })
    channelIds.push(channel.id)
  }
  await node.models.put('kling-v1', {
    prices: [{ unit: 'second', amount: '0.10', currency: 'USD' }],
    retryFailed: true
  })
  const keys: Key[] = []
  for (const name of ['hog', 'guest', 'third'])
    keys.push((await node.keys.create({ name, ...(name === 'third' && { maxConcurrency: 2 }) })).key)

  const { db, tasks, attempts, channels, ledger } = node.database
  const fail = (message: string): never => {
    throw new Error(`seed ${seed}, step ${step}: ${message}`)
  }

  async function check() {
    const slots = await db
      .select({ channelId: tasks.channelId, held: sql<number>`count(*)` })
      .from(tasks)
      .where(sql`${tasks.slot} = 1`)
      .groupBy(tasks.channelId)
    for (const { id, inFlight, maxConcurrency } of await db.select().from(channels)) {
      const held = Number(slots.find(({ channelId }) => channelId === id)?.held ?? 0)
      if (inFlight !== held) fail(`channel ${id} counts ${inFlight} slots, tasks hold ${held}`)
      if (inFlight > (maxConcurrency ?? Infinity))
        fail(`channel ${id} has ${inFlight} of ${maxConcurrency} slots taken`)
    }
    const lost = await db
      .select({ id: tasks.id })
      .from(tasks)
      .where(sql`${tasks.finishedAt} is null and ${tasks.dueAt} is null`)
    if (lost.length) fail(`${lost[0]!.id} runs but is never due`)
  }

  async function checkMoney() {
    const holds = sql<number>`sum(kind = 'hold')`
    const held = sql<number>`sum(case kind when 'hold' then amount else 0 end)`
    const settled = sql<number>`sum(case kind when 'hold' then 0 else amount end)`
    const [bad] = await db
      .select({ taskId: ledger.taskId, holds, held, settled })
      .from(ledger)
      .groupBy(ledger.taskId)
      .having(sql`${holds} <> 1 or ${settled} > ${held}`)
      .limit(1)
    if (bad) fail(`ledger of ${bad.taskId}: ${JSON.stringify(bad)}`)
  }

  async function act() {
    const dice = random()
    if (dice < 0.25) await node.worker.tick()
    else if (dice < 0.28) {
      const [open] = await db
        .select({ id: tasks.id })
        .from(tasks)
        .where(isNull(tasks.finishedAt))
        .orderBy(sql`random()`)
        .limit(1)
      // the simulation's own chance, not the database's, must pick: ids are made by the clock
      if (open) await node.worker.cancel(open.id)
    } else clock += Math.floor(random() * (dice < 0.9 ? 5000 : 5 * MINUTE))
    if (random() < 0.01) await node.channels.change(channelIds[Math.floor(random() * 2)]!, { disabled: false })
  }

  /** Lets the node do something; when it dies of it, the next one takes over. */
  async function live(work: () => Promise<unknown>) {
    if ((await Promise.race([work(), node.death])) !== 'dead') return
    deaths++
    graveyard.push(node)
    clock += Math.floor(random() * MINUTE)
    node = await start()
  }

  let created = 0
  try {
    while (created < lives || (await open()) > 0) {
      step++
      if (created < lives && (await open()) < WIDTH) {
        created++
        const key = keys[random() < 0.8 ? 0 : 1 + Math.floor(random() * 2)]!
        await live(() =>
          node.tasks
            .create(
              key,
              { model: 'kling-v1', prompt: `life ${created}`, seconds: 5, ...(random() < 0.05 && { n: 2 }) },
              { unknownFields: [] }
            )
            .catch(() => {})
        )
      }
      await live(act)
      if (step % 10 === 0) await check()
      if (step % 500 === 0) await checkMoney()
      if (step > lives * 400 + 100_000) fail(`${await open()} tasks never end`)
    }
    await check()
    await checkMoney()

    const perReference = Map.groupBy(vendor.jobs.values(), ({ reference }) => reference)
    for (const [reference, jobs] of perReference)
      if (jobs.length > 1) fail(`${reference} was made ${jobs.length} times`)
    const rows = await db.select().from(attempts)
    const unpaid = new Set(
      rows
        .filter(({ outcome }) => outcome === 'accepted' || outcome === 'unknown' || outcome === null)
        .map(({ reference }) => reference)
    )
    for (const { reference } of vendor.jobs.values())
      if (!unpaid.has(reference))
        fail(
          `the vendor works on ${reference}, and nobody knows: ${JSON.stringify(rows.filter(row => row.reference === reference))}`
        )
    const ended = await db
      .select({ status: tasks.status, errorCode: tasks.errorCode, count: sql<number>`count(*)` })
      .from(tasks)
      .groupBy(tasks.status, tasks.errorCode)
    return {
      lives: created,
      deaths,
      faults: vendor.counts,
      ended: Object.fromEntries(ended.map(({ status, errorCode, count }) => [errorCode ?? status, Number(count)]))
    }
  } finally {
    await Promise.allSettled([node, ...graveyard].map(one => one.close()))
    rmSync(folder, { recursive: true, force: true })
  }

  async function open(): Promise<number> {
    const [row] = await db
      .select({ count: sql<number>`count(*)` })
      .from(tasks)
      .where(isNull(tasks.finishedAt))
    return Number(row?.count ?? 0)
  }
}
