import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/index.ts'
import { checkMoney } from '../../src/stores/audit-money.ts'
import { createInvariants } from '../../src/stores/audit-slots.ts'
import { freshUrl } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { forAllTests, forEachTest } from '../support/per-test.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { run, runApart, succeed } from './run.ts'

/* A backup that is made while a server works restores to what it had, whole, or is refused; a kill in the middle leaves the old or the new. */

const PASSPHRASE = { REELAY_PASSPHRASE: 'a passphrase of the tests' }
const price = { prices: [{ unit: 'video', amount: '0.25', currency: 'USD' }] }

const vendor = forAllTests(startFakeCloudsway)
const folder = forEachTest(() => makeFolder('backup'))
const target = () => join(folder.path, 'restored')
const file = () => join(folder.path, 'backup.tar')

/** A server with an archive, a price, and two finished videos in it. */
async function startBusy(env: Record<string, string> = {}) {
  const server = await startTestServer({ env: { ARCHIVE_URL: '', ...env }, channel: vendor.channel() })
  await server.call('PATCH', '/admin/models/kling-v1', price)
  const videos = [await server.newVideo(), await server.newVideo()]
  for (const id of videos) await server.finished(id)
  await server.services.archiver!.tick()
  return { server, videos }
}

/** Makes videos until it is told to stop; gives the ids of those that were acknowledged. */
function keepMaking(server: TestServer) {
  const made: string[] = []
  let isDone = false
  const clients = [1, 2, 3].map(async () => {
    while (!isDone) made.push(await server.newVideo())
  })
  return {
    made,
    async stop() {
      isDone = true
      await Promise.all(clients)
    }
  }
}

/** What must be true of a restored folder. Returns the ids of its tasks. */
async function checkRestored(path: string): Promise<Set<string>> {
  const database = await openDatabase(`file:${join(path, 'reelay.db')}`)
  try {
    expect(await checkMoney(database)).toEqual([])
    expect(await createInvariants(database).wrongSlots()).toEqual([])
    const rows = await database.db.select({ id: database.tasks.id }).from(database.tasks)
    return new Set(rows.map(({ id }) => id))
  } finally {
    await database.close()
  }
}

