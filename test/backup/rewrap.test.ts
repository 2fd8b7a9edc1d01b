import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { rewrap } from '../../src/backup/rewrap.ts'
import { openDatabase } from '../../src/db/index.ts'
import { credentialContext } from '../../src/lib/encryption-context.ts'
import { openVault } from '../../src/secret-key.ts'
import { freshUrl, kinds, runSql } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { run, succeed } from './run.ts'

/* SECRET_KEY is rotated: nothing that it protected is lost, and afterwards the old key is not needed for anything. */

const newKey = () => randomBytes(32).toString('base64')

describe.each(kinds)('on %s', kind => {
  const vendor = forEachTest(startFakeCloudsway)
  const folder = forEachTest(() => makeFolder('rewrap'))
  const database = forEachTest(() => freshUrl(kind))
  const at = (SECRET_KEY: string, SECRET_KEY_PREVIOUS?: string) => ({
    DATA_DIR: folder.path,
    DATABASE_URL: database.url,
    SECRET_KEY,
    ...(SECRET_KEY_PREVIOUS !== undefined && { SECRET_KEY_PREVIOUS })
  })

  /** A server with a channel, a key with a callback secret and an older one, and an endpoint with two secrets. */
  async function seeded(first: string) {
    const server = await startTestServer({ env: at(first), channel: vendor.channel({ name: 'one' }) })
    const { id, key: old } = await server.newKey()
    const { body: rotated } = await server.call('POST', `/admin/keys/${id}/rotate`, { keep_old_for_hours: 24 })
    const key: string = rotated.key
    const hook = { url: 'https://example.com/hook', event_types: ['video.completed'] }
    const { body: endpoint } = await server.call('POST', '/v1/webhook_endpoints', hook, { key })
    const path = `/v1/webhook_endpoints/${endpoint.id}`
    await server.call('POST', `${path}/rotate`, { keep_old_secret_active_for_24_hours: true }, { key })
    const hint: string = (await server.call('GET', path, undefined, { key })).body.signing_secret_hint
    const video = await server.newVideo({}, { key })
    const { url: link } = await server.finished(video, key)
    await server.close()
    return { key, old, path, hint, video, link }
  }

  /** Everything that needs a secret works with these settings. */
  async function expectWorking(
    env: Record<string, string>,
    { key, old, path, hint }: Awaited<ReturnType<typeof seeded>>
  ) {
    const server = await startTestServer({ env })
    try {
      expect((await server.call('GET', '/v1/models', undefined, { key: old })).status).toBe(200)
      expect((await server.call('GET', path, undefined, { key })).body.signing_secret_hint).toBe(hint)
      expect(await server.finished(await server.newVideo({}, { key }), key)).toMatchObject({ status: 'completed' })
      expect((await server.call('GET', '/admin/keys')).status).toBe(200)
    } finally {
      await server.close()
    }
  }

  test('the new key works at once, alone after rewrap, and the old one no more', async () => {
    const [first, second, third] = [newKey(), newKey(), newKey()]
    const made = await seeded(first)
    await expect(expectWorking(at(second), made)).rejects.toMatchObject({ name: 'ConfigError' })
    await expectWorking(at(second, first), made)
    const doctor = await run(['doctor'], at(second, first))
    expect(doctor.stdout).toMatch(/secret key .*not rewritten yet/)

    const result = JSON.parse(await succeed(['rewrap', '--json'], at(second, first)))
    // a channel, two secrets of a key, two of an endpoint, ADMIN_KEY's own
    expect(result).toEqual({ rewritten: expect.toSatisfy((count: number) => count >= 5), unreadable: [] })
    expect(JSON.parse(await succeed(['rewrap', '--json'], at(second, first)))).toEqual({ rewritten: 0, unreadable: [] })
    await expectWorking(at(second), made)
    await expect(expectWorking(at(first), made)).rejects.toMatchObject({ name: 'ConfigError' })

    // and once more: keys are still hashed as in the beginning
    await expectWorking(at(third, second), made)
    await succeed(['rewrap'], at(third, second))
    await expectWorking(at(third), made)
    const server = await startTestServer({ env: at(third) })
    const { body } = await server.call('GET', '/admin/audit?what=secret_key')
    expect(body.data).toMatchObject([
      { action: 'secret_key.rewrap', via: 'cli' },
      { action: 'secret_key.rewrap' },
      { action: 'secret_key.rewrap' }
    ])
    await server.close()
  })

  test('killed in the middle, it goes on when it is run again', { timeout: 120_000 }, async () => {
    const [first, second] = [newKey(), newKey()]
    const made = await seeded(first)
    let kills = 0
    for (;;) {
      const { signal, code } = await run(['rewrap'], at(second, first), { at: 'rewrapped', chance: 0.7 })
      if (signal !== 'SIGKILL') {
        expect(code).toBe(0)
        break
      }
      if (++kills === 1) await expectWorking(at(second, first), made)
    }
    expect(kills).toBeGreaterThan(0)
    await expectWorking(at(second), made)
  })

  test('what neither key can decrypt is named, and does not stop the rest', async () => {
    const [first, second] = [newKey(), newKey()]
    const made = await seeded(first)
    await runSql(database.url, `update channels set credential = 'v1:AAAA:AAAA:AAAA'`)
    const { code, stderr } = await run(['rewrap'], at(second, first))
    expect([code, stderr]).toEqual([1, expect.stringMatching(/Neither key can decrypt a value of channels chan_/)])
    const server = await startTestServer({ env: at(second) })
    expect((await server.call('GET', made.path, undefined, { key: made.key })).body.signing_secret_hint).toBe(made.hint)
    await server.close()
  })

  test('while a server still writes with the old key, it does not say that it is done', async () => {
    const [first, second] = [newKey(), newKey()]
    await seeded(first)
    const opened = await openDatabase(database.url)
    const stale = await openVault(opened, Buffer.from(first, 'base64'), null)
    const vault = await openVault(opened, Buffer.from(second, 'base64'), Buffer.from(first, 'base64'))
    const [channel] = await opened.db.select().from(opened.channels)
    await runSql(database.url, overwriting[kind](stale.encrypt('{}', credentialContext(channel!.id))))
    await expect(rewrap(opened, vault)).rejects.toMatchObject({
      name: 'BackupError',
      message: expect.stringContaining('Restart every server')
    })
    await opened.close()
  })
})

/** Another server, as fast as one can be: whatever is written to a channel, it writes this. */
const overwriting = {
  sqlite: (credential: string) =>
    `create trigger overwritten after update of credential on channels begin
       update channels set credential = '${credential}' where id = new.id; end`,
  postgres: (credential: string) =>
    `create function overwrite() returns trigger language plpgsql as $$
       begin new.credential := '${credential}'; return new; end $$;
     create trigger overwritten before update of credential on channels for each row execute function overwrite()`
}
