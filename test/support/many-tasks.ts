import Sqlite from 'better-sqlite3'
import pg from 'pg'
import type { Database } from '../../src/db/index.ts'
import { channelRow, keyRow } from './rows.ts'

/* Many tasks in a moment: one statement makes them all, so that a test can look at plans as they are with a full table. */

/** How many rows the long runs look at; null: a short run. */
export const ROWS = process.env.ROWS === undefined ? null : Number(process.env.ROWS)

/** When the first task was created, in milliseconds; the others follow, one a second. */
export const FIRST_AT = 1_790_000_000_000

const KEYS = 20
const CHANNELS = 5
const MODELS = 10

/** Fills a database with `count` tasks: ended ones of several states, the newest hundred still open; key_1,
 * chan_1 and model-1 are rare, and task 7 has a needle in its prompt. */
export async function fillTasks(database: Database, url: string, count: number): Promise<void> {
  const { db, keys, channels, kind } = database
  await db.insert(keys).values(Array.from({ length: KEYS }, (_, i) => keyRow({ id: `key_${i}`, name: `key ${i}` })))
  await db.insert(channels).values(Array.from({ length: CHANNELS }, (_, i) => channelRow({ id: `chan_${i}` })))
  const isLite = kind === 'sqlite'
  const last = count - 1
  const numbers = isLite
    ? `with recursive numbers(i) as (select 0 union all select i + 1 from numbers where i < ${last})`
    : `with numbers as (select generate_series(0, ${last})::bigint as i)`
  const at = `(${FIRST_AT} + i * 1000)`
  const open = `i > ${last - 100}`
  const failed = `(i % 10 = 0 and not ${open})`
  const values: Record<string, string> = {
    id: `'video_' || ${isLite ? `printf('%012x', ${at})` : `lpad(to_hex(${at}), 12, '0')`} || '70008000000000000000'`,
    key_id: `case when i % 1000 = 3 then 'key_1' else 'key_' || (2 + i % ${KEYS - 2}) end`,
    model: `case when i % 1000 = 3 then 'model-1' else 'model-' || (2 + i % ${MODELS}) end`,
    status: `case when ${open} then case when i % 2 = 0 then 'queued' else 'in_progress' end when ${failed} then 'failed' else 'completed' end`,
    prompt: `case when i = 7 then 'a needle' else 'a cat, take ' || i end`,
    milliseconds: '5000',
    n: '1',
    '"user"': `case when i % 1000 = 1 then 'ann' end`,
    compare_group: `case when i % 5000 = 1 then 'group' end`,
    fingerprint: `'f'`,
    channel_id: `case when i % 1000 = 3 then 'chan_1' else 'chan_' || (2 + i % ${CHANNELS - 2}) end`,
    error_code: `case when ${failed} then case when i % 100 = 0 then 'cancelled' else 'generation_failed' end end`,
    vendor_code: `case when ${failed} and i % 50 = 0 then '1301' end`,
    warnings: isLite ? `'[]'` : `'[]'::jsonb`,
    price: '500000',
    currency: `'USD'`,
    charged: `case when ${open} or ${failed} then 0 else 500000 + i end`,
    due_at: `case when ${open} then ${at} end`,
    queue_tag: `case when ${open} and i % 2 = 0 then i end`,
    deadline_at: at,
    created_at: at,
    started_at: `case when ${open} and i % 2 = 0 then null else ${at} + 1000 end`,
    finished_at: `case when ${open} then null else ${at} + 2000 + i % 60000 end`
  }
  // rows that belong together by construction are not checked against each other
  const filling = isLite ? url : `${url}?options=-c%20session_replication_role%3Dreplica`
  await runSql(
    filling,
    `insert into tasks (${Object.keys(values).join(', ')}) ${numbers} select ${Object.values(values).join(', ')} from numbers`
  )
  await runSql(
    filling,
    `insert into ledger (id, task_id, key_id, kind, from_account, to_account, amount, currency, created_at)
     select 'led_' || substr(id, 7), id, key_id, 'capture', 'held:x', 'spend:x', charged, 'USD', finished_at from tasks where charged > 0`
  )
  await fillRest(filling, isLite)
  // autovacuum does it on PostgreSQL; a database in SQLite never has statistics
  if (!isLite) await runSql(url, 'vacuum analyze')
}

/** Adds an attempt and a thumbnail to each task, and an event with a delivery, a line of the audit and an Idempotency-Key to each fifth. */
async function fillRest(url: string, isLite: boolean): Promise<void> {
  const json = (text: string) => (isLite ? `'${text}'` : `'${text}'::jsonb`)
  const no = isLite ? '0' : 'false'
  const number = '(created_at / 1000)'
  const statements = [
    `insert into attempts (id, task_id, channel_id, upstream_model, reference, started_at)
     select 'att_' || substr(id, 7), id, channel_id, 'm', id, created_at from tasks`,
    `insert into assets (id, task_id, number, variant, state, created_at)
     select 'ast_' || substr(id, 7), id, 0, 'thumbnail', 'archived', created_at from tasks`,
    `insert into events (id, type, task_id, key_id, data, pending, created_at)
     select 'evt_' || substr(id, 7), 'video.completed', id, key_id, ${json('{}')}, ${no}, created_at
     from tasks where ${number} % 5 = 0`,
    `insert into deliveries (id, event_id, endpoint_id, task_id, partition_key, url, status, created_at)
     select 'dlv_' || substr(id, 5), id, case when ${number} % 100 = 0 then 'whk_1' else 'whk_2' end, task_id, 'p', 'u',
       case when ${number} % 500 = 0 then 'failed' else 'delivered' end, created_at from events`,
    `insert into audit (id, actor_kind, actor_id, actor_name, via, action, target_type, target_id, target_name, created_at)
     select 'aud_' || substr(id, 5), 'user', case when ${number} % 100 = 0 then 'user_1' else 'user_2' end,
       case when ${number} % 100 = 0 then 'Olga' else 'Otto' end, 'console',
       case when ${number} % 200 = 0 then 'key.create' else 'task.cancel' end,
       case when ${number} % 200 = 0 then 'key' else 'task' end, task_id, 'name', created_at from events`,
    `insert into exchanges (id, task_id, step, request, started_at, milliseconds, first_at)
     select 'exc_' || substr(id, 5), task_id, 'poll', ${json('{}')}, created_at, 1, created_at from events`,
    `insert into idempotency (key_id, idempotency_key, fingerprint, task_id, created_at)
     select key_id, task_id, 'f', task_id, created_at from events`
  ]
  for (const statement of statements) await runSql(url, statement)
}

/** Runs a statement on a connection of its own. Returns its rows. */
export async function runSql(
  url: string,
  text: string,
  values: readonly unknown[] = []
): Promise<Record<string, unknown>[]> {
  if (url.startsWith('postgres')) {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(text, [...values])).rows
    } finally {
      await client.end()
    }
  }
  const connection = new Sqlite(url.slice('file:'.length))
  try {
    const statement = connection.prepare(text)
    const nothing = Array.from({ length: text.split('?').length - 1 }, () => null)
    // true because each row is an object of its columns
    return statement.reader ? (statement.all(nothing) as Record<string, unknown>[]) : (statement.run(nothing), [])
  } finally {
    connection.close()
  }
}
