import { cpSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { freshUrl } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { forAllTests } from '../support/per-test.ts'
import { ADMIN_KEY } from '../support/environment.ts'
import { startTestServer } from '../support/server.ts'
import { createRunner, reelay } from './run.ts'

/** A data folder of a server that made a priced video and has another one running, stopped. */
const healthy = forAllTests(async () => {
  const vendor = await startFakeCloudsway()
  const server = await startTestServer({ channel: vendor.channel({ name: 'kl' }) })
  await server.call('PATCH', '/admin/models/kling-v1', { prices: [{ unit: 'video', amount: '0.50', currency: 'USD' }] })
  await server.finished(await server.newVideo({}, await server.newKey()))
  vendor.onPoll = () => 'processing'
  await server.newVideo({}, await server.newKey())
  const folder = makeFolder('doctor')
  await server.stop()
  cpSync(server.folder, folder.path, { recursive: true })
  rmSync(server.folder, { recursive: true, force: true })
  const close = async () => {
    await vendor.close()
    folder.close()
  }
  return { path: folder.path, vendor, close }
})

interface Check {
  name: string
  ok: boolean
  message: string
}

// the vendor listens here
const OUTBOUND_ALLOW = '127.0.0.0/8'
const start = createRunner()

async function examine(
  env: Record<string, string>
): Promise<{ code: number | null; problems: Check[]; checks: Check[] }> {
  const { code, stdout } = await start(['doctor', '--json'], { OUTBOUND_ALLOW, ...env })
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Check[] }
  const problems = checks.filter(check => !check.ok)
  expect(ok).toBe(problems.length === 0)
  return { code, checks, problems }
}

function copy(): string {
  const { path, close } = makeFolder('doctor')
  onTestFinished(close)
  cpSync(healthy.path, path, { recursive: true })
  return path
}

function broken(...statements: string[]): string {
  const folder = copy()
  const database = new Sqlite(join(folder, 'reelay.db'))
  for (const statement of statements) {
    expect(database.prepare(statement).run().changes, statement).toBeGreaterThanOrEqual(
      statement.startsWith('drop') ? 0 : 1
    )
  }
  database.close()
  return folder
}

test('a healthy installation: a table of ✓, exit 0', async () => {
  const { code, stdout } = await reelay(['doctor'], { DATA_DIR: healthy.path, SANDBOX: 'off', OUTBOUND_ALLOW })
  expect(stdout).not.toContain('✗')
  expect(code).toBe(0)
  for (const name of [
    'configuration',
    'data folder',
    'server',
    'database',
    'migrations',
    'secret key',
    `host ${new URL(healthy.vendor.url).host}`,
    'channel kl',
    'clock of vendors',
    'archive storage',
    'public URL',
    'models',
    'keys',
    'webhook endpoints',
    'sandbox',
    'clock',
    'ledger',
    'slots',
    'archive'
  ])
    expect(stdout).toMatch(new RegExp(`^✓ +${name} +\\S`, 'm'))
})

test('models that nobody has a price for are named', async () => {
  const folder = broken(`update channels set models = '{"kling-v1":"kling-v1","dream":"dream-1"}', vendor = 'kling'`)
  const { stdout } = await reelay(['doctor'], { DATA_DIR: folder, SANDBOX: 'off', OUTBOUND_ALLOW })
  expect(stdout).toMatch(/^✓ +channel kl +.*no price, so not for keys with a budget: .*dream/m)
})

test('a finished video that cannot be copied is a problem that says why', async () => {
  const task = 'select id from tasks limit 1'
  const folder = broken(
    `insert into assets (id, task_id, number, variant, state, tries, error, due_at, created_at)
     values ('ast_1', (${task}), 0, 'video', 'pending', 3, 'no space left on device', 1, 1)`
  )
  const { code, problems } = await examine({ DATA_DIR: folder, SANDBOX: 'off' })
  expect(code).toBe(1)
  expect(problems).toMatchObject([{ name: 'archive', message: expect.stringContaining('no space left on device') }])
})

test('nothing there yet: says how to make it, makes nothing', async () => {
  const { code, problems } = await examine({ DATA_DIR: '/nowhere' })
  expect(code).toBe(1)
  expect(problems.map(({ name }) => name)).toEqual(['data folder', 'database'])
  for (const { message } of problems) expect(message).toContain('migrate')
})

