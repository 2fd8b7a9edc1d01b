import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { freshUrl } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests, forEachTest } from '../support/per-test.ts'
import { hasRedis, startRedis } from '../support/redis.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/* Two nodes on one PostgreSQL and one Redis. */

describe.skipIf(!hasRedis)('nodes that share a Redis', () => {
  const redis = forAllTests(startRedis)
  const shared = forEachTest(() => freshUrl('postgres'))
  const SECRET_KEY = randomBytes(32).toString('base64')
  let lines: string[]
  const start = () => {
    const env = { DATABASE_URL: shared.url, REDIS_URL: redis.url, SECRET_KEY, FAILED_AUTH_PER_MINUTE: '20' }
    return startTestServer({ env, onLog: line => lines.push(line) })
  }
  beforeEach(() => {
    lines = []
  })
  const nodes = [forEachTest(start), forEachTest(start)] as const
  beforeEach(() => vi.waitUntil(shares, { timeout: 15_000, interval: 200 }))

  const models = (node: TestServer, key: string) => node.call('GET', '/v1/models', undefined, { key })
  const remaining = ({ headers }: { headers: Headers }) => headers.get('x-ratelimit-remaining-requests')

  /** Whether each node knows what the other has counted. */
  async function shares(): Promise<boolean> {
    const key = await nodes[0].memberKey({ requests_per_minute: 100 })
    for (const node of nodes) await models(node, key)
    return remaining(await models(nodes[0], key)) === '97'
  }

  test('a key’s requests per minute are counted over all of them, exactly, however many come at once', async () => {
    const key = await nodes[0].memberKey({ requests_per_minute: 50 })
    const began = performance.now()
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => models(nodes[n % 2]!, key)))
    // one more for each 1.2 s that they took
    const most = 50 + ((performance.now() - began) * 50) / 60_000
    const granted = answers.filter(({ status }) => status === 200).length
    expect(granted).toBeGreaterThanOrEqual(50)
    expect(granted).toBeLessThanOrEqual(most)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(200 - granted)
    const refused = answers.find(({ status }) => status === 429)!
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refused.headers.get('x-ratelimit-limit-requests')).toBe('50')
    expect(remaining(refused)).toBe('0')
  })

  test('the admin API counts too', async () => {
    const key = await nodes[0].memberKey({ role: 'admin', requests_per_minute: 4 })
    const answers = []
    for (let n = 0; n < 6; n++) answers.push(await nodes[n % 2]!.call('GET', '/admin/keys', undefined, { key }))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429, 429])
  })

  test('wrong keys of an address are counted over all of them', async () => {
    const wrong = (node: TestServer) => models(node, 'sk-wrong')
    for (let n = 0; n < 20; n++) expect((await wrong(nodes[0])).status).toBe(401)
    expect((await wrong(nodes[0])).status).toBe(429)
    // the first one at the other node asks what is known, the next knows it
    await wrong(nodes[1])
    await expect.poll(async () => (await wrong(nodes[1])).status).toBe(429)
  })

  test.each(['killed', 'stalled'] as const)(
    'when Redis is %s, each counts alone and says so once; when it is back they count together again',
    async how => {
      const key = await nodes[0].memberKey({ requests_per_minute: 30 })
      for (let n = 0; n < 10; n++) await models(nodes[n % 2]!, key)
      if (how === 'killed') await redis.kill()
      else redis.stall()
      try {
        // what was counted together is not forgotten
        const alone = await models(nodes[0], key)
        expect(alone.status).toBe(200)
        expect(Number(remaining(alone))).toBeLessThanOrEqual(21)
        for (let n = 0; n < 5; n++) expect((await models(nodes[0], key)).status).toBe(200)
      } finally {
        if (how === 'killed') await redis.start()
        else redis.resume()
      }
      const alarms = lines.filter(line => line.includes('redis: no answer'))
      expect(alarms).toHaveLength(how === 'killed' ? 2 : 1)
      await expect.poll(() => shares(), { timeout: 15_000, interval: 200 }).toBe(true)
    }
  )

  test('a client that waits at one node learns at once of what another did', async () => {
    const vendor = await startFakeCloudsway()
    vendor.onPoll = () => 'processing'
    await nodes[0].newChannel(vendor.channel())
    const id = await nodes[0].newVideo()
    let woken = 0
    const watch = nodes[1].watches.open(id, 'key_1', new AbortController().signal)
    const heard = watch.next(60_000).then(() => woken++)
    await nodes[0].call('POST', `/v1/videos/${id}/cancel`)
    await heard
    expect(woken).toBe(1)
    watch.close()
    await vendor.close()
  })
})

test('a node starts and serves while Redis is not there', async () => {
  const node = await startTestServer({ env: { REDIS_URL: 'redis://127.0.0.1:1' } })
  const key = await node.memberKey({ requests_per_minute: 2 })
  const statuses = []
  for (let n = 0; n < 3; n++) statuses.push((await node.call('GET', '/v1/models', undefined, { key })).status)
  expect(statuses).toEqual([200, 200, 429])
  await node.close()
})
