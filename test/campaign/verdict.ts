import { createHash } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import { checkMoney } from '../../src/stores/audit-money.ts'
import { createInvariants } from '../../src/stores/audit-slots.ts'
import type { SharedDatabase } from './stand-ins/database.ts'
import type { SimulatedVendor } from './vendor.ts'

/* What must hold when all tasks of a run have ended. */

// each returns rows only where something is wrong
const questions = {
  'it ended and still holds a slot': `select id from tasks where finished_at is not null and slot`,
  'its vendor is still followed': `select id from tasks where follow_up_at is not null`,
  'it never ended': `select id from tasks where finished_at is null`,
  'it ended without an event': `
    select id from tasks t where not exists (
      select 1 from events where task_id = t.id and type in ('video.completed', 'video.failed'))`,
  'one request, one task': `
    select prompt, count(*) as made from tasks
    where parent_id is null and not (deleted_at is not null and started_at is null and failure is not null)
    group by key_id, prompt having made > 1`,
  'its request is deleted': `
    select task_id from requests r where not exists (
      select 1 from tasks where (id = r.task_id or parent_id = r.task_id)
        and error_code in ('submit_outcome_unknown', 'internal_quarantined'))`
}

/** Fails with what is wrong; returns how the tasks ended. */
export async function verdict(
  { database, reader }: SharedDatabase,
  vendor: SimulatedVendor,
  fail: (message: string) => never
): Promise<{ lives: number; how: Record<string, number> }> {
  for (const [what, text] of Object.entries(questions)) {
    const wrong = reader.prepare(text).all()
    if (wrong.length) fail(`${what}: ${JSON.stringify(wrong.slice(0, 3))}`)
  }
  // what `reelay doctor` asks
  const broken = [...(await checkMoney(database)), ...(await createInvariants(database).wrongSlots())]
  if (broken.length) fail(JSON.stringify(broken.slice(0, 3)))

  const jobs = [...vendor.jobs.values()]
  for (const [reference, twins] of Map.groupBy(jobs, job => job.reference))
    if (twins.length > 1) fail(`${reference} was made ${twins.length} times`)
  const known = new Set(
    reader
      .prepare(`select reference from attempts where outcome is null or outcome in ('accepted', 'unknown')`)
      .pluck()
      .all()
  )
  // whoever gives up what may still come ends it; whoever goes on must find it
  const wasGivenUp = reader.prepare(
    `select 1 from tasks where prompt = ? and error_code in ('cancelled', 'expired', 'submit_outcome_unknown')`
  )
  const wanted = reader.prepare('select max(n) from tasks where prompt = ?').pluck()
  for (const [prompt, all] of Map.groupBy(jobs, job => job.prompt)) {
    const lost = all.find(({ reference, late }) => !known.has(reference) && !(late && wasGivenUp.get(prompt)))
    if (lost) fail(`the vendor works on ${lost.reference} (${prompt}), and nobody knows: ${story(prompt)}`)
    const made = all.filter(({ ends }) => ends === 'succeed')
    if (made.length > (wanted.get(prompt) as number))
      fail(`${prompt} was made ${made.length} times: ${JSON.stringify(made)}`) // n is a number
  }
  /** What is written of a request, for whoever looks for the cause. */
  function story(prompt: string) {
    const of = (text: string) => JSON.stringify(reader.prepare(text).all(prompt))
    const ids = 'select id from tasks where prompt = ?'
    return `${of(`select * from attempts where task_id in (${ids})`)} ${of(`select * from events where task_id in (${ids})`)}`
  }

  const ended = reader
    .prepare(
      'select coalesce(error_code, status) as how, count(*) as count from tasks where parent_id is null group by 1 order by 1'
    )
    .all() as { how: string; count: number }[] // as selected
  return {
    lives: ended.reduce((sum, { count }) => sum + count, 0),
    how: Object.fromEntries(ended.map(({ how, count }) => [how, count]))
  }
}

/** Everything that was written about tasks, but for the names of processes. */
export function digestOf(reader: Sqlite.Database): string {
  const hash = createHash('sha256')
  for (const table of ['tasks', 'attempts', 'ledger', 'spend', 'events', 'idempotency'])
    for (const row of reader.prepare(`select * from ${table} order by 1, 2`).iterate() as Iterable<object>)
      // rows are objects
      hash.update(JSON.stringify({ ...row, lease_owner: null, cancel_requested: null }))
  return hash.digest('hex')
}
