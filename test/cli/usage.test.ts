import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { makeFolder } from '../support/folder.ts'
import { forAllTests } from '../support/per-test.ts'
import { main, reelay } from './run.ts'

const folder = forAllTests(() => makeFolder('usage'))

const env = () => ({ DATA_DIR: join(folder.path, 'data') })

describe('reelay --help', () => {
  test('has every command on one line of at most 80 columns', async () => {
    const { code, stdout } = await reelay(['--help'], env())
    expect(code).toBe(0)
    const [, listed = ''] = /^Commands:\n((?: {2}.*\n)+)/m.exec(stdout) ?? []
    const lines = listed.trimEnd().split('\n')
    for (const line of lines) expect(line).toMatch(/^ {2}[a-z]+( [a-z]+)*( [<[].+[\]>])? {2,}\S.*$/)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
    const names = lines.map(line => /^[a-z]+( [a-z]+)?/.exec(line.trim())?.[0])
    expect(names).toEqual(
      expect.arrayContaining(['serve', 'migrate', 'doctor', 'generate', 'healthcheck', 'config check', 'tasks tail'])
    )
    for (const verb of ['create', 'list', 'get', 'set', 'revoke', 'rotate']) expect(names).toContain(`keys ${verb}`)
    for (const verb of ['add', 'list', 'set', 'test', 'enable', 'disable', 'remove'])
      expect(names).toContain(`channels ${verb}`)
    for (const verb of ['list', 'set', 'price', 'remove']) expect(names).toContain(`models ${verb}`)
  })

  test('of channels add says what each vendor wants', async () => {
    const { stdout } = await reelay(['channels', 'add', '--help'], env())
    expect(stdout).toMatch(/cloudsway +api_key; options endpoint_path$/m)
    expect(stdout).toMatch(/jimeng +access_key, secret_key, \[session_token\]/)
    expect(stdout).toMatch(/azure .*--base-url$/m)
  })
})

test.each([
  ['an unknown command', ['fly'], /unknown command 'fly'/],
  ['a group by half its name', ['channel', 'list'], /unknown command 'channel'\n\(Did you mean channels\?\)/],
  ['another one', ['key', 'create', 'app'], /Did you mean keys\?/],
  ['a wrong command of a group', ['channels', 'lst'], /Did you mean list\?/],
  ['an unknown option', ['tasks', 'list', '--loud'], /unknown option '--loud'/],
  ['a missing argument', ['keys', 'create'], /missing required argument 'name'/],
  ['a number that is none', ['tasks', 'list', '--limit', 'many'], /whole number/],
  ['no command', [], /Usage: reelay/],
  ['a group alone', ['keys'], /keys create <name>/],
  ['neither a prompt nor an id', ['generate', '-m', 'kling-v1'], /prompt, or --resume/],
  ['a picture that is not there', ['generate', 'p', '--image', '/nowhere.png'], /\/nowhere\.png cannot be read/],
  ['a folder that is not there', ['generate', 'p', '-o', '/nowhere/a.mp4'], /no folder \/nowhere/],
  ['a channel without its vendor', ['channels', 'add'], /--vendor is required\. Vendors: .*kling/],
  ['a vendor nobody knows', ['channels', 'add', '--vendor', 'acme'], /Allowed choices are/]
])('%s exits 2 and says so on stderr, and nothing was made', async (_what, args, message) => {
  const { code, stdout, stderr } = await reelay(args, env())
  expect(stderr).toMatch(message)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(existsSync(join(folder.path, 'data'))).toBe(false)
})

test('channels add names everything that is missing at once, as flags', async () => {
  const { code, stderr } = await reelay(['channels', 'add', '--vendor', 'cloudsway'], env())
  expect(code).toBe(2)
  expect(stderr).toMatch(/--credential-file … \(API key\)/)
  expect(stderr).toMatch(/--option endpoint_path=…/)
  expect(stderr).not.toContain('at ')
})

test('channels add says what an option must be', async () => {
  const add = ['channels', 'add', '--vendor', 'azure', '--credential', 'k', '--base-url', 'https://a.example']
  const unknown = await reelay([...add, '--option', 'colour=red'], env())
  expect(unknown.code).toBe(2)
  expect(unknown.stderr).toMatch(/has no such option\. Its options are .*dialect/)
  const wrong = await reelay([...add, '--option', 'dialect=latin'], env())
  expect(wrong.stderr).toMatch(/must be azure-v1 or azure-jobs/)
})

