import { describe, expect, test } from 'vitest'
import { Pool } from 'undici'
import { openDatabase } from '../../src/db/index.ts'
import { checkMoney } from '../../src/stores/audit-money.ts'
import { addChannel, createFleet } from '../campaign/nodes.ts'
import { freshUrl } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { adminCall } from '../support/process.ts'

/* M2: many creates at once over HTTP against a budget for one video. CREATES=10000 is the whole campaign. */

const CREATES = Number(process.env.CREATES ?? 300)
// as many as a server keeps waiting for it to accept them
const MOST_SOCKETS = 4000

describe.each([
  { kind: 'postgres', nodes: 3 },
  { kind: 'sqlite', nodes: 1 }
] as const)('a budget for one video, on $kind with $nodes processes', ({ kind, nodes: count }) => {
  test(`M2: of ${CREATES} requests at once exactly one is accepted`, { timeout: 60_000 + CREATES * 60 }, async () => {
    const vendor = await startFakeCloudsway()
    const { url, close } = await freshUrl(kind)
    const fleet = createFleet(url)
    const first = await fleet.start()
    await addChannel(first.url, vendor, {})
    const prices = [{ unit: 'video', amount: '1.00', currency: 'USD' }]
    await adminCall(first.url, 'PATCH', '/admin/models/kling-v1', { prices })
    const budget = { amount: '1.00', currency: 'USD', window: 'total' }
    const { key } = await adminCall<{ key: string }>(first.url, 'POST', '/admin/keys', { name: 'm2', budget })
    const nodes = [first, ...(await Promise.all(Array.from({ length: count - 1 }, fleet.start)))]

    const pools = nodes.map(
      node =>
        new Pool(node.url, {
          connections: MOST_SOCKETS,
          pipelining: 1,
          connect: { timeout: 120_000 },
          headersTimeout: 0,
          bodyTimeout: 0
        })
    )
    const began = performance.now()
    const answers = await Promise.all(
      Array.from({ length: CREATES }, async (_, n) => {
        const { statusCode, body } = await pools[n % count]!.request({
          method: 'POST',
          path: '/openai/v1/videos',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'kling-v1', prompt: `prompt ${n}`, seconds: '5' })
        })
        // true because every answer to this is a video or an error
        const { error } = (await body.json()) as { error?: { code: string } | null }
        return error ? `${statusCode} ${error.code}` : String(statusCode)
      })
    )
    const seconds = (performance.now() - began) / 1000
    await Promise.all(pools.map(pool => pool.close()))
    const tally: Record<string, number> = {}
    for (const answer of answers) tally[answer] = (tally[answer] ?? 0) + 1
    console.info(JSON.stringify({ kind, nodes: count, creates: CREATES, seconds: Number(seconds.toFixed(1)), tally }))
    expect(tally).toEqual({ '200': 1, '429 insufficient_quota': CREATES - 1 })
    expect(vendor.submits).toHaveLength(1)

    for (const node of nodes) {
      node.child.kill('SIGTERM')
      await node.exited
      expect(node.child.exitCode, node.output()).toBe(0)
    }
    const database = await openDatabase(url)
    expect(await database.db.select().from(database.tasks)).toHaveLength(1)
    const entries = await database.db.select().from(database.ledger)
    expect(entries.filter(({ kind: entry }) => entry === 'hold')).toHaveLength(1)
    expect(await checkMoney(database)).toEqual([])
    await database.close()
    fleet.clean()
    await vendor.close()
    await close()
  })
})
