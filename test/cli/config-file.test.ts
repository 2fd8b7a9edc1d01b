import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { packageRoot } from '../../src/lib/root.ts'
import { newSecret } from '../../src/lib/secrets.ts'
import { ADMIN_KEY } from '../support/environment.ts'
import { makeFolder } from '../support/folder.ts'
import { forAllTests } from '../support/per-test.ts'
import { spawnServer, type SpawnedServer } from '../support/process.ts'
import { createRunner } from './run.ts'

/* The configuration file from the command line, and in a process that is told to read it again. */

const STUDIO = newSecret()
const SIGNING = `whsec_${Buffer.alloc(32, 5).toString('base64')}`

const folder = forAllTests(() => makeFolder('config-cli'))
const run = createRunner()
const path = () => join(folder.path, 'gateway.yaml')
const write = (text: string) => writeFileSync(path(), text)
const environment = (data = 'data') => ({
  DATA_DIR: join(folder.path, data),
  SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
  SANDBOX: 'off',
  CONFIG_FILE: path(),
  STUDIO_KEY: STUDIO,
  SIGNING,
  KLING: 'credential-canary'
})

let server: SpawnedServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

const whole = `channels:
  - name: main
    vendor: kling
    credential: \${KLING}
    models: { kling-v1: kling-v1 }
models:
  - name: film
    candidates: [{ channel: main, upstream_model: kling-v1 }]
    prices: [{ unit: second, amount: '0.10', currency: USD }]
keys:
  - name: studio
    secret: \${STUDIO_KEY}
    owner: costs $\${5}
    budget: { amount: '10', currency: USD, window: monthly }
webhooks:
  - name: billing
    key: studio
    url: https://example.com/hook
    event_types: [video.completed]
    signing_secret: \${SIGNING}
settings:
  retention_days: 30
`

test('check names every problem with its line and column, and exits with 78', async () => {
  write(`channels:
  - name: main
    vendor: klang
    credentials: x
models:
  - name: film
    prices: [{ unit: hour, amount: 0.10, currency: USD, colour: red }]
keys:
  - name: studio
    secret: \${NO_SUCH_VARIABLE}
  - { name: studio }
`)
  const unset = await run(['config', 'check', '--json'], environment())
  expect(unset.code).toBe(78)
  expect(JSON.parse(unset.stderr).error.problems).toEqual([
    { line: 10, column: 13, path: '', message: '${NO_SUCH_VARIABLE} is not set in the environment.' }
  ])
  const { code, stderr } = await run(['config', 'check'], { ...environment(), NO_SUCH_VARIABLE: 'sk-secret-canary' })
  expect(code).toBe(78)
  expect(stderr.trim().split('\n').slice(1)).toEqual([
    '  gateway.yaml:2:5  channels.0.credential: is missing.',
    '  gateway.yaml:4:5  channels.0.credentials: is not a known field.',
    '  gateway.yaml:7:22  models.0.prices.0.unit: Invalid option: expected one of "second"|"video".',
    '  gateway.yaml:7:57  models.0.prices.0.colour: is not a known field.',
    '  gateway.yaml:11:5  keys.1: needs either secret or hash.',
    '  gateway.yaml:11:13  keys.1.name: is the name of another one above.'
  ])
  write(
    whole
      .replace('kling\n', 'kling\n    options: { speed: 9 }\n')
      .replace(': ${KLING}', ': { user: x }')
      .replace('secret: ${STUDIO_KEY}', 'secret: sk-1')
      .replace('https', 'ftp')
  )
  expect((await run(['config', 'check'], environment())).stderr.split('\n').slice(1)).toEqual([
    '  gateway.yaml:4:23  channels.0.options.speed: Kling AI has no such option.',
    '  gateway.yaml:5:25  channels.0.credential.user: Kling AI has no such field.',
    '  gateway.yaml:13:13  keys.0.secret: is not a key of reelay. `reelay config key` makes one.',
    '  gateway.yaml:19:10  webhooks.0.url: must be an https:// URL.',
    ''
  ])
  write('channels: [\n')
  expect((await run(['config', 'check'], environment())).stderr).toMatch(/gateway\.yaml:2:1 /)
  write('')
  expect((await run(['config', 'check'], environment())).stderr).toMatch(/:1:1 {2}The file is empty/)
})

test('the examples of the documentation are valid', async () => {
  const [guide, example] = ['src/docs/configuration-file.md', 'docker/gateway.yaml'].map(file =>
    readFileSync(join(packageRoot(), file), 'utf8')
  ) as [string, string] // one for each
  const variables = {
    KLING_CREDENTIAL: 'credential',
    OPENAI_API_KEY: 'credential',
    STUDIO_WEBHOOK_SECRET: SIGNING
  }
  for (const text of [example, /```yaml\n([^]*?)```/.exec(guide)![1]!]) {
    write(text)
    expect(await run(['config', 'check'], { ...environment(), ...variables })).toMatchObject({ code: 0, stderr: '' })
  }
})