test('npx reelay: the bundle is a program, and hints can be pasted', async () => {
  expect(readFileSync(main, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  const bin = join(folder.path, 'node_modules/.bin')
  mkdirSync(bin, { recursive: true })
  symlinkSync(main, join(bin, 'reelay'))
  const run = promisify(execFile)(process.execPath, [join(bin, 'reelay'), 'doctor'], { env: env() })
  await expect(run).rejects.toMatchObject({
    stdout: expect.stringMatching(/✗ +data folder .* Create it: npx reelay migrate$/m)
  })
})

describe('a configuration that cannot be used', () => {
  const broken = { PORT: '70000', SANDBOX: 'maybe', SECRET_KEY: 'SECRET-CANARY' }

  test.each([['serve'], ['migrate'], ['keys list'], ['healthcheck'], ['config check']])(
    '%s exits 78 and tells every problem at once, without a stack or a secret',
    async command => {
      const { code, stdout, stderr } = await reelay(command.split(' '), { ...env(), ...broken })
      expect({ code, stdout }).toEqual({ code: 78, stdout: '' })
      for (const name of Object.keys(broken)) expect(stderr).toContain(`${name}: `)
      expect(stderr).not.toMatch(/CANARY|^\s+at /m)
    }
  )

  test('doctor shows each as a row and exits 1', async () => {
    const { code, stdout } = await reelay(['doctor', '--json'], { ...env(), ...broken })
    expect(code).toBe(1)
    const { checks } = JSON.parse(stdout) as { checks: { name: string; ok: boolean }[] }
    expect(checks).toHaveLength(3)
    expect(checks.every(({ name, ok }) => name === 'configuration' && !ok)).toBe(true)
  })

  test('REELAY_URL without REELAY_KEY exits 78', async () => {
    const { code, stderr } = await reelay(['keys', 'list'], { ...env(), REELAY_URL: 'http://127.0.0.1:1' })
    expect(code).toBe(78)
    expect(stderr).toContain('REELAY_URL and REELAY_KEY go together')
  })
})

test('config check shows what follows from the environment, secrets only as being set', async () => {
  const secrets = { ADMIN_KEY: 'sk-CANARY-0123456789-0123456789abcdef', DATABASE_URL: 'postgres://u:CANARY@db/x' }
  const given = { ...env(), ...secrets, OUTBOUND_ALLOW: '10.0.0.0/8,vllm.internal' }
  const { code, stdout } = await reelay(['config', 'check'], given)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^PORT +3000$/m)
  expect(stdout).toMatch(/^ADMIN_KEY +\(set\)$/m)
  expect(stdout).toMatch(/^OUTBOUND_ALLOW +10\.0\.0\.0\/8, vllm\.internal$/m)
  expect(stdout).toMatch(/^DATABASE_URL +postgres:\/\/…@db\/x$/m)
  const json = await reelay(['config', 'check', '--json'], given)
  expect(JSON.parse(json.stdout)).toMatchObject({ PORT: '3000', ADMIN_KEY: '(set)' })
  expect(stdout + json.stdout).not.toContain('CANARY')
  expect(existsSync(join(folder.path, 'data'))).toBe(false)
})

test.each([
  'postgres://u:CAN/ARY@db/x',
  'postgres://u:CAN@ARY@db/x',
  'postgres://u:CAN\'ARY"?#@db/x',
  'postgres://u:CAN ARY@db/x',
  'postgres://db/x?user=u&password=CANARY',
  'postgres://CANARY@db/x?sslmode=require'
])('config check shows no password of %s', async url => {
  const given = { ...env(), DATABASE_URL: url, REDIS_URL: url.replace('postgres', 'redis') }
  const { code, stdout, stderr } = await reelay(['config', 'check'], given)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^DATABASE_URL +postgres:\/\/(…@)?db\/x/m)
  expect(stdout + stderr).not.toMatch(/CAN|ARY/)
})

test.each(['postgres://u:CAN/A@RY@127.0.0.1:1/x', "postgres://u:CAN'ARY@127.0.0.1:1/x", 'postgres://u:C AN ARY@[/x'])(
  'a start that cannot reach %s prints no password',
  async url => {
    const { code, stdout, stderr } = await reelay(['serve'], { ...env(), DATABASE_URL: url })
    expect(code).not.toBe(0)
    expect(stdout + stderr).not.toMatch(/CAN|ARY/)
  }
)

test('serve on a port that is taken says so in one line and exits 1', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo // true of a server that listens on TCP
  const { code, stdout, stderr } = await reelay(['serve'], {
    DATA_DIR: join(folder.path, 'port'),
    PORT: String(port),
    LOG_LEVEL: 'warn'
  })
  taken.close()
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toBe(`Port ${port} is in use. Set PORT to another one; 0 picks a free one.\n`)
})

const older = olderNode()
test.skipIf(older === null)('an older Node says what is needed in one line and exits 78', async () => {
  const { code, stdout, stderr } = await reelay(['--help'], env(), { node: older! })
  expect({ code, stdout }).toEqual({ code: 78, stdout: '' })
  expect(stderr).toMatch(/^reelay needs Node 24\.7 or newer; this is \d+\.\d+\.\d+\..*\n$/)
})

/** The machine's own Node, when it is older than ours. */
function olderNode(): string | null {
  let paths: string[] = []
  try {
    paths = execFileSync('bash', ['-c', 'which -a node'], { encoding: 'utf8' }).split('\n').filter(Boolean)
  } catch {
    // none on the path
  }
  const major = (path: string) => Number(/^v(\d+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1])
  return paths.find(path => major(path) < 24) ?? null
}
