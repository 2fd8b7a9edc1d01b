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
    expect(byKey.stdout).toMatch(/^KEY +VIDEOS +SECONDS +FAILED +REFUSED +SPENT\nstudio +2 +10 +0 +0 +1\.00 USD\n$/)
    const more = await run('--by model,channel')
    expect(more.stdout).toMatch(
      /^MODEL +CHANNEL +VIDEOS +SECONDS +FAILED +REFUSED +SPENT\nkling-v1 +kl +2 +10 +0 +0 +1\.00 USD\n$/
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

  test('several lines have a total, failures count, and revoked keys keep their names, also as filters', async () => {
    const gone = await server.newKey({ name: 'gone' })
    vendor.onPoll = () => 'failed'
    await server.finished(await server.newVideo({ seconds: 5 }, gone), gone.key)
    await server.call('DELETE', `/admin/keys/${gone.id}`)
    const { stdout } = await run('')
    expect(stdout).toMatch(/^gone +0 +0 +1 +0 +0\.00 USD$/m)
    expect(stdout).toMatch(/\nTOTAL +2 +10 +1 +0 +1\.00 USD\n$/)
    expect((await run('--key gone')).stdout).not.toContain('studio')
    expect(await run('--key nobody')).toMatchObject({ code: 4, stderr: 'There is no key nobody.\n' })

    const tasks = (line: string) =>
      start(['tasks', 'list', ...line.split(' ').filter(Boolean)], {
        DATA_DIR: '/nowhere',
        REELAY_URL: server.url,
        REELAY_KEY: ADMIN_KEY
      })
    const all = await tasks('')
    expect(all.stdout).toMatch(/^ID +STATE +DONE +MODEL +KEY +CHANNEL +COST +CREATED \(UTC\) +REASON +PROMPT\n/)
    expect(all.stdout).toMatch(/^video_\w+ +succeeded +100% +kling-v1 +studio +kl +0\.50 USD +\S+ \S+ +- +a cat$/m)
    expect(all.stdout).toMatch(/^video_\w+ +failed +\d+% +kling-v1 +gone +kl +\S+ USD .* generation_failed: .* a cat$/m)
    const count = async (line: string) => (await tasks(line)).stdout.trimEnd().split('\n').length - 1
    // whatever a command prints is taken by either option
    for (const [line, expected] of [
      ['--key gone', 1],
      ['--channel kl', 3],
      ['--state completed', 2],
      ['--status succeeded', 2],
      ['--status failed', 1],
      ['--state failed,waiting', 1],
      ['--from 1h --error generation_failed', 1],
      ['--to 1h', 0]
    ] as const)
      expect([line, await count(line)]).toEqual([line, expected])
    expect(await tasks('--state gone')).toMatchObject({ code: 2 })
  })

  test('over the database of this machine', async () => {
    const { path, close } = makeFolder('spent')
    const { code, stdout } = await reelay(['usage'], { DATA_DIR: path, SANDBOX: 'off' })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'No videos were made.\n' })
    close()
  })
})
