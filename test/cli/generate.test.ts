import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readMp4 } from '../sandbox/read-mp4.ts'
import { ADMIN_KEY } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { forAllTests } from '../support/per-test.ts'
import { spawnServer } from '../support/process.ts'
import { startTestServer } from '../support/server.ts'
import { pixel } from '../support/wire.ts'
import { reelay } from './run.ts'

const folder = forAllTests(() => makeFolder('generate'))

function place(name: string): string {
  const cwd = join(folder.path, name)
  mkdirSync(cwd, { recursive: true })
  return cwd
}

const idOf = (stdout: string) => /^(video_[0-9a-f]{32})\n/.exec(stdout)?.[1] ?? 'no id first'

// each waits for a video of the sandbox, which takes its three seconds
const timeout = 60_000

describe.concurrent('generate without a server', { timeout }, () => {
  test('makes a playable video with the sandbox, prints the id first, names the file after the prompt', async () => {
    const cwd = place('alone')
    const env = { DATA_DIR: join(folder.path, 'alone-data') }
    const args = ['generate', 'An astronaut: on the Moon!', '-m', 'kling-v1', '--seconds', '5', '--size', '1280x720']
    const { code, stdout, stderr } = await reelay(args, env, { cwd })
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/^SANDBOX: /m) })
    const id = idOf(stdout)
    const name = `an-astronaut-on-the-moon-${id.slice(-6)}.mp4`
    expect(stdout).toMatch(new RegExp(`^${id}\nsaved ${name} \\([\\d.]+ MB\\)\n$`))
    expect(readdirSync(cwd)).toEqual([name])
    expect(readMp4(readFileSync(join(cwd, name)))).toMatchObject({ seconds: 5, framesAreWhole: true })
    // oxlint-disable-next-line no-control-regex
    expect(stdout + stderr).not.toMatch(/\u001b|\r/)

    // its owner is nobody's key
    expect((await reelay(['keys', 'list', '--json'], env)).stdout).toBe('[]\n')
    const task = await reelay(['tasks', 'get', id], env)
    expect(task.stdout).toMatch(/^status +completed$/m)
    expect(task.stdout).toMatch(/^Attempts\n.*\n.*sandbox.*accepted/m)
    const list = await reelay(['tasks', 'list', '--status', 'completed'], env)
    expect(list.stdout).toMatch(
      new RegExp(`^${id} +succeeded +100% +kling-v1 +command line +sandbox .*An astronaut: on the Moon!$`, 'm')
    )
  })

  test('--no-wait ends at once; --resume gets the video later, after this process and its engine were gone', async () => {
    const env = { DATA_DIR: join(folder.path, 'later-data') }
    const made = await reelay(['generate', 'p', '-m', 'kling-v1', '--no-wait'], env)
    expect(made.code).toBe(0)
    const id = idOf(made.stdout)
    expect(made.stderr).toContain(`generate --resume ${id}\n`)
    const out = join(place('later'), 'film.mp4')
    const got = await reelay(['generate', '--resume', id, '-o', out, '--json'], env)
    expect(got).toMatchObject({ code: 0, stderr: expect.stringContaining(`${id}\n`) })
    expect(JSON.parse(got.stdout)).toMatchObject({
      id,
      status: 'completed',
      file: out,
      bytes: readFileSync(out).length
    })
    expect(readdirSync(join(folder.path, 'later'))).toEqual(['film.mp4'])
  })

  test('-o - writes the video to stdout, and nothing else', async () => {
    const env = { DATA_DIR: join(folder.path, 'piped-data') }
    const { code, stderr, bytes } = await reelay(['generate', 'p', '-m', 'kling-v1', '-o', '-'], env)
    expect(code).toBe(0)
    expect(stderr).toMatch(/^video_[0-9a-f]{32}\n[\s\S]*written to stdout/m)
    expect(readMp4(bytes)).toMatchObject({ framesAreWhole: true })
    expect((await reelay(['generate', 'p', '-o', '-', '--json'], env)).code).toBe(2)
  })

  test.each([
    ['SIGINT', 130, [], /Stopped waiting/],
    ['no signal', 5, ['--timeout', '0.3'], /was not finished within 0\.3 s/]
  ] as const)(
    '%s leaves the task running, says how to get it, and that works',
    async (signal, expected, more, said) => {
      const cwd = place(`stopped-${expected}`)
      const env = { DATA_DIR: join(folder.path, `stopped-${expected}-data`) }
      let sent = false
      const stopped = await reelay(['generate', 'p', '-m', 'kling-v1', ...more], env, {
        cwd,
        watch(output, send) {
          if (signal !== 'SIGINT' || sent || !/in_progress|queued/.test(output)) return
          sent = true
          // twice, as a terminal and the npx in front of us do
          send(signal)
          send(signal)
        }
      })
      expect(stopped.code).toBe(expected)
      expect(stopped.stderr).toMatch(said)
      const [, how = ''] = /Save its video later: .*?(generate --resume \S+)/.exec(stopped.stderr) ?? []
      expect(how).toContain(idOf(stopped.stdout))
      expect(readdirSync(cwd)).toEqual([])
      expect((await reelay(how.split(' '), env, { cwd })).code).toBe(0)
      expect(readdirSync(cwd)).toHaveLength(1)
    }
  )
})

