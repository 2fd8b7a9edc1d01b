import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freshUrl, kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { refusal } from './operator.ts'

/* Settings that change while the server runs: what the environment sets stays, and every node heeds the others. */

const DAY = 86_400_000

describe.each(kinds)('settings, on %s', kind => {
  const vendor = forEachTest(startFakeCloudsway)
  const server = forEachTest(() =>
    startTestServer({ kind, channel: vendor.channel(), env: { ARCHIVE_URL: '', EXCHANGE_LOG_DAYS: '14' } })
  )

  const read = async (on: TestServer = server) => {
    const { body } = await on.call('GET', '/admin/settings')
    expect(body.object).toBe('settings')
    return Object.fromEntries(body.settings.map((one: any) => [one.name, one]))
  }
  const change = (body: object) => server.call('PATCH', '/admin/settings', body)

  test('come from the environment, the database, or are the default', async () => {
    expect(await read()).toEqual({
      retention_days: {
        name: 'retention_days',
        value: 0,
        default: 0,
        origin: 'default',
        managed_by: null,
        env: 'RETENTION_DAYS',
        description: expect.stringContaining('archived videos')
      },
      exchange_log: expect.objectContaining({ value: 'errors', origin: 'default' }),
      // also where it is set to the default
      exchange_log_days: expect.objectContaining({ value: 14, origin: 'env' })
    })
    const { status, body } = await change({ retention_days: 30, exchange_log: 'all' })
    expect(status).toBe(200)
    expect(body.settings).toContainEqual(
      expect.objectContaining({ name: 'retention_days', value: 30, default: 0, origin: 'database' })
    )
    expect(await read()).toMatchObject({ exchange_log: { value: 'all', origin: 'database' } })
    await change({ exchange_log: null })
    expect(await read()).toMatchObject({
      exchange_log: { value: 'errors', origin: 'default' },
      retention_days: { value: 30, origin: 'database' }
    })
  })

  test('what the environment sets is a conflict; what is wrong is a 400', async () => {
    expect(await change({ exchange_log_days: 7 })).toMatchObject(refusal('exchange_log_days', 'conflict', 409))
    expect(await change({ retention_days: -1 })).toMatchObject(refusal('retention_days'))
    expect(await change({ retention_days: '30' })).toMatchObject(refusal('retention_days'))
    expect(await change({ exchange_log: 'some' })).toMatchObject(refusal('exchange_log'))
    expect(await change({ port: 1 })).toMatchObject(refusal('port'))
    expect(await read()).toMatchObject({ exchange_log_days: { value: 14 }, retention_days: { origin: 'default' } })
  })

  test('the exchange log heeds a change at once', async () => {
    const logged = async () => {
      const id = await server.newVideo()
      await server.finished(id)
      return (await server.call('GET', `/admin/tasks/${id}/exchanges`)).body.data.length
    }
    expect(await logged()).toBe(0)
    await change({ exchange_log: 'all' })
    expect(await logged()).toBeGreaterThan(0)
    await change({ exchange_log: null })
    expect(await logged()).toBe(0)
  })

  test('a retention holds for files that are archived already, and ends where it is taken back', async () => {
    const ids: string[] = []
    for (let count = 0; count < 3; count++) {
      ids.push(await server.newVideo())
      await server.finished(ids.at(-1)!)
    }
    await server.services.archiver.tick()
    const expiry = async (id: string) => (await server.call('GET', `/v1/videos/${id}`)).body.expires_at
    expect(await expiry(ids[0]!)).toBeNull()
    await change({ retention_days: 2 })
    await server.services.retention.run('changed')
    // a poll may show a task as it was a second ago
    await server.advance(2000)
    const { completed_at: end } = (await server.call('GET', `/v1/videos/${ids[0]}`)).body
    expect(await expiry(ids[0]!)).toBe(end + (2 * DAY) / 1000)
    await change({ retention_days: null })
    await server.services.retention.run('changed')
    await server.advance(3 * DAY)
    await server.services.archiver.tick()
    expect((await server.content(ids[0]!)).status).toBe(200)
    await change({ retention_days: 1 })
    await server.services.retention.run('changed')
    await server.services.archiver.tick()
    for (const id of ids) expect((await server.content(id)).status).toBe(410)
  })

  test('are audited with what differs', async () => {
    await change({ retention_days: 30 })
    await change({ retention_days: 30 })
    const { data } = (await server.call('GET', '/admin/audit?what=settings.update')).body
    expect(data).toHaveLength(1)
    expect(data[0]).toMatchObject({
      target: { type: 'settings', id: 'settings' },
      before: { retention_days: 0 },
      after: { retention_days: 30 }
    })
  })
})

test('another node heeds a change a moment later', async () => {
  const { url, close } = await freshUrl('postgres')
  const env = { DATABASE_URL: url, SECRET_KEY: Buffer.alloc(32, 7).toString('base64') }
  const [one, two] = [await startTestServer({ env }), await startTestServer({ env })]
  await one.call('PATCH', '/admin/settings', { exchange_log: 'off' })
  const current = () => two.services.settings.current().exchange_log
  await expect.poll(current, { timeout: 10_000 }).toBe('off')
  await Promise.all([one.close(), two.close()])
  await close()
})

describe('POST /admin/archive/test', () => {
  const tested = async (env: Record<string, string>, before?: (server: TestServer) => void) => {
    const server = await startTestServer({ env })
    before?.(server)
    const { status, body } = await server.call('POST', '/admin/archive/test')
    await server.close()
    expect(status).toBe(200)
    return { ...body, folder: server.folder }
  }

  test('writes, reads and deletes a file', async () => {
    expect(await tested({ ARCHIVE_URL: '' })).toMatchObject({
      object: 'archive.test',
      ok: true,
      error: null,
      latency_ms: expect.any(Number)
    })
  })

  test('says why it cannot', async () => {
    expect(await tested({ ARCHIVE_URL: 'off' })).toMatchObject({ ok: false, error: expect.stringContaining('off') })
    // a file is where the folder should be
    const blocked = await tested({ ARCHIVE_URL: '' }, ({ folder }) => writeFileSync(join(folder, 'archive'), ''))
    expect(blocked).toMatchObject({ ok: false, error: expect.stringMatching(/ENOTDIR|EEXIST/) })
    expect(existsSync(join(blocked.folder, 'archive', 'test'))).toBe(false)
    const nowhere = await tested({ ARCHIVE_URL: 's3://bucket?endpoint=http://127.0.0.1:9' })
    expect(nowhere).toMatchObject({ ok: false, error: expect.any(String) })
  })
})
