import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { readMp4 } from '../sandbox/read-mp4.ts'
import { makeFolder } from '../support/folder.ts'
import { forEachTest } from '../support/per-test.ts'
import { spawnServer } from '../support/process.ts'
import { ADMIN_KEY } from '../support/environment.ts'
import { reelay } from './run.ts'

const folder = forEachTest(() => makeFolder('serve'))
let stop: (() => Promise<unknown>) | undefined
afterEach(() => stop?.())

/** Starts the bundle and gives what it printed, once it has printed what matches. */
async function greeting(env: Record<string, string>, last: RegExp): Promise<{ said: string; url: string }> {
  await stop?.()
  const server = await spawnServer({ DATA_DIR: join(folder.path, 'data'), ...env })
  stop = server.close
  await expect.poll(server.output, { timeout: 10_000 }).toMatch(last)
  return { said: server.output(), url: server.url }
}

/** Returns the token in the link that sets up the console. */
function linkIn(said: string, url: string): string {
  const [, base, token] = /^Set up the console: (\S+)\/console\/setup\?token=([\w-]{43})$/m.exec(said) ?? []
  expect(base).toBe(url)
  return token!
}

test(
  'the commands of the first greeting work when pasted, one after the other: a playable video',
  { timeout: 60_000 },
  async () => {
    mkdirSync(join(folder.path, 'data'))
    const { said, url } = await greeting({}, /ls -l video\.mp4/)
    expect(said).toContain(`reelay listens on ${url}\n`)
    expect(said).toMatch(/^SANDBOX: no vendor account is needed/m)

    const [, admin = ''] = /^Admin key \(shown once\): +(sk-\w+)$/m.exec(said) ?? []
    const [, member = ''] = /^Member key \(shown once\): (sk-\w+)$/m.exec(said) ?? []
    const status = async (key: string) => (await fetch(`${url}/admin/keys`, { headers: { 'api-key': key } })).status
    expect([await status(admin), await status(member)]).toEqual([200, 403])

    const [, commands = ''] = /\nMake a video:\n([^]*)$/.exec(said) ?? []
    const { stdout } = await promisify(execFile)('bash', ['-e', '-c', commands], { cwd: folder.path })
    expect(stdout).toMatch(/"status":"succeeded"/)
    expect(readMp4(readFileSync(join(folder.path, 'video.mp4')))).toMatchObject({ seconds: 5, framesAreWhole: true })

    const link = linkIn(said, url)
    const again = await greeting({}, /^Models: /m)
    expect(again.said).not.toMatch(/sk-|curl/)
    expect(linkIn(again.said, again.url)).not.toBe(link)
  }
)

test('the link of the last start creates the owner, once; then no start prints one', async () => {
  mkdirSync(join(folder.path, 'data'))
  const first = await greeting({}, /ls -l video\.mp4/)
  const { said, url } = await greeting({}, /^Models: /m)
  const setUp = (token: string) =>
    fetch(`${url}/console/api/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-reelay-console': '1', origin: url },
      body: JSON.stringify({ token, name: 'Olga', password: 'a long enough password' })
    })
  const token = linkIn(said, url)
  expect((await setUp(linkIn(first.said, first.url))).status).toBe(403)
  const made = await setUp(token)
  expect([made.status, made.headers.get('set-cookie')]).toEqual([201, expect.stringMatching(/^reelay_session=/)])
  expect((await setUp(token)).status).toBe(403)
  expect((await greeting({}, /^Models: /m)).said).not.toContain('/console/setup')
})

test('with an ADMIN_KEY only a member key is made, and the admin key is not shown', async () => {
  mkdirSync(join(folder.path, 'data'))
  const { said } = await greeting({ ADMIN_KEY }, /ls -l video\.mp4/)
  expect(said).toMatch(/^Member key \(shown once\): sk-/m)
  expect(said).not.toMatch(/Admin key/)
  expect(said).not.toContain(ADMIN_KEY)
})

test('where nobody can make a video it says how to change that, and shows no command that would fail', async () => {
  mkdirSync(join(folder.path, 'data'))
  const { said } = await greeting({ SANDBOX: 'off' }, /Member key/)
  expect(said).not.toMatch(/curl|SANDBOX/)
  const [, hint = ''] = /Add a vendor account: (.+)$/m.exec(said) ?? []
  expect(hint).toBe('node dist/main.js channels add')
})

test('keys that the command line made first do not keep the admin key from being made', async () => {
  const env = { DATA_DIR: join(folder.path, 'data') }
  expect((await reelay(['keys', 'create', 'app'], env)).code).toBe(0)
  const { said } = await greeting({}, /Admin key/)
  expect(said).not.toMatch(/Member key|curl/)
})