test('beside a running server it is that server that makes the video, and no key is left', { timeout }, async () => {
  const DATA_DIR = join(folder.path, 'beside')
  mkdirSync(DATA_DIR)
  const server = await spawnServer({ DATA_DIR, ADMIN_KEY })
  const address = readFileSync(join(DATA_DIR, 'address'), 'utf8')
  const cwd = place('beside-out')
  const { code, stdout } = await reelay(['generate', 'p', '-m', 'kling-v1'], { DATA_DIR }, { cwd })
  expect(code).toBe(0)
  expect(readdirSync(cwd)).toHaveLength(1)
  expect(readFileSync(join(DATA_DIR, 'address'), 'utf8')).toBe(address)
  const keys = JSON.parse((await reelay(['keys', 'list', '--json'], { DATA_DIR })).stdout) as { name: string }[]
  expect(keys.map(({ name }) => name)).not.toContain('command line')

  const test = await reelay(['channels', 'test', 'sandbox'], { DATA_DIR })
  expect(test).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok /) })
  const health = await reelay(['healthcheck'], { DATA_DIR })
  expect(health).toMatchObject({ code: 0, stdout: `${address} answers.\n` })
  const doctor = await reelay(['doctor'], { DATA_DIR, ADMIN_KEY })
  expect(doctor.stdout).toContain(`running at ${address}`)

  server.child.kill('SIGKILL')
  await server.exited
  expect(await reelay(['healthcheck'], { DATA_DIR })).toMatchObject({
    code: 1,
    stderr: `${address} does not answer.\n`
  })
  // the address of the last start lies about: this process makes the next one
  const next = await reelay(['generate', '--resume', idOf(stdout), '-o', join(cwd, 'again.mp4')], { DATA_DIR }, { cwd })
  expect(next.code).toBe(0)
})

test('healthcheck without an address asks HOST:PORT', async () => {
  const { code, stderr } = await reelay(['healthcheck'], {
    DATA_DIR: join(folder.path, 'none'),
    HOST: '0.0.0.0',
    PORT: '9'
  })
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'http://127.0.0.1:9 does not answer.\n' })
})

describe('generate with a server', () => {
  const vendor = forAllTests(startFakeCloudsway)
  const server = forAllTests(() => startTestServer({ channel: vendor.channel() }))
  const env = async () => ({ REELAY_URL: server.url, REELAY_KEY: await server.memberKey() })

  test('sends a picture as it is, and saves what the vendor made', async () => {
    const cwd = place('picture')
    writeFileSync(join(cwd, 'frame.png'), pixel)
    const out = join(cwd, 'out.mp4')
    writeFileSync(out, 'an older file')
    const args = ['generate', 'p', '-m', 'kling-v1', '--image', join(cwd, 'frame.png'), '-o', out]
    const { code, stderr } = await reelay(args, await env())
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(vendor.submits.at(-1)?.body.image).toBe(pixel.toString('base64'))
    expect(readFileSync(out).equals(vendor.video)).toBe(true)
    expect(readdirSync(cwd).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['frame.png', 'out.mp4'])
  })

  test('a video that failed exits 1 with the reason, and leaves no file', async () => {
    vendor.onPoll = () => 'failed'
    const cwd = place('failed')
    const { code, stderr } = await reelay(['generate', 'p', '-m', 'kling-v1'], await env(), { cwd })
    vendor.onPoll = ({ polls }) => (polls > 1 ? 'succeed' : 'processing')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^video_\w+ failed \(generation_failed\): the generation failed$/m)
    expect(readdirSync(cwd)).toEqual([])
  })

  test.each([
    ['a model there is not: exit 4', ['-m', 'nope'], 4, /model nope does not exist/],
    ['seconds that no model makes: exit 4', ['-m', 'kling-v1', '--seconds', '3601'], 4, /duration|seconds/]
  ])('%s', async (_what, more, expected, message) => {
    const { code, stdout, stderr } = await reelay(['generate', 'p', ...more], await env())
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' })
    expect(stderr).toMatch(message)
  })

  test("another key's task cannot be resumed: exit 4", async () => {
    const { code, stderr } = await reelay(['generate', '--resume', await server.newVideo()], await env())
    expect({ code, stderr }).toEqual({ code: 4, stderr: 'No such video.\n' })
  })

  test('tasks tail prints each change until the end; tasks cancel ends one', { timeout }, async () => {
    const admin = { REELAY_URL: server.url, REELAY_KEY: ADMIN_KEY }
    const id = await server.newVideo()
    const tail = await reelay(['tasks', 'tail', id], admin)
    expect(tail.code).toBe(0)
    expect(tail.stdout.trim().split('\n').at(-1)).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d  ${id}  completed$`))

    vendor.onPoll = () => 'processing'
    const other = await server.newVideo()
    let seen = () => {}
    const isSeen = new Promise<void>(resolve => (seen = resolve))
    const tailing = reelay(['tasks', 'tail', '--json'], admin, {
      watch(output, send) {
        if (output.includes(other)) seen()
        if (output.includes('"status":"failed"')) send('SIGINT')
      }
    })
    await isSeen
    const cancelled = await reelay(['tasks', 'cancel', other], admin)
    await server.finished(other)
    expect(cancelled.code).toBe(0)
    expect(cancelled.stdout).toContain(other)
    const { code, stdout } = await tailing
    expect(code).toBe(0)
    expect(stdout).toContain(other)
  })
})
