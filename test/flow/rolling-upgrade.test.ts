import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { endsOf } from '../campaign/nodes.ts'
import { openDatabase } from '../../src/db/index.ts'
import { loadMigrations } from '../../src/db/migrate.ts'
import { freshUrl, runSql } from '../support/database.ts'
import { ADMIN_KEY, environment } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { previousRelease } from '../support/previous-release.ts'
import { adminCall, spawnServer } from '../support/process.ts'
import { expectBalanced, expectPaidOnce } from './afterwards.ts'

/* A rolling upgrade: the previous release and this one serve on one PostgreSQL, which this one has migrated. */

const CLIENTS = 10

test(
  'nodes of two releases on one database: no request fails, each video is made once',
  { timeout: 150_000 },
  async () => {
    const release = previousRelease()
    const [{ url: database, close: drop }, vendor] = [
      await freshUrl('postgres', { bare: true }),
      await startFakeCloudsway({ onPoll: () => 'succeed' })
    ]
    const folders = [makeFolder('old'), makeFolder('new')] as const
    const env = {
      ...environment,
      DATABASE_URL: database,
      SECRET_KEY: randomBytes(32).toString('base64'),
      DRAIN_DELAY_MS: '300'
    }
    const old = await spawnServer({ ...env, DATA_DIR: folders[0].path }, undefined, release.main)
    await adminCall(old.url, 'POST', '/admin/channels', vendor.channel())
    const { key } = await adminCall<{ key: string }>(old.url, 'POST', '/admin/keys', { name: 'app' })
    const before = await namesApplied(database)

    const nodes = [old.url]
    const videos: { id: string; madeBy: string }[] = []
    const crossed: string[] = []
    const failed: string[] = []
    let stopped = false
    async function ask(node: string, method: string, path: string, body?: object) {
      const response = await fetch(node + path, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) })
      })
      const text = await response.text()
      if (response.status !== 200) failed.push(`${method} ${path}: ${response.status} ${text}`)
      return JSON.parse(text) as { id: string; status: string } // the documented shape; an error has failed already
    }
    const clients = Array.from({ length: CLIENTS }, async (_, client) => {
      for (let n = 0; !stopped; n++) {
        const madeBy = nodes[n % nodes.length]!
        const { id } = await ask(madeBy, 'POST', '/v1/videos', { model: 'kling-v1', prompt: `video ${client}-${n}` })
        videos.push({ id, madeBy })
        while (!stopped) {
          const other = nodes[(n + 1) % nodes.length]!
          const { status } = await ask(other, 'GET', `/v1/videos/${id}`)
          if (status === 'succeeded' && other !== madeBy) crossed.push(madeBy)
          if (status === 'succeeded') break
          await sleep(100)
        }
      }
    })
    await expect.poll(() => videos.length, { timeout: 30_000 }).toBe(CLIENTS)

    const fresh = await spawnServer({ ...env, DATA_DIR: folders[1].path })
    nodes.push(fresh.url)
    const applied = (await namesApplied(database)).slice(before.length)
    expect(applied).toEqual(
      loadMigrations('postgres')
        .map(({ name }) => name)
        .slice(before.length)
    )
    const madeBy = (node: string) => crossed.filter(name => name === node).length
    await expect.poll(() => Math.min(...nodes.map(madeBy)), { timeout: 60_000 }).toBeGreaterThan(1)

    // as a load balancer does: it asks the old one for nothing more, which then stops with videos in its hands
    nodes.shift()
    await sleep(100)
    old.child.kill('SIGTERM')
    await old.exited
    expect(old.child.exitCode, old.output()).toBe(0)
    stopped = true
    await Promise.all(clients)
    const ids = videos.map(({ id }) => id)
    expect(await endsOf(fresh.url, ids, 30)).toEqual({ completed: ids.length })
    expect(failed).toEqual([])
    expectPaidOnce(vendor)
    expect(vendor.tasks.size).toBe(ids.length)
    console.info(JSON.stringify({ release: release.version, applied, videos: ids.length, crossed: crossed.length }))

    await fresh.close()
    expect(fresh.child.exitCode).toBe(0)
    // neither had anything to warn of
    for (const node of [old, fresh]) expect(node.output()).not.toMatch(/"level":/)
    const opened = await openDatabase(database)
    await expectBalanced(opened)
    await opened.close()
    for (const { close } of [...folders, vendor, release]) await close()
    await drop()
  }
)

test('a node of this release starts on a database that a newer one has migrated, unless that removed something', async () => {
  const { url: database, close } = await freshUrl('postgres')
  const folder = makeFolder('behind')
  const env = { ...environment, DATABASE_URL: database, DATA_DIR: folder.path, LOG_LEVEL: 'warn' }
  await runSql(database, 'alter table tasks add column later text; create table later (id text primary key)')
  await runSql(database, "insert into migrations values ('9998_later', 1)")
  const node = await spawnServer(env)
  await expect.poll(() => node.output()).toContain('a newer release has migrated the database: finish the upgrade')
  const answer = await fetch(`${node.url}/v1/videos`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })
  expect(answer.status).toBe(200)
  await node.close()
  await runSql(database, "insert into migrations values ('9999_contract_words', 1)")
  await expect(spawnServer(env)).rejects.toThrow(
    /newer than this program: it has the migration 9998_later, 9999_contract/
  )
  folder.close()
  await close()
})

async function namesApplied(url: string): Promise<string[]> {
  const { db, close } = await openDatabase(url)
  const rows = await db
    .select({ name: sql<string>`name` })
    .from(sql`migrations`)
    .orderBy(sql`name`)
  await close()
  return rows.map(({ name }) => name)
}
