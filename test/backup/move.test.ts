import { join } from 'node:path'
import { getTableName, is, Table } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { pino } from 'pino'
import { openDatabase, type Database } from '../../src/db/index.ts'
import type { CommandCheckpoint } from '../../src/lib/checkpoint.ts'
import { startServer } from '../../src/server.ts'
import { loadConfig } from '../../src/config.ts'
import { freshUrl } from '../support/database.ts'
import { environment } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { fillTasks, runSql } from '../support/many-tasks.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { run, succeed } from './run.ts'

/* SQLite → PostgreSQL: everything arrives, whenever the move is killed, and no server works on either database meanwhile. */

const folder = forEachTest(() => makeFolder('move'))
const postgres = forEachTest(() => freshUrl('postgres'))
const vendor = forEachTest(startFakeCloudsway)
const lite = () => `file:${join(folder.path, 'reelay.db')}`
const env = () => ({ DATA_DIR: folder.path })
const move = (death?: { at: CommandCheckpoint; chance?: number }) => run(['move', '--to', postgres.url], env(), death)

/** Every row of every table as the program sees it, but for what belongs to one database. */
async function contentOf(url: string) {
  const database = await openDatabase(url)
  try {
    const tables = Object.values(database).filter(value => is(value, Table)) as Database['tasks'][] // rows are only compared
    const content: Record<string, string[]> = {}
    for (const table of tables) {
      const rows: object[] = await database.db.select().from(table)
      const kept = rows.filter(row => !/"name":"(closed|move|moved_from)"|"database\.move"/.test(JSON.stringify(row)))
      content[getTableName(table)] = kept.map(row => JSON.stringify(row, inOrder)).toSorted()
    }
    return content
  } finally {
    await database.close()
  }
}

