import Sqlite from 'better-sqlite3'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/db/index.ts'
import { isAdditive, loadMigrations } from '../../src/db/migrate.ts'
import { freshUrl } from '../support/database.ts'

/* What migrations do to data that is there already. Each begins with the database as the one before left it. */

/** Runs statements on a bare database of either kind. */
async function bare(kind: 'sqlite' | 'postgres') {
  const { url, close: drop } = await freshUrl(kind, { bare: true })
  if (kind === 'sqlite') {
    const database = new Sqlite(url.replace('file:', ''))
    return {
      run: async (text: string) => void database.exec(text),
      all: async (text: string) => database.prepare(text).all() as Record<string, unknown>[],
      async close() {
        database.close()
        await drop()
      }
    }
  }
  const client = new Client(url)
  await client.connect()
  return {
    run: async (text: string) => void (await client.query(text)),
    all: async (text: string) => (await client.query<Record<string, unknown>>(text)).rows,
    async close() {
      await client.end()
      await drop()
    }
  }
}

async function migratedUpTo(kind: 'sqlite' | 'postgres', name: string) {
  const database = await bare(kind)
  const all = loadMigrations(kind)
  const next = all.findIndex(migration => migration.name === name)
  expect(next).toBeGreaterThan(0)
  for (const { statements } of all.slice(0, next)) for (const one of statements) await database.run(one)
  return {
    ...database,
    async migrate() {
      for (const one of all[next]!.statements) await database.run(one)
    }
  }
}

test.each(['sqlite', 'postgres'] as const)('0006_words on %s keeps copies, inline results and counters', async kind => {
  const { run, all, migrate, close } = await migratedUpTo(kind, '0006_words')
  const no = kind === 'sqlite' ? '0' : 'false'
  await run(`insert into keys (id, name, hash, hint, role, disabled, dialect, in_flight, queue_tag, created_at)
    values ('key_1', 'k', 'h', 's', 'member', ${no}, 'auto', 0, 0, 1)`)
  for (const [id, at] of [
    ['video_1', { kept: 'video_1/0.mp4' }],
    ['video_2', { url: 'https://cdn.test/"kept":' }]
  ] as const)
    await run(`insert into tasks (id, key_id, part_of, model, status, prompt, n, fingerprint, retry_count, progress, warnings,
        cancel_requested, fence, tries, deaths, deadline_at, slot, created_at, finished_at, result)
      values ('${id}', 'key_1', 'video_0', 'm', 'completed', 'p', 1, 'f', 0, 100, '[]', ${no}, 0, 0, 3, 1, ${no}, 1, 2,
        '${JSON.stringify({ videos: [{ at }] })}')`)
  for (const [id, state] of [
    ['ast_1', 'wanted'],
    ['ast_2', 'kept'],
    ['ast_3', 'lost']
  ])
    await run(`insert into assets (id, task_id, number, variant, state, tries, created_at)
      values ('${id}', 'video_1', ${id!.slice(-1)}, 'video', '${state}', 0, 1)`)
  await run(`insert into spend (key_id, currency, window_start, carried) values ('key_1', 'USD', 0, 7)`)
  await migrate()
  expect(await all('select id, state from assets order by id')).toEqual([
    { id: 'ast_1', state: 'pending' },
    { id: 'ast_2', state: 'archived' },
    { id: 'ast_3', state: 'lost' }
  ])
  const tasks = await all('select id, parent_id, crash_count, result from tasks order by id')
  // Postgres gives its wide integers as text
  const parsed = tasks.map(({ result, crash_count, ...rest }) => ({
    ...rest,
    crash_count: Number(crash_count),
    result: typeof result === 'string' ? (JSON.parse(result) as unknown) : result
  }))
  expect(parsed).toEqual([
    { id: 'video_1', parent_id: 'video_0', crash_count: 3, result: { videos: [{ at: { stored: 'video_1/0.mp4' } }] } },
    {
      id: 'video_2',
      parent_id: 'video_0',
      crash_count: 3,
      result: { videos: [{ at: { url: 'https://cdn.test/"kept":' } }] }
    }
  ])
  expect((await all('select carried_over from spend')).map(row => Number(row.carried_over))).toEqual([7])
  await close()
})