test.each([
  ['slots', 'update channels set in_flight = 2', /counts 2, but 1 tasks hold a slot/],
  ['channel kl', "update channels set credential = 'v1:AAAA:AAAA:AAAA'", /cannot be decrypted/],
  [
    'channel kl',
    `update channels set health = '{"state":"disabled","reason":"the vendor refused the credential"}'`,
    /refused the credential/
  ],
  ['migrations', "delete from migrations where name like '0001%'", /0001_\w+ not applied/],
  ['migrations', "insert into migrations values ('9999_future', 1)", /newer than this program/],
  ['clock', 'update keys set created_at = created_at + 86400000', /before the newest row/],
  ['secret key', "update meta set value = 'v1:AAAA:AAAA:AAAA' where name = 'canary'", /not the one/]
])('%s: a problem, exit 1 (%s)', async (name, statement, message) => {
  const { code, problems } = await examine({ DATA_DIR: broken(statement) })
  expect(code).toBe(1)
  expect(problems).toEqual([{ name, ok: false, message: expect.stringMatching(message) }])
})

test('ledger: a settlement that is missing, and an amount that differs', async () => {
  const drop = ['drop trigger ledger_no_update', 'drop trigger ledger_no_delete']
  for (const statement of [
    "delete from ledger where kind = 'capture'",
    "update ledger set amount = amount - 1 where kind = 'capture'",
    "delete from ledger where kind = 'hold'"
  ]) {
    const { code, problems } = await examine({ DATA_DIR: broken(...drop, statement) })
    expect(code).toBe(1)
    expect(problems).toEqual([{ name: 'ledger', ok: false, message: expect.stringMatching(/video_[0-9a-f]{32}/) }])
  }
})

test('secret key: another one, or none, is told and none is made', async () => {
  const folder = copy()
  const path = join(folder, 'secret.key')
  renameSync(path, `${path}.old`)
  expect((await examine({ DATA_DIR: folder })).problems).toMatchObject([
    { name: 'secret key', message: /no secret\.key/ }
  ])
  expect((await examine({ DATA_DIR: folder })).problems).toHaveLength(1)
  writeFileSync(path, randomBytes(32).toString('base64'))
  expect((await examine({ DATA_DIR: folder })).problems).toMatchObject([{ name: 'secret key' }])
  // what the doctor tells is what the server would say
  const served = await reelay(['serve'], { DATA_DIR: folder, PORT: '0' })
  expect(served).toMatchObject({ code: 78, stderr: expect.stringMatching(/^SECRET_KEY is not the one/) })
  // and without one it makes none
  rmSync(path)
  const without = await reelay(['serve'], { DATA_DIR: folder, PORT: '0' })
  expect(without).toMatchObject({ code: 78, stderr: expect.stringMatching(`^${path} is missing`) })
  expect(existsSync(path)).toBe(false)
})

test('sandbox: off and no channel is a problem', async () => {
  const { problems } = await examine({ DATA_DIR: broken('update channels set disabled = 1'), SANDBOX: 'off' })
  expect(problems).toMatchObject([{ name: 'sandbox' }])
})

test('Postgres: examined the same way; out of reach it is one problem without the password', async () => {
  const { url, close } = await freshUrl('postgres', { bare: true })
  const env = { DATA_DIR: copy(), DATABASE_URL: url }
  expect((await examine(env)).problems).toMatchObject([{ name: 'migrations' }])
  const migrated = await reelay(['migrate'], env)
  expect(migrated.stdout).toMatch(/^applied 0000_start\n/)
  expect(await reelay(['migrate'], env)).toMatchObject({ code: 0, stdout: 'The database is up to date.\n' })
  const { code, checks, problems } = await examine(env)
  expect({ code, problems }).toEqual({ code: 0, problems: [] })
  expect(checks).toContainEqual({ name: 'database', ok: true, message: 'postgres answers' })
  await close()

  const gone = await examine({ ...env, DATABASE_URL: 'postgres://reelay:CANARY@127.0.0.1:9/reelay' })
  expect(gone.problems).toMatchObject([{ name: 'database', message: expect.stringMatching(/cannot be reached/) }])
  expect(JSON.stringify(gone)).not.toContain('CANARY')
})

const off = [
  "update channels set disabled = 1, name = 'kl'",
  "update models set disabled = 1 where name = 'kling-v1'",
  "update keys set disabled = 1, name = 'studio' where role = 'member'",
  `insert into endpoints (id, key_id, url, name, secrets, events, disabled, disabled_reason, created_at) values
   ('whk_1', (select id from keys limit 1), 'https://a.example.com/', 'bot', '[]', '[]', 1, 'no delivery succeeded for 72 hours', 1)`
]

