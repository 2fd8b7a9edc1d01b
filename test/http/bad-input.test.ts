import { beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { sendRaw } from '../support/wire.ts'
import { badRequests } from './bad-requests.ts'
import { bytesOf, expectError } from './requests.ts'

test('the table has at least 80 requests', () => {
  expect(Object.values(badRequests).flat().length).toBeGreaterThanOrEqual(80)
})

describe.each(kinds)('what is refused, on %s', kind => {
  const vendor = forAllTests(() => startFakeCloudsway({ onPoll: () => 'processing' }))
  // the bodies name private addresses: only the vendor may be one
  const env = { OUTBOUND_ALLOW: '127.0.0.1' }
  const server = forAllTests(() => startTestServer({ kind, env, channel: vendor.channel() }))
  const member = forAllTests(() => server.newKey())
  const made = { mine: '', theirs: '' }

  beforeAll(async () => {
    made.mine = await server.newVideo({}, member)
    made.theirs = await server.newVideo({}, await server.newKey())
  })

  describe.each(Object.entries(badRequests))('%s', (_group, cases) => {
    test.each(cases)('%s', async (_title, request, wanted) => {
      const path = request.path?.replace(':mine', made.mine).replace(':theirs', made.theirs)
      const sent = bytesOf({ ...request, ...(path !== undefined && { path }) }, request.key ?? member.key)
      const answer = await sendRaw(server.url, sent)
      expectError(answer, wanted)
      if (wanted[0] === 405) expect(answer.headers.allow).toMatch(/^[A-Z]+(, [A-Z]+)*$/)
    })
  })

  test('nothing of it reached the vendor, and the server lives', async () => {
    expect(vendor.submits).toHaveLength(2)
    expect((await server.call('GET', '/v1/videos', undefined, member)).body.data).toHaveLength(1)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})