describe('while the server works', () => {
  test.each([
    [
      'by the command line',
      async (server: TestServer) => succeed(['backup', file()], { DATA_DIR: server.folder }, runApart)
    ],
    [
      'by GET /admin/backup',
      async (server: TestServer) => {
        const answer = await server.ask('/admin/backup', {})
        expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="reelay-[\dTZ-]+\.tar"$/)
        expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
        writeFileSync(file(), Buffer.from(await answer.arrayBuffer()))
      }
    ],
    [
      'by the command line over HTTP, encrypted',
      async ({ url }: TestServer) =>
        succeed(['backup', file(), '--encrypt'], {
          REELAY_URL: url,
          REELAY_KEY: 'sk-test-admin-0123456789abcdefghij',
          ...PASSPHRASE
        })
    ]
  ])(
    '%s: all that was acknowledged before is in it, and the books add up',
    { timeout: 180_000 },
    async (_how, backUp) => {
      const { server, videos } = await startBusy()
      const making = keepMaking(server)
      try {
        await expect.poll(() => making.made.length, { timeout: 60_000 }).toBeGreaterThan(5)
        const before = [...videos, ...making.made]
        await backUp(server)
        await making.stop()
        expect(making.made.length + 2).toBeGreaterThan(before.length)
        const printed = await succeed(['restore', file(), '--json'], { DATA_DIR: target(), ...PASSPHRASE })
        const tasks = await checkRestored(target())
        expect(before.filter(id => !tasks.has(id))).toEqual([])
        expect(JSON.parse(printed)).toMatchObject({ tasks: tasks.size, keptAs: null, about: { database: 'sqlite' } })
        expect(readFileSync(join(target(), 'secret.key'))).toEqual(readFileSync(join(server.folder, 'secret.key')))
        expect(statSync(join(target(), 'secret.key')).mode & 0o777).toBe(0o600)
        expect(readdirSync(server.folder).filter(name => name.startsWith('backup-'))).toEqual([])
        expect(readdirSync(target()).filter(name => /staged|restore/.test(name))).toEqual([])
      } finally {
        await making.stop()
        await server.close()
      }
    }
  )

  test('a restored folder runs: keys, channels and tasks in flight go on', async () => {
    const { server } = await startBusy()
    vendor.onPoll = () => 'processing'
    const key = await server.memberKey()
    const running = await server.newVideo({}, { key })
    await succeed(['backup', file()], { DATA_DIR: server.folder })
    await server.close()
    await succeed(['restore', file()], { DATA_DIR: target() })
    vendor.onPoll = () => 'succeed'
    const submits = vendor.submits.length
    const again = await startTestServer({ env: { DATA_DIR: target() } })
    expect(await again.finished(running, key)).toMatchObject({ status: 'completed' })
    const { body: audit } = await again.call('GET', '/admin/audit?what=backup')
    expect(audit.data).toMatchObject([{ action: 'backup.restore', actor: { kind: 'cli' } }])
    expect(vendor.submits).toHaveLength(submits)
    await again.close()
  })

  test('with the archive: its files are restored, and served', async () => {
    const { server, videos } = await startBusy()
    const plain = join(folder.path, 'plain.tar')
    await succeed(['backup', plain], { DATA_DIR: server.folder })
    await succeed(['backup', file(), '--archive'], { DATA_DIR: server.folder })
    await server.close()
    const listed = await run(['restore', plain, '--json'], { DATA_DIR: join(folder.path, 'other') })
    expect(JSON.parse(listed.stdout).missing.length).toBeGreaterThanOrEqual(2)
    const printed = await succeed(['restore', file(), '--json'], { DATA_DIR: target() })
    expect(JSON.parse(printed)).toMatchObject({ missing: [], about: { archive: true } })
    expect(JSON.parse(printed).files).toBeGreaterThanOrEqual(2)
    vendor.fileStatus = 404
    const again = await startTestServer({ env: { DATA_DIR: target(), ARCHIVE_URL: '' } })
    const content = await again.content(videos[0]!)
    expect(Buffer.from(await content.arrayBuffer()).equals(vendor.video)).toBe(true)
    await again.close()
    vendor.fileStatus = 200
  })

  test('GET /admin/backup: one at a time; each is in the audit, also that of the command line', async () => {
    const { server } = await startBusy()
    const [one, other] = await Promise.all([server.ask('/admin/backup', {}), server.ask('/admin/backup', {})])
    expect([one.status, other.status].toSorted((a, b) => a - b)).toEqual([200, 409])
    await Promise.all([one.arrayBuffer(), other.arrayBuffer()])
    await expect.poll(async () => (await server.ask('/admin/backup?archive=true', {})).status).toBe(200)
    await succeed(['backup', file()], { DATA_DIR: server.folder })
    const { body } = await server.call('GET', '/admin/audit?what=backup')
    expect(body.data).toMatchObject([
      {
        action: 'backup.create',
        after: { archive: false },
        via: 'cli',
        target: { name: expect.stringMatching(/^reelay-/) }
      },
      { action: 'backup.create', after: { archive: true }, actor: { name: 'ADMIN_KEY' } },
      { action: 'backup.create', after: { archive: false }, target: { name: expect.stringMatching(/^reelay-.*tar$/) } }
    ])
    await server.close()
  })
})

