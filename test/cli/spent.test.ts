import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startFakeCloudsway, type FakeCloudsway } from '../support/fake-cloudsway.ts'
import { ADMIN_KEY, startTestServer, type TestServer } from '../support/server.ts'
import { reelay } from './run.ts'

/* `reelay usage`: what was made and what it cost. */

let server: TestServer
let vendor: FakeCloudsway
let member: string

beforeAll(async () => {
  vendor = await startFakeCloudsway()
  server = await startTestServer()
  await server.call('POST', '/admin/channels', { ...vendor.channel(), name: 'kl' })
  await server.call('PATCH', '/admin/models/kling-v1', {
    prices: [{ unit: 'second', amount: '0.10', currency: 'USD' }]
  })
  const budget = { amount: '2.00', currency: 'USD', window: 'total', timezone: 'UTC' }
  const { body } = await server.call('POST', '/admin/keys', { name: 'studio', budget })
  member = body.key
  for (let n = 0; n < 2; n++) {
    const { id } = (
      await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a cat', seconds: 5 }, { key: member })
    ).body
    await server.finished(id, member)
  }
})
afterAll(async () => {
  await server.close()
  await vendor.close()
})

const run = (line: string, key = ADMIN_KEY) =>
  reelay(['usage', ...line.split(' ').filter(Boolean)], {
    DATA_DIR: '/nowhere',
    REELAY_URL: server.url,
    REELAY_KEY: key
  })

describe('reelay usage', () => {
  test('by key, or by what is asked for, with names for ids', async () => {
    const byKey = await run('')
    expect(byKey.stderr).toBe('')
    expect(byKey.stdout).toMatch(/^KEY +VIDEOS +SECONDS +SPENT\nstudio +2 +10 +1\.00 USD\n$/)
    const more = await run('--by model,channel')
    expect(more.stdout).toMatch(/^MODEL +CHANNEL +VIDEOS +SECONDS +SPENT\nkling-v1 +kl +2 +10 +1\.00 USD\n$/)
  })

  test('--from and --to take days and times ago', async () => {
    expect((await run('--from 2020-01-01 --to 2020-02-01')).stdout).toBe('No videos were made.\n')
    expect((await run('--to 30d')).stdout).toBe('No videos were made.\n')
    expect((await run('--from 365d')).stdout).toContain('studio')
  })

  test('--json as the API gives it, --csv for a spreadsheet', async () => {
    expect(JSON.parse((await run('--by model --json')).stdout)).toEqual([
      { model: 'kling-v1', videos: 2, seconds: 10, refused: 0, spent: { amount: '1.00', currency: 'USD' } }
    ])
    expect((await run('--by model --csv')).stdout).toBe(
      'model,videos,seconds,spent,currency,refused\r\nkling-v1,2,10,1.00,USD,0\r\n'
    )
  })

  test('a member sees its own, and nobody else’s', async () => {
    const own = await run('', member)
    expect(own).toMatchObject({ code: 0, stderr: '' })
    expect(own.stdout).toMatch(/^spent +1\.00 USD\nheld +0\.00 USD\nbudget +2\.00 USD total\nremaining +1\.00 USD\n$/)
    expect(JSON.parse((await run('--json', member)).stdout)).toMatchObject({
      object: 'usage',
      held: { amount: '0.00' }
    })
    expect(await run('--by model', member)).toMatchObject({ code: 3, stdout: '' })
  })

  test.each(['--by colour', '--from yesterday'])('%s is a usage error that says what is meant', async line => {
    const { code, stderr } = await run(line)
    expect(code).toBe(2)
    expect(stderr).toMatch(/It must be/)
  })

  test('over the database of this machine', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reelay-spent-'))
    const { code, stdout } = await reelay(['usage'], { DATA_DIR: folder, SANDBOX: 'off' })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'No videos were made.\n' })
    rmSync(folder, { recursive: true, force: true })
  })
})
