import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect, test } from 'vitest'
import { freshUrl } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { addChannel, createFleet, createUntilAnswered, endsOf, expectOncePerPrompt } from './nodes.ts'

/* R10: a node stands still (SIGSTOP) with polls and submits in hand, past its leases; another takes over; then it goes on (SIGCONT). */

const ROUNDS = Number(process.env.ROUNDS ?? 2)
const TASKS = 60
const STOP_AFTER = 40
const PAST_LEASE_MS = 33_000

test(`R10: ${ROUNDS} zombies, ${TASKS} tasks each: their writes change nothing`, { timeout: 3_600_000 }, async () => {
  const { url, close } = await freshUrl('postgres')
  const vendor = await startFakeCloudsway()
  const fleet = createFleet(url)
  const sleeper = await fleet.start()
  await addChannel(sleeper.url, vendor, { max_concurrency: 100 })
  let running = 0

  for (let round = 0; round < ROUNDS; round++) {
    let target = sleeper.url
    const begun = vendor.submits.length
    vendor.onPoll = () => 'processing'
    vendor.onSubmit = () => {
      // in the middle of its submits: this one is accepted, and its answer lies unread
      if (vendor.submits.length === begun + STOP_AFTER) sleeper.child.kill('SIGSTOP')
      return 'accept'
    }
    const made = Array.from({ length: TASKS }, (_, n) => createUntilAnswered(() => target, `round ${round} task ${n}`))
    await expect.poll(() => vendor.submits.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(begun + STOP_AFTER)
    running += (await rows(url, round)).filter(({ lease_owner }) => lease_owner !== null).length
    vendor.onPoll = () => 'succeed'
    const heir = await fleet.start()
    target = heir.url
    await sleep(PAST_LEASE_MS)
    // a transaction that it left open holds its rows until Postgres ends it, after 30 s: only then can the heir go on with those
    await expect
      .poll(async () => (await rows(url, round)).filter(({ status }) => status === 'completed').length, {
        timeout: 120_000,
        interval: 1000
      })
      .toBeGreaterThanOrEqual(STOP_AFTER)
    const before = await rows(url, round)
    sleeper.child.kill('SIGCONT')
    const ids = await Promise.all(made)
    // the sleeper's answers are read, its writes tried: each task that had ended is as it was
    await sleep(3000)
    const after = new Map((await rows(url, round)).map(row => [row.id, row]))
    for (const row of before) if (row.finished_at !== null) expect(after.get(row.id)).toEqual(row)
    expect(await endsOf(heir.url, ids, 60)).toEqual({ completed: TASKS })
    heir.child.kill('SIGTERM')
    await heir.exited
  }
  expectOncePerPrompt(vendor)
  expect(await slots(url)).toBe(0)
  expect(running).toBeGreaterThan(0)
  console.info(JSON.stringify({ rounds: ROUNDS, running, submits: vendor.submits.length }))
  sleeper.child.kill('SIGKILL')
  await sleeper.exited
  fleet.clean()
  await vendor.close()
  await close()
})

interface Row {
  id: string
  status: string
  lease_owner: string | null
  fence: string
  finished_at: string | null
}

async function ask<T extends object>(url: string, text: string, values: unknown[] = []): Promise<T[]> {
  const client = new pg.Client(url)
  await client.connect()
  const { rows: found } = await client.query<T>(text, values)
  await client.end()
  return found
}

const rows = (url: string, round: number) =>
  ask<Row>(url, 'select id, status, lease_owner, fence, finished_at from tasks where prompt like $1 order by id', [
    `round ${round} %`
  ])

async function slots(url: string): Promise<number> {
  const [row] = await ask<{ taken: string }>(url, 'select sum(in_flight) as taken from channels')
  return Number(row?.taken)
}
