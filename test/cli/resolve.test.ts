import { expect, test } from 'vitest'
import { ADMIN_KEY } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { startTestServer } from '../support/server.ts'
import { createRunner } from './run.ts'

test('tasks resolve decides on a submit of unknown outcome, once; anything else is refused with a reason', async () => {
  const vendor = await startFakeCloudsway()
  vendor.onSubmit = () => 'drop after accept'
  vendor.onPoll = () => ({ status: 500, body: 'down' })
  const server = await startTestServer({ channel: vendor.channel() })
  const prices = [{ unit: 'video', amount: '0.50', currency: 'USD' }]
  await server.call('PUT', '/admin/models/kling-v1', { prices })
  const id = await server.newVideo()
  const start = createRunner()
  const run = (line: string) =>
    start(line.split(' '), { DATA_DIR: '/nowhere', REELAY_URL: server.url, REELAY_KEY: ADMIN_KEY })

  const early = await run(`tasks resolve ${id} --as lost`)
  expect(early).toMatchObject({ stdout: '', stderr: expect.stringContaining('can be resolved') })
  expect(early.code).toBe(4)
  expect(await run(`tasks resolve ${id}`)).toMatchObject({ code: 2, stderr: expect.stringContaining('--as') })
  expect((await run(`tasks resolve ${id} --as perhaps`)).code).toBe(2)

  for (let minute = 0; minute < 40; minute++) await server.advance(60_000)
  const failed = await run(`tasks resolve ${id} --as found`)
  expect(failed.code).not.toBe(0)
  const resolved = await run(`tasks resolve ${id} --as lost`)
  expect(resolved).toMatchObject({ code: 0, stderr: '' })
  expect(resolved.stdout).toContain(`${id} is resolved as lost`)
  expect((await run(`tasks resolve ${id} --as charged --json`)).code).toBe(4)
  const { ledger } = await server.inspect(id)
  expect(ledger.map(({ kind }: { kind: string }) => kind)).toEqual(['hold', 'release'])
  await server.close()
  await vendor.close()
})