test.each(['sqlite', 'postgres'] as const)('the console’s columns on %s are filled from what is there', async kind => {
  const { run, all, migrate, close } = await migratedUpTo(kind, '0010_console')
  const no = kind === 'sqlite' ? '0' : 'false'
  await run(`insert into keys (id, name, hash, hint, role, disabled, dialect, in_flight, queue_tag, created_at)
    values ('key_1', 'k', 'h', 's', 'member', ${no}, 'auto', 0, 0, 1)`)
  const failure = JSON.stringify({ kind: 'content_policy', code: '1301', message: 'no' })
  for (const [id, parent, n, price, error] of [
    ['paid', null, 1, 500, null],
    ['parent', null, 2, null, null],
    ['child', 'parent', 1, 300, null],
    ['refused', null, 1, 500, 'content_policy_violation'],
    ['lost', null, 1, 500, 'submit_outcome_unknown']
  ] as const)
    await run(`insert into tasks (id, key_id, parent_id, model, status, prompt, n, fingerprint, warnings, cancel_requested, deadline_at, slot,
        created_at, finished_at, price, currency, error_code, failure)
      values ('${id}', 'key_1', ${parent ? `'${parent}'` : 'null'}, 'm', ${error ? `'failed'` : `'completed'`}, 'p', ${n}, 'f', '[]', ${no}, 1,
        ${no}, 1, 2, ${price}, ${price === null ? 'null' : `'USD'`}, ${error ? `'${error}'` : 'null'}, ${id === 'refused' ? `'${failure}'` : 'null'})`)
  for (const [id, task, kindOf, to, amount] of [
    ['led_1', 'paid', 'capture', 'spend:c', 500],
    ['led_2', 'paid', 'adjust', 'wallet:key_1', 200],
    ['led_3', 'child', 'capture', 'spend:c', 300],
    ['led_4', 'refused', 'release', 'wallet:key_1', 500],
    ['led_5', 'lost', 'release', 'wallet:key_1', 500]
  ] as const)
    await run(`insert into ledger (id, task_id, key_id, kind, from_account, to_account, amount, currency, created_at)
      values ('${id}', '${task}', 'key_1', '${kindOf}', 'x', '${to}', ${amount}, 'USD', 77)`)
  await migrate()
  const rows = await all('select id, charged, currency, vendor_code, decided_at from tasks order by id')
  const plain = rows.map(({ charged, decided_at, ...rest }) => ({
    ...rest,
    // Postgres gives its wide integers as text
    charged: Number(charged),
    decided_at: decided_at === null ? null : Number(decided_at)
  }))
  const usual = { currency: 'USD', vendor_code: null, decided_at: null }
  expect(plain).toEqual([
    { ...usual, id: 'child', charged: 300 },
    { ...usual, id: 'lost', charged: 0, decided_at: 77 },
    { ...usual, id: 'paid', charged: 300 },
    { ...usual, id: 'parent', charged: 300 },
    { ...usual, id: 'refused', charged: 0, vendor_code: '1301' }
  ])
  await close()
})

test('a migration on postgres gives way to a request that wants its tables in another order', async () => {
  const { url, close } = await freshUrl('postgres')
  const [request, watcher] = [new Client(url), new Client(url)]
  await Promise.all([request.connect(), watcher.connect()])
  await watcher.query(`delete from migrations where name = '0016_request_files'; drop table request_files;
    alter table requests drop column file_pieces; alter table tasks drop column callback_front`)
  await request.query('begin; lock table tasks in row exclusive mode')
  const database = await openDatabase(url)
  const migrating = database.migrate()
  const waiting = async () =>
    (
      await watcher.query(
        'select 1 from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())'
      )
    ).rowCount
  await expect.poll(waiting, { interval: 10, timeout: 5000 }).toBeGreaterThan(0)
  // a deadlock, if the migration held on to it
  await request.query('lock table requests in row exclusive mode')
  await request.query('commit')
  expect(await migrating).toEqual(['0016_request_files'])
  await Promise.all([request.end(), watcher.end(), database.close()])
  await close()
})

/* Nodes of the previous release serve on while a new one has migrated their database: a migration only adds, or says `contract` in its name. */

// of the time before there was a release
const FIRST_RELEASE = '0015_config_file'
const narrowing = [
  [/\bdrop (table|column|type|constraint)\b/i, 'removes'],
  [/\brename\b/i, 'renames'],
  [/\bset not null\b/i, 'narrows'],
  [/\bset data type\b|\balter column \S+ type\b/i, 'changes a type'],
  [/\bunique\b|\badd constraint\b(?!.*\bforeign key\b.*\bnot valid\b)/i, 'adds a rule that rows of before may break']
] as const

/** What a statement does that programs which do not know it may not survive. */
function harmOf(statement: string): string[] {
  // what is new is unknown to them
  if (/^\s*create table\b/i.test(statement)) return []
  const isColumn = /\badd (column )?["`]?\w+["`]? /i.test(statement) && !/\badd constraint\b/i.test(statement)
  const isRequired = isColumn && /\bnot null\b/i.test(statement) && !/\bdefault\b/i.test(statement)
  const found = narrowing.filter(([pattern]) => pattern.test(statement)).map(([, harm]) => harm)
  return isRequired ? [...found, 'adds a column without a default'] : found
}

test('every migration since the first release only adds, or is named contract', () => {
  const created = new Set<string>()
  for (const { name, statements } of loadMigrations('postgres')) {
    if (name <= FIRST_RELEASE || !isAdditive(name)) continue
    for (const statement of statements) {
      const [, made] = /^\s*create table "(\w+)/i.exec(statement) ?? []
      if (made !== undefined) created.add(made)
      const [, on] = /(?:\bon|^\s*alter table) "(\w+)/i.exec(statement) ?? []
      if (on === undefined || !created.has(on))
        expect({ name, statement, harm: harmOf(statement) }).toMatchObject({ harm: [] })
    }
  }
})

test.each([
  ['ALTER TABLE "tasks" ADD COLUMN "later" text;', []],
  [`ALTER TABLE "tasks" ADD COLUMN "later" bigint DEFAULT 0 NOT NULL;`, []],
  ['CREATE TABLE "later" ("id" text PRIMARY KEY NOT NULL);', []],
  ['CREATE INDEX "tasks_later" ON "tasks" USING btree ("later");', []],
  ['ALTER TABLE "tasks" ADD COLUMN "later" bigint NOT NULL;', ['adds a column without a default']],
  ['ALTER TABLE "tasks" RENAME COLUMN "deaths" TO "crash_count";', ['renames']],
  ['ALTER TABLE "tasks" DROP COLUMN "deaths";', ['removes']],
  ['ALTER TABLE "tasks" ALTER COLUMN "model" SET NOT NULL;', ['narrows']],
  ['ALTER TABLE "tasks" ALTER COLUMN "model" SET DATA TYPE bigint;', ['changes a type']],
  ['CREATE UNIQUE INDEX "tasks_later" ON "tasks" ("later");', ['adds a rule that rows of before may break']]
])('%s: %o', (statement, harm) => {
  expect(harmOf(statement)).toEqual(harm)
})
