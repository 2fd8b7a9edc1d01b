import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshUrl, kinds } from '../support/database.ts'
import { startFakeCloudsway, type FakeCloudsway } from '../support/fake-cloudsway.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { sendRaw } from '../support/wire.ts'
import { badRequests } from './bad-requests.ts'
import { bytesOf, expectError } from './requests.ts'

const ok = { model: 'kling-v1', prompt: 'a cat' }

test('the table has at least 80 requests', () => {
  expect(Object.values(badRequests).flat().length).toBeGreaterThanOrEqual(80)
})

describe.each(kinds)('what is refused, on %s', kind => {
  let vendor: FakeCloudsway
  let server: TestServer
  let key: string
  let drop: () => Promise<void>
  const made = { mine: '', theirs: '' }

  beforeAll(async () => {
    vendor = await startFakeCloudsway()
    vendor.onPoll = () => 'processing'
    const fresh = await freshUrl(kind)
    drop = fresh.drop
    // the bodies name private addresses: only the vendor may be one
    server = await startTestServer({ env: { DATABASE_URL: fresh.url, OUTBOUND_ALLOW: '127.0.0.1' } })
    await server.call('POST', '/admin/channels', vendor.channel())
    key = await server.memberKey()
    const create = async (owner: string): Promise<string> =>
      (await server.call('POST', '/v1/videos', ok, { key: owner })).body.id
    made.mine = await create(key)
    made.theirs = await create(await server.memberKey())
  })
  afterAll(async () => {
    await server.close()
    await drop()
    await vendor.close()
  })

  describe.each(Object.entries(badRequests))('%s', (_group, cases) => {
    test.each(cases)('%s', async (_title, request, wanted) => {
      const path = request.path?.replace(':mine', made.mine).replace(':theirs', made.theirs)
      const sent = bytesOf({ ...request, ...(path !== undefined && { path }) }, request.key ?? key)
      const answer = await sendRaw(server.url, sent)
      expectError(answer, wanted)
      if (wanted[0] === 405) expect(answer.headers.allow).toMatch(/^[A-Z]+(, [A-Z]+)*$/)
    })
  })

  test('nothing of it reached the vendor, and the server lives', async () => {
    expect(vendor.submits).toHaveLength(2)
    expect((await server.call('GET', '/v1/videos', undefined, { key })).body.data).toHaveLength(1)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})
