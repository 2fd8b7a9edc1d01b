import { beforeAll, describe, expect, test } from 'vitest'
import { ADMIN_KEY } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { createRunner, reelay } from './run.ts'

/* `reelay usage`: what was made and what it cost. */

const vendor = forAllTests(startFakeCloudsway)
const server = forAllTests(() => startTestServer({ channel: vendor.channel({ name: 'kl' }) }))
const member = forAllTests(() => {
  const budget = { amount: '2.00', currency: 'USD', window: 'total', timezone: 'UTC' }
  return server.newKey({ name: 'studio', budget })
})

beforeAll(async () => {
  await server.call('PATCH', '/admin/models/kling-v1', {
    prices: [{ unit: 'second', amount: '0.10', currency: 'USD' }]
  })
  for (let n = 0; n < 2; n++) await server.finished(await server.newVideo({ seconds: 5 }, member), member.key)
})

const start = createRunner()
const run = (line: string, key = ADMIN_KEY) =>
  start(['usage', ...line.split(' ').filter(Boolean)], {
    DATA_DIR: '/nowhere',
    REELAY_URL: server.url,
    REELAY_KEY: key
  })

describe('reelay usage', () => {
  test('by key, or by what is asked for, with names for ids', async () => {
    const byKey = await run('')
    expect(byKey.stderr).toBe('')
    expect(byKey.stdout).toMatch(/^KEY +VIDEOS +SECONDS +REFUSED +SPENT\nstudio +2 +10 +0 +1\.00 USD\n$/)
    const more = await run('--by model,channel')
    expect(more.stdout).toMatch(
      /^MODEL +CHANNEL +VIDEOS +SECONDS +REFUSED +SPENT\nkling-v1 +kl +2 +10 +0 +1\.00 USD\n$/
    )
  })

  test('--from and --to take days and times ago', async () => {
    expect((await run('--from 2020-01-01 --to 2020-02-01')).stdout).toBe('No videos were made.\n')
    expect((await run('--to 30d')).stdout).toBe('No videos were made.\n')
    expect((await run('--from 365d')).stdout).toContain('studio')
  })

  test('--json as the API gives it, --csv for a spreadsheet', async () => {
    expect(JSON.parse((await run('--by model --json')).stdout)).toEqual([
      {
        model: 'kling-v1',
        names: {},
        videos: 2,
        seconds: 10,
        failed: 0,
        refused: 0,
        spent: { amount: '1.00', currency: 'USD' }
      }
    ])
    expect((await run('--by model --csv')).stdout).toBe(
      'model,videos,seconds,spent,currency,refused,failed\r\nkling-v1,2,10,1.00,USD,0,0\r\n'
    )
  })

  test('a member sees its own, and nobody else’s', async () => {
    const own = await run('', member.key)
    expect(own).toMatchObject({ code: 0, stderr: '' })
    expect(own.stdout).toMatch(/^spent +1\.00 USD\nheld +0\.00 USD\nbudget +2\.00 USD total\nremaining +1\.00 USD\n$/)
    expect(JSON.parse((await run('--json', member.key)).stdout)).toMatchObject({
      object: 'usage',
      held: { amount: '0.00' }
    })
    expect(await run('--by model', member.key)).toMatchObject({ code: 3, stdout: '' })
  })

  test.each(['--by colour', '--from yesterday'])('%s is a usage error that says what is meant', async line => {
    const { code, stderr } = await run(line)
    expect(code).toBe(2)
    expect(stderr).toMatch(/It must be/)
  })

  test('over the database of this machine', async () => {
    const { path, close } = makeFolder('spent')
    const { code, stdout } = await reelay(['usage'], { DATA_DIR: path, SANDBOX: 'off' })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'No videos were made.\n' })
    close()
  })
})
