import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { connect } from '../../src/db/sqlite.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { startTestServer } from '../support/server.ts'

/* R12: the disk of the database is full, again and again. */

const ROUNDS = Number(process.env.ROUNDS ?? 3)

const mounted = (() => {
  const folder = mkdtempSync(join(tmpdir(), 'reelay-full-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', folder], { stdio: 'ignore' })
    return folder
  } catch {
    rmSync(folder, { recursive: true })
    console.info('skipped: a tmpfs may not be mounted here')
    return null
  }
})()

afterAll(() => {
  if (!mounted) return
  // a test that failed may have left the database open
  execFileSync('umount', ['-l', mounted])
  rmSync(mounted, { recursive: true })
})

test.runIf(mounted)(
  `R12: a full disk, ${ROUNDS} times: 503s, nothing broken, and on it goes when there is space`,
  { timeout: 3_600_000 },
  async () => {
    const folder = mounted! // runIf
    const vendor = await startFakeCloudsway()
    vendor.onPoll = () => 'succeed'
    const path = join(folder, 'full.db')
    const server = await startTestServer({ env: { DATABASE_URL: `file:${path}`, ARCHIVE_URL: 'off' } })
    await server.call('POST', '/admin/channels', vendor.channel())
    let made = 0
    const create = () =>
      server.call('POST', '/openai/v1/videos', { model: 'kling-v1', prompt: `prompt ${++made} ${'x'.repeat(2000)}` })
    const acknowledged: string[] = []
    const statuses: Record<number, number> = {}

    for (let round = 0; round < ROUNDS; round++) {
      const ballast = join(folder, 'ballast')
      fill(ballast)
      // it is full in the middle of things, not from the start
      truncateSync(ballast, statSync(ballast).size - 100_000 * (round % 3))
      let refused = 0
      for (let tries = 0; refused < 5 && tries < 500; tries++) {
        const { status, body } = await create()
        statuses[status] = (statuses[status] ?? 0) + 1
        if (status === 200) acknowledged.push(body.id)
        else {
          refused++
          expect({ status, type: body.error.type }).toEqual({ status: 503, type: 'server_error' })
        }
      }
      expect(refused).toBe(5)
      const ready = async () => {
        await server.advance(2000)
        return server.call('GET', '/readyz')
      }
      // room that a refused create gave back may still hold something
      for (let tries = 0; tries < 100 && (await ready()).status === 200; tries++) {
        const { status, body } = await create()
        if (status === 200) acknowledged.push(body.id)
      }
      expect(await ready()).toMatchObject({ status: 503, body: { status: 'database not writable' } })
      // the loop meets the full disk too, and reading goes on
      await server.advance(5000)
      expect((await server.call('GET', '/v1/videos')).status).toBe(200)
      rmSync(ballast)
      expect((await ready()).status).toBe(200)
      const { status, body } = await create()
      expect(status).toBe(200)
      acknowledged.push(body.id)
      for (const id of acknowledged) expect((await server.finished(id)).status).toBe('completed')
    }

    const prompts = [...vendor.tasks.values()].map(({ body }) => body.prompt)
    expect(new Set(prompts).size).toBe(prompts.length)
    await server.close()
    const database = connect(path)
    expect(database.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }])
    database.close()
    console.info(JSON.stringify({ rounds: ROUNDS, acknowledged: acknowledged.length, statuses }))
    await vendor.close()
  }
)

/** Writes until nothing more fits. */
function fill(path: string) {
  for (const size of [65_536, 4096])
    for (;;) {
      try {
        appendFileSync(path, Buffer.alloc(size))
      } catch {
        break
      }
    }
}