test('what is disabled is said by name, and why', async () => {
  const { checks, problems } = await examine({ DATA_DIR: broken(...off), SANDBOX: 'on' })
  expect(checks).toEqual(
    expect.arrayContaining([
      { name: 'channel kl', ok: true, message: expect.stringMatching(/^disabled by an operator/) },
      { name: 'models', ok: true, message: 'disabled by an operator: kling-v1' },
      { name: 'keys', ok: true, message: 'disabled by an operator: studio; studio' }
    ])
  )
  expect(problems).toEqual([
    {
      name: 'webhook endpoints',
      ok: false,
      message:
        'disabled: bot: no delivery succeeded for 72 hours. When the receiver answers again, its owner enables it.'
    }
  ])
})

test('REELAY_URL: that server is asked, not this machine', async () => {
  const server = await startTestServer({ env: { DATA_DIR: broken(...off), SANDBOX: 'on' } })
  const env = { REELAY_URL: server.url, REELAY_KEY: ADMIN_KEY, DATA_DIR: '/nowhere' }
  const { code, checks, problems } = await examine(env)
  expect(checks).toEqual(
    expect.arrayContaining([
      { name: 'server', ok: true, message: `${server.url} is ready` },
      { name: 'channel kl', ok: true, message: expect.stringMatching(/^disabled by an operator/) },
      { name: 'models', ok: true, message: 'disabled by an operator: kling-v1' }
    ])
  )
  expect({ code, problems }).toMatchObject({ code: 1, problems: [{ name: 'webhook endpoints' }] })
  const wrong = await examine({ ...env, REELAY_KEY: await server.memberKey() })
  expect(wrong.problems).toMatchObject([{ name: 'key', message: expect.stringMatching(/admin key in REELAY_KEY/) }])
  await server.close()
  expect((await examine(env)).problems).toMatchObject([
    { name: 'server', message: expect.stringMatching(/does not answer/) }
  ])
})

/** A proxy in front of a server, at an address that is known before the server starts. */
async function startFront() {
  const front = { target: '', keepsQuery: true, url: '', close: () => proxy.close() }
  async function pass(url: string, response: ServerResponse) {
    const answer = await fetch(front.target + (front.keepsQuery ? url : url.split('?')[0]))
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
    response.end(await answer.text())
  }
  const proxy = createServer(({ url = '/' }, response) => void pass(url, response)).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  front.url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  return front
}

test('GET /admin/doctor: what answers, and what does not, with what to do', async () => {
  const front = await startFront()
  const archive = makeFolder('doctor-archive')
  const server = await startTestServer({
    env: { PUBLIC_URL: front.url, ARCHIVE_URL: `file:${archive.path}/films` },
    channel: healthy.vendor.channel({ name: 'kl' })
  })
  front.target = server.url
  const found = async (name: string) => {
    const { body } = await server.call('GET', '/admin/doctor')
    const check = (body.checks as Check[]).find(one => one.name === name)
    expect(body.ok).toBe((body.checks as Check[]).every(({ ok }) => ok))
    return check
  }
  const { body } = await server.call('GET', '/admin/doctor')
  expect((body.checks as Check[]).filter(({ ok }) => !ok)).toEqual([])
  expect(await found('public URL')).toMatchObject({
    ok: true,
    message: `${front.url} leads here, and its links are valid`
  })
  expect(await found('channel kl')).toMatchObject({
    ok: true,
    message: expect.stringContaining('accepted the credential')
  })
  expect(await found('archive storage')).toMatchObject({ ok: true, message: 'a file was written, read and deleted' })

  // port 9 is discard: nobody listens there
  const dead = { name: 'dead', base_url: 'http://127.0.0.1:9' }
  await server.newChannel(healthy.vendor.channel(dead))
  await server.call('POST', '/v1/webhook_endpoints', {
    name: 'bot',
    url: 'http://127.0.0.1:9/hook',
    event_types: ['video.completed']
  })
  expect(await found('host 127.0.0.1:9')).toMatchObject({
    ok: false,
    message: expect.stringMatching(/ECONNREFUSED.*Check DNS/)
  })
  expect(await found('channel dead')).toMatchObject({
    ok: false,
    message: expect.stringContaining('channels set dead')
  })
  expect(await found('webhooks 127.0.0.1:9')).toMatchObject({ ok: false, message: expect.stringContaining('72 hours') })

  front.keepsQuery = false
  expect(await found('public URL')).toMatchObject({ ok: false, message: expect.stringContaining('drops the query') })
  rmSync(join(archive.path, 'films'), { recursive: true, force: true })
  writeFileSync(join(archive.path, 'films'), 'a file where the folder was')
  expect(await found('archive storage')).toMatchObject({ ok: false, message: expect.stringContaining('ARCHIVE_URL') })
  await server.close()
  front.close()
  archive.close()
})