describe('a restore is refused', () => {
  const source = forAllTests(async () => {
    const { server } = await startBusy()
    const path = join(server.folder, 'made.tar')
    const encrypted = join(server.folder, 'made.enc')
    await succeed(['backup', path, '--archive'], { DATA_DIR: server.folder })
    await succeed(['backup', encrypted, '--encrypt'], { DATA_DIR: server.folder, ...PASSPHRASE })
    return { server, path, encrypted, close: server.close }
  })
  const restore = (path: string, env: Record<string, string> = {}, ...options: string[]) =>
    run(['restore', path, ...options], { DATA_DIR: target(), ...env })
  const expectNothing = () =>
    expect(
      existsSync(target()) ? readdirSync(target()).filter(name => !/server\.lock|^archive$/.test(name)) : []
    ).toEqual([])

  test('into a folder in use, or one that is not empty', async () => {
    const { folder: used } = source.server
    expect(await run(['restore', source.path], { DATA_DIR: used })).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('Another reelay runs on')
    })
    await succeed(['restore', source.path], { DATA_DIR: target() })
    expect(await restore(source.path)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is not empty.*--force/)
    })
    await succeed(['restore', source.path, '--force'], { DATA_DIR: target() })
    expect(readdirSync(target()).filter(name => name.includes('.before-restore-')).length).toBeGreaterThanOrEqual(2)
  })

  test('without the passphrase, or with a wrong one', async () => {
    for (const [env, words] of [
      [{}, /is encrypted/],
      [{ REELAY_PASSPHRASE: 'something else' }, /passphrase is wrong/]
    ] as const)
      expect(await restore(source.encrypted, env)).toMatchObject({ code: 1, stderr: expect.stringMatching(words) })
    expectNothing()
  })

  test('of a file that is cut short, damaged, or something else', { timeout: 120_000 }, async () => {
    const whole = readFileSync(source.path)
    const bad = join(folder.path, 'bad.tar')
    const cases: Buffer[] = [
      Buffer.alloc(0),
      Buffer.from('not a backup'),
      whole.subarray(0, 700),
      whole.subarray(0, Math.floor(whole.length / 2)),
      whole.subarray(0, whole.length - 1024 - 512),
      readFileSync(source.encrypted).subarray(0, 50_000)
    ]
    // a byte in the database, in the key, in a film
    for (const needle of ['SQLite format 3', 'secret.key', 'ftyp']) {
      const flipped = Buffer.from(whole)
      const at = whole.indexOf(needle) + (needle === 'secret.key' ? 520 : 200)
      flipped[at]! ^= 1
      cases.push(flipped)
    }
    for (const [index, bytes] of cases.entries()) {
      writeFileSync(bad, bytes)
      const { code, stderr } = await restore(bad, PASSPHRASE)
      expect([index, code, stderr]).toEqual([
        index,
        1,
        expect.stringMatching(/damaged|cut short|not a backup|passphrase/)
      ])
      expect(stderr).not.toMatch(/\n {4}at /)
      expectNothing()
    }
  })

  test('of a newer database, of one whose ledger does not add up, with another SECRET_KEY', async () => {
    const edited = async (statement: string) => {
      const other = join(folder.path, 'edited')
      mkdirSync(other, { recursive: true })
      await succeed(['restore', source.path, '--force'], { DATA_DIR: other })
      const database = new Sqlite(join(other, 'reelay.db'))
      database.exec(statement)
      database.close()
      const path = join(folder.path, 'edited.tar')
      await succeed(['backup', path, '--force'], { DATA_DIR: other })
      return path
    }
    const newer = await edited(`insert into migrations values ('9999_future', 1)`)
    expect(await restore(newer)).toMatchObject({ code: 78, stderr: expect.stringContaining('newer than this program') })
    const unbalanced = await edited(`update spend set spent = spent + 1`)
    expect(await restore(unbalanced)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/does not add up.*--unbalanced/)
    })
    const SECRET_KEY = Buffer.alloc(32, 7).toString('base64')
    expect(await restore(source.path, { SECRET_KEY })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('SECRET_KEY')
    })
    expectNothing()
    await succeed(['restore', unbalanced, '--unbalanced'], { DATA_DIR: target() })
  })

  test('and a backup does not replace a file, nor have a passphrase of a few letters', async () => {
    const env = { DATA_DIR: source.server.folder }
    expect(await run(['backup', source.path], env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--force')
    })
    expect(await run(['backup', file(), '--encrypt'], env)).toMatchObject({ code: 2 })
    expect(await run(['backup', file(), '--encrypt'], { ...env, REELAY_PASSPHRASE: 'short' })).toMatchObject({
      code: 2
    })
    expect(await run(['backup', file()], { DATA_DIR: join(folder.path, 'none') })).toMatchObject({ code: 1 })
    expect(existsSync(file())).toBe(false)
  })
})

