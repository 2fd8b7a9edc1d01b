import { expect, test } from 'vitest'
import { freshUrl, kinds, runSql } from '../support/database.ts'
import { startTestServer } from '../support/server.ts'

/* `/readyz` is 503 when the database answers but takes nothing; a full disk is in campaign/disk.test.ts. */

test.each(kinds)('on %s', async kind => {
  const { url, close } = await freshUrl(kind)
  const server = await startTestServer({ env: { DATABASE_URL: url } })
  const ready = () => server.call('GET', '/readyz', undefined, { key: null })
  expect(await ready()).toMatchObject({ status: 200, body: { status: 'ok' } })
  await runSql(url, 'alter table meta rename to away')
  // asked by many, written by few: the last outcome is told for two seconds
  expect((await ready()).status).toBe(200)
  await server.advance(2000)
  expect(await ready()).toMatchObject({ status: 503, body: { status: 'database not writable' } })
  expect((await server.call('GET', '/livez')).status).toBe(200)
  await runSql(url, 'alter table away rename to meta')
  await server.advance(2000)
  expect((await ready()).status).toBe(200)
  await server.close()
  await close()
})