/** PostgreSQL has its own order of the fields of JSON. */
const inOrder = (_name: string, value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value

const start = (more: Record<string, string>) =>
  startServer({ config: loadConfig({ ...environment, ...env(), ...more }), log: pino({ level: 'silent' }) })

async function filled(count: number) {
  const server = await startTestServer({ env: env(), channel: vendor.channel() })
  await server.close()
  const database = await openDatabase(lite())
  await fillTasks(database, lite(), count)
  await database.close()
}

test('keys, channels, money, webhooks and tasks in flight go on', async () => {
  vendor.onPoll = () => 'processing'
  const server = await startTestServer({ env: env(), channel: vendor.channel({ max_concurrency: 2 }) })
  await server.call('PATCH', '/admin/models/kling-v1', { prices: [{ unit: 'video', amount: '0.25', currency: 'USD' }] })
  const { key, id } = await server.newKey({ budget: { amount: '10', currency: 'USD', window: 'total' } })
  const hook = { url: 'https://example.com/hook', event_types: ['video.completed'] }
  expect((await server.call('POST', '/v1/webhook_endpoints', hook, { key })).status).toBe(200)
  const videos = [
    await server.newVideo({}, { key }),
    await server.newVideo({}, { key }),
    await server.newVideo({}, { key })
  ]
  // the third one waits for a slot
  expect(vendor.submits).toHaveLength(2)
  await server.close()
  const before = await contentOf(lite())

  expect(await succeed(['move', '--to', postgres.url], env())).toMatch(/Moved: 3 tasks, 3 ledger entries/)
  expect(await contentOf(postgres.url)).toEqual(before)

  vendor.onPoll = () => 'succeed'
  const moved = await startTestServer({ env: { ...env(), DATABASE_URL: postgres.url } })
  for (const video of videos) expect(await moved.finished(video, key)).toMatchObject({ status: 'completed' })
  expect(vendor.submits).toHaveLength(3)
  const { body } = await moved.call('GET', '/admin/usage?group_by=key')
  expect(JSON.stringify(body)).toContain(id)
  const { body: audit } = await moved.call('GET', '/admin/audit?what=database')
  expect(audit.data).toMatchObject([{ action: 'database.move', via: 'cli' }])
  await moved.close()
  await expect(start({})).rejects.toMatchObject({
    name: 'ConfigError',
    message: expect.stringContaining('was moved to')
  })
})

test('the sandbox’s own tasks go on too', async () => {
  const server = await startTestServer({ env: { ...env(), SANDBOX: 'on' } })
  const video = await server.newVideo({ model: 'sandbox' })
  await server.close()
  await succeed(['move', '--to', postgres.url], env())
  const moved = await startTestServer({ env: { ...env(), SANDBOX: 'on', DATABASE_URL: postgres.url } })
  await moved.advance(30_000)
  expect(await moved.finished(video)).toMatchObject({ status: 'completed' })
  await moved.close()
})

describe('killed in the middle', () => {
  const points: [CommandCheckpoint, number][] = [
    ['move begun', 1],
    ['move batch', 0.25],
    ['move copied', 1],
    ['move finished', 1]
  ]

  test.each(points)(
    '%s: no server starts on either, and run again it goes on',
    { timeout: 180_000 },
    async (at, chance) => {
      await filled(6000)
      const before = await contentOf(lite())
      let kills = 0
      for (let tries = 0; tries < 4; tries++) {
        const { signal, code, stderr } = await move({ at, chance })
        if (signal !== 'SIGKILL') {
          expect([code, stderr]).toEqual([0, expect.any(String)])
          break
        }
        kills++
        await expect(start({})).rejects.toMatchObject({
          name: 'ConfigError',
          message: expect.stringMatching(/moved to/)
        })
        if (at !== 'move finished')
          await expect(start({ DATABASE_URL: postgres.url })).rejects.toMatchObject({
            name: 'ConfigError',
            message: expect.stringContaining('not finished')
          })
        if (at !== 'move batch') break
      }
      if (at !== 'move batch') expect(kills).toBe(1)
      await move()
      expect(await contentOf(postgres.url)).toEqual(before)
      expect(await move()).toMatchObject({ code: 1, stderr: expect.stringContaining('was moved to') })
      await (await start({ DATABASE_URL: postgres.url })).stop()
    }
  )

  test('a copy goes on where it was, and does not begin again', async () => {
    await filled(6000)
    expect((await move({ at: 'move batch' })).signal).toBe('SIGKILL')
    const progress = async () =>
      (await runSql(postgres.url, `select value from meta where name = 'move_progress'`))[0]?.value
    const first = await progress()
    expect((await move({ at: 'move batch' })).signal).toBe('SIGKILL')
    expect(await progress()).not.toBe(first)
  })
})

describe('is refused', () => {
  test('while a server runs on the folder', async () => {
    const server = await startTestServer({ env: env() })
    expect(await move()).toMatchObject({ code: 78, stderr: expect.stringContaining('Another reelay runs on') })
    await server.close()
  })

  test('into a database that is not empty', async () => {
    await filled(1)
    const other = await startTestServer({ env: { DATABASE_URL: postgres.url } })
    await other.close()
    expect(await move()).toMatchObject({ code: 1, stderr: expect.stringContaining('is not empty') })
    // nothing was closed for it
    await (await start({})).stop()
  })

  test('with values that PostgreSQL does not take: nothing is lost, and the row is named', async () => {
    await filled(10)
    await runSql(lite(), `update keys set models = 'no json' where id = 'key_1'`)
    expect(await move()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/keys key_1 has a damaged value \(models\)/)
    })
    await (await start({})).stop()
  })

  test('with rows that somebody wrote meanwhile', async () => {
    await filled(10)
    expect((await move({ at: 'move copied' })).signal).toBe('SIGKILL')
    await runSql(postgres.url, `insert into models (name, prices, created_at) values ('extra', '[]', 1)`)
    expect(await move()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/models is 0 in SQLite and 1 in PostgreSQL/)
    })
    await expect(start({ DATABASE_URL: postgres.url })).rejects.toMatchObject({ name: 'ConfigError' })
  })

  test('of other options', async () => {
    for (const args of [['move'], ['move', '--to', 'mysql://x'], ['move', '--cancel', '--to', 'postgres://x']])
      expect(await run(args, env())).toMatchObject({ code: 2 })
  })
})

test('--cancel opens SQLite again; after a whole move only with --force', async () => {
  await filled(10)
  expect((await move({ at: 'move begun' })).signal).toBe('SIGKILL')
  await succeed(['move', '--cancel'], env())
  await (await start({})).stop()
  // the other half of a move that was given up
  expect(await move()).toMatchObject({ code: 1, stderr: expect.stringContaining('is not empty') })
  const another = await freshUrl('postgres')
  await succeed(['move', '--to', another.url], env())
  expect(await run(['move', '--cancel'], env())).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') })
  await succeed(['move', '--cancel', '--force'], env())
  await (await start({})).stop()
  await another.close()
})