describe('killed in the middle, a restore leaves', () => {
  async function prepared() {
    const { server, videos } = await startBusy()
    await succeed(['backup', file()], { DATA_DIR: server.folder })
    await server.close()
    const old = await startTestServer({ env: { DATA_DIR: target() }, channel: vendor.channel() })
    const before = await old.newVideo()
    await old.close()
    return { videos, before }
  }

  test('what was there, before it takes effect', async () => {
    const { before } = await prepared()
    const killed = await run(['restore', file(), '--force'], { DATA_DIR: target() }, { at: 'restore staged' })
    expect(killed.signal).toBe('SIGKILL')
    expect([...(await checkRestored(target()))]).toEqual([before])
    await (await startTestServer({ env: { DATA_DIR: target() } })).close()
    await succeed(['restore', file(), '--force'], { DATA_DIR: target() })
    expect((await checkRestored(target())).has(before)).toBe(false)
  })

  test.each(['restore committed', 'restore moved'] as const)('the new from then on: %s', async at => {
    const { videos, before } = await prepared()
    const killed = await run(['restore', file(), '--force'], { DATA_DIR: target() }, { at })
    expect(killed.signal).toBe('SIGKILL')
    // commands do not look at half of it
    expect(await run(['keys', 'list'], { DATA_DIR: target() })).toMatchObject({ code: 78 })
    const server = await startTestServer({ env: { DATA_DIR: target() } })
    for (const id of videos) expect((await server.inspect(id)).id).toBe(id)
    await server.close()
    const kept = readdirSync(target()).find(name => /^reelay\.db\.before-restore-[\dTZ-]+$/.test(name))
    const old = new Sqlite(join(target(), kept!), { readonly: true })
    expect(old.prepare('select id from tasks').pluck().all()).toEqual([before])
    old.close()
  })
})

test('with PostgreSQL: the key and the list of the archive; the restore checks that they belong to the database', async () => {
  const { url, close } = await freshUrl('postgres')
  const server = await startTestServer({ env: { DATABASE_URL: url, ARCHIVE_URL: '' }, channel: vendor.channel() })
  await server.finished(await server.newVideo())
  await server.services.archiver!.tick()
  const env = { DATABASE_URL: url }
  await succeed(['backup', file(), '--archive'], { ...env, DATA_DIR: server.folder })
  const download = await server.ask('/admin/backup', {})
  expect([download.status, Buffer.from(await download.arrayBuffer()).includes('secret.key')]).toEqual([200, true])
  await server.close()
  const printed = await succeed(['restore', file(), '--json'], { ...env, DATA_DIR: target() })
  expect(JSON.parse(printed)).toMatchObject({ tasks: 1, channels: 1, missing: [], about: { database: 'postgres' } })
  const again = await startTestServer({ env: { ...env, DATA_DIR: target() } })
  await again.close()
  expect(await run(['restore', file()], { DATA_DIR: join(folder.path, 'lite') })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('pg_restore')
  })
  const other = await freshUrl('postgres')
  const stranger = await startTestServer({ env: { DATABASE_URL: other.url } })
  await stranger.close()
  expect(await run(['restore', file()], { DATABASE_URL: other.url, DATA_DIR: join(folder.path, 'x') })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('does not belong to the database')
  })
  await close()
  await other.close()
})
