import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import { expect } from 'vitest'
import type { Database } from '../../src/db/index.ts'
import { checkMoney } from '../../src/stores/audit-money.ts'
import { createInvariants } from '../../src/stores/audit-slots.ts'
import type { FakeCloudsway } from '../support/fake-cloudsway.ts'
import type { Received } from '../webhooks/receiver.ts'

/* What must be true of a database, an archive and those who were told, whatever happened before. */

/** Resolves when nothing is left to do: no task open, no file to copy, nobody to tell. */
export async function untilAtRest({ db, tasks, assets, deliveries, events }: Database, seconds: number) {
  const count = sql<number>`count(*)`
  const left = async () => {
    const rows = await Promise.all([
      db.select({ count }).from(tasks).where(isNull(tasks.finishedAt)),
      db.select({ count }).from(assets).where(isNotNull(assets.dueAt)),
      db.select({ count }).from(events).where(eq(events.pending, true)),
      db.select({ count }).from(deliveries).where(isNotNull(deliveries.dueAt))
    ])
    const [open, uncopied, untold, undelivered] = rows.map(([row]) => Number(row?.count))
    return { open, uncopied, untold, undelivered }
  }
  const rest = { open: 0, uncopied: 0, untold: 0, undelivered: 0 }
  let now = await left()
  for (const until = Date.now() + seconds * 1000; Date.now() < until; now = await left()) {
    if (Object.values(now).every(number => number === 0)) break
    await sleep(250)
  }
  expect(now).toEqual(rest)
}

/** No prompt was submitted under two references, and no reference twice. */
export function expectPaidOnce(vendor: FakeCloudsway) {
  const more = <Item>(items: Iterable<Item>, by: (item: Item) => string) =>
    [...Map.groupBy(items, by)].filter(([, group]) => group.length > 1).map(([name]) => name)
  const twice = more(vendor.submits, ({ externalId }) => externalId)
  const paidTwice = more(vendor.tasks.values(), ({ body }) => String(body.prompt))
  expect({ twice, paidTwice }).toEqual({ twice: [], paidTwice: [] })
}

/** The money adds up, and nobody holds a slot. */
export async function expectBalanced(database: Database) {
  expect(await checkMoney(database)).toEqual([])
  expect(await createInvariants(database).wrongSlots()).toEqual([])
  const { db, channels, keys } = database
  const taken = [
    ...(await db.select({ inFlight: channels.inFlight }).from(channels)),
    ...(await db.select({ inFlight: keys.inFlight }).from(keys))
  ]
  expect(taken.filter(({ inFlight }) => inFlight !== 0)).toEqual([])
}

/** Every completed task has one copy, which is the vendor's file of its own job; nothing else lies about. */
export async function expectKept({ db, tasks, assets }: Database, folder: string, fileOf: (job: string) => Buffer) {
  const rows = await db
    .select({ id: tasks.id, operation: tasks.operation, state: assets.state, location: assets.location })
    .from(tasks)
    .leftJoin(assets, and(eq(assets.taskId, tasks.id), eq(assets.variant, 'video')))
    .where(eq(tasks.status, 'completed'))
  const wrong = rows.filter(({ operation, state, location }) => {
    const path = join(folder, 'archive', location ?? 'nowhere')
    const { id } = operation as { id: string } // Cloudsway's handle
    return state !== 'archived' || !existsSync(path) || !readFileSync(path).equals(fileOf(id))
  })
  expect(wrong).toEqual([])
  const files = readdirSync(join(folder, 'archive'), { recursive: true }).filter(name => String(name).endsWith('.mp4'))
  expect(files).toHaveLength(rows.length)
  expect(readdirSync(join(folder, 'incoming'))).toEqual([])
}

/** Each task's end was told at least once, always under the same id and in the same words. */
export function expectTold(received: readonly Received[], taskIds: readonly string[]) {
  const taskOf = ({ body }: Received) => (JSON.parse(body) as { data: { id: string } }).data.id
  const perTask = Map.groupBy(received, taskOf)
  expect(taskIds.filter(id => !perTask.has(id))).toEqual([])
  const sayings = [...perTask.values()].map(
    posts => new Set(posts.map(({ headers, body }) => `${headers['webhook-id']} ${body}`)).size
  )
  expect(sayings.filter(size => size !== 1)).toEqual([])
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(perTask.size)
}
