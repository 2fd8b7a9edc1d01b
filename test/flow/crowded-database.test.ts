import pg from 'pg'
import { expect, test } from 'vitest'
import { freshUrl } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

const vendor = forAllTests(startFakeCloudsway)
const database = forAllTests(() => freshUrl('postgres'))
const server = forAllTests(() => startTestServer({ env: { DATABASE_URL: database.url }, channel: vendor.channel() }))

test('PostgreSQL: what one key keeps all connections busy with holds up no poll of another', async () => {
  const [hog, guest] = [await server.newKey(), await server.newKey()]
  const id = await server.newVideo({}, hog)
  const theirs = await server.newVideo({}, guest)
  await server.finished(id, hog.key)

  const blocker = new pg.Client(database.url)
  await blocker.connect()
  await blocker.query('begin')
  await blocker.query('lock table assets in access exclusive mode')
  const downloads = Array.from({ length: 20 }, () => server.ask(`/v1/videos/${id}/content`, { key: hog.key }))
  const waiting = `select count(*)::int as waiting from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
  const observer = new pg.Client(database.url)
  await observer.connect()
  await expect
    .poll(async () => (await observer.query<{ waiting: number }>(waiting)).rows[0]?.waiting, { timeout: 20_000 })
    .toBeGreaterThanOrEqual(10)

  const polls = []
  for (let n = 0; n < 5; n++) polls.push((await server.call('GET', `/v1/videos/${theirs}`, undefined, guest)).status)
  expect(polls).toEqual(Array(5).fill(200))
  await blocker.query('commit')
  expect((await Promise.all(downloads)).map(({ status }) => status)).toEqual(Array(20).fill(200))
  await Promise.all([blocker.end(), observer.end()])
})
