import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { environment } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { adminCall } from '../support/process.ts'

const strace = (() => {
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' })
    return true
  } catch {
    console.info('skipped: strace is not installed')
    return false
  }
})()

test.runIf(strace)(
  'the intent is on disk (fsync) before the connection to the vendor is opened',
  { timeout: 60_000 },
  async () => {
    const vendor = await startFakeCloudsway()
    const { path: folder, close } = makeFolder('trace')
    const trace = join(folder, 'trace')
    const child = spawn(
      'strace',
      ['-f', '-qq', '-e', 'trace=fsync,fdatasync,connect', '-o', trace, process.execPath, 'dist/main.js', 'serve'],
      {
        env: {
          PATH: process.env.PATH,
          ...environment,
          ARCHIVE_URL: '',
          DATA_DIR: folder,
          LOG_LEVEL: 'fatal'
        },
        stdio: 'ignore',
        detached: true
      }
    )
    await expect.poll(() => existsSync(join(folder, 'address')), { timeout: 30_000 }).toBe(true)
    const url = readFileSync(join(folder, 'address'), 'utf8')
    await adminCall(url, 'POST', '/admin/channels', vendor.channel())
    for (let n = 0; n < 3; n++) await adminCall(url, 'POST', '/v1/videos', { model: 'kling-v1', prompt: `p${n}` })
    // strace and the server it traces
    process.kill(-child.pid!, 'SIGKILL')
    await once(child, 'exit')

    const port = new URL(vendor.url).port
    const calls = readFileSync(trace, 'utf8').split('\n')
    const events = calls.flatMap(line =>
      /\bf(data)?sync\(/.test(line) ? ['fsync'] : line.includes(`htons(${port})`) ? ['connect'] : []
    )
    expect(events.filter(event => event === 'connect').length).toBeGreaterThanOrEqual(3)
    // polls connect too; every submit's connection has a sync of its own right before it
    const submits = events.join(' ').match(/fsync connect/g) ?? []
    expect(submits.length, events.join(' ')).toBeGreaterThanOrEqual(3)
    expect(events[0]).toBe('fsync')

    await vendor.close()
    close()
  }
)