test('diff shows what apply does; apply does it once; explain and release know about it', async () => {
  write(whole)
  const plan = await run(['config', 'diff', '--json'], environment())
  expect(JSON.parse(plan.stdout).map(({ action, kind, line }: any) => [action, kind, line])).toEqual([
    ['create', 'channel', 2],
    ['create', 'model', 7],
    ['create', 'key', 11],
    ['create', 'webhook_endpoint', 16],
    ['create', 'setting', 22]
  ])
  const applied = await run(['config', 'apply', '--json'], environment())
  expect(applied.stdout).toBe(plan.stdout)
  expect((await run(['config', 'apply'], environment())).stdout).toContain('Nothing has changed.')

  write(whole.replace("'0.10'", "'0.20'").replace('  retention_days: 30', '  {}'))
  const shown = (await run(['config', 'diff'], environment())).stdout
  expect(shown).toMatch(/^7 +update +model film +prices: .*"0\.10".* → .*"0\.20"/m)
  expect(shown).toMatch(/^– +release +setting retention_days/m)

  const explain = async (name: string, env = {}) =>
    JSON.parse((await run(['config', 'explain', name, '--json'], { ...environment(), ...env })).stdout)
  expect(await explain('RETENTION_DAYS')).toMatchObject({ value: 30, source: 'gateway.yaml, line 22', default: 0 })
  expect(await explain('retention_days', { RETENTION_DAYS: '7' })).toMatchObject({
    value: 7,
    source: 'RETENTION_DAYS in the environment',
    default: 0
  })
  expect(await explain('exchange_log')).toMatchObject({ value: 'errors', source: 'the default' })
  expect(await explain('SANDBOX')).toMatchObject({
    value: 'off',
    source: 'SANDBOX in the environment',
    default: 'auto'
  })
  expect((await run(['config', 'explain', 'NOTHING'], environment())).code).toBe(2)

  const released = JSON.parse((await run(['config', 'release', '--json'], environment())).stdout)
  expect(released.map(({ action, name }: any) => `${action} ${name}`).toSorted()).toEqual([
    'release billing',
    'release film',
    'release main',
    'release retention_days',
    'release studio'
  ])
  expect((await run(['config', 'release'], environment())).stdout).toContain('owns nothing')
})

test('an export has no secret, and applied to an empty database makes the same', async () => {
  const { stdout: text } = await run(['config', 'export'], environment())
  expect(text).not.toMatch(/canary|whsec_|sk-\w{8}/)
  const copy = {
    ...environment('copy'),
    CONFIG_FILE: join(folder.path, 'export.yaml'),
    CHANNEL_MAIN_API_KEY: environment().KLING,
    WEBHOOK_STUDIO_BILLING_SECRET: SIGNING
  }
  writeFileSync(copy.CONFIG_FILE, text)
  const applied = await run(['config', 'apply'], copy)
  expect(applied).toMatchObject({ code: 0, stderr: '' })
  expect((await run(['config', 'export'], copy)).stdout).toBe(text)
  expect((await run(['config', 'apply', copy.CONFIG_FILE], copy)).stdout).toContain('Nothing has changed.')

  server = await spawnServer(copy)
  const answer = await fetch(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${STUDIO}` } })
  expect(((await answer.json()) as any).data.map(({ id }: any) => id)).toEqual(['film', 'kling-v1'])

  const elsewhere = {
    ...copy,
    DATA_DIR: join(folder.path, 'other'),
    SECRET_KEY: Buffer.alloc(32, 2).toString('base64')
  }
  const refused = await run(['config', 'apply'], elsewhere)
  expect([refused.code, refused.stderr]).toEqual([78, expect.stringContaining('was made with another SECRET_KEY')])
})

test('a server reads it again on SIGHUP; one that is wrong changes nothing there, and ends a start', async () => {
  write(whole)
  server = await spawnServer({ ...environment('signal'), ADMIN_KEY })
  const channels = async () => {
    const answer = await fetch(`${server!.url}/admin/channels`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })
    return ((await answer.json()) as any).data.map(({ name, priority }: any) => [name, priority])
  }
  expect(await channels()).toEqual([['main', 0]])
  const { status } = await fetch(`${server.url}/config.schema.json`)
  expect(status).toBe(200)

  write(whole.replace('vendor: kling', 'vendor: kling\n    priority: 7'))
  server.child.kill('SIGHUP')
  await expect.poll(channels, { timeout: 10_000 }).toEqual([['main', 7]])

  write(whole.replace('vendor: kling', 'vendor: klang'))
  server.child.kill('SIGHUP')
  await expect.poll(server.output, { timeout: 10_000 }).toMatch(/configuration file not applied.*gateway\.yaml:3:13/s)
  expect(await channels()).toEqual([['main', 7]])
  await server.close()

  const { code, stderr } = await run(['serve'], { ...environment('signal'), PORT: '0' })
  expect([code, stderr]).toEqual([78, expect.stringContaining('gateway.yaml:3:13  channels.0.vendor: must be one of')])
})
